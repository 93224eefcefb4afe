"""The deviation rule: one device keeps to a corridor, or to one of several. Numbers, validated when made.

What follows from a fix is ``judge_corridor.py``; what may follow from what is ``table.py``.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rules.condition import Condition, check_condition
from rules.errors import RuleError
from rules.ranges import (
    CONFIRM_FIXES,
    DEFAULT_ACCURACY,
    DURATION,
    POSITIVE_PROBABILITY,
    PROBABILITY,
    SILENCE,
    Numbers,
    check_numbers,
    check_texts,
)
from rules.schedule import Schedule, check_window
from rules.snapshot import FURTHER_PATH

if TYPE_CHECKING:
    from corridor import Corridor

MAX_GRACE_M = 50_000.0  # beyond it a planar frame is not true; no start area is larger
MAX_SKIP_M = 100_000_000.0
MAX_CORRIDORS = 32  # of one rule: each of them is measured for every fix


class Starts(StrEnum):
    """When the rule begins to judge."""

    ON_PATH = "on_path"  # at the first INSIDE anywhere on the path
    AT_START = "at_start"  # at the first INSIDE within `start_grace_m` of the path's first vertex
    AT_ONCE = "at_once"  # at the first fix


class Ends(StrEnum):
    """When the rule is done."""

    AT_END = "at_end"  # INSIDE within `end_grace_m` of the path's last vertex, most of the path behind it
    NEVER = "never"


_GRACE = Numbers(low=0.0, high=MAX_GRACE_M, open_low=True)
_RANGES = {
    "confirm_fixes": CONFIRM_FIXES,
    "confirm_s": DURATION,
    "raise_probability": POSITIVE_PROBABILITY,
    "clear_probability": PROBABILITY,
    "start_grace_m": _GRACE,
    "end_grace_m": _GRACE,
    "silence_s": SILENCE,
    "default_accuracy_m": DEFAULT_ACCURACY,
    "skip_m": Numbers(low=0.0, high=MAX_SKIP_M, open_low=True, optional=True),
}


@dataclass(frozen=True, slots=True, eq=False)
class Deviation:
    """Tell when a device leaves the corridor round its path, and when it is back.

    Parameters
    ----------
    corridor
        The path and its half width; or several corridors, on any of which the device is on route. Read, it is
        the first of them.
    device
        The device that keeps to it.
    name
        The rule's name; one device has no two rules of one name.
    confirm_fixes, confirm_s
        So many consecutive OUTSIDE fixes, and so long between the first and the last of them, raise the
        alarm. INSIDE for `confirm_s` (or two fixes well inside) ends it.
    raise_probability
        A fix is OUTSIDE from this probability of being outside on.
    clear_probability
        A fix is INSIDE up to this probability; between the two it is UNKNOWN, and neither counts nor
        resets (``docs/decisions/0022-clear-probability.md`` for the default).
    starts, ends
        When the rule begins and when it is done; the enums' words are taken too.
    start_grace_m, end_grace_m
        Radius of the start's and the end's area about the path's first and last vertex.
    silence_s
        After a gap longer than this a run of fixes is counted anew.
    default_accuracy_m
        The 95 % radius of a fix that states none; by default that of its method
        (`corridor.uncertainty.default_accuracy_m`).
    skip_m
        Tell where so much of the path, or more, was skipped; None: it is not told.
    window
        When the rule is awake; by default always.
    condition
        What must hold besides, of where the device is: while it does not, the rule sleeps.
    corridors
        All corridors; worked out from `corridor`.

    Raises
    ------
    RuleError
        A number out of its range, naming the rule, the value and what was expected.
    """

    corridor: Any  # one or several are given, the first is read: no annotation says both
    device: str
    name: str = "deviation"
    confirm_fixes: int = 3
    confirm_s: float = 20.0
    raise_probability: float = 0.95
    clear_probability: float = 0.35
    starts: Starts | str = Starts.ON_PATH
    ends: Ends | str = Ends.AT_END
    start_grace_m: float = 100.0
    end_grace_m: float = 100.0
    silence_s: float = 180.0
    default_accuracy_m: float | None = None
    skip_m: float | None = None
    window: Schedule | None = None
    condition: Condition | None = None
    corridors: "tuple[Corridor, ...]" = field(default=(), repr=False)

    def __post_init__(self) -> None:
        check_texts(self._where, self, ("name", "device"))
        if FURTHER_PATH in self.name:
            raise RuleError(f"{self._where}: the name holds a unit separator (U+001F); leave it out")
        self._settle_corridors()
        object.__setattr__(self, "starts", self._choice("starts", Starts))
        object.__setattr__(self, "ends", self._choice("ends", Ends))
        check_numbers(self._where, self, _RANGES)
        if not self.clear_probability < self.raise_probability:
            raise RuleError(
                f"{self._where}: clear_probability {self.clear_probability} is not less than "
                f"raise_probability {self.raise_probability}"
            )
        check_window(self._where, self.window)
        check_condition(self._where, self.condition)

    @property
    def fingerprint(self) -> str:
        """Hash of paths and widths: saved state is kept where it is the same."""
        if len(self.corridors) == 1:
            return self.corridors[0].fingerprint
        each = " ".join(corridor.fingerprint for corridor in self.corridors)
        return hashlib.blake2b(each.encode(), digest_size=16).hexdigest()

    def named(self, number: int) -> str:
        """Give the name of one of its paths."""
        return self.corridors[number].path.name

    @property
    def _where(self) -> str:
        return f'rule "{self.name}" of device "{self.device}"'

    def _settle_corridors(self) -> None:
        given: object = self.corridor
        if self.corridors and given is self.corridors[0]:  # a copy of a rule, with other numbers
            return
        several = (given,) if hasattr(given, "measure") or not isinstance(given, Sequence) else tuple(given)
        for corridor in several:
            if not hasattr(corridor, "measure"):
                raise RuleError(f"{self._where}: corridor is {corridor!r}; expected a Corridor")
        if not 1 <= len(several) <= MAX_CORRIDORS:
            raise RuleError(f"{self._where}: {len(several)} corridors; expected 1 to {MAX_CORRIDORS}")
        object.__setattr__(self, "corridor", several[0])
        object.__setattr__(self, "corridors", several)

    def _choice(self, key: str, words: type[Starts] | type[Ends]) -> Starts | Ends:
        value = getattr(self, key)
        try:
            return words(value)
        except ValueError:
            expected = ", ".join(words)
            raise RuleError(f"{self._where}: {key} is {value!r}; expected one of {expected}") from None
