"""Compiled: one fix looked at against all fences about it, and folded into its device's standing.

Which fixes are looked at is ``judge_fences.py``; what may follow from what ``fence_table.py``.
"""

import numpy as np

from corridor.compiled import compiled
from corridor.fence_arrays import PackedFences
from corridor.fence_kernel import signed_distance_m, survey
from corridor.plane import geocentric_of
from rules.events import Record, Rows
from rules.fence_say import SAYS_CROSS, Ground, Judged, Said, move
from rules.fence_stay import due_of
from rules.fence_table import FenceInput, FencePhase
from rules.fence_verdict import is_beyond, is_inside
from rules.fence_way import pass_through
from rules.membership import NOBODY, Index, Pool, grown, release, release_all, take
from rules.timetable import ALWAYS, Openings, closes_after

# A safe region reaches no farther, wherever the nearest fence is.
_FARTHEST_M = 300_000.0
_COUNTED = 65_535  # where the counter of a run stops; no rule asks for more

_OUT, _ENTERING, _IN, _LEAVING = map(int, FencePhase)
_INSIDE, _CONFIRMED_INSIDE = int(FenceInput.INSIDE), int(FenceInput.CONFIRMED_INSIDE)
_OUTSIDE, _CONFIRMED_OUTSIDE = int(FenceInput.OUTSIDE), int(FenceInput.CONFIRMED_OUTSIDE)
_UNKNOWN = int(FenceInput.UNKNOWN)


@compiled
def look(
    judged: Judged, last: Judged, standing: Record, rule: Record, ground: Ground, said: Said
) -> tuple[Said, bool]:
    """Look at all fences about a fix, move on those that it says something of, and find its safe region.

    `last` is the device's fix before.
    """
    events, filled, pool, found = said
    lon, lat = judged.lon, judged.lat
    changed = _begin(standing, rule, judged.time, ground.openings, pool)
    inside, clear_m, nearest = survey(ground.fences, lon, lat, standing["nearest"], found)
    if inside > found.size:
        found = np.empty(2 * inside, dtype=np.int64)
        inside, clear_m, nearest = survey(ground.fences, lon, lat, nearest, found)
    standing["x_m"], standing["y_m"], standing["z_m"] = geocentric_of(lon, lat)
    standing["nearest"] = nearest
    contains = found[:inside]
    events, filled, moved, settled = _those_it_was_in(
        judged, standing, rule, ground.fences, contains, pool, events, filled
    )
    events, filled, pool, entered, known = _those_it_is_new_to(
        judged, standing, rule, ground.fences, contains, pool, events, filled
    )
    standing["clear_m"] = min(clear_m, _FARTHEST_M) if settled and known else -1.0
    standing["last_time"] = judged.time
    standing["due"] = due_of(standing, rule, pool)
    changed = changed or moved or entered
    said = Said(events, filled, pool, found)
    if rule["says"] & SAYS_CROSS:
        said, passed = pass_through(judged, last, standing, rule, ground, said)
        changed = changed or passed
    return said, changed


@compiled
def _begin(standing: Record, rule: Record, time: float, openings: Openings, pool: Pool) -> bool:
    """Forget what was before another opening of the window, and runs before a silence."""
    if rule["window"] != ALWAYS:
        closes = closes_after(openings, rule["window"], time)
        if closes != standing["window_closes"]:
            release_all(pool, standing)
            standing["window_closes"] = closes
            return True
    if time - standing["last_time"] > rule["silence_s"]:
        row = standing["member"]
        while row != NOBODY:
            pool.members[row]["count"] = 0
            row = pool.members[row]["following"]
    return False


