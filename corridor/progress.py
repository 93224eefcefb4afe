"""Progress along a path, with memory: where a device is on a way that comes by the same place twice.

The nearest point alone jumps between the legs of an out-and-back way. What a device can have done since it
was last inside says which leg it is on; only where none of that fits has it jumped, and that is named.
"""

import math
from typing import NamedTuple

from corridor.compiled import compiled, inlined
from corridor.lanes import LANES, SCALE, STEP_X, STEP_Y, X, Y
from corridor.nearest import Nearest, gap2
from corridor.plane import Record, geocentric_of, to_plane
from corridor.tables import (
    PackedCorridors,
    corridors_in,
    lanes_in,
    leaves_in,
    nodes_in,
    planes_in,
    segments_in,
)

# A path winds between two fixes: it may be so many times as long as the straight line between them.
WINDING = 2.0
# A device goes on at its pace; this many times that is the most that it can have gone while not seen.
_HURRY = 1.5
_PACE_SHARE = 0.3  # of a new fix in the pace
# All else is told in half widths: what noise and the inner sides of bends do is small beside one.
_PLAIN = 0.5  # the nearest point this near to where the device should be needs no second thought
_SLACK = 2.0
_TURNED = 1.0  # so far back along the path, another leg ahead that begins near is looked for
_TURNED_FAR = 4.0  # so far back, any leg ahead in the opposite direction
_OPPOSITE = 120.0  # degrees
# A metre farther from where the device should be along the path counts as half a metre across it.
_ALONG_WEIGHT = 0.5


class _Place(NamedTuple):
    lon: float
    lat: float
    distance_m: float  # from the nearest point


@inlined
def is_plain_step(  # noqa: PLR0917 (compiled)
    packed: PackedCorridors,
    which: int,
    found: Nearest,
    along_m: float,
    margin_m: float,
    time: float,
    memory: Record,
) -> bool:
    """Tell whether the nearest point is where the device should be, so that no other leg needs a look."""
    ahead_m = along_m - memory["along_m"]  # NaN: nothing is known, and all below is false
    allowed_m = corridors_in(packed)[which]["half_width_m"]
    if not (margin_m <= 0.0 and time >= memory["time"]):
        return False
    if leaves_in(packed)[found.leaf]["lonely"] == 1:
        slack_m = _SLACK * allowed_m
        return bool(-found.moved_m - slack_m <= ahead_m <= WINDING * found.moved_m + slack_m)
    return bool(
        abs(ahead_m - found.moved_m) <= _PLAIN * allowed_m
        and memory["back_m"] - ahead_m <= _TURNED * allowed_m
    )


@inlined
def remember_step(memory: Record, along_m: float, time: float) -> None:
    """Keep a step along the path, forth or a little back."""
    ahead_m, passed_s = along_m - memory["along_m"], time - memory["time"]
    behind_m = memory["back_m"] - ahead_m
    memory["back_m"] = behind_m if behind_m > 0.0 else 0.0
    if passed_s > 0.0 and ahead_m > 0.0:
        memory["pace_mps"] += _PACE_SHARE * (ahead_m / passed_s - memory["pace_mps"])
    memory["along_m"], memory["time"] = along_m, time


@compiled
def find_step(  # noqa: PLR0917 (compiled)
    packed: PackedCorridors,
    which: int,
    lon: float,
    lat: float,
    time: float,
    found: Nearest,
    along_m: float,
    margin_m: float,
    memory: Record,
) -> tuple[float, float]:
    """Give the place along the path where a device is taken to be, and the length that it skipped.

    `found` and `along_m` are the nearest point. Outside nothing is remembered, nor said to be skipped.
    """
    corridor = corridors_in(packed)[which]
    half_width_m, known_m = corridor["half_width_m"], memory["along_m"]
    place = _Place(lon, lat, math.sqrt(found.chord2))
    if math.isnan(known_m):
        return _begin(packed, corridor, place, time, along_m, margin_m, memory), 0.0
    if time < memory["time"]:  # an older fix says nothing of the way since
        return along_m, 0.0
    most_m = place.distance_m + half_width_m
    slack_m = _SLACK * half_width_m
    window = known_m - found.moved_m - slack_m, known_m + WINDING * found.moved_m + slack_m
    held_m = _leg_between(packed, corridor, place, most_m, window, known_m + found.moved_m)[0]
    if math.isnan(held_m):
        return _jump(corridor, found.moved_m, time, along_m, margin_m, memory)
    behind_m = known_m + memory["back_m"] - held_m
    skipped_m = 0.0
    if behind_m > _TURNED * half_width_m:
        held_m, skipped_m = _turn(packed, corridor, place, most_m, held_m, behind_m)
    if margin_m > 0.0:
        return held_m, 0.0
    if skipped_m > 0.0:
        _set_out(memory, held_m, time)
    else:
        remember_step(memory, held_m, time)
    return held_m, skipped_m


@compiled
def _begin(  # noqa: PLR0917 (compiled)
    packed: PackedCorridors,
    corridor: Record,
    place: _Place,
    time: float,
    along_m: float,
    margin_m: float,
    memory: Record,
) -> float:
    """Take the first fix at the nearest point; where the path starts too, as on a loop, at the start."""
    half_width_m = corridor["half_width_m"]
    start_m = _leg_between(packed, corridor, place, half_width_m, (0.0, _SLACK * half_width_m), 0.0)[0]
    if not math.isnan(start_m):
        along_m = start_m
    if margin_m <= 0.0:
        _set_out(memory, along_m, time)
    return along_m


