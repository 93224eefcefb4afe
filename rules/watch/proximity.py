"""The proximity rule: two devices are farther from each other than allowed, or nearer.

Compiled code that reads a fix is below; the machine is ``confirmed.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rules.errors import RuleError
from rules.ranges import CONFIRM_FIXES, DURATION, POSITIVE_PROBABILITY, Numbers
from rules.transition import Kind
from rules.watch.confirmed import confirmed_table
from rules.watch.watch import Watch

_APART = Numbers(low=0.0, high=20_100_000.0, open_low=True, optional=True)

TOO_FAR_TABLE = confirmed_table(Kind.TOO_FAR, Kind.DISTANCE_OK)
TOO_NEAR_TABLE = confirmed_table(Kind.TOO_NEAR, Kind.DISTANCE_OK)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Proximity(Watch):
    """Tell when two devices are too far from each other, or too near, and when they are not any more.

    Parameters
    ----------
    other
        The other device; what is said is said of `device`.
    farther_m, nearer_m
        More than the one, or less than the other, is told; exactly one is given.
    raise_probability
        How sure it must be, both accuracies allowed for; below half of it the opposite must be.
    max_age_s
        Fixes of the two that lie farther apart in time are not compared.
    confirm_fixes, confirm_s
        So many consecutive comparisons, and so long between the first and the last, raise the alarm, and
        clear it.
    """

    RANGES: ClassVar[Mapping[str, Numbers]] = {
        "farther_m": _APART,
        "nearer_m": _APART,
        "raise_probability": POSITIVE_PROBABILITY,
        "max_age_s": Numbers(low=0.0, high=86_400.0, open_low=True),
        "confirm_fixes": CONFIRM_FIXES,
        "confirm_s": DURATION,
    }

    name: str = "proximity"
    other: str
    farther_m: float | None = None
    nearer_m: float | None = None
    raise_probability: float = 0.95
    max_age_s: float = 60.0
    confirm_fixes: int = 3
    confirm_s: float = 20.0

    def __post_init__(self) -> None:
        super(Proximity, self).__post_init__()
        if (self.farther_m is None) == (self.nearer_m is None):
            raise RuleError(f"{self.where}: give exactly one of farther_m and nearer_m")
        if self.other == self.device:
            raise RuleError(f"{self.where}: other is the device itself; name another")
