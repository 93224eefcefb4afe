"""An assignment: which device follows which rule, from when to when.

Files of them are ``assignment_file.py``; who follows a rule in the end is ``config/followers.py``.
"""

import math
from dataclasses import dataclass

from corridor.instant import format_instant


class AssignmentError(ValueError):
    """An assignment that cannot be."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A device, or a pattern for many, and the rule that it follows for a time.

    Parameters
    ----------
    device, rule
        As the configuration calls them; ``van-*`` stands for many devices.
    begin, end
        UTC seconds; infinite where nothing was said. At its end it is over.

    Raises
    ------
    AssignmentError
        A name is empty, or the end is not after the beginning.

    Examples
    --------
    >>> print(Assignment("van-7", "route_304", begin=1795590000.0))
    van-7 follows route_304 from 2026-11-25T07:00:00Z
    """

    device: str
    rule: str
    begin: float = -math.inf
    end: float = math.inf

    def __post_init__(self) -> None:
        for key in ("device", "rule"):
            if not getattr(self, key):
                raise AssignmentError(f"{key} is empty")
        if not self.begin < self.end:
            raise AssignmentError(f"`to` {instant(self.end)} is not after `from` {instant(self.begin)}")

    def __str__(self) -> str:
        begin = f" from {instant(self.begin)}" if self.begin > -math.inf else ""
        end = f" to {instant(self.end)}" if self.end < math.inf else ""
        return f"{self.device} follows {self.rule}{begin}{end}"


def instant(time: float) -> str:
    """Write an instant; nothing where none was given."""
    return format_instant(time) if math.isfinite(time) else ""
