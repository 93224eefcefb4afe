"""Compiled: the moves of the fence machine, and the events that a rule says of them.

How an input is read from a fix is ``fence_look.py``, ``fence_way.py`` and ``fence_stay.py``.
"""

from typing import NamedTuple

import numpy as np

from corridor.compiled import compiled
from corridor.fence_arrays import PackedFences
from corridor.fence_kernel import signed_distance_m
from corridor.fence_probability import probability_inside_one
from corridor.uncertainty import CONFIDENCE_95
from rules.events import Record, Rows, with_room
from rules.fence_table import FENCE_MOVES
from rules.geofence import OF_A_FENCE
from rules.machine import KIND, KINDS, NEXT, NOTHING, REASON
from rules.membership import Index, Pool
from rules.timetable import Openings
from rules.transition import Kind

SAYS = {kind: 1 << number for number, kind in enumerate(OF_A_FENCE)}
"""The bit of each kind in a rule's `says`."""

SAYS_CROSS = SAYS[Kind.CROSS]
_BIT_OF = np.array([SAYS.get(kind, 0) for kind in KINDS])
_ENTERED = KINDS.index(Kind.ENTER)


class Judged(NamedTuple):
    """The fix that is judged, or that is the evidence."""

    lon: float
    lat: float
    time: float
    accuracy_m: float
    at: int  # position among the accepted


class Ground(NamedTuple):
    """What a batch is judged by."""

    number: int  # of the set of fences, among the engine's
    rules: Rows  # FENCE_RULE
    fences: PackedFences
    openings: Openings


class Said(NamedTuple):
    """What grows while a batch is judged."""

    events: Rows
    filled: int
    pool: Pool
    found: Index  # room for the fences that contain a place


@compiled
def move(
    judged: Judged,
    standing: Record,
    rule: Record,
    member: Record,
    given: int,
    fences: PackedFences,
    events: Rows,
    said: int,
) -> tuple[Rows, int]:
    """Make the move that the table gives, and say what the rule says of it."""
    what = FENCE_MOVES[member["phase"], given]
    if what[NEXT] == NOTHING:
        return events, said
    member["phase"] = what[NEXT]
    if what[KIND] == NOTHING:
        return events, said
    if what[KIND] == _ENTERED:
        standing["visits"] += 1
        member["visit"], member["entered"], member["dwelt"] = standing["visits"], member["since"], 0
    if rule["says"] & _BIT_OF[what[KIND]]:
        events = with_room(events, said, 1)
        event = events[said]
        event["kind"], event["reason"], event["closes_alarm"] = what[KIND], what[REASON], 0
        event["episode"], event["starts_at"] = member["visit"], member["since"]
        _say(judged, standing, rule, member["fence"], fences, event)
        said += 1
    member["count"] = 0
    return events, said


@compiled
def _say(
    judged: Judged, standing: Record, rule: Record, fence: int, fences: PackedFences, event: Record
) -> None:
    """Write the evidence of an event: the fix, and where it lies to the fence."""
    event["fix"], event["rule"], event["device"], event["fence"] = (
        judged.at,
        rule["rule"],
        standing["device"],
        fence,
    )
    event["time"], event["lon"], event["lat"] = judged.time, judged.lon, judged.lat
    event["distance_m"] = signed_distance_m(fences, fence, judged.lon, judged.lat)
    event["along_m"] = event["half_width_m"] = np.nan
    event["named"] = -1
    event["value"] = event["limit"] = event["eta"] = np.nan
    sigma_m = judged.accuracy_m / CONFIDENCE_95
    event["probability"] = 1.0 - probability_inside_one(fences, fence, judged.lon, judged.lat, sigma_m)
