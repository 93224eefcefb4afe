"""When a rule is awake: weekdays and hours in a time zone, as instants.

What happens when a window closes is ``judge_corridor.py`` and ``engine.py``; openings as columns are
``timetable.py``.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from rules.errors import WindowError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MAX_TEXT = 1000  # a text of a hundred pieces; more is no timetable of a person
_DAY_MINUTES = 1440
_WEEK_MINUTES = 7 * _DAY_MINUTES

_SPAN = re.compile(
    r"(?:(?P<days>[a-z]+(?:-[a-z]+)?) +)?(?P<start>\d\d?:\d\d) ?- ?(?P<end>\d\d?:\d\d)", re.ASCII
)
_DAYS_ALONE = re.compile(r"[a-z]+(?:-[a-z]+)?", re.ASCII)
_BLOCK_DAYS = 32  # openings are worked out for so many days at a time, and kept
BLOCK_S = _BLOCK_DAYS * 86_400.0
_MARGIN_DAYS = (
    9  # pieces that overlap join into spans of less than a week (checked), begun a day before at most
)
_BLOCKS_KEPT = 4096  # ten years of thirty windows
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Piece(NamedTuple):
    """From `start_minute` to `end_minute` of local days; an end up to the start lies on the next day."""

    days: tuple[int, ...]  # 0 is Monday
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class Window:
    """Weekly hours in a time zone, made by `parse`.

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
    """

    pieces: tuple[Piece, ...]
    zone: str

    def __post_init__(self) -> None:
        _zone(self.zone)
        if not self.pieces:
            raise WindowError("a window needs at least one span, for example Mon-Fri 07:00-08:15")
        if _never_closes(self.pieces):
            raise WindowError(f'window "{self}" never closes; leave it out')

    @classmethod
    def parse(cls, text: str, *, zone: str) -> Self:
        """Read pieces set apart by commas.

        A piece is ``Mon-Fri 07:00-08:15``, ``Sat 9:00-12:00``, ``daily 22:00-06:00`` (over midnight; it
        belongs to the day on which it begins). Days may be listed (``Mon, Wed 07:00-08:00``); a span
        without days has those of the span before it, or is daily.

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
        if len(text) > MAX_TEXT:
            raise WindowError(f"window of {len(text)} characters is over the limit of {MAX_TEXT}")
        pieces: list[Piece] = []
        listed: set[int] = set()
        days = tuple(range(7))
        for part in text.split(","):
            item = " ".join(part.split()).lower()
            if _DAYS_ALONE.fullmatch(item):
                listed |= _days(text, item)
                continue
            match = _SPAN.fullmatch(item)
            if match is None:
                raise _unreadable(text, part.strip(), "is not a span of hours")
            if match["days"]:
                listed |= _days(text, match["days"])
            days, listed = tuple(sorted(listed)) or days, set()
            pieces.append(_piece(text, days, match["start"], match["end"]))
        if listed:
            raise _unreadable(text, text.rpartition(",")[2].strip(), "names days without hours")
        return cls(tuple(pieces), zone)

    def __str__(self) -> str:
        return ", ".join(map(_piece_text, self.pieces)) + f" ({self.zone})"

    def opening_at(self, time: float) -> tuple[float, float] | None:
        """Give the opening in which an instant lies, as UTC seconds (opens, closes); None outside."""
        block = int(time // BLOCK_S)
        for number in (block, block - 1):  # an opening is kept with the block in which it opens
            opens, closes = _openings(self, number)
            position = bisect_right(opens, time) - 1
            if position >= 0:
                return (opens[position], closes[position]) if time < closes[position] else None
        return None

    def openings(self, block: int) -> tuple[list[float], list[float]]:
        """Give when openings open and close, those that open in a block of `BLOCK_S` seconds since 1970."""
        return _openings(self, block)


def _days(text: str, item: str) -> set[int]:
    first, _, last = item.partition("-")
    if item == "daily":
        return set(range(7))
    low, high = _day(text, first), _day(text, last or first)
    return {day % 7 for day in range(low, high + 1 if high >= low else high + 8)}


def _day(text: str, word: str) -> int:
    full = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    for number, name in enumerate(full):
        if word in {name, name[:3]}:
            return number
    raise _unreadable(text, word, f"is not a day (daily, {', '.join(DAYS)})")


def _piece(text: str, days: tuple[int, ...], start: str, end: str) -> Piece:
    low, high = _minute(text, start), _minute(text, end)
    if low == _DAY_MINUTES:
        raise _unreadable(text, start, "cannot be a beginning; write 00:00")
    if low == high:
        raise _unreadable(text, f"{start}-{end}", "has no length; a whole day is 00:00-24:00")
    return Piece(days, low, high)


def _minute(text: str, clock: str) -> int:
    hour, minute = map(int, clock.split(":"))
    if minute > 59 or hour * 60 + minute > _DAY_MINUTES:
        raise _unreadable(text, clock, "is not a time of day (00:00 to 24:00)")
    return hour * 60 + minute


def _unreadable(text: str, part: str, why: str) -> WindowError:
    return WindowError(f'window "{text}": "{part}" {why}; write for example Mon-Fri 07:00-08:15')


def _piece_text(piece: Piece) -> str:
    days = "daily" if len(piece.days) == 7 else ", ".join(DAYS[day] for day in piece.days)
    start, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in piece[1:])
    return f"{days} {start}-{end}"


