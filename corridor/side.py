"""On which side of a segment a place lies: right of travel is +1, left is -1."""

from corridor.compiled import inlined
from corridor.lanes import LANES, STEP_X, STEP_Y, X, Y
from corridor.tables import PackedCorridors, lanes_in, segments_in


@inlined
def side_of(packed: PackedCorridors, slot: int, fraction: float, east: float, north: float) -> float:
    """Give the side of a segment that a place in its plane is on, +1 right; at a sharp bend the outer one."""
    leaf, lane = slot // LANES, slot % LANES
    segment = segments_in(packed)[slot]
    if fraction == 0.0 and segment["start_side"] != 0:
        return float(segment["start_side"])
    if fraction == 1.0 and segment["end_side"] != 0:
        return float(segment["end_side"])
    dx, dy = east - lanes_in(packed)[leaf, X, lane], north - lanes_in(packed)[leaf, Y, lane]
    across = lanes_in(packed)[leaf, STEP_X, lane] * dy - lanes_in(packed)[leaf, STEP_Y, lane] * dx
    return 1.0 if across <= 0.0 else -1.0
