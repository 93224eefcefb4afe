"""Dates, excepted days, spans and windows combined, against looking at the clock minute by minute."""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corridor import parse_instant
from rules import Both, Schedule, Spans, Window, WindowError
from rules.schedule import BLOCK_S
from rules.timetable import ALWAYS, Timetable, closes_after, next_opening

VIENNA = "Europe/Vienna"
NAN = (math.nan, math.nan)


def seen(window: Schedule, begin: str, end: str) -> list[str]:
    """Give the openings of which a moment lies between two instants, as ``MM-DDTHH:MM/...`` in UTC."""
    low, high = parse_instant(begin), parse_instant(end)
    blocks = range(int(low // BLOCK_S), int(high // BLOCK_S) + 1)
    found = dict.fromkeys(opening for block in blocks for opening in window.openings(block))
    return [
        "/".join(datetime.fromtimestamp(at, UTC).strftime("%m-%dT%H:%M") for at in opening)
        for opening in found
        if opening[0] < high and opening[1] > low
    ]


def vienna(text: str, *excepted: date) -> Window:
    return Window.parse(text, zone=VIENNA).without(excepted)


NOVEMBER = ("2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z")  # Monday to Sunday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-25 07:00-08:15", ["11-25T06:00/11-25T07:15"]),
        ("2026-11-24..2026-11-25 07:00-08:00", ["11-24T06:00/11-24T07:00", "11-25T06:00/11-25T07:00"]),
        ("2026-11-25, Fri 07:00-08:00", ["11-25T06:00/11-25T07:00", "11-27T06:00/11-27T07:00"]),
        ("Fri 07:00-08:00, 2026-11-28 09:00-12:00", ["11-27T06:00/11-27T07:00", "11-28T08:00/11-28T11:00"]),
        ("2026-11-25 07:00-08:00, 12:00-13:00", ["11-25T06:00/11-25T07:00", "11-25T11:00/11-25T12:00"]),
        ("2026-11-25 22:00-06:00", ["11-25T21:00/11-26T05:00"]),
        ("2026-11-25 07:00-09:00, Wed 08:00-10:00", ["11-25T06:00/11-25T09:00"]),
    ],
)
def test_a_window_opens_on_dates(text: str, expected: list[str]) -> None:
    assert seen(vienna(text), *NOVEMBER) == expected
    assert seen(Window.parse(str(vienna(text)).rpartition(" (")[0], zone=VIENNA), *NOVEMBER) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026-11-31 07:00-08:00", '"2026-11-31" is not a date'),
        ("2026-11-25..2026-11-24 07:00-08:00", "ends before it begins"),
        ("1000-01-01..3000-01-01 07:00-08:00", "over the limit of 3660 days"),
        ("2026-11-25", '"2026-11-25" names days without hours'),
    ],
)
def test_a_date_that_cannot_be_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(WindowError) as refused:
        vienna(text)
    assert message in str(refused.value)


def test_an_excepted_day_cancels_what_begins_on_it_and_nothing_else() -> None:
    night = vienna("Mon-Wed 22:00-06:00", date(2026, 11, 24))
    assert seen(night, *NOVEMBER) == ["11-23T21:00/11-24T05:00", "11-25T21:00/11-26T05:00"]
    assert str(night) == "Mon, Tue, Wed 22:00-06:00 (Europe/Vienna) except on 1 day"


def test_of_pieces_that_overlap_only_those_of_the_excepted_day_are_cancelled() -> None:
    text = "Fri 22:00-06:00, Sat 05:00-09:00"
    assert seen(vienna(text), *NOVEMBER) == ["11-27T21:00/11-28T08:00"]
    assert seen(vienna(text, date(2026, 11, 28)), *NOVEMBER) == ["11-27T21:00/11-28T05:00"]
    assert seen(vienna(text, date(2026, 11, 27)), *NOVEMBER) == ["11-28T04:00/11-28T08:00"]