def _length(piece: Piece) -> int:
    minutes = piece.end_minute - piece.start_minute
    return minutes if minutes > 0 else minutes + _DAY_MINUTES


def _never_closes(pieces: tuple[Piece, ...]) -> bool:
    """Tell whether pieces overlap all round the week; touching is a close."""
    spans = sorted(
        (day * _DAY_MINUTES + piece.start_minute, _length(piece)) for piece in pieces for day in piece.days
    )
    unrolled = [(start + week * _WEEK_MINUTES, length) for week in range(3) for start, length in spans]
    reach = 0
    for (start, length), (following, _) in pairwise(unrolled):
        reach = max(reach, start + length)
        if following >= reach:
            if start >= _WEEK_MINUTES:  # a close after the first week, when all that overlaps has begun
                return False
            reach = 0
    return True


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found; not a key; a folder of zones
        raise WindowError(
            f'time zone "{name}" is not known; give an IANA name, for example Europe/Vienna'
        ) from None


@lru_cache(maxsize=_BLOCKS_KEPT)
def _openings(window: Window, block: int) -> tuple[list[float], list[float]]:
    """Give the openings that begin within a block of days (counted in UTC since 1970), in order."""
    zone = _zone(window.zone)
    first = _EPOCH_DAY + block * _BLOCK_DAYS
    spans: list[tuple[float, float]] = []
    for ordinal in range(first - _MARGIN_DAYS, first + _BLOCK_DAYS + _MARGIN_DAYS):
        if date.min.toordinal() < ordinal < date.max.toordinal() - 1:
            spans += _spans_of(window, date.fromordinal(ordinal), zone)
    begin, end = (float((first + days - _EPOCH_DAY) * 86_400) for days in (0, _BLOCK_DAYS))
    kept = [span for span in _joined(spans) if begin <= span[0] < end]
    return [opens for opens, _ in kept], [closes for _, closes in kept]


def _spans_of(window: Window, day: date, zone: ZoneInfo) -> list[tuple[float, float]]:
    spans = []
    for piece in window.pieces:
        if day.weekday() in piece.days:
            opens = _instant(day, piece.start_minute, zone, last=False)
            closes = _instant(day, piece.start_minute + _length(piece), zone, last=True)
            if opens < closes:
                spans.append((opens, closes))
    return spans


def _joined(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for opens, closes in sorted(spans):
        if joined and opens < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return joined


def _instant(day: date, minute: int, zone: ZoneInfo, *, last: bool) -> float:
    """Give the instant of a local minute: the last of two, and the end of the gap for one that is skipped."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    early, late = (local.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    if early <= late:
        return late if last else early
    return _shift_between(late, early, zone)  # in a gap, fold 0 is the later one (PEP 495)


def _shift_between(low: float, high: float, zone: ZoneInfo) -> float:
    """Find, to the second, the instant at which a zone's offset changes between two instants."""
    before = datetime.fromtimestamp(low, UTC).astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, UTC).astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
