"""The silence rule: nothing comes from a device, or nothing that could be judged.

The machine's table and the compiled code that reads a fix are below; what "too vague to judge" means to other
rules is theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from corridor.compiled import compiled
from rules.errors import RuleError
from rules.machine import IGNORED, Ignored, Move
from rules.ranges import MAX_ACCURACY_M, MAX_DURATION_S, Numbers
from rules.transition import Kind, Reason
from rules.verdict import accuracy_m
from rules.watch.ground import Record
from rules.watch.row import Shared, Watching
from rules.watch.run import SAYS_YES, count_anew, grow
from rules.watch.watch import Watch

if TYPE_CHECKING:
    from rules.watch.book import Shelf

_WAIT = Numbers(low=0.0, high=MAX_DURATION_S, open_low=True, optional=True)


class Phase(IntEnum):
    """Where a device stands. The numbers are stored: never renumber them."""

    ASLEEP = 0
    HEARD = 1  # or not missed yet
    VAGUE = 2  # the last fixes were too vague
    SILENT = 3
    TOO_VAGUE = 4
    LOST = 5  # was too vague, and now nothing comes at all: SILENT follows at the same instant


class Input(IntEnum):
    """What a fix or the timer means to the machine."""

    OPENS = Shared.OPENS
    CLOSES = Shared.CLOSES
    CONDITION_OVER = Shared.CONDITION_OVER
    TIME_UP = Shared.TIME_UP  # no fix for `silence_s`
    CLEAR_FIX = 4
    VAGUE_FIX = 5  # not for long yet
    LONG_VAGUE = 6  # this one and all for `vague_s` before it


ALARM_PHASES = frozenset({Phase.SILENT, Phase.TOO_VAGUE})

_SILENT, _TOO_VAGUE = int(Phase.SILENT), int(Phase.TOO_VAGUE)
_TIME_UP, _CLEAR_FIX = int(Input.TIME_UP), int(Input.CLEAR_FIX)
_VAGUE_FIX, _LONG_VAGUE = int(Input.VAGUE_FIX), int(Input.LONG_VAGUE)


def _table() -> Mapping[IntEnum, Mapping[IntEnum, Move | Ignored]]:
    p, i = Phase, Input
    asleep = Move(p.ASLEEP)
    ended = Move(p.ASLEEP, Kind.ENDED, Reason.WINDOW_CLOSED)
    left = Move(p.ASLEEP, Kind.ENDED, Reason.CONDITION_OVER)
    silent = Move(p.SILENT, Kind.SILENT, Reason.NO_FIX)
    too_vague = Move(p.TOO_VAGUE, Kind.TOO_VAGUE, Reason.VAGUE_FIXES)
    # It is heard, which is true; the reason says that this is all that is known.
    just_heard = Move(p.VAGUE, Kind.HEARD, Reason.VAGUE_FIXES)
    nothing: dict[IntEnum, Move | Ignored] = dict.fromkeys(i, IGNORED)
    sleeps: dict[IntEnum, Move | Ignored] = {
        i.OPENS: IGNORED,
        i.CLOSES: asleep,
        i.CONDITION_OVER: asleep,
    }
    wakes_up: dict[IntEnum, Move | Ignored] = {**sleeps, i.CLOSES: ended, i.CONDITION_OVER: left}
    return {
        p.ASLEEP: {**nothing, i.OPENS: Move(p.HEARD)},
        p.HEARD: {
            **sleeps,
            i.TIME_UP: silent,
            i.CLEAR_FIX: IGNORED,
            i.VAGUE_FIX: Move(p.VAGUE),
            i.LONG_VAGUE: too_vague,
        },
        p.VAGUE: {
            **sleeps,
            i.TIME_UP: silent,
            i.CLEAR_FIX: Move(p.HEARD),
            i.VAGUE_FIX: IGNORED,
            i.LONG_VAGUE: too_vague,
        },
        p.SILENT: {
            **wakes_up,
            i.TIME_UP: IGNORED,
            i.CLEAR_FIX: Move(p.HEARD, Kind.HEARD, Reason.FIX_CAME),
            i.VAGUE_FIX: just_heard,
            i.LONG_VAGUE: just_heard,
        },
        p.TOO_VAGUE: {
            **wakes_up,
            i.TIME_UP: Move(p.LOST, Kind.ENDED, Reason.NO_FIX),  # no good news: it is worse now
            i.CLEAR_FIX: Move(p.HEARD, Kind.CLEAR_ENOUGH, Reason.FIX_CAME),
            i.VAGUE_FIX: IGNORED,
            i.LONG_VAGUE: IGNORED,
        },
        p.LOST: {
            **sleeps,
            i.TIME_UP: silent,
            i.CLEAR_FIX: Move(p.HEARD),
            i.VAGUE_FIX: Move(p.VAGUE),
            i.LONG_VAGUE: too_vague,
        },
    }


SILENCE_TABLE = _table()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Silence(Watch):
    """Tell when no fix comes from a device, or only fixes too vague to judge, and when that is over.

    A device that was never heard is silent too: counted from when the rule woke, which without a window is
    the first step of the engine without fixes, or the device's first fix.

    Parameters
    ----------
    silence_s
        No fix for longer, counted from the last one or from the window's opening, whichever is later: silent.
        None: not asked.
    vague_s, vague_m
        Fixes came for so long, and all had an accuracy of more than `vague_m`: too vague. A silence begins
        the count anew. None: not asked.

    Raises
    ------
    RuleError
        Neither is asked.
    """

    KIND: ClassVar[Watching] = Watching.SILENCE
    RANGES: ClassVar[Mapping[str, Numbers]] = {
        "silence_s": _WAIT,
        "vague_s": _WAIT,
        "vague_m": Numbers(low=0.0, high=MAX_ACCURACY_M, open_low=True),
    }

    name: str = "silence"
    silence_s: float | None = 180.0
    vague_s: float | None = 300.0
    vague_m: float = 80.0

    def __post_init__(self) -> None:
        super(Silence, self).__post_init__()
        if self.silence_s is None and self.vague_s is None:
            raise RuleError(f"{self.where} asks for nothing; give silence_s or vague_s")

    def fill(self, row: Any, shelf: "Shelf") -> None:
        """Write the rule's numbers into a row of WATCH_RULE; what is not asked never comes."""
        super(Silence, self).fill(row, shelf)
        row["limit"] = np.inf if self.silence_s is None else self.silence_s
        row["second_limit"] = np.inf if self.vague_s is None else self.vague_s
        row["third_limit"] = self.vague_m


