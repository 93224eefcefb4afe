"""The proximity rule: two devices are farther from each other than allowed, or nearer.

Compiled code that reads a fix is below; the machine is ``confirmed.py``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from corridor.compiled import compiled, inlined
from corridor.uncertainty import CONFIDENCE_95
from rules.admission import OTHERS, chord_m
from rules.errors import RuleError
from rules.pairs import APART_S
from rules.ranges import CONFIRM_FIXES, DURATION, POSITIVE_PROBABILITY, Numbers
from rules.transition import Kind
from rules.verdict import accuracy_m, probability_beyond
from rules.watch.confirmed import Input, confirmed_table
from rules.watch.ground import Record
from rules.watch.row import Watching
from rules.watch.run import SAYS_NO, SAYS_NOTHING, SAYS_YES, confirmed_input
from rules.watch.watch import Watch

if TYPE_CHECKING:
    from rules.watch.book import Shelf

_APART = Numbers(low=0.0, high=20_100_000.0, open_low=True, optional=True)

UNKNOWN = int(Input.UNKNOWN)

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

    KIND: ClassVar[Watching] = Watching.PROXIMITY
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
        if self.condition is not None:
            raise RuleError(f"{self.where}: condition is {self.condition}; a rule about two devices has none")

    @property
    def table(self) -> str:
        """The machine, by its name in ``tables.py``."""
        return "too_far" if self.nearer_m is None else "too_near"

    def fill(self, row: Any, shelf: "Shelf") -> None:
        """Write the rule's numbers into a row of WATCH_RULE."""
        super(Proximity, self).fill(row, shelf)
        row["limit"] = self.farther_m if self.nearer_m is None else self.nearer_m
        row["choice"] = self.nearer_m is not None
        row["second_limit"] = self.max_age_s


@compiled
def read_proximity(row: Record, rule: Record, fix: Record) -> int:
    """Say what a fix of either means: too far, or too near, or not; or too little to say.

    The row keeps the last fix of each: as `last_` that of the device itself, as `kept_` that of the other.
    """
    hear(row, fix)
    row["limit"] = rule["limit"]
    apart_s = abs(row["kept_time"] - row["since"])
    if not apart_s <= rule["second_limit"]:  # NaN: one of the two was not heard of yet
        return UNKNOWN
    return confirmed_input(row, rule, _side(row, rule), measured_at(fix))


@compiled
def hear(row: Record, fix: Record) -> None:
    """Keep a fix of either; that of the device itself is the evidence of what is said."""
    if fix["member"] == OTHERS:
        row["kept_time"], row["kept_lon"], row["kept_lat"] = measured_at(fix), fix["lon"], fix["lat"]
        row["kept_accuracy_m"] = fix["accuracy_m"]
    else:
        row["since"], row["last_lon"], row["last_lat"] = fix["time"], fix["lon"], fix["lat"]
        row["last_accuracy_m"] = fix["accuracy_m"]


@inlined
def measured_at(fix: Record) -> float:
    """Give when a fix was measured; a pair takes the other's as later by a hair (`rules.pairs`)."""
    return float(fix["time"] - APART_S if fix["member"] == OTHERS else fix["time"])


@compiled
def _side(row: Record, rule: Record) -> int:
    """Say what the last fixes of the two mean: the probability of their distance being over the limit.

    Both are normal about their fixes, so their distance is along the line between them, with both variances.
    """
    apart_m = chord_m(row["last_lon"], row["last_lat"], row["kept_lon"], row["kept_lat"])
    own_m, other_m = accuracy_m(rule, row["last_accuracy_m"]), accuracy_m(rule, row["kept_accuracy_m"])
    sigma_m = math.hypot(own_m, other_m) / CONFIDENCE_95
    beyond = probability_beyond(apart_m - rule["limit"], sigma_m)
    holds = 1.0 - beyond if rule["choice"] == 1 else beyond
    row["value"], row["probability"] = apart_m, holds
    if holds >= rule["raise_probability"]:
        return SAYS_YES
    return SAYS_NO if holds <= 0.5 * rule["raise_probability"] else SAYS_NOTHING
