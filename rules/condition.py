"""What a rule may ask of a geofence rule: that its device is inside, or outside, of what that one is about.

Where a device is, says the geofence rule (``fence_ledger.py``); here is only how it is asked.
"""

import re
from dataclasses import dataclass
from typing import Self

from rules.errors import RuleError

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
