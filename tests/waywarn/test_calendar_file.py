"""Excepted days from iCalendar files: what counts as a day, and files that are damaged, huge or hostile."""

from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from waywarn.calendar_file import MAX_BYTES, MAX_EVENTS, CalendarError, days_of

VIENNA = ZoneInfo("Europe/Vienna")
HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN")


def event(*lines: str, uid: str = "1") -> list[str]:
    return ["BEGIN:VEVENT", f"UID:{uid}", "SUMMARY:Free", *lines, "END:VEVENT"]


def write(folder: Path, *lines: str) -> Path:
    file = folder / "holidays.ics"
    file.write_bytes("\r\n".join([*HEAD, *lines, "END:VCALENDAR", ""]).encode())
    return file


def days(folder: Path, *lines: str) -> list[str]:
    return [str(day) for day in sorted(days_of(write(folder, *event(*lines)), VIENNA))]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["DTSTART;VALUE=DATE:20261224"], ["2026-12-24"]),
        (["DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261226"], ["2026-12-24", "2026-12-25"]),
        (["DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261224"], ["2026-12-24"]),
        (["DTSTART;VALUE=DATE:20261224", "DURATION:P2D"], ["2026-12-24", "2026-12-25"]),
        # A timed event is on each day on which some of it lies, as clocks of the rule's zone show it.
        (["DTSTART:20261223T230000Z", "DTEND:20261224T230000Z"], ["2026-12-24"]),
        (["DTSTART:20261223T225900Z", "DTEND:20261224T230100Z"], ["2026-12-23", "2026-12-24", "2026-12-25"]),
        (["DTSTART;TZID=America/New_York:20261224T200000", "DURATION:PT1H"], ["2026-12-25"]),
        (["DTSTART:20261224T120000", "DTEND:20261224T130000"], ["2026-12-24"]),
        (["DTSTART:20261224T120000"], ["2026-12-24"]),
        (
            ["DTSTART;VALUE=DATE:20261026", "RRULE:FREQ=YEARLY;COUNT=2"],
            ["2026-10-26", "2027-10-26"],
        ),
        (
            [
                "DTSTART;VALUE=DATE:20261102",
                "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261116",
                "EXDATE;VALUE=DATE:20261109",
            ],
            ["2026-11-02", "2026-11-16"],
        ),
        (
            ["DTSTART;TZID=Europe/Vienna:20261023T233000", "DURATION:PT30M", "RRULE:FREQ=DAILY;COUNT=3"],
            ["2026-10-23", "2026-10-24", "2026-10-25"],
        ),
        (["DTSTART;VALUE=DATE:20261224", "RDATE;VALUE=DATE:20261231"], ["2026-12-24", "2026-12-31"]),
        (["DTSTART;VALUE=DATE:20261224", "STATUS:CANCELLED"], []),
    ],
)
def test_the_days_of_an_event(tmp_path: Path, lines: list[str], expected: list[str]) -> None:
    assert days(tmp_path, *lines) == expected


def test_one_of_several_repetitions_may_be_moved(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        *event("DTSTART;VALUE=DATE:20261102", "RRULE:FREQ=WEEKLY;COUNT=3"),
        *event("RECURRENCE-ID;VALUE=DATE:20261109", "DTSTART;VALUE=DATE:20261110"),
    )
    assert sorted(days_of(file, VIENNA)) == [date(2026, 11, 2), date(2026, 11, 10), date(2026, 11, 16)]


