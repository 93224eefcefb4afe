"""Compiled: how long a device stays in a fence, and when that is said.

The machine is ``fence_table.py``; the timers are fired by ``fence_ledger.py``.
"""

import numpy as np

from corridor.compiled import compiled
from rules.events import Record, Rows
from rules.fence_say import Ground, Judged, Said, move
from rules.fence_table import FenceInput, FencePhase
from rules.membership import NOBODY, Index, Pool
from rules.timetable import Floats
from rules.verdict import accuracy_m

_IN = int(FencePhase.IN)
_STAYED = int(FenceInput.STAYED)


@compiled
def due_of(standing: Record, rule: Record, pool: Pool) -> float:
    """Give when the device will have stayed for `dwell_s` in the next fence; infinite: in none.

    What comes with the window's close or later never comes.
    """
    due = np.inf
    if rule["dwell_s"] == np.inf:
        return due
    row = standing["member"]
    while row != NOBODY:
        member = pool.members[row]
        if member["phase"] >= _IN and member["dwelt"] == 0:  # or leaving it
            due = min(due, member["entered"] + rule["dwell_s"])
        row = member["following"]
    return due if due < standing["window_closes"] or rule["window"] < 0 else np.inf


@compiled
def stay(
    until: float, last: Judged, standing: Record, rule: Record, ground: Ground, said: Said
) -> tuple[Said, bool]:
    """Say in which fences the device has stayed for `dwell_s` up to an instant; `last` is its last fix.

    In the order of time, and of the fences; tells whether there was one.
    """
    events, filled, pool, found = said
    changed = False
    while standing["due"] <= until:
        due = standing["due"]
        row = standing["member"]
        while row != NOBODY:
            member = pool.members[row]
            row = member["following"]
            if member["phase"] < _IN or member["dwelt"] == 1 or member["entered"] + rule["dwell_s"] != due:
                continue
            changed, member["dwelt"] = True, 1
            since, count = member["since"], member["count"]
            member["since"] = member["entered"]
            evidence = Judged(last.lon, last.lat, due, last.accuracy_m, last.at)
            events, after = move(evidence, standing, rule, member, _STAYED, ground.fences, events, filled)
            if after > filled:
                events[filled]["value"], events[filled]["limit"] = rule["dwell_s"], rule["dwell_s"]
            filled = after
            member["since"], member["count"] = since, count
        standing["due"] = due_of(standing, rule, pool)
    return Said(events, filled, pool, found), changed


@compiled
def fire_stays(
    numbers: Index, until: Floats, standings: Rows, devices: Rows, ground: Ground, said: Said
) -> Said:
    """Say which of some standings, all to one set of fences, have stayed up to `until`; (N,) both."""
    for at in range(numbers.size):
        standing = standings[numbers[at]]
        rule, device = ground.rules[standing["rule"]], devices[standing["device"]]
        last = Judged(
            device["lon"], device["lat"], device["time"], accuracy_m(rule, device["accuracy_m"]), at
        )
        said, _ = stay(until[at], last, standing, rule, ground, said)
    return said
