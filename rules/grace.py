"""Compiled: whether a fix lies in the area about a path's start or end.

What follows from it is ``judge_corridor.py``.
"""

import numpy as np

from corridor.compiled import inlined
from rules.admission import chord_m
from rules.events import Record

_SHORTEST_DEGREE_M = 110_500.0  # no degree of latitude is shorter
_CHORD_SHORT_M = 1.0  # by what a chord is shorter than the way over the ground, up to 100 km


@inlined
def is_at_start(rule: Record, fix: Record) -> bool:
    """Tell whether a rule that waits for its start may begin here, if the fix is inside."""
    grace_m = rule["start_grace_m"]
    return grace_m == np.inf or _is_within(fix, rule["start_lon"], rule["start_lat"], grace_m)


@inlined
def is_near_end(rule: Record, fix: Record) -> bool:
    """Tell whether a fix lies in the end's area."""
    return _is_within(fix, rule["end_lon"], rule["end_lat"], rule["end_grace_m"])


@inlined
def _is_within(fix: Record, lon: float, lat: float, reach_m: float) -> bool:
    """Tell whether a fix is within reach of a place; most are not by their latitude alone."""
    if abs(fix["lat"] - lat) * _SHORTEST_DEGREE_M > reach_m + _CHORD_SHORT_M:
        return False
    return bool(chord_m(fix["lon"], fix["lat"], lon, lat) <= reach_m)