@compiled
def _those_it_was_in(
    judged: Judged,
    standing: Record,
    rule: Record,
    fences: PackedFences,
    contains: Index,
    pool: Pool,
    events: Rows,
    said: int,
) -> tuple[Rows, int, bool, bool]:
    """Move on the members; tells whether one was written to, and whether all are inside for good."""
    changed, settled = False, True
    before, row, at = NOBODY, standing["member"], 0
    while row != NOBODY:
        member = pool.members[row]
        following = member["following"]
        while at < contains.size and contains[at] < member["fence"]:
            at += 1
        inside = at < contains.size and contains[at] == member["fence"]
        if not inside or member["phase"] != _IN:
            given = _input(judged, member, rule, fences, inside)
            changed = True
            events, said = move(judged, standing, rule, member, given, fences, events, said)
        if member["phase"] == _OUT:
            release(pool, standing, before, row)
        else:
            settled = settled and inside and member["phase"] == _IN
            before = row
        row = following
    return events, said, changed, settled


@compiled
def _those_it_is_new_to(
    judged: Judged,
    standing: Record,
    rule: Record,
    fences: PackedFences,
    contains: Index,
    pool: Pool,
    events: Rows,
    said: int,
) -> tuple[Rows, int, Pool, bool, bool]:
    """Make members of fences that contain the place; tells whether any, and whether all are inside."""
    changed, known = False, True
    before, row = NOBODY, standing["member"]
    for at in range(contains.size):
        while row != NOBODY and pool.members[row]["fence"] < contains[at]:
            before, row = row, pool.members[row]["following"]
        if row != NOBODY and pool.members[row]["fence"] == contains[at]:
            continue
        if not _is_inside(judged, rule, fences, contains[at]):
            known = False
            continue
        if pool.free[0] == NOBODY:
            pool = grown(pool)
        new = take(pool, standing, before, contains[at])
        member = pool.members[new]
        member["phase"], member["count"], member["visit"] = _OUT, 0, 0
        given = _count(judged, member, rule, _INSIDE, _CONFIRMED_INSIDE)
        events, said = move(judged, standing, rule, member, given, fences, events, said)
        known = known and member["phase"] == _IN
        changed, before = True, new
    return events, said, pool, changed, known


@compiled
def _input(judged: Judged, member: Record, rule: Record, fences: PackedFences, inside: bool) -> int:  # noqa: FBT001 (compiled)
    """Say what a fix means to a fence that the device was in, or entering."""
    if inside:
        if not _is_inside(judged, rule, fences, member["fence"]):
            return _UNKNOWN
        if member["phase"] == _ENTERING:
            return _count(judged, member, rule, _INSIDE, _CONFIRMED_INSIDE)
        member["count"] = 0
        return _INSIDE
    distance_m = signed_distance_m(fences, member["fence"], judged.lon, judged.lat)
    if not is_beyond(distance_m, judged.accuracy_m, rule["exit_probability"]):
        return _UNKNOWN
    if member["phase"] == _ENTERING:
        return _OUTSIDE
    return _count(judged, member, rule, _OUTSIDE, _CONFIRMED_OUTSIDE)


@compiled
def _is_inside(judged: Judged, rule: Record, fences: PackedFences, fence: int) -> bool:
    """Tell whether a fix that a fence contains is surely enough inside."""
    return is_inside(fences, fence, judged.lon, judged.lat, judged.accuracy_m, rule["enter_probability"])


@compiled
def _count(judged: Judged, member: Record, rule: Record, given: int, confirmed: int) -> int:
    """Count a fix of the run that would change the phase, and say whether it is enough."""
    if member["count"] == 0:
        member["since"] = judged.time
    member["count"] = min(member["count"] + 1, _COUNTED)
    enough = member["count"] >= rule["confirm_fixes"]
    return confirmed if enough and judged.time - member["since"] >= rule["confirm_s"] else given


@compiled
def is_in(standing: Record, pool: Pool) -> bool:
    """Tell whether the device is in any fence, as was said of it."""
    row = standing["member"]
    while row != NOBODY:
        if pool.members[row]["phase"] >= _IN:  # or leaving it
            return True
        row = pool.members[row]["following"]
    return False
