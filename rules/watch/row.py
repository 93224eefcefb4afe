"""The rules that watch a condition as columns, and where a device stands under one, as rows.

What the fields mean to one kind of rule is that kind's file. A kind that needs no field leaves it as it is.
"""

from enum import IntEnum

import numpy as np

from corridor.memory import MEMORY, fresh_memory
from rules.state import Rows

ASLEEP = 0
"""The phase of every kind in which nothing is judged."""


class Watching(IntEnum):
    """The kinds, as compiled loops know them."""

    SPEED = 0
    WRONG_WAY = 1
    PROGRESS = 2
    ARRIVAL = 3
    SILENCE = 4
    MOVEMENT = 5
    PROXIMITY = 6


class Shared(IntEnum):
    """The inputs that every kind has, with these numbers; its own follow from 4 on."""

    OPENS = 0  # the window, and what `while` asks for holds
    CLOSES = 1  # the window
    CONDITION_OVER = 2  # what `while` asks for holds no more
    TIME_UP = 3  # the timer that the kind has set


WATCH_RULE = np.dtype(
    [
        ("rule", "<i8"),  # position among the engine's rules
        ("kind", "<i8"),  # of Watching
        ("table", "<i8"),  # of the machine, among all tables
        ("window", "<i8"),
        ("needs_mask", "<u4"),  # what `while` asks for: these bits of a fix's `held` ...
        ("needs", "<u4"),  # ... are so
        ("corridor", "<i8"),  # number among the corridors of these rules
        ("fence_set", "<i8"),  # number among the fence sets of these rules
        ("first_point", "<i8"),  # its rows of POINT
        ("end_point", "<i8"),
        ("choice", "<i8"),  # a kind's enum, by position
        ("confirm_fixes", "<i8"),
        ("confirm_s", "<f8"),
        ("raise_probability", "<f8"),
        ("clear_probability", "<f8"),
        ("default_accuracy_m", "<f8"),  # negative: that of the fix's method
        ("limit", "<f8"),  # what is watched, in the unit of the kind
        ("second_limit", "<f8"),
        ("third_limit", "<f8"),
        ("fourth_limit", "<f8"),
        ("departs", "<i8"),  # the window whose openings are departures
    ]
)

POINT = np.dtype([("along_m", "<f8"), ("value", "<f8"), ("name", "<i8")])
"""A place along a path and what holds from there on: a speed limit, a time of the schedule."""

WATCH_STATE = np.dtype(
    [
        # `episodes` and `phase` stand here in every layout to come: they are read from foreign rows too.
        ("episodes", "<u4"),  # alarms so far
        ("phase", "u1"),
        ("side", "u1"),  # what the fixes of the run say
        ("window_open", "u1"),
        ("next_point", "u1"),  # how many of the path's named points were passed
        ("count", "<u4"),  # of the run
        ("episode", "<u4"),  # the number of the alarm that is open, or was last
        ("edge", "<f8"),  # when the window opens or closes next; minus infinity: not looked yet
        ("due", "<f8"),  # the kind's own timer; infinite: none
        ("run_since", "<f8"),  # event time of the first fix of the run
        ("alarm_since", "<f8"),  # what the last alarm gives as its beginning
        ("since", "<f8"),  # an instant that the kind keeps
        ("last_time", "<f8"),  # the last fix that came; minus infinity before the first
        ("last_lon", "<f8"),
        ("last_lat", "<f8"),
        ("last_distance_m", "<f8"),
        ("last_along_m", "<f8"),
        ("last_accuracy_m", "<f4"),
        ("last_half_width_m", "<f4"),
        ("probability", "<f8"),  # that the condition holds; NaN: not worked out
        ("value", "<f8"),  # what was measured last, in the unit of the kind
        ("limit", "<f8"),  # what it was held against
        ("eta", "<f8"),
        ("kept_time", "<f8"),  # a fix that the kind keeps: where it stood, where the other device was
        ("kept_lon", "<f8"),
        ("kept_lat", "<f8"),
        ("kept_m", "<f8"),  # a length that it keeps
        ("kept_accuracy_m", "<f8"),
        ("begun_m", "<f8"),  # where along the path a trip began
        ("planned", "<f8"),  # the instant at which the path's times begin
        ("fence", "<i8"),  # that decided last; -1: none
        ("memory", MEMORY),  # where on the path it was last
    ]
)


_NAN_AT_FIRST = tuple(
    name
    for name in WATCH_STATE.names or ()
    if name.startswith(("kept_", "last_"))
    or name in {"since", "probability", "value", "limit", "eta", "begun_m", "planned"}
)


def fresh_watch_rows(count: int) -> Rows:
    """Give (count,) rows of rules that have seen nothing."""
    rows = np.zeros(count, WATCH_STATE)
    for name in _NAN_AT_FIRST:
        rows[name] = np.nan
    rows["edge"] = rows["last_time"] = -np.inf
    rows["due"] = np.inf
    rows["fence"] = -1
    rows["memory"] = fresh_memory(count)
    return rows
