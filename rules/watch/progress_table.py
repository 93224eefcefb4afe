"""The machine of progress along a path, as a table: waiting, under way, stalled, late, arrived.

What a fix or a timer means is ``judge_progress.py``; which numbers a rule has is ``progress.py``.
"""

from collections.abc import Mapping
from enum import IntEnum

from rules.machine import IGNORED, Ignored, Move
from rules.transition import Kind, Reason
from rules.watch.row import Shared


class Phase(IntEnum):
    """Where a device stands. The numbers are stored: never renumber them."""

    ASLEEP = 0
    WAITING = 1  # not seen on the path, or not gone from where it was first seen
    UNDER_WAY = 2
    STALLED = 3
    LATE = 4
    ARRIVED = 5


class Input(IntEnum):
    """What a fix or a timer means to the machine."""

    OPENS = Shared.OPENS
    CLOSES = Shared.CLOSES
    CONDITION_OVER = Shared.CONDITION_OVER
    TIME_UP = Shared.TIME_UP  # it should have been at the end `late_s` ago
    STARTS = 4  # has gone from where it was first seen on the path
    GOES = 5  # is on the path and gets on
    STANDS = 6  # within `stall_m` for `stall_s`
    BEHIND = 7  # expected at the end later than planned by `late_s`
    CAUGHT_UP = 8  # by at most half of that
    PASSES = 9  # a named point
    AT_END = 10
    REST_OVER = 11  # away from the end for long, where no window tells the next trip
    UNKNOWN = 12  # outside of the corridor, too vague, or has not set out


ALARM_PHASES = frozenset({Phase.STALLED, Phase.LATE})

_p, _i = Phase, Input
_nothing: dict[IntEnum, Move | Ignored] = dict.fromkeys(Input, IGNORED)
_asleep: dict[IntEnum, Move | Ignored] = {
    **_nothing,
    _i.CLOSES: Move(_p.ASLEEP),
    _i.CONDITION_OVER: Move(_p.ASLEEP),
}
_alarm: dict[IntEnum, Move | Ignored] = {
    **_nothing,
    _i.CLOSES: Move(_p.ASLEEP, Kind.ENDED, Reason.WINDOW_CLOSED),
    _i.CONDITION_OVER: Move(_p.ASLEEP, Kind.ENDED, Reason.CONDITION_OVER),
}
_arrived = Move(_p.ARRIVED, Kind.ARRIVED, Reason.END_REACHED)
_late = Move(_p.LATE, Kind.LATE, Reason.CONFIRMED)
_overdue = Move(_p.LATE, Kind.LATE, Reason.DEADLINE)
_moving = Move(_p.UNDER_WAY, Kind.MOVING, Reason.CONFIRMED)

# One alarm at a time: what is late is not said to stall besides, and what stalls is late when it goes on.
PROGRESS_TABLE: Mapping[IntEnum, Mapping[IntEnum, Move | Ignored]] = {
    _p.ASLEEP: {
        **_nothing,
        _i.OPENS: Move(_p.WAITING),
    },
    _p.WAITING: {
        **_asleep,
        _i.TIME_UP: _overdue,  # `departs` and the path's times are over, and it stands at the start
        _i.STARTS: Move(_p.UNDER_WAY, Kind.STARTED, Reason.FIRST_INSIDE),
        _i.BEHIND: _late,
    },
    _p.UNDER_WAY: {
        **_asleep,
        _i.TIME_UP: _overdue,
        _i.STANDS: Move(_p.STALLED, Kind.STALLED, Reason.STAYED),
        _i.BEHIND: _late,
        _i.PASSES: Move(_p.UNDER_WAY, Kind.PASSED, Reason.REACHED),
        _i.AT_END: _arrived,
    },
    _p.STALLED: {
        **_alarm,
        _i.GOES: _moving,
        _i.PASSES: Move(_p.STALLED, Kind.PASSED, Reason.REACHED),
        _i.AT_END: _arrived,
    },
    _p.LATE: {
        **_alarm,
        _i.CAUGHT_UP: Move(_p.UNDER_WAY, Kind.ON_TIME, Reason.CONFIRMED),
        _i.PASSES: Move(_p.LATE, Kind.PASSED, Reason.REACHED),
        _i.AT_END: _arrived,
    },
    _p.ARRIVED: {
        **_asleep,
        _i.REST_OVER: Move(_p.WAITING),
    },
}