@compiled
def _jump(
    corridor: Record, moved_m: float, time: float, along_m: float, margin_m: float, memory: Record
) -> tuple[float, float]:
    """Take the nearest point, which cannot be reached along the path; say what was skipped, if anything."""
    ahead_m = along_m - memory["along_m"]
    unseen_m = _HURRY * memory["pace_mps"] * (time - memory["time"])
    reach_m = max(WINDING * moved_m, unseen_m) + _SLACK * corridor["half_width_m"]
    if margin_m > 0.0:
        return along_m, 0.0
    behind_m = memory["back_m"]  # the way back to the farthest point was no skipping
    skipped_m = ahead_m - 2.0 * behind_m if ahead_m > reach_m else 0.0
    _set_out(memory, along_m, time)
    return along_m, max(skipped_m, 0.0)


@compiled
def _turn(
    packed: PackedCorridors, corridor: Record, place: _Place, most_m: float, held_m: float, behind_m: float
) -> tuple[float, float]:
    """Look for a leg ahead on which a device that seems to go back goes on; give the place, what it skipped.

    Else the wrong leg, taken near a turn, would let progress run backwards for the whole way home.
    """
    half_width_m = corridor["half_width_m"]
    farthest_m = held_m + behind_m
    near = farthest_m, farthest_m + WINDING * behind_m + _SLACK * half_width_m
    ahead_m, slot = _leg_between(packed, corridor, place, half_width_m, near, farthest_m + behind_m)
    if math.isnan(ahead_m) and behind_m > _TURNED_FAR * half_width_m:
        back_slot = _leg_between(packed, corridor, place, most_m, (held_m - 1.0, held_m + 1.0), held_m)[1]
        any_m, slot = _leg_between(
            packed, corridor, place, half_width_m, (farthest_m, corridor["length_m"]), farthest_m
        )
        if slot >= 0 and back_slot >= 0:
            travel, back = (
                segments_in(packed)[slot]["course_deg"],
                segments_in(packed)[back_slot]["course_deg"],
            )
            if abs((travel - back + 180.0) % 360.0 - 180.0) > _OPPOSITE:
                ahead_m = any_m
    if math.isnan(ahead_m):
        return held_m, 0.0
    skipped_m = ahead_m - farthest_m - behind_m
    return ahead_m, skipped_m if skipped_m > _SLACK * half_width_m else 0.0


@compiled
def _set_out(memory: Record, along_m: float, time: float) -> None:
    """Begin anew at a place along the path."""
    memory["along_m"], memory["time"] = along_m, time
    memory["back_m"], memory["pace_mps"] = 0.0, 0.0


@compiled
def _leg_between(
    packed: PackedCorridors,
    corridor: Record,
    place: _Place,
    most_m: float,
    window: tuple[float, float],
    expected_m: float,
) -> tuple[float, int]:
    """Give where along a window of the path a place is, and the segment; NaN where all of it is too far.

    Of the points at most `most_m` away, that with the least of the distance and half of what it is off the
    expected place along.
    """
    low_m, high_m = window
    geocentric = geocentric_of(place.lon, place.lat)
    least, along_m, slot, stretch = math.inf, math.nan, -1, -1
    east, north = 0.0, 0.0
    at, end = corridor["first_node"], corridor["end_node"]
    while at < end:
        node = nodes_in(packed)[at]
        most = least if least < most_m else most_m
        if node["end_m"] < low_m or node["start_m"] > high_m or gap2(node, geocentric) > most * most:
            at = node["skip"]
            continue
        at += 1
        leaf = node["leaf"]
        if leaf < 0:
            continue
        if leaves_in(packed)[leaf]["stretch"] != stretch:
            stretch = leaves_in(packed)[leaf]["stretch"]
            east, north = to_plane(planes_in(packed)[stretch], place.lon, place.lat)
        for other in range(leaf * LANES, leaf * LANES + leaves_in(packed)[leaf]["count"]):
            at_m, away_m = _foot_between(packed, other, east, north, low_m, high_m)
            cost = away_m + _ALONG_WEIGHT * abs(at_m - expected_m)
            if away_m <= most_m and cost < least:
                least, along_m, slot = cost, at_m, other
    return along_m, slot


@inlined
def _foot_between(
    packed: PackedCorridors, slot: int, east: float, north: float, low_m: float, high_m: float
) -> tuple[float, float]:
    """Give the place along, and the distance, of the nearest point of the part of a segment in a window."""
    leaf, lane = slot // LANES, slot % LANES
    segment, rows = segments_in(packed)[slot], lanes_in(packed)[leaf]
    begin_m, length_m = segment["along_m"], segment["length_m"]
    if begin_m > high_m or begin_m + length_m < low_m:
        return math.nan, math.inf
    dx, dy = east - rows[X, lane], north - rows[Y, lane]
    fraction = (dx * rows[STEP_X, lane] + dy * rows[STEP_Y, lane]) * rows[SCALE, lane]
    first, last = (low_m - begin_m) / length_m, (high_m - begin_m) / length_m
    first, last = max(first, 0.0), min(last, 1.0)
    fraction = min(max(fraction, first), last)
    dx, dy = dx - fraction * rows[STEP_X, lane], dy - fraction * rows[STEP_Y, lane]
    return begin_m + fraction * length_m, math.sqrt(dx * dx + dy * dy)