def test_dates_may_join_weekly_hours_into_an_opening_of_weeks() -> None:
    weeks = "Mon-Sat 00:00-24:00, 23:00-01:00"
    window = vienna(
        weeks + ", 2026-10-25, 2026-11-01, 2026-11-08, 2026-11-15, 2026-11-22 00:00-24:00, 23:00-01:00"
    )
    opening = (
        "10-18T22:00/11-29T00:00"  # Sundays join: from Monday, 19 October, to Sunday, 29 November, 01:00
    )
    assert opening in seen(window, "2026-10-20T00:00:00Z", "2026-11-28T00:00:00Z")
    for day in range(20, 31):
        found = window.opening_at(parse_instant(f"2026-10-{day}T12:00:00Z"))
        assert found == window.opening_at(parse_instant("2026-11-27T12:00:00Z"))


def test_spans_that_overlap_are_one_opening_and_spans_that_touch_are_two() -> None:
    assert Spans(((5.0, 9.0), (0.0, 2.0), (2.0, 4.0), (8.0, 12.0))).spans == (
        (0.0, 2.0),
        (2.0, 4.0),
        (5.0, 12.0),
    )


@pytest.mark.parametrize("spans", [(), ((5.0, 5.0),), ((6.0, 5.0),), ((math.nan, 5.0),), ((5.0, math.nan),)])
def test_a_span_without_length_is_refused(spans: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(WindowError):
        Spans(spans)


def test_a_rule_that_is_assigned_sleeps_outside_both() -> None:
    assigned = Spans(((parse_instant("2026-11-24T06:30:00Z"), parse_instant("2026-11-26T06:00:00Z")),))
    both = Both(vienna("Mon-Fri 07:00-08:15"), assigned)
    assert seen(both, *NOVEMBER) == ["11-24T06:30/11-24T07:15", "11-25T06:00/11-25T07:15"]
    assert str(both).endswith("within 2026-11-24T06:30:00Z to 2026-11-26T06:00:00Z")
    assert hash(both) == hash(Both(vienna("Mon-Fri 07:00-08:15"), Spans(assigned.spans)))


def test_an_opening_without_end_is_found_wherever_one_looks() -> None:
    table = Timetable([Spans(((-math.inf, math.inf),)), Spans(((1e9, math.inf),))])
    for time in (1.5e9, 0.0, 1e9, 3e9):
        table.learn(np.array([time]))
        assert closes_after(table.openings, 0, time) == math.inf
        assert next_opening(table.openings, 0, time) == (-math.inf, math.inf)
        assert math.isnan(closes_after(table.openings, 1, time)) == (time < 1e9)


# Looking ahead


def test_the_next_opening_is_that_which_lasts_or_else_comes() -> None:
    table = Timetable([None, vienna("Wed 07:00-08:15")])
    opens, closes = parse_instant("2026-11-25T06:00:00Z"), parse_instant("2026-11-25T07:15:00Z")
    table.learn(np.array([opens]))
    for time in (opens - 1.0, opens, closes - 1.0):
        assert next_opening(table.openings, 0, time) == (opens, closes)
    assert next_opening(table.openings, 0, closes) == (opens + 7 * 86_400, closes + 7 * 86_400)
    assert next_opening(table.openings, ALWAYS, opens) == (-math.inf, math.inf)


def test_an_opening_that_is_not_known_yet_is_said_to_be_none_and_a_timer_knows_when_to_look_again() -> None:
    window = vienna("2026-03-02, 2026-11-25 07:00-08:15")
    table = Timetable([window])
    march, november = (parse_instant(f"2026-{day}T12:00:00Z") for day in ("03-02", "11-24"))
    table.learn(np.array([march]))
    assert table.known_until(march) >= march + BLOCK_S
    np.testing.assert_array_equal(next_opening(table.openings, 0, march), NAN)
    table.learn(np.array([november]))  # what lies between is not known for all that
    np.testing.assert_array_equal(next_opening(table.openings, 0, march), NAN)
    assert next_opening(table.openings, 0, november) == window.opening_at(november + 18.5 * 3600)
    assert table.known_until(june := parse_instant("2026-06-24T12:00:00Z")) == june
    looked, time = 0, march
    while math.isnan(next_opening(table.openings, 0, time)[0]):
        time = table.known_until(time)
        table.learn(np.array([time]))
        looked += 1
    assert next_opening(table.openings, 0, time)[0] == parse_instant("2026-11-25T06:00:00Z")
    assert looked <= 9


def test_without_windows_everything_is_known() -> None:
    assert Timetable([None]).known_until(5.0) == math.inf


def test_what_could_not_be_worked_out_is_asked_for_again() -> None:
    class Flaky(Window):
        def openings(self, block: int) -> tuple[tuple[float, float], ...]:
            asked.append(block)
            if len(asked) == 1:
                raise MemoryError(block)
            return super().openings(block)

    asked: list[int] = []
    table = Timetable([Flaky.parse("Wed 07:00-08:15", zone=VIENNA)])
    opens = parse_instant("2026-11-25T06:00:00Z")
    with pytest.raises(MemoryError):
        table.learn(np.array([opens]))
    table.learn(np.array([opens]))
    assert next_opening(table.openings, 0, opens)[0] == opens
    table.learn(np.array([opens + 60.0, opens]))
    assert len(asked) == 3


# Against the clock

ZONES = st.sampled_from([VIENNA, "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"])
SHIFTS = st.sampled_from(  # days on which clocks change somewhere, and one that begins a block
    [
        *(date(2026, month, day) for month, day in ((3, 29), (10, 25), (3, 8), (11, 1), (4, 5), (10, 4))),
        date(1970, 1, 1) + timedelta(days=32 * 647),
    ]
)
CLOCK = st.integers(0, 95).map(lambda quarter: 15 * quarter)
Hours = tuple[int, int, int]  # days after the first of five, and two minutes of the day


def clocks(zone: str, first: date) -> Iterator[tuple[float, datetime]]:
    """Give every minute of the days about the five, and what a clock shows then."""
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp() - 2 * 86_400
    place = ZoneInfo(zone)
    for minute in range(9 * 1440):
        instant = begin + 60.0 * minute
        yield instant, datetime.fromtimestamp(instant, place).replace(tzinfo=None)


def span_by_the_clock(
    shown: list[tuple[float, datetime]], opens: datetime, closes: datetime
) -> tuple[float, float]:
    """From the first time that a clock shows `opens` or later, to the last time that it shows `closes`."""
    begin = next(instant for instant, local in shown if local >= opens)
    last, local = max((instant, local) for instant, local in shown if local <= closes)
    return begin, last if local == closes else last + 60.0


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 4), CLOCK, CLOCK).filter(lambda hours: hours[1] != hours[2]),
        min_size=1,
        max_size=5,
    ),
    ZONES,
    SHIFTS,
    st.sets(st.integers(-1, 4), max_size=3),
)
@example([(2, 1350, 360)], VIENNA, date(2026, 3, 27), {3})
@example([(1, 135, 165), (2, 120, 180)], VIENNA, date(2026, 10, 24), set())
def test_a_window_of_dates_is_open_when_the_clock_says_so(
    hours: list[Hours], zone: str, shift: date, excepted: set[int]
) -> None:
    first = shift - timedelta(days=2)
    shown = list(clocks(zone, first))
    expected = np.zeros(len(shown), dtype=bool)
    pieces = []
    for days, low, high in hours:
        day = first + timedelta(days=days)
        pieces.append(f"{day} {low // 60:02}:{low % 60:02}-{high // 60:02}:{high % 60:02}")
        if days in excepted:
            continue
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 (what a clock on the wall shows)
        opens = midnight + timedelta(minutes=low)
        closes = midnight + timedelta(minutes=high if high > low else high + 1440)
        begin, end = span_by_the_clock(shown, opens, closes)
        expected |= np.array([begin <= instant < end for instant, _ in shown])
    window = Window.parse(", ".join(pieces), zone=zone).without(
        first + timedelta(days=days) for days in excepted
    )
    time = np.array([instant for instant, _ in shown])
    table = Timetable([window])
    table.learn(time)
    found = np.array([not math.isnan(closes_after(table.openings, 0, each)) for each in time])
    np.testing.assert_array_equal(found, expected)
    assert [window.opening_at(each) is not None for each in time[::37].tolist()] == expected[::37].tolist()
