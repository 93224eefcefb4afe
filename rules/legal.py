"""Compiled: the several legal paths of one rule: which is nearest to a fix, and which the device follows.

A row of RULE_STATE for each path keeps the place along it; all else stands in the first. What is made of the
measured place is ``judge_corridor.py``.
"""

import numpy as np

from corridor.compiled import compiled
from corridor.ellipsoid import Floats
from corridor.locate import MEASURES, Measures, forget, locate
from corridor.tables import PackedCorridors
from rules.events import Record, Rows
from rules.grace import is_at_start

NONE_FOLLOWED = 0
"""In a row's `followed`, which counts paths from 1: what is remembered along any of them is void."""

_NONE = -1
_MARGIN, _SKIPPED, _BEFORE = 3, 6, 7  # of the measures of a fix, and how far along it was before
_SAME_M = 1e-3  # distances are true to so much


@compiled
def locate_several(
    rows: Rows, rules: Rows, lines: PackedCorridors, fix: Record
) -> tuple[int, float, Measures]:
    """Measure a fix against all paths of a rule, and follow one of them.

    The one that was followed is followed on as long as it holds the fix; then the nearest that does.

    Parameters
    ----------
    rows
        (P,) of RULE_STATE, one a path; changed in place.
    rules
        (P,) of CORRIDOR_RULE.

    Returns
    -------
    int
        The position of the path that is followed; where none is yet, of the nearest.
    float
        How far the device has moved along it, jumps taken out; NaN where that is not known.
    Measures
        Those of the nearest path, that of the least margin; what was skipped, of the one that is followed.
    """
    row = rows[0]
    followed = row["followed"] - 1
    if followed == _NONE:
        for at in range(rows.size):
            forget(rows[at]["memory"])
    seen = np.empty((rows.size, MEASURES + 1))
    moved_m, skipped_m = np.nan, 0.0
    for at in range(rows.size):
        _locate(lines, rules[at]["corridor"], fix, rows[at], seen[at])
        if at == followed:
            skipped_m, moved_m = seen[at, _SKIPPED], _moved_m(rows[at], seen[at])
    near = _nearest(seen, followed)
    row["nearest"] = near
    if followed == _NONE or seen[followed, _MARGIN] > 0.0:
        holding = _holding(rules, seen, fix, followed)
        if holding != _NONE:
            _change(rows, followed, holding, seen[holding])
            followed, moved_m, skipped_m = holding, np.nan, 0.0
    on, best = near if followed == _NONE else followed, seen[near]
    return on, moved_m, (best[0], best[1], best[2], best[3], best[4], best[5], skipped_m)


@compiled
def _locate(lines: PackedCorridors, corridor: int, fix: Record, row: Record, seen: Floats) -> None:
    seen[_BEFORE] = row["memory"]["along_m"]
    measured = locate(
        lines,
        corridor,
        fix["lon"],
        fix["lat"],
        fix["course_deg"],
        fix["altitude_m"],
        fix["time"],
        row["memory"],
    )
    for column in range(MEASURES):
        seen[column] = measured[column]


@compiled
def _moved_m(row: Record, seen: Floats) -> float:
    """Give how far the device has moved along a path; NaN where that is not known."""
    return float(row["memory"]["along_m"] - seen[_BEFORE] - seen[_SKIPPED])


@compiled
def _nearest(seen: Floats, followed: int) -> int:
    """Give the path of the least margin; to a millimetre the one that is followed, else the first."""
    near = 0
    for at in range(1, len(seen)):
        if seen[at, _MARGIN] < seen[near, _MARGIN]:
            near = at
    same = followed != _NONE and seen[followed, _MARGIN] <= seen[near, _MARGIN] + _SAME_M
    return followed if same else near


@compiled
def _holding(rules: Rows, seen: Floats, fix: Record, followed: int) -> int:
    """Give the nearest path that holds the fix; before any is followed, of those that may begin here."""
    best, begins = _NONE, False
    for at in range(len(seen)):
        if seen[at, _MARGIN] > 0.0:
            continue
        may_begin = followed == _NONE and is_at_start(rules[at], fix)
        nearer = best == _NONE or seen[at, _MARGIN] < seen[best, _MARGIN]
        if may_begin > begins or (may_begin == begins and nearer):
            best, begins = at, may_begin
    return best


@compiled
def _change(rows: Rows, followed: int, holding: int, seen: Floats) -> None:
    """Follow another path: as much of it up to here is behind as was of the one before.

    Where the device was on both, all that it has moved on the new one since then is behind.
    """
    if followed != _NONE:
        was_m = rows[followed]["memory"]["along_m"]
        share = min(rows[0]["progress_m"] / was_m, 1.0) if was_m > 0.0 else 0.0
        progress_m = share * rows[holding]["memory"]["along_m"]
        on_both_m = share * seen[_BEFORE] + _moved_m(rows[holding], seen)
        rows[0]["progress_m"] = on_both_m if on_both_m > progress_m else progress_m  # never where it is NaN
    rows[0]["followed"] = holding + 1
