"""THE table of the deviation machine: what follows from each (phase, input), and what is said.

Read by the compiled kernel (as `MOVES`), by the tests, which walk it, and by ``docs/rules.md``. How an input
is read from a fix, the counters and the window is ``judge_corridor.py``.
"""

from enum import IntEnum

from rules.machine import IGNORED, Ignored, Move, as_markdown, encode
from rules.transition import Kind, Reason


class Phase(IntEnum):
    """Where a device stands under a rule. The numbers are stored: never renumber them."""

    NOT_STARTED = 0
    ON_ROUTE = 1
    LEAVING = 2
    OFF_ROUTE = 3
    RETURNING = 4
    ARRIVED = 5


ALARM_PHASES = frozenset({Phase.OFF_ROUTE, Phase.RETURNING})
"""The phases in which an alarm is open: in these and in no other."""


class Verdict(IntEnum):
    """What one fix says by itself, from its probability of being outside."""

    INSIDE = 0
    OUTSIDE = 1
    UNKNOWN = 2  # too vague to say: neither counts nor resets


class Input(IntEnum):
    """What a fix, or the end of a window, means to the machine; one of them at a time."""

    BEGINS = 0  # the first fix of a rule that starts at once
    START_SEEN = 1  # the INSIDE that the rule waits for
    INSIDE = 2  # INSIDE, and not enough of it yet
    WELL_INSIDE = 3  # the second in a row inside by a fifth of the half width
    STAYED_INSIDE = 4  # INSIDE for the confirming time
    AT_END = 5  # INSIDE, in the end's area, with the path behind it
    OUTSIDE = 6  # OUTSIDE, and not enough of it yet
    CONFIRMED = 7  # OUTSIDE often enough for long enough
    BEYOND_DOUBT = 8  # the second in a row more than two half widths outside
    UNKNOWN = 9  # too vague to count or to reset
    REST_OVER = 10  # away from the end's area for long after the arrival
    WINDOW_CLOSES = 11
    JUMPED = 12  # a part of the path was skipped, and no fix was seen off it
    CUT_SHORT = 13  # a part was skipped, and the device was off it meanwhile
    CONDITION_OVER = 14  # what the rule's `while` asks for does not hold


_P, _I, _K, _R = Phase, Input, Kind, Reason

_STARTED = Move(_P.ON_ROUTE, _K.STARTED, _R.FIRST_INSIDE)
_ARRIVED = Move(_P.ARRIVED, _K.ARRIVED, _R.END_REACHED)
_OFF_CONFIRMED = Move(_P.OFF_ROUTE, _K.OFF_ROUTE, _R.CONFIRMED)
_OFF_BEYOND_DOUBT = Move(_P.OFF_ROUTE, _K.OFF_ROUTE, _R.BEYOND_DOUBT)
_ENDED = Move(_P.NOT_STARTED, _K.ENDED, _R.WINDOW_CLOSED)
_LEFT = Move(_P.NOT_STARTED, _K.ENDED, _R.CONDITION_OVER)


def _skipped(phase: Phase) -> dict[Input, Move | Ignored]:
    """Say what was skipped, and stay."""
    return {
        _I.JUMPED: Move(phase, _K.SKIPPED, _R.JUMPED),
        _I.CUT_SHORT: Move(phase, _K.SKIPPED, _R.SHORTCUT),
    }


