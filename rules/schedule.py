"""What the engine needs of a window: when it opens and closes; also plain spans, and two windows at once.

Hours of weekdays and dates are ``window.py``; openings as columns for compiled loops are ``timetable.py``.
"""

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from corridor.instant import format_instant
from rules.errors import RuleError, WindowError

BLOCK_DAYS = 32  # openings are worked out for so many days at a time, and kept
BLOCK_S = BLOCK_DAYS * 86_400.0

Opening = tuple[float, float]  # UTC seconds (opens, closes); at its close it is closed


class Schedule(ABC):
    """When a rule is awake: openings in order of time, none within another. Equal ones have one hash."""

    __slots__ = ()

    @property
    @abstractmethod
    def zone(self) -> str:
        """The time zone in which its days are days."""

    @abstractmethod
    def openings(self, block: int) -> tuple[Opening, ...]:
        """Give every opening of which a moment lies in a block of `BLOCK_S` seconds since 1970, whole.

        One that lasts over several blocks is given for each of them.
        """

    def opening_at(self, time: float) -> Opening | None:
        """Give the opening in which an instant lies, as UTC seconds (opens, closes); None outside."""
        near = self.openings(int(time // BLOCK_S))
        position = bisect_right(near, time, key=lambda opening: opening[0]) - 1
        return near[position] if position >= 0 and time < near[position][1] else None


@dataclass(frozen=True, slots=True)
class Spans(Schedule):
    """Plain spans of time, for example those for which a rule is assigned to a device.

    Spans that overlap are one opening; spans that only touch are two.

    Parameters
    ----------
    spans
        From and to, UTC seconds; minus infinity and infinity where there is no beginning or end.
    zone
        The time zone in which a rule that asks for local times takes them.

    Raises
    ------
    WindowError
        There is none, or one has no length.

    Examples
    --------
    >>> hour = Spans(((1795590000.0, 1795593600.0),))
    >>> print(hour)
    2026-11-25T07:00:00Z to 2026-11-25T08:00:00Z
    >>> hour.opening_at(1795593600.0) is None
    True
    """

    spans: tuple[Opening, ...]
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if not self.spans:
            raise WindowError("a window needs at least one span of time")
        for begin, end in self.spans:
            if not begin < end:
                raise WindowError(f"a span from {_instant(begin)} to {_instant(end)} has no length")
        object.__setattr__(self, "spans", tuple(joined(self.spans)))

    def __str__(self) -> str:
        return ", ".join(f"{_instant(begin)} to {_instant(end)}" for begin, end in self.spans)

    def openings(self, block: int) -> tuple[Opening, ...]:
        """Give the spans of which a moment lies in a block."""
        return touching(self.spans, block)


@dataclass(frozen=True, slots=True)
class Both(Schedule):
    """What two windows have in common.

    Where an opening of one meets several of the other, it is several.

    Examples
    --------
    >>> print(Both(Spans(((0.0, 7200.0),)), Spans(((3600.0, math.inf),))).opening_at(3600.0))
    (3600.0, 7200.0)
    """

    one: Schedule
    other: Schedule

    @property
    def zone(self) -> str:
        """The first window's time zone."""
        return self.one.zone

    def __str__(self) -> str:
        return f"{self.one}, within {self.other}"

    def openings(self, block: int) -> tuple[Opening, ...]:
        """Give what openings that touch a block have in common."""
        others = self.other.openings(block)
        if not others:
            return ()
        shared = [
            (max(begin, low), min(end, high))
            for begin, end in self.one.openings(block)
            for low, high in others
            if begin < high and low < end
        ]
        return touching(shared, block)


def check_window(where: str, window: object) -> None:
    """Refuse what is neither a window nor None.

    Raises
    ------
    RuleError
        Naming the rule (`where`).
    """
    if window is not None and not isinstance(window, Schedule):
        raise RuleError(f"{where}: window is {window!r}; expected a Window (Window.parse)")


def joined(spans: Iterable[Opening]) -> list[Opening]:
    """Sort spans, and make one of those that overlap; those that only touch stay two."""
    result: list[Opening] = []
    for opens, closes in sorted(spans):
        if result and opens < result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], closes))
        else:
            result.append((opens, closes))
    return result


def touching(spans: Iterable[Opening], block: int) -> tuple[Opening, ...]:
    """Give the spans of which a moment lies in a block."""
    begin, end = block * BLOCK_S, (block + 1) * BLOCK_S
    return tuple(span for span in spans if span[0] < end and span[1] > begin)


def _instant(time: float) -> str:
    return format_instant(time) if math.isfinite(time) else "ever" if time > 0 else "the beginning"
