"""The machine of a condition that must hold for a while: quiet, raising, raised, clearing.

Kinds whose condition is a yes, a no or too little to say use this table with words of their own. How a fix is
read is each kind's.
"""

from collections.abc import Mapping
from enum import IntEnum

from rules.machine import IGNORED, Ignored, Move
from rules.transition import Kind, Reason
from rules.watch.row import Shared


class Phase(IntEnum):
    """Where a device stands. The numbers are stored: never renumber them."""

    ASLEEP = 0
    QUIET = 1
    RAISING = 2
    RAISED = 3
    CLEARING = 4


class Input(IntEnum):
    """What a fix or a timer means to the machine."""

    OPENS = Shared.OPENS
    CLOSES = Shared.CLOSES
    CONDITION_OVER = Shared.CONDITION_OVER
    TIME_UP = Shared.TIME_UP
    HOLDS = 4  # the condition, and not often or long enough yet
    SURELY_HOLDS = 5  # often enough for long enough
    HOLDS_NOT = 6
    SURELY_HOLDS_NOT = 7
    UNKNOWN = 8  # too little to say: neither counts nor resets


ALARM_PHASES = frozenset({Phase.RAISED, Phase.CLEARING})

Table = Mapping[IntEnum, Mapping[IntEnum, Move | Ignored]]


def confirmed_table(raised: Kind, cleared: Kind) -> Table:
    """Give the table with what is said when the alarm is raised, and when it is cleared."""
    p, i = Phase, Input
    nothing: dict[IntEnum, Move | Ignored] = dict.fromkeys(i, IGNORED)
    asleep = Move(p.ASLEEP)
    ended = Move(p.ASLEEP, Kind.ENDED, Reason.WINDOW_CLOSED)
    left = Move(p.ASLEEP, Kind.ENDED, Reason.CONDITION_OVER)
    alarm = Move(p.RAISED, raised, Reason.CONFIRMED)
    clear = Move(p.QUIET, cleared, Reason.CONFIRMED)
    never: dict[IntEnum, Move | Ignored] = dict.fromkeys((i.OPENS, i.TIME_UP, i.UNKNOWN), IGNORED)
    return {
        p.ASLEEP: {
            **nothing,
            i.OPENS: Move(p.QUIET),
        },
        p.QUIET: {
            **never,
            i.CLOSES: asleep,
            i.CONDITION_OVER: asleep,
            i.HOLDS: Move(p.RAISING),
            i.SURELY_HOLDS: alarm,  # where one fix is enough
            i.HOLDS_NOT: IGNORED,
            i.SURELY_HOLDS_NOT: IGNORED,
        },
        p.RAISING: {
            **never,
            i.CLOSES: asleep,
            i.CONDITION_OVER: asleep,
            i.HOLDS: IGNORED,  # the run grows in the counter
            i.SURELY_HOLDS: alarm,
            i.HOLDS_NOT: Move(p.QUIET),
            i.SURELY_HOLDS_NOT: Move(p.QUIET),
        },
        p.RAISED: {
            **never,
            i.CLOSES: ended,
            i.CONDITION_OVER: left,
            i.HOLDS: IGNORED,
            i.SURELY_HOLDS: IGNORED,
            i.HOLDS_NOT: Move(p.CLEARING),
            i.SURELY_HOLDS_NOT: clear,
        },
        p.CLEARING: {
            **never,
            i.CLOSES: ended,
            i.CONDITION_OVER: left,
            i.HOLDS: Move(p.RAISED),  # the alarm is open already: says nothing
            i.SURELY_HOLDS: Move(p.RAISED),
            i.HOLDS_NOT: IGNORED,
            i.SURELY_HOLDS_NOT: clear,
        },
    }
