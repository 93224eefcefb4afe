"""What a rule may ask of a geofence rule: that its device is inside, or outside, of what that one is about.

Where a device is, says the geofence rule (``fence_ledger.py``); here is only how it is asked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from rules.errors import RuleError
from rules.geofence import Geofence

if TYPE_CHECKING:
    from rules.rule import Rule

MAX_NAMES = 32  # of geofence rules that conditions name: a bit each in what is kept of a fix

_TEXT = re.compile(r"(inside|outside) (\S.*)")


@dataclass(frozen=True, slots=True)
class Condition:
    """Judge only while the device is inside (or outside) the fences of a geofence rule, as that rule says.

    Parameters
    ----------
    rule
        The geofence rule's name; it must watch the same device.
    inside
        Whether the device must be in one of its fences, or in none.

    Examples
    --------
    >>> Condition.parse("inside at_school")
    Condition(rule='at_school', inside=True)
    """

    rule: str
    inside: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``inside RULE`` or ``outside RULE``.

        Raises
        ------
        RuleError
            It is neither.
        """
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise RuleError(f'condition "{text}" is not read; write "inside RULE" or "outside RULE"')
        return cls(match[2], match[1] == "inside")

    def __str__(self) -> str:
        return f"{'inside' if self.inside else 'outside'} {self.rule}"


def check_condition(where: str, condition: object) -> None:
    """Refuse what is no condition, nor None.

    Raises
    ------
    RuleError
        Naming the rule (`where`).
    """
    if condition is not None and not isinstance(condition, Condition):
        raise RuleError(f"{where}: condition is {condition!r}; expected a Condition")


def bits_of(rules: "Sequence[Rule]") -> Mapping[str, int]:
    """Give each name of a geofence rule that a condition asks for a bit of its own.

    A device has no two rules of one name, so a name is enough.

    Raises
    ------
    RuleError
        There is no geofence rule of that name that watches the device; or there are too many names.
    """
    bits: dict[str, int] = {}
    for rule in rules:
        condition = getattr(rule, "condition", None)
        if condition is None:
            continue
        where = f'rule "{rule.name}" of device "{rule.device}"'
        fences = [each for each in rules if isinstance(each, Geofence) and each.name == condition.rule]
        if not any(each.is_about(rule.device) for each in fences):
            raise RuleError(
                f'{where}: its condition is "{condition}", and no geofence rule "{condition.rule}" '
                f'watches device "{rule.device}"'
            )
        bits.setdefault(condition.rule, 1 << len(bits))
        if len(bits) > MAX_NAMES:
            raise RuleError(f"{where}: conditions name over {MAX_NAMES} geofence rules; use fewer names")
    return bits


def needs_of(condition: Condition | None, bits: Mapping[str, int]) -> tuple[int, int]:
    """Give which bits of a fix a condition looks at, and how they must be; 0, 0 where there is none."""
    if condition is None:
        return 0, 0
    bit = bits[condition.rule]
    return bit, bit if condition.inside else 0