def test_a_holiday_of_every_year_counts_for_decades(tmp_path: Path) -> None:
    found = days(tmp_path, "DTSTART;VALUE=DATE:19951026", "RRULE:FREQ=YEARLY")
    assert (found[0], found[-1], len(found)) == ("1995-10-26", "2059-10-26", 65)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], 'holidays.ics:4: event "Free"'),
        (["DTSTART:tomorrow"], 'holidays.ics:4: event "Free" has DTSTART that cannot be read'),
        (["DTSTART:20261224T120000Z", "RDATE:later"], 'event "Free" has RDATE that cannot be read'),
        (["DTSTART:20261224T120000Z", "RRULE:FREQ=DAILY;COUNT=many"], 'event "Free" has RRULE that'),
        (["DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261201"], 'holidays.ics:4: event "Free"'),
        (["DTSTART;VALUE=DATE:19000101", "DTEND;VALUE=DATE:20261201"], "lasts 46355 days; 3660 can be read"),
        (["DTSTART:20261224T120000Z", "RRULE:FREQ=SECONDLY"], "holidays.ics:8: RRULE repeats SECONDLY"),
        (["DTSTART:20261224T120000Z", "RRULE:FREQ=SEC", " ONDLY"], "holidays.ics:8: RRULE repeats SECONDLY"),
        (["DTSTART:20261224T120000Z", "RRULE:COUNT=3"], "holidays.ics:8: RRULE repeats without FREQ"),
        (["DTSTART:20261224T120000Z", "RRULE:FREQ=DAILY;INTERVAL=0"], "holidays.ics:8: RRULE has INTERVAL=0"),
        (
            ["DTSTART:20261224T120000Z", "RRULE:FREQ=DAILY;BYMONTHDAY=30"],
            "holidays.ics:8: RRULE has BYMONTHDAY",
        ),
        (
            ["DTSTART:20261224T120000Z", "RRULE:FREQ=YEARLY;BYYEARDAY=366"],
            "RRULE has BYYEARDAY, which cannot",
        ),
    ],
)
def test_an_event_that_cannot_be_understood_is_named(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(CalendarError) as refused:
        days(tmp_path, *lines)
    assert said in str(refused.value)


def test_a_file_that_is_no_calendar_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "holidays.ics"
    for data, said in (
        (b"", "has 0 events"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "has 0 events"),
        (b"BEGIN:VEVENT\r\nEND:VCALENDAR\r\n", "is not iCalendar: 1 events begin, 0 of them"),
        (b"BEGIN:VCALENDAR\r\nSUMMARY:\xff", "holidays.ics:2: byte 0xff is not UTF-8"),
        (b"x" * (MAX_BYTES + 1), "is larger than"),
        (b"BEGIN:VEVENT\n" * (MAX_EVENTS + 1), f"1 to {MAX_EVENTS} can be read"),
    ):
        file.write_bytes(data)
        with pytest.raises(CalendarError) as refused:
            days_of(file, VIENNA)
        assert said in str(refused.value)
    with pytest.raises(CalendarError, match="cannot be read"):
        days_of(tmp_path / "absent.ics", VIENNA)


def test_what_repeats_for_ever_is_cut_off(tmp_path: Path) -> None:
    daily = ("DTSTART;VALUE=DATE:19900101", "RRULE:FREQ=DAILY")
    lines = [line for number in range(5) for line in event(*daily, uid=str(number))]
    with pytest.raises(CalendarError, match=r"its events lie on over 60000 days"):
        days_of(write(tmp_path, *lines), VIENNA)
    lines = [line for number in range(51) for line in event(daily[0], "RRULE:FREQ=YEARLY", uid=str(number))]
    with pytest.raises(CalendarError, match=r"holidays.ics:308: repeats; 50 RRULEs and RDATEs can be read"):
        days_of(write(tmp_path, *lines), VIENNA)


PIECES = st.sampled_from(
    [
        *HEAD, "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "TZID:X",
        "BEGIN:STANDARD", "END:STANDARD", "TZOFFSETFROM:+0100", "TZOFFSETTO:+9900", "UID:1", "UID:2",
        "DTSTART;VALUE=DATE:20261224", "DTSTART;TZID=X:20261224T000000", "DTSTART:99991231T235959Z",
        "DTSTART;VALUE=DATE:00010101", "DTEND:20261225T000000Z", "DURATION:P9999999999D", "DURATION:-P1D",
        "RRULE:FREQ=YEARLY;COUNT=3", "RRULE:FREQ=DAILY;UNTIL=20270101", "RRULE:FREQ=MONTHLY;BYDAY=7MO",
        "RDATE:20261224T000000Z", "EXDATE:rubbish", "RECURRENCE-ID:20261224T000000Z", "STATUS:CANCELLED",
        "X-WR-TIMEZONE:Mars", "DTSTART", ":", ";", " folded", "SUMMARY:" + "x" * 90,
    ]
)  # fmt: skip


@settings(
    max_examples=300,
    deadline=timedelta(seconds=20),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(PIECES, max_size=25), st.binary(max_size=20))
def test_any_bytes_are_days_or_a_calendar_error(tmp_path: Path, lines: list[str], rest: bytes) -> None:
    file = tmp_path / "any.ics"
    file.write_bytes("\r\n".join(lines).encode() + rest)
    with suppress(CalendarError):
        assert all(isinstance(day, date) for day in days_of(file, VIENNA))
