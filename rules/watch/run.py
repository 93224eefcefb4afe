"""Compiled: the run of fixes that say the same, as every confirmed condition counts it."""

from corridor.compiled import compiled, inlined
from rules.watch.confirmed import Input
from rules.watch.ground import Record

NO_SIDE, SAYS_NO, SAYS_YES, SAYS_NOTHING = range(4)
"""What a fix says of a condition; the first is that of a run that has not begun."""

_HOLDS, _SURELY_HOLDS = int(Input.HOLDS), int(Input.SURELY_HOLDS)
_HOLDS_NOT, _SURELY_HOLDS_NOT = int(Input.HOLDS_NOT), int(Input.SURELY_HOLDS_NOT)
_UNKNOWN = int(Input.UNKNOWN)
_COUNTED = 65_535  # where the counter of a run stops; no rule asks for more


@inlined
def count_anew(row: Record) -> None:
    """Forget the run."""
    row["side"] = NO_SIDE
    row["count"] = 0


@inlined
def grow(row: Record, side: int, time: float) -> None:
    """Count a fix of the run; one of another side begins a run of its own."""
    if row["side"] != side:
        row["side"] = side
        row["count"] = 0
    if row["count"] == 0:
        row["run_since"] = time
    row["count"] = min(row["count"] + 1, _COUNTED)


@inlined
def is_confirmed(row: Record, rule: Record, time: float) -> bool:
    """Tell whether the run is of enough fixes, over a long enough time."""
    return bool(row["count"] >= rule["confirm_fixes"] and time - row["run_since"] >= rule["confirm_s"])


@compiled
def confirmed_input(row: Record, rule: Record, side: int, time: float) -> int:
    """Count what a fix says, and give what that means to the machine of ``confirmed.py``."""
    if side == SAYS_NOTHING:
        return _UNKNOWN
    grow(row, side, time)
    sure = is_confirmed(row, rule, time)
    if side == SAYS_YES:
        return _SURELY_HOLDS if sure else _HOLDS
    return _SURELY_HOLDS_NOT if sure else _HOLDS_NOT
