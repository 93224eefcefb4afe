"""The days that an iCalendar file (RFC 5545) names, for example those of school holidays.

Reading is icalendar's, repeating is recurring-ical-events'; what excepted days mean is ``rules/window.py``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Calendar, Event

MAX_BYTES = 1_000_000  # the holidays of a country, of ten years and with descriptions, have 200,000
MAX_EVENTS = 3_000
MAX_REPEATING = 50  # of RRULE and RDATE; a rule that never comes to pass costs up to 0.5 s to find out
MAX_DAYS = 60_000  # of all events, those that several name counted for each; a repetition costs 30 us
MAX_EVENT_DAYS = 3_660
FIRST, LAST = date(1990, 1, 1), date(2060, 1, 1)  # repeating events are looked at between these
SHOWN_NAME = 40

_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}  # what repeats within a day excepts no more than once
_PARTS = {"FREQ", "UNTIL", "COUNT", "INTERVAL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST"}
_SLOW = {"BYMONTH", "BYMONTHDAY", "BYSETPOS"}  # with days or weeks: 3 s where it never comes to pass
_TIMES = {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}


class CalendarError(ValueError):
    """A calendar file that cannot be used; the text names the file, the line and the event."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str


def days_of(file: Path, zone: ZoneInfo) -> frozenset[date]:
    """Give every day on which an event of an iCalendar file lies, if only for an hour.

    All-day events are days wherever one is; timed ones are taken to `zone`. A repeating event counts from
    1990 up to 2059. A cancelled event is none.

    Parameters
    ----------
    file
        Text of RFC 5545, UTF-8.
    zone
        The zone whose days they are.

    Raises
    ------
    CalendarError
        The file cannot be read, is too large, has no event, or one that cannot be understood.
    """
    data = _data(file)
    lines = list(_content_lines(file, data))
    repeating = [line for line in lines if re.match("(RRULE|RDATE)[;:]", line.text, re.IGNORECASE)]
    if len(repeating) > MAX_REPEATING:
        line = repeating[MAX_REPEATING]
        raise CalendarError(
            f"{file.name}:{line.number}: repeats; {MAX_REPEATING} RRULEs and RDATEs can be read"
        )
    for line in repeating:
        if line.text.upper().startswith("RRULE"):
            _check_rule(file, line)
    starts = [line.number for line in lines if line.text.upper() == "BEGIN:VEVENT"]
    if not 0 < len(starts) <= MAX_EVENTS:
        raise CalendarError(f"{file.name}: has {len(starts)} events; 1 to {MAX_EVENTS} can be read")
    calendars = _parsed(file, data)
    events = [event for calendar in calendars for event in _events(calendar)]
    if len(events) != len(starts):
        raise CalendarError(
            f"{file.name}: is not iCalendar: {len(starts)} events begin, {len(events)} of them in a calendar"
        )
    places = dict(zip(map(id, events), starts, strict=True))
    reading = _Reading(file, zone, places)
    found = list(islice((day for calendar in calendars for day in reading.days(calendar)), MAX_DAYS + 1))
    if len(found) > MAX_DAYS:
        raise CalendarError(f"{file.name}: its events lie on over {MAX_DAYS} days")
    return frozenset(found)


def _data(file: Path) -> bytes:
    try:
        with file.open("rb") as readable:
            data = readable.read(MAX_BYTES + 1)
    except OSError as error:
        raise CalendarError(f"{file.name}: cannot be read ({error.strerror})") from None
    if len(data) > MAX_BYTES:
        raise CalendarError(f"{file.name}: is larger than {MAX_BYTES} bytes")
    return data


