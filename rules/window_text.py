"""The text of a window: days, dates and hours as people write them, to pieces and back.

What a piece means on a given day is ``window.py``.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from rules.errors import WindowError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MAX_TEXT = 1000  # a text of a hundred pieces; more is no timetable of a person
MAX_RANGE_DAYS = 3660  # ten years; what lasts longer is said with weekdays
DAY_MINUTES = 1440

_DAY = r"[a-z]+(?:-[a-z]+)?|\d{4}-\d\d-\d\d(?:\.\.\d{4}-\d\d-\d\d)?"
_SPAN = re.compile(rf"(?:(?P<days>{_DAY}) +)?(?P<start>\d\d?:\d\d) ?- ?(?P<end>\d\d?:\d\d)", re.ASCII)
_DAYS_ALONE = re.compile(_DAY, re.ASCII)

Dates = tuple[date, date]  # the first and the last


class Piece(NamedTuple):
    """From `start_minute` to `end_minute` of local days; an end up to the start lies on the next day."""

    days: tuple[int, ...]  # 0 is Monday
    start_minute: int
    end_minute: int
    dates: tuple[Dates, ...] = ()

    @property
    def minutes(self) -> int:
        """How long it lasts by the clock."""
        minutes = self.end_minute - self.start_minute
        return minutes if minutes > 0 else minutes + DAY_MINUTES

    def is_on(self, day: date) -> bool:
        """Tell whether it begins on a day."""
        return day.weekday() in self.days or any(first <= day <= last for first, last in self.dates)

    def __str__(self) -> str:
        start, end = (
            f"{minute // 60:02}:{minute % 60:02}" for minute in (self.start_minute, self.end_minute)
        )
        return f"{', '.join(self._days())} {start}-{end}"

    def _days(self) -> Iterator[str]:
        yield from ("daily",) if len(self.days) == 7 else (DAYS[day] for day in self.days)
        for first, last in self.dates:
            yield f"{first}" if first == last else f"{first}..{last}"


def pieces_of(text: str) -> tuple[Piece, ...]:
    """Read pieces set apart by commas; `rules.Window.parse` says how they are written.

    Raises
    ------
    WindowError
        With the part that cannot be read.
    """
    if len(text) > MAX_TEXT:
        raise WindowError(f"window of {len(text)} characters is over the limit of {MAX_TEXT}")
    pieces: list[Piece] = []
    on: tuple[tuple[int, ...], tuple[Dates, ...]] = (tuple(range(7)), ())
    listed: list[str] = []
    for part in text.split(","):
        item = " ".join(part.split()).lower()
        if _DAYS_ALONE.fullmatch(item):
            listed.append(item)
            continue
        match = _SPAN.fullmatch(item)
        if match is None:
            raise _unreadable(text, part.strip(), "is not a span of hours")
        listed += [match["days"]] if match["days"] else []
        on, listed = _on(text, listed) if listed else on, []
        pieces.append(_piece(text, on, match["start"], match["end"]))
    if listed:
        raise _unreadable(text, text.rpartition(",")[2].strip(), "names days without hours")
    return tuple(pieces)


def dates_of(text: str) -> Dates | None:
    """Read ``2026-12-24`` or ``2026-12-24..2027-01-06`` as the first and the last day; None if it is neither.

    Raises
    ------
    WindowError
        A day that no calendar has, or a last day before the first.
    """
    if not re.fullmatch(r"\d{4}-\d\d-\d\d(?:\.\.\d{4}-\d\d-\d\d)?", text, re.ASCII):
        return None
    first, _, last = text.partition("..")
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError as error:
        raise WindowError(f'"{text}" is not a date: {error}') from None
    if end < begin:
        raise WindowError(f'"{text}" ends before it begins')
    if (end - begin).days >= MAX_RANGE_DAYS:
        raise WindowError(f'"{text}" is over the limit of {MAX_RANGE_DAYS} days')
    return begin, end


def _on(text: str, items: list[str]) -> tuple[tuple[int, ...], tuple[Dates, ...]]:
    days: set[int] = set()
    dates: set[Dates] = set()
    for item in items:
        try:
            found = dates_of(item)
        except WindowError as error:
            raise WindowError(f'window "{text}": {error}') from None
        if found is None:
            days |= _days(text, item)
        else:
            dates.add(found)
    return tuple(sorted(days)), tuple(sorted(dates))


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
    raise _unreadable(text, word, f"is not a day (daily, {', '.join(DAYS)}, or a date as 2026-11-25)")


def _piece(text: str, on: tuple[tuple[int, ...], tuple[Dates, ...]], start: str, end: str) -> Piece:
    low, high = _minute(text, start), _minute(text, end)
    if low == DAY_MINUTES:
        raise _unreadable(text, start, "cannot be a beginning; write 00:00")
    if low == high:
        raise _unreadable(text, f"{start}-{end}", "has no length; a whole day is 00:00-24:00")
    days, dates = on
    return Piece(days, low, high, dates)


def _minute(text: str, clock: str) -> int:
    hour, minute = map(int, clock.split(":"))
    if minute > 59 or hour * 60 + minute > DAY_MINUTES:
        raise _unreadable(text, clock, "is not a time of day (00:00 to 24:00)")
    return hour * 60 + minute


def _unreadable(text: str, part: str, why: str) -> WindowError:
    return WindowError(f'window "{text}": "{part}" {why}; write for example Mon-Fri 07:00-08:15')
