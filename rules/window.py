"""When a rule is awake: hours of weekdays and dates in a time zone, days excepted, as instants.

The text is ``window_text.py``; plain spans of time, and windows combined, are ``schedule.py``. What happens
when a window closes is ``judge_corridor.py`` and ``engine.py``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Self

from rules.errors import WindowError
from rules.local_time import instant_of, zone_of
from rules.schedule import BLOCK_DAYS, BLOCK_S, Opening, Schedule, joined, touching
from rules.window_text import DAY_MINUTES, Piece, pieces_of

_WEEK_MINUTES = 7 * DAY_MINUTES
_MARGIN_DAYS = 9  # pieces that overlap join; those of weekdays alone into less than a week (checked)
_SLACK_DAYS = 3  # a piece lasts into the day after its own, and a zone's day is not that of UTC
_BLOCKS_KEPT = 4096  # ten years of thirty windows
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_NO_DAYS: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Window(Schedule):
    """Hours of weekdays and dates in a time zone, made by `parse`; `without` excepts days.

    An opening begins at its first minute and ends before its last: at the closing instant it is closed.
    Pieces that overlap are one opening; pieces that only touch are two. On the day on which clocks go forward
    an hour that does not exist is left out; where clocks go back, an opening lasts from the first time its
    first minute is shown to the last time its last minute is: rather awake for too long.

    Examples
    --------
    >>> window = Window.parse("Mon-Fri 07:00-08:15", zone="Europe/Vienna")
    >>> window.opening_at(1767596400.0)  # Monday, 2026-01-05T07:00:00Z, 08:00 in Vienna
    (1767592800.0, 1767597300.0)
    >>> window.opening_at(1767597300.0) is None
    True
    >>> window.without([date(2026, 1, 5)]).opening_at(1767596400.0) is None
    True
    """

    pieces: tuple[Piece, ...]
    zone: str
    excepted: frozenset[date] = _NO_DAYS

    def __post_init__(self) -> None:
        zone_of(self.zone)
        if not self.pieces:
            raise WindowError("a window needs at least one span, for example Mon-Fri 07:00-08:15")
        if _never_closes(self.pieces):
            raise WindowError(f'window "{self}" never closes; leave it out')

    @classmethod
    def parse(cls, text: str, *, zone: str) -> Self:
        """Read pieces set apart by commas.

        A piece is ``Mon-Fri 07:00-08:15``, ``Sat 9:00-12:00``, ``daily 22:00-06:00`` (over midnight; it
        belongs to the day on which it begins), ``2026-11-28 09:00-12:00`` or, on each day of several,
        ``2026-12-01..2026-12-04 09:00-12:00``. Days and dates may be listed (``Mon, Wed 07:00-08:00``); a
        span without days has those of the span before it, or is daily.

        Parameters
        ----------
        text
            The pieces; upper and lower case are the same.
        zone
            An IANA time zone, for example ``Europe/Vienna``.

        Raises
        ------
        WindowError
            A piece that cannot be read, a zone that is not known, or a window that never closes.
        """
        return cls(pieces_of(text), zone)

    def without(self, days: Iterable[date]) -> Self:
        """Except days: no piece begins on one of these local days.

        A piece over midnight that began on the day before goes on. A piece with a date of its own is excepted
        like any other.
        """
        return replace(self, excepted=self.excepted | frozenset(days))

    def __str__(self) -> str:
        count = len(self.excepted)
        excepted = f" except on {count} day{'s' * (count > 1)}" if count else ""
        return ", ".join(map(str, self.pieces)) + f" ({self.zone}){excepted}"

    def openings(self, block: int) -> tuple[Opening, ...]:
        """Give every opening of which a moment lies in a block, whole."""
        return _openings(self, block)


def _never_closes(pieces: tuple[Piece, ...]) -> bool:
    """Tell whether pieces of weekdays overlap all round the week; touching is a close, and dates end."""
    spans = sorted(
        (day * DAY_MINUTES + piece.start_minute, piece.minutes) for piece in pieces for day in piece.days
    )
    unrolled = [(start + week * _WEEK_MINUTES, length) for week in range(3) for start, length in spans]
    reach = 0
    for (start, length), (following, _) in pairwise(unrolled):
        reach = max(reach, start + length)
        if following >= reach:
            if start >= _WEEK_MINUTES:  # a close after the first week, when all that overlaps has begun
                return False
            reach = 0
    return bool(spans)


@lru_cache(maxsize=_BLOCKS_KEPT)
def _openings(window: Window, block: int) -> tuple[Opening, ...]:
    """Look at so many days about a block that no opening of it reaches beyond them."""
    first, margin = block * BLOCK_DAYS, _MARGIN_DAYS
    while True:
        low, high = first - margin, first + BLOCK_DAYS + margin
        found = touching(joined(_spans(window, low, high)), block)
        if not found or (found[0][0] >= _utc(low + _SLACK_DAYS) and found[-1][1] <= _utc(high - _SLACK_DAYS)):
            return found
        margin *= 2


def _utc(day: int) -> float:
    return day * (BLOCK_S / BLOCK_DAYS)


def _spans(window: Window, low: int, high: int) -> Iterator[Opening]:
    """Give the spans of the pieces that begin on days, counted since 1970."""
    zone = zone_of(window.zone)
    for ordinal in range(_EPOCH_DAY + low, _EPOCH_DAY + high):
        if not date.min.toordinal() < ordinal < date.max.toordinal() - 1:
            continue
        day = date.fromordinal(ordinal)
        if day in window.excepted:
            continue
        for piece in window.pieces:
            if piece.is_on(day):
                opens = instant_of(day, piece.start_minute, zone, last=False)
                closes = instant_of(day, piece.start_minute + piece.minutes, zone, last=True)
                if opens < closes:
                    yield opens, closes
