"""The movement rule: a device moves while it should stand, as a parked vehicle does.

Compiled code that reads a fix is below; the machine is ``confirmed.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rules.ranges import CONFIRM_FIXES, DURATION, POSITIVE_PROBABILITY, Numbers
from rules.transition import Kind
from rules.watch.confirmed import confirmed_table
from rules.watch.watch import Watch

MOVEMENT_TABLE = confirmed_table(Kind.MOVED, Kind.STILL)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Movement(Watch):
    """Tell when a device moves from where it stood when the rule woke, and when it stands again.

    A rule with a window or a condition is armed by them; else it always is.

    Parameters
    ----------
    move_m
        How far from its place it has moved, both accuracies allowed for.
    raise_probability
        How sure that must be.
    confirm_fixes, confirm_s
        So many consecutive fixes, and so long between the first and the last of them, raise the alarm.
    rest_s
        Within `move_m` of one place for so long: it stands again, there.
    """

    RANGES: ClassVar[Mapping[str, Numbers]] = {
        "move_m": Numbers(low=0.0, high=50_000.0, open_low=True),
        "raise_probability": POSITIVE_PROBABILITY,
        "confirm_fixes": CONFIRM_FIXES,
        "confirm_s": DURATION,
        "rest_s": Numbers(low=0.0, high=7 * 86_400.0, open_low=True),
    }

    name: str = "movement"
    move_m: float = 50.0
    raise_probability: float = 0.95
    confirm_fixes: int = 2
    confirm_s: float = 0.0
    rest_s: float = 300.0