TABLE: dict[Phase, dict[Input, Move | Ignored]] = {
    _P.NOT_STARTED: {
        _I.BEGINS: Move(_P.ON_ROUTE),
        _I.START_SEEN: _STARTED,
        _I.INSIDE: IGNORED,
        _I.WELL_INSIDE: IGNORED,
        _I.STAYED_INSIDE: IGNORED,
        _I.AT_END: IGNORED,
        _I.OUTSIDE: IGNORED,
        _I.CONFIRMED: IGNORED,
        _I.BEYOND_DOUBT: IGNORED,
        _I.UNKNOWN: IGNORED,
        _I.REST_OVER: IGNORED,
        _I.WINDOW_CLOSES: Move(_P.NOT_STARTED),
        _I.JUMPED: IGNORED,
        _I.CUT_SHORT: IGNORED,
        _I.CONDITION_OVER: Move(_P.NOT_STARTED),
    },
    _P.ON_ROUTE: {
        _I.BEGINS: IGNORED,
        _I.START_SEEN: IGNORED,
        _I.INSIDE: IGNORED,
        _I.WELL_INSIDE: IGNORED,
        _I.STAYED_INSIDE: IGNORED,
        _I.AT_END: _ARRIVED,
        _I.OUTSIDE: Move(_P.LEAVING),
        _I.CONFIRMED: _OFF_CONFIRMED,  # where one fix is enough
        _I.BEYOND_DOUBT: _OFF_BEYOND_DOUBT,
        _I.UNKNOWN: IGNORED,
        _I.REST_OVER: IGNORED,
        _I.WINDOW_CLOSES: Move(_P.NOT_STARTED),
        **_skipped(_P.ON_ROUTE),
        _I.CONDITION_OVER: Move(_P.NOT_STARTED),
    },
    _P.LEAVING: {
        _I.BEGINS: IGNORED,
        _I.START_SEEN: IGNORED,
        _I.INSIDE: Move(_P.ON_ROUTE),
        _I.WELL_INSIDE: Move(_P.ON_ROUTE),
        _I.STAYED_INSIDE: Move(_P.ON_ROUTE),
        _I.AT_END: _ARRIVED,
        _I.OUTSIDE: IGNORED,  # the run grows in the counters
        _I.CONFIRMED: _OFF_CONFIRMED,
        _I.BEYOND_DOUBT: _OFF_BEYOND_DOUBT,
        _I.UNKNOWN: IGNORED,
        _I.REST_OVER: IGNORED,
        _I.WINDOW_CLOSES: Move(_P.NOT_STARTED),
        **_skipped(_P.LEAVING),
        _I.CONDITION_OVER: Move(_P.NOT_STARTED),
    },
    # One fix never ends an alarm: any INSIDE leads to RETURNING first.
    _P.OFF_ROUTE: {
        _I.BEGINS: IGNORED,
        _I.START_SEEN: IGNORED,
        _I.INSIDE: Move(_P.RETURNING),
        _I.WELL_INSIDE: Move(_P.RETURNING),
        _I.STAYED_INSIDE: Move(_P.RETURNING),
        _I.AT_END: Move(_P.RETURNING),
        _I.OUTSIDE: IGNORED,
        _I.CONFIRMED: IGNORED,
        _I.BEYOND_DOUBT: IGNORED,
        _I.UNKNOWN: IGNORED,
        _I.REST_OVER: IGNORED,
        _I.WINDOW_CLOSES: _ENDED,
        **_skipped(_P.OFF_ROUTE),
        _I.CONDITION_OVER: _LEFT,
    },
    _P.RETURNING: {
        _I.BEGINS: IGNORED,
        _I.START_SEEN: IGNORED,
        _I.INSIDE: IGNORED,
        _I.WELL_INSIDE: Move(_P.ON_ROUTE, _K.BACK_ON_ROUTE, _R.WELL_INSIDE),
        _I.STAYED_INSIDE: Move(_P.ON_ROUTE, _K.BACK_ON_ROUTE, _R.STAYED_INSIDE),
        _I.AT_END: _ARRIVED,
        _I.OUTSIDE: Move(_P.OFF_ROUTE),  # the alarm is open already: says nothing
        _I.CONFIRMED: Move(_P.OFF_ROUTE),
        _I.BEYOND_DOUBT: Move(_P.OFF_ROUTE),
        _I.UNKNOWN: IGNORED,
        _I.REST_OVER: IGNORED,
        _I.WINDOW_CLOSES: _ENDED,
        **_skipped(_P.RETURNING),
        _I.CONDITION_OVER: _LEFT,
    },
    _P.ARRIVED: {
        _I.BEGINS: IGNORED,
        _I.START_SEEN: IGNORED,
        _I.INSIDE: IGNORED,
        _I.WELL_INSIDE: IGNORED,
        _I.STAYED_INSIDE: IGNORED,
        _I.AT_END: IGNORED,
        _I.OUTSIDE: IGNORED,
        _I.CONFIRMED: IGNORED,
        _I.BEYOND_DOUBT: IGNORED,
        _I.UNKNOWN: IGNORED,
        _I.REST_OVER: Move(_P.NOT_STARTED),
        _I.WINDOW_CLOSES: Move(_P.NOT_STARTED),
        _I.JUMPED: IGNORED,
        _I.CUT_SHORT: IGNORED,
        _I.CONDITION_OVER: Move(_P.NOT_STARTED),
    },
}

MOVES = encode(TABLE, ALARM_PHASES)
"""(phases, inputs, 4) the table for compiled loops: next phase, kind, reason, closes an alarm."""


def table_as_markdown() -> str:
    """Write the table for the documentation."""
    return as_markdown(TABLE, list(Phase), list(Input))
