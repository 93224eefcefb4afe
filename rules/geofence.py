"""The geofence rule: devices enter and leave fences, pass through or stay. Numbers, validated when made.

What follows from a fix is ``judge_fences.py``; what may follow from what is ``fence_table.py``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, cast

from rules.errors import RuleError
from rules.ranges import (
    CONFIRM_FIXES,
    DEFAULT_ACCURACY,
    DURATION,
    MAX_DURATION_S,
    POSITIVE_PROBABILITY,
    SILENCE,
    Numbers,
    check_numbers,
    check_texts,
)
from rules.schedule import Schedule, check_window
from rules.transition import Kind

if TYPE_CHECKING:
    from corridor import Fence, FenceSet

_RANGES = {
    "confirm_fixes": CONFIRM_FIXES,
    "confirm_s": DURATION,
    "enter_probability": POSITIVE_PROBABILITY,
    "exit_probability": POSITIVE_PROBABILITY,
    "dwell_s": Numbers(low=0.0, high=MAX_DURATION_S, open_low=True, optional=True),
    "silence_s": SILENCE,
    "default_accuracy_m": DEFAULT_ACCURACY,
}
OF_A_FENCE = (Kind.ENTER, Kind.EXIT, Kind.CROSS, Kind.DWELL)
"""What a geofence rule can say."""

_GLOB = frozenset("*?[")


@dataclass(frozen=True, slots=True, eq=False)
class Geofence:
    """Tell when devices enter and leave fences.

    Entering and leaving are events: each is said once, and nothing stays open between them. The first fix
    of a device inside a fence enters it. A fix is inside if the fence contains its place and the device is
    inside with `enter_probability`; it is outside if the fence does not contain it and the device is
    beyond the nearest edge with `exit_probability`; else it is UNKNOWN, which neither counts nor resets.
    With ``accuracy_m`` 0 and the numbers below this is plain containment, fix by fix.

    Parameters
    ----------
    fences
        One fence, several, or a `FenceSet` of any number; kept as a `FenceSet`.
    device
        A device's name, or a pattern for many (``van-*``; case counts).
    name
        The rule's name; one device has no two rules of one name.
    confirm_fixes, confirm_s
        So many consecutive fixes, and so long between the first and the last of them, are needed to enter,
        and to leave.
    enter_probability, exit_probability
        See above; half is the edge itself.
    silence_s
        After a gap longer than this a run of fixes is counted anew.
    default_accuracy_m
        The 95 % radius of a fix that states none; by default that of its method.
    window
        When the rule is awake; by default always. Where a device was is forgotten at the window's close.
    says
        What is said: some of ENTER, EXIT, CROSS and DWELL; their words are taken too. CROSS is a fence that
        the straight way between two fixes passes through, neither of which is in it: one event, with the
        course.
    dwell_s
        DWELL is said once a visit, as soon as the device has been in the fence for so long, counted from the
        first fix inside; also where no fix comes then.

    Raises
    ------
    RuleError
        No fence, or a number out of its range, naming the rule, the value and what was expected.
    """

    fences: "FenceSet | Fence | Sequence[Fence]"
    device: str = "*"
    name: str = "geofence"
    confirm_fixes: int = 1
    confirm_s: float = 0.0
    enter_probability: float = 0.5
    exit_probability: float = 0.5
    silence_s: float = 180.0
    default_accuracy_m: float | None = None
    window: Schedule | None = None
    says: Collection[Kind | str] = (Kind.ENTER, Kind.EXIT)
    dwell_s: float | None = None

    def __post_init__(self) -> None:
        where = f'rule "{self.name}" of device "{self.device}"'
        check_texts(where, self, ("name", "device"))
        check_numbers(where, self, _RANGES)
        check_window(where, self.window)
        object.__setattr__(self, "fences", _as_set(where, self.fences))
        object.__setattr__(self, "says", _as_kinds(where, self.says))
        if (Kind.DWELL in self.says) is not (self.dwell_s is not None):
            raise RuleError(f"{where}: dwell_s is {self.dwell_s}; it and {Kind.DWELL} in says go together")

    @property
    def fence_set(self) -> "FenceSet":
        """The fences, packed."""
        return cast("FenceSet", self.fences)  # made so when the rule was

    @property
    def fingerprint(self) -> str:
        """Hash of the fences: saved state is kept where it is the same."""
        return self.fence_set.fingerprint

    @property
    def is_pattern(self) -> bool:
        """Whether `device` stands for many."""
        return bool(_GLOB & set(self.device))

    def is_about(self, device: str) -> bool:
        """Tell whether the rule judges a device."""
        return fnmatchcase(device, self.device) if self.is_pattern else device == self.device


def _as_kinds(where: str, says: Collection[Kind | str]) -> tuple[Kind, ...]:
    unknown = [each for each in says if each not in OF_A_FENCE]
    if unknown or not says or isinstance(says, str):
        raise RuleError(f"{where}: says is {says!r}; expected some of {', '.join(OF_A_FENCE)}")
    return tuple(kind for kind in OF_A_FENCE if kind in says)


def _as_set(where: str, fences: object) -> "FenceSet":
    from corridor import Fence, FenceSet  # fences need the compiler, naming the rule does not

    if isinstance(fences, FenceSet):
        if not len(fences):
            raise RuleError(f"{where}: fences is empty; give at least one")
        return fences
    several = [fences] if isinstance(fences, Fence) else list(fences)  # type: ignore[call-overload]  # checked below
    for fence in several:
        if not isinstance(fence, Fence):
            raise RuleError(f"{where}: fences holds {fence!r}; expected a Fence or a FenceSet")
    return _as_set(where, FenceSet(several))
