"""Compiled: accepted fixes folded into where devices stand to the fences of one set.

A fix whose device has not moved farther than to the nearest edge cannot have changed side of any fence: it is
passed over without a look at the index. The others are looked at in ``fence_look.py``.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled
from corridor.plane import geocentric_of
from rules.events import Record, Rows
from rules.fence_look import is_in, look
from rules.fence_say import Ground, Judged, Said
from rules.fence_stay import stay
from rules.membership import NOBODY, Index, Pool, copied
from rules.timetable import ALWAYS, Openings, closes_after
from rules.verdict import accuracy_m

# A chord through the earth is shorter than the way over it: by less than this share up to 300 km.
_WIDER = 1.0001


class Journal(NamedTuple):
    """Standings whose members may have changed, with what they were before."""

    numbers: Index  # (T,)
    standings: Rows  # (T,)
    first: Index  # (T + 1,) the members of each: members[first[t] : first[t + 1]]
    members: Rows


@compiled
def nothing_matters(
    fixes: Rows,
    first: Index,
    devices: Index,
    heads: npt.NDArray[np.int32],
    standings: Rows,
    number: int,
    rules: Rows,
    openings: Openings,
) -> bool:
    """Tell whether all fixes lie in safe regions of the set `number`: most live ones do, and cost no more."""
    for group in range(len(devices)):
        low, high = first[group], first[group + 1]
        at = heads[devices[group]] if high > low else NOBODY
        while at != NOBODY:
            standing = standings[at]
            rule = rules[standing["rule"]]
            here = rule["fence_set"] == number
            if here and _first_that_matters(fixes, low, high, standing, rule, openings) < high:
                return False
            at = standing["following"]
    return True


@compiled
def judge_fences(
    fixes: Rows,
    first: Index,
    devices: Index,
    before: Rows,
    heads: npt.NDArray[np.int32],
    standings: Rows,
    ground: Ground,
    said: Said,
) -> tuple[Said, Journal]:
    """Fold accepted fixes into the standings of their devices to one set of fences.

    Parameters
    ----------
    fixes
        (N,) of ACCEPTED; those of the device row ``devices[g]`` are ``fixes[first[g] : first[g + 1]]``.
    before
        (G,) of DEVICE_STATE: what was known of the devices before.
    heads
        (D,) the first standing of each device.
    standings
        (S,) of STANDING, changed in place.
    said
        Room for what is said, and the pool; larger ones are given back where they were too small.
    """
    room = 0
    for group in range(len(devices)):
        number = heads[devices[group]] if first[group + 1] > first[group] else NOBODY
        while number != NOBODY:
            room += 1
            number = standings[number]["following"]
    numbers, old = np.empty(room, dtype=np.int64), np.empty(room, standings.dtype)
    starts = np.zeros(room + 1, dtype=np.int64)
    members = np.empty(room, said.pool.members.dtype)
    touched = 0
    for group in range(len(devices)):
        low, high = first[group], first[group + 1]
        number = heads[devices[group]] if high > low else NOBODY
        while number != NOBODY:
            standing = standings[number]
            number_now, number = number, standing["following"]
            rule = ground.rules[standing["rule"]]
            if rule["fence_set"] != ground.number:
                continue
            at = _first_that_matters(fixes, low, high, standing, rule, ground.openings)
            if rule["holds"] != 0:
                _hold(fixes, low, at, standing, rule, ground.openings, said.pool)
            if at == high:
                continue
            numbers[touched], old[touched] = number_now, standing
            members, filled = copied(said.pool, standing, members, starts[touched])
            state = before[group]
            said, changed = _fold(fixes, at, low, high, state, standing, rule, ground, said)
            if changed:
                touched += 1
                starts[touched] = filled
    kept = starts[touched]
    return said, Journal(numbers[:touched], old[:touched], starts[: touched + 1], members[:kept])


@compiled
def _fold(
    fixes: Rows,
    at: int,
    low: int,
    high: int,
    state: Record,
    standing: Record,
    rule: Record,
    ground: Ground,
    said: Said,
) -> tuple[Said, bool]:
    """Fold the fixes of one device, which begin at `low`, from one that matters on.

    Tells whether its members changed.
    """
    changed, done = False, at
    while done < high:
        at = _first_that_matters(fixes, done, high, standing, rule, ground.openings)
        if rule["holds"] != 0:
            _hold(fixes, done, at, standing, rule, ground.openings, said.pool)
        if at == high:
            break
        last = _last(fixes, at, low, state, rule)
        if standing["due"] <= fixes[at]["time"]:
            said, moved = stay(fixes[at]["time"], last, standing, rule, ground, said)
            done = at  # it may matter besides
        else:
            said, moved = look(_judged(fixes[at], at, rule), last, standing, rule, ground, said)
            done = at + 1
            if rule["holds"] != 0:
                _hold(fixes, at, done, standing, rule, ground.openings, said.pool)
        changed = changed or moved
    return said, changed


@compiled
def _judged(fix: Record, at: int, rule: Record) -> Judged:
    return Judged(fix["lon"], fix["lat"], fix["time"], accuracy_m(rule, fix["accuracy_m"]), at)


@compiled
def _last(fixes: Rows, at: int, low: int, state: Record, rule: Record) -> Judged:
    """Give the device's fix before one; that before the first is what was known of it."""
    if at > low:
        fix = fixes[at - 1]
        return Judged(fix["lon"], fix["lat"], fix["time"], accuracy_m(rule, fix["accuracy_m"]), at)
    return Judged(state["lon"], state["lat"], state["time"], accuracy_m(rule, state["accuracy_m"]), at)


@compiled
def _hold(
    fixes: Rows, low: int, high: int, standing: Record, rule: Record, openings: Openings, pool: Pool
) -> None:
    """Note in fixes that the device is in a fence of the rule, where it is awake: conditions ask for it."""
    if not is_in(standing, pool):
        return
    for at in range(low, high):
        if not np.isnan(closes_after(openings, rule["window"], fixes[at]["time"])):
            fixes[at]["held"] |= rule["holds"]


@compiled
def _first_that_matters(
    fixes: Rows, low: int, high: int, standing: Record, rule: Record, openings: Openings
) -> int:
    """Give the first fix that is judged and not within the safe region, or by which a stay is due."""
    x_m, y_m, z_m, clear_m = standing["x_m"], standing["y_m"], standing["z_m"], standing["clear_m"]
    window = rule["window"]
    for at in range(low, high):
        fix = fixes[at]
        if standing["due"] <= fix["time"]:
            return at
        if window != ALWAYS:
            closes = closes_after(openings, window, fix["time"])
            if np.isnan(closes):
                continue
            if closes != standing["window_closes"]:
                return at
        if clear_m < 0.0:
            return at
        x, y, z = geocentric_of(fix["lon"], fix["lat"])
        moved_m = math.sqrt((x - x_m) ** 2 + (y - y_m) ** 2 + (z - z_m) ** 2)
        if not moved_m * _WIDER < clear_m:
            return at
    return high