@compiled
def wake_silence(row: Record, rule: Record, time: float) -> None:
    """Count from the opening."""
    row["since"] = time
    row["due"] = time + rule["limit"]


@compiled
def silence_due(row: Record, rule: Record, due: float) -> int:
    """Say that nothing came: twice of one that was too vague, as that alarm ends before another begins."""
    if row["phase"] == _TOO_VAGUE:
        row["due"] = due
        return _TIME_UP
    count_anew(row)
    heard = row["last_time"]
    row["run_since"] = heard if heard > -np.inf else row["since"]
    row["value"], row["limit"] = due - row["run_since"], rule["limit"]
    return _TIME_UP


@compiled
def read_silence(row: Record, rule: Record, fix: Record) -> int:
    """Say whether a fix is clear enough, or vague, and for how long all were."""
    time = fix["time"]
    row["due"] = time + rule["limit"]
    silent = row["phase"] == _SILENT
    row["limit"] = rule["limit"] if silent else rule["second_limit"]
    vague = accuracy_m(rule, fix["accuracy_m"]) > rule["third_limit"] and rule["second_limit"] < np.inf
    if vague:
        grow(row, SAYS_YES, time)
    else:
        count_anew(row)
    alarm = silent or row["phase"] == _TOO_VAGUE
    row["value"] = time - (row["alarm_since"] if alarm else row["run_since"])
    if not vague:
        return _CLEAR_FIX
    return _LONG_VAGUE if time - row["run_since"] >= rule["second_limit"] else _VAGUE_FIX