def _content_lines(file: Path, data: bytes) -> Iterator[_Line]:
    """Join what was folded (RFC 5545, 3.1), and keep where each line begins."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        raise CalendarError(f"{file.name}:{number}: byte 0x{data[error.start]:02x} is not UTF-8") from None
    begun: list[str] = []
    at = 1
    for number, raw in enumerate(text.split("\n"), 1):
        if raw[:1] in {" ", "\t"} and begun:
            begun.append(raw[1:].rstrip("\r"))
            continue
        if begun:
            yield _Line(at, "".join(begun).strip())
        begun, at = [raw.rstrip("\r")], number
    yield _Line(at, "".join(begun).strip())


def _check_rule(file: Path, line: _Line) -> None:
    """Refuse a repetition that holidays do not have, before anybody works it out."""
    given = dict(part.upper().partition("=")[::2] for part in line.text.partition(":")[2].split(";") if part)
    frequency = given.get("FREQ", "")
    fault = ""
    if frequency not in _FREQUENCIES:
        fault = f"repeats {frequency or 'without FREQ'}; {', '.join(sorted(_FREQUENCIES))} can be read"
    elif given.get("INTERVAL", "1").strip("0") == "":
        fault = "has INTERVAL=0"
    elif unknown := sorted(set(given) - _PARTS):
        fault = f"has {unknown[0][:SHOWN_NAME]}, which cannot be read here"
    elif frequency in {"DAILY", "WEEKLY"} and (slow := sorted(set(given) & _SLOW)):
        fault = f"has {slow[0]} with {frequency}; say it with YEARLY or MONTHLY"
    if fault:
        raise CalendarError(f"{file.name}:{line.number}: RRULE {fault}")


def _parsed(file: Path, data: bytes) -> "list[Calendar]":
    from icalendar import Calendar

    try:
        found = Calendar.from_ical(data, multiple=True)
    except Exception as error:  # noqa: BLE001 (a foreign parser of foreign bytes: whatever it says, the file is to blame)
        raise CalendarError(f"{file.name}: is not iCalendar: {str(error)[:200]}") from None
    return [calendar for calendar in found if isinstance(calendar, Calendar)]


def _events(calendar: "Calendar") -> "list[Event]":
    return calendar.events


def _repeats(events: "list[Event]") -> bool:
    return any("RRULE" in event or "RDATE" in event for event in events)


@dataclass(frozen=True, slots=True)
class _Reading:
    file: Path
    zone: ZoneInfo
    places: dict[int, int]  # the line of each event

    def days(self, calendar: "Calendar") -> Iterator[date]:
        by_uid: dict[str, list[Event]] = {}
        for event in _events(calendar):
            self._check(event)
            by_uid.setdefault(str(event.get("UID", id(event))), []).append(event)
        for events in by_uid.values():
            for each in self._occurrences(calendar, events) if _repeats(events) else events:
                yield from self._days_of(each, events[0])

    def _check(self, event: "Event") -> None:
        for name, why in event.errors:
            if name in _TIMES:  # what else a program wrote is nothing to us
                raise self._fault(event, f"has {name} that cannot be read: {str(why)[:200]}")

    def _occurrences(self, calendar: "Calendar", events: "list[Event]") -> "list[Event]":
        import recurring_ical_events
        from icalendar import Calendar, Event

        alone = Calendar()
        for component in (*calendar.walk("VTIMEZONE"), *events):
            alone.add_component(component)
        try:
            found = recurring_ical_events.of(alone).between(FIRST, LAST)
        except Exception as error:  # noqa: BLE001 (as above)
            raise self._fault(events[0], f"cannot be repeated: {str(error)[:200]}") from None
        return [event for event in found if isinstance(event, Event)]

    def _days_of(self, event: "Event", named: "Event") -> Iterator[date]:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            return
        try:
            begin, end = self._local(event.start), self._local(event.end)
        except Exception as error:  # noqa: BLE001 (as above)
            raise self._fault(named, str(error)[:200].rstrip(".") or "has no time") from None
        if end < begin:
            raise self._fault(named, "ends before it begins")
        last = end.date() if end.time() > time() else end.date() - timedelta(days=1)
        count = max((last - begin.date()).days, 0) + 1
        if count > MAX_EVENT_DAYS:
            raise self._fault(named, f"lasts {count} days; {MAX_EVENT_DAYS} can be read")
        yield from (begin.date() + timedelta(days=day) for day in range(count))

    def _local(self, when: date | datetime) -> datetime:
        """Give what clocks show in the zone; a day begins at midnight, and a time without a zone is local."""
        if not isinstance(when, datetime):
            return datetime.combine(when, time())  # naive: what a clock shows
        return (when.astimezone(self.zone) if when.tzinfo else when).replace(tzinfo=None)

    def _fault(self, event: "Event", what: str) -> CalendarError:
        line = self.places.get(id(event))
        where = f"{self.file.name}:{line}" if line else self.file.name
        return CalendarError(f'{where}: event "{str(event.get("SUMMARY", ""))[:SHOWN_NAME]}" {what}')
