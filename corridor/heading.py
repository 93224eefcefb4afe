"""Compiled: the direction of travel of a packed corridor's path at a place along it.

Where along the path a device is, says ``locate.py``.
"""

from corridor.compiled import compiled
from corridor.lanes import LANES
from corridor.tables import PackedCorridors, corridors_in, segments_in


@compiled
def heading_at(packed: PackedCorridors, which: int, along_m: float) -> float:
    """Give the direction of travel so far along the path of corridor `which`, clockwise from north.

    At a vertex it is that of the segment that begins there; before the start and beyond the end that of the
    first and the last segment.
    """
    # Lanes that are not filled repeat the last segment, so that places along never fall from row to row.
    low = corridors_in(packed)[which]["first_leaf"] * LANES
    high = corridors_in(packed)[which]["end_leaf"] * LANES - 1
    while low < high:
        middle = (low + high + 1) // 2
        if segments_in(packed)[middle]["along_m"] <= along_m:
            low = middle
        else:
            high = middle - 1
    return float(segments_in(packed)[low]["course_deg"])


@compiled
def turn_deg(course_deg: float, heading_deg: float) -> float:
    """Give the angle between two directions, 0 to 180; NaN where either is."""
    return abs((course_deg - heading_deg + 180.0) % 360.0 - 180.0)
