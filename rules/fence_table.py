"""THE table of the fence machine: one device and one fence; what follows from each (phase, input).

How an input is read from a fix is ``judge_fences.py``. A row is kept only while the phase is not OUT.
"""

from enum import IntEnum

from rules.machine import IGNORED, Ignored, Move, as_markdown, encode
from rules.transition import Kind, Reason


class FencePhase(IntEnum):
    """Where a device stands to a fence. The numbers are stored: never renumber them."""

    OUT = 0  # no row is kept
    ENTERING = 1
    IN = 2
    LEAVING = 3


class FenceInput(IntEnum):
    """What a fix means to the machine."""

    INSIDE = 0  # inside, and not enough of it yet
    CONFIRMED_INSIDE = 1  # inside often enough for long enough
    OUTSIDE = 2
    CONFIRMED_OUTSIDE = 3
    UNKNOWN = 4  # too vague to say: neither counts nor resets
    STAYED = 5  # in the fence for `dwell_s`
    PASSED_THROUGH = 6  # the way between two fixes outside goes through it


_P, _I = FencePhase, FenceInput

_ENTER = Move(_P.IN, Kind.ENTER, Reason.SEEN_INSIDE)
_DWELL, _CROSS = (Kind.DWELL, Reason.STAYED), (Kind.CROSS, Reason.PASSED_THROUGH)
_EXIT = Move(_P.OUT, Kind.EXIT, Reason.SEEN_OUTSIDE)

FENCE_TABLE: dict[FencePhase, dict[FenceInput, Move | Ignored]] = {
    _P.OUT: {
        _I.INSIDE: Move(_P.ENTERING),
        _I.CONFIRMED_INSIDE: _ENTER,  # where one fix is enough
        _I.OUTSIDE: IGNORED,
        _I.CONFIRMED_OUTSIDE: IGNORED,
        _I.UNKNOWN: IGNORED,
        _I.STAYED: IGNORED,
        _I.PASSED_THROUGH: Move(_P.OUT, *_CROSS),
    },
    _P.ENTERING: {
        _I.INSIDE: IGNORED,  # the run grows in the counter
        _I.CONFIRMED_INSIDE: _ENTER,
        _I.OUTSIDE: Move(_P.OUT),
        _I.CONFIRMED_OUTSIDE: Move(_P.OUT),
        _I.UNKNOWN: IGNORED,
        _I.STAYED: IGNORED,
        _I.PASSED_THROUGH: IGNORED,
    },
    _P.IN: {
        _I.INSIDE: IGNORED,
        _I.CONFIRMED_INSIDE: IGNORED,
        _I.OUTSIDE: Move(_P.LEAVING),
        _I.CONFIRMED_OUTSIDE: _EXIT,
        _I.UNKNOWN: IGNORED,
        _I.STAYED: Move(_P.IN, *_DWELL),
        _I.PASSED_THROUGH: IGNORED,
    },
    _P.LEAVING: {
        _I.INSIDE: Move(_P.IN),
        _I.CONFIRMED_INSIDE: Move(_P.IN),
        _I.OUTSIDE: IGNORED,
        _I.CONFIRMED_OUTSIDE: _EXIT,
        _I.UNKNOWN: IGNORED,
        _I.STAYED: Move(_P.LEAVING, *_DWELL),
        _I.PASSED_THROUGH: IGNORED,
    },
}

FENCE_MOVES = encode(FENCE_TABLE, frozenset())
"""(phases, inputs, 4) the table for compiled loops; entering and leaving are events, nothing stays open."""


def fence_table_as_markdown() -> str:
    """Write the table for the documentation."""
    return as_markdown(FENCE_TABLE, list(FencePhase), list(FenceInput))
