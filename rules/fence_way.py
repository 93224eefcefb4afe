"""Compiled: fences that a device has passed through between two fixes, neither of which lay in them.

What is believed of such a way stands below; the geometry is ``corridor/passage.py``.
"""

import math

import numpy as np

from corridor.compiled import compiled
from corridor.fence_arrays import PackedFences
from corridor.fence_kernel import signed_distance_m
from corridor.passage import fences_near, passage_of, way_between
from corridor.uncertainty import CONFIDENCE_95
from rules.events import Record
from rules.fence_say import Ground, Judged, Said, move
from rules.fence_table import FenceInput, FencePhase
from rules.fence_verdict import is_beyond
from rules.membership import NOBODY, Pool
from rules.state import MEMBER
from rules.timetable import ALWAYS, closes_after
from rules.verdict import probability_beyond

_OUT = int(FencePhase.OUT)
_PASSED = int(FenceInput.PASSED_THROUGH)


@compiled
def pass_through(
    judged: Judged, last: Judged, standing: Record, rule: Record, ground: Ground, said: Said
) -> tuple[Said, bool]:
    """Say which fences the way from the last fix passes through; tells whether there is one.

    Believed is a way of at most `silence_s`, within one opening of the window, between two fixes that are
    both OUTSIDE of the fence, whose deepest point in it is inside with `enter_probability`, as vague as the
    vaguer of the two.
    """
    events, filled, pool, found = said
    if not 0.0 < judged.time - last.time <= rule["silence_s"] or not _in_one_opening(
        judged, last, rule, ground
    ):
        return said, False
    way = way_between(last.lon, last.lat, judged.lon, judged.lat)
    if not 0.0 < way.length_m < math.inf:
        return said, False
    near = fences_near(ground.fences, way, found)
    if near > found.size:
        found = np.empty(2 * near, dtype=np.int64)
        near = fences_near(ground.fences, way, found)
    row, changed = np.zeros(1, MEMBER), False
    vaguer_m = max(judged.accuracy_m, last.accuracy_m) / CONFIDENCE_95
    for at in range(near):
        fence = found[at]
        if _is_member(standing, pool, fence) or not _both_outside(judged, last, rule, ground.fences, fence):
            continue
        course_deg, depth_m = passage_of(ground.fences, fence, way)
        if math.isnan(course_deg):
            continue
        if 1.0 - probability_beyond(-depth_m, vaguer_m) < rule["enter_probability"]:
            continue
        standing["visits"] += 1
        member = row[0]
        member["fence"], member["phase"], member["visit"] = fence, _OUT, standing["visits"]
        member["since"] = judged.time
        events, after = move(judged, standing, rule, member, _PASSED, ground.fences, events, filled)
        if after > filled:
            events[filled]["value"] = course_deg
        filled, changed = after, True
    return Said(events, filled, pool, found), changed


@compiled
def _in_one_opening(judged: Judged, last: Judged, rule: Record, ground: Ground) -> bool:
    if rule["window"] == ALWAYS:
        return True
    closes = closes_after(ground.openings, rule["window"], judged.time)
    return bool(closes_after(ground.openings, rule["window"], last.time) == closes)


@compiled
def _is_member(standing: Record, pool: Pool, fence: int) -> bool:
    row = standing["member"]
    while row != NOBODY and pool.members[row]["fence"] < fence:
        row = pool.members[row]["following"]
    return bool(row != NOBODY and pool.members[row]["fence"] == fence)


@compiled
def _both_outside(judged: Judged, last: Judged, rule: Record, fences: PackedFences, fence: int) -> bool:
    """Tell whether both fixes are OUTSIDE: not in the fence, and beyond its edge surely enough."""
    return _is_outside(judged, rule, fences, fence) and _is_outside(last, rule, fences, fence)


@compiled
def _is_outside(judged: Judged, rule: Record, fences: PackedFences, fence: int) -> bool:
    distance_m = signed_distance_m(fences, fence, judged.lon, judged.lat)
    return distance_m > 0.0 and is_beyond(distance_m, judged.accuracy_m, rule["exit_probability"])
