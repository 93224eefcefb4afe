"""Windows: what is read, when they open and close, and the days on which clocks change."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import parse_instant
from rules import Window, WindowError
from rules.timetable import Timetable, closes_after

VIENNA = "Europe/Vienna"


def openings(text: str, begin: str, end: str, zone: str = VIENNA) -> list[str]:
    """Give the openings between two instants, found minute by minute, as ``DDTHH:MM/DDTHH:MM`` in UTC."""
    window = Window.parse(text, zone=zone)
    found = []
    for instant in np.arange(parse_instant(begin), parse_instant(end), 60.0):
        opening = window.opening_at(float(instant))
        if opening is not None and opening not in found:
            found.append(opening)
    return ["/".join(datetime.fromtimestamp(at, UTC).strftime("%dT%H:%M") for at in span) for span in found]


WEEK = ("2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z")  # Monday to Sunday, winter


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon-Tue 07:00-08:15", ["05T06:00/05T07:15", "06T06:00/06T07:15"]),
        ("Sat 9:00-12:00", ["10T08:00/10T11:00"]),
        ("sat-mon 07:00-08:00", ["05T06:00/05T07:00", "10T06:00/10T07:00", "11T06:00/11T07:00"]),
        ("Monday, Wednesday 07:00-08:00", ["05T06:00/05T07:00", "07T06:00/07T07:00"]),
        ("Tue 07:00 - 08:00,12:00-13:00", ["06T06:00/06T07:00", "06T11:00/06T12:00"]),
        ("Fri 22:00-06:00", ["09T21:00/10T05:00"]),
        ("Sun 22:00-06:00", ["04T21:00/05T05:00", "11T21:00/12T05:00"]),
        ("Tue 00:00-24:00", ["05T23:00/06T23:00"]),
        ("Mon 07:00-09:00, Mon 08:00-10:00", ["05T06:00/05T09:00"]),
        ("Mon 07:00-08:00, Mon 08:00-09:00", ["05T06:00/05T07:00", "05T07:00/05T08:00"]),
    ],
)
def test_a_window_opens_and_closes(text: str, expected: list[str]) -> None:
    assert openings(text, *WEEK) == expected


def test_daily_is_every_day() -> None:
    assert len(openings("daily 07:00-08:00", *WEEK)) == len(openings("07:00-08:00", *WEEK)) == 7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # On 2026-03-29 02:00 becomes 03:00 in Vienna, at 01:00Z.
        ("Sun 01:30-03:30", ["29T00:30/29T01:30"]),
        ("Sun 02:30-04:00", ["29T01:00/29T02:00"]),
        ("Sun 02:15-02:45", []),
        ("Sun 01:30-02:30", ["29T00:30/29T01:00"]),
        ("Sat 22:00-06:00", ["28T21:00/29T04:00"]),
    ],
)
def test_an_hour_that_does_not_exist_is_left_out(text: str, expected: list[str]) -> None:
    assert openings(text, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # On 2026-10-25 03:00 becomes 02:00 in Vienna, at 01:00Z: 02:30 is 00:30Z and 01:30Z.
        ("Sun 01:00-02:30", ["24T23:00/25T01:30"]),
        ("Sun 02:30-04:00", ["25T00:30/25T03:00"]),
        ("Sun 02:15-02:45", ["25T00:15/25T01:45"]),
        ("Sun 07:00-08:00", ["25T06:00/25T07:00"]),
    ],
)
def test_an_hour_that_comes_twice_is_awake_from_its_first_to_its_last(text: str, expected: list[str]) -> None:
    assert openings(text, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z") == expected


def test_the_same_wall_time_is_another_instant_in_summer() -> None:
    assert openings("Mon 07:00-08:00", "2026-07-06T00:00:00Z", "2026-07-07T00:00:00Z") == [
        "06T05:00/06T06:00"
    ]


def test_it_is_open_at_its_opening_and_closed_at_its_close() -> None:
    window = Window.parse("Mon 07:00-08:00", zone="UTC")
    opens = parse_instant("2026-01-05T07:00:00Z")
    assert window.opening_at(opens) == (opens, opens + 3600)
    assert window.opening_at(opens - 0.001) is None
    assert window.opening_at(opens + 3599.999) == (opens, opens + 3600)
    assert window.opening_at(opens + 3600) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", '"" is not a span of hours; write for example Mon-Fri 07:00-08:15'),
        ("Mon-Fri 7-8", '"Mon-Fri 7-8" is not a span of hours'),
        ("Mon-Fri 07:00-08:15,", "is not a span of hours"),
        ("Funday 07:00-08:00", '"funday" is not a day (daily, Mon, Tue'),
        ("Mon 24:00-25:00", '"25:00" is not a time of day'),
        ("Mon 07:60-08:00", '"07:60" is not a time of day'),
        ("Mon 24:00-08:00", '"24:00" cannot be a beginning'),
        ("Mon 07:00-07:00", "has no length"),
        ("Mon 07:00-08:00, Tue", '"Tue" names days without hours'),
        ("daily 00:00-20:00, daily 19:00-01:00", "never closes; leave it out"),
        ("x" * 2000, "over the limit of 1000"),
        ("Mon ०७:००-०८:००", "is not a span of hours"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_with_the_piece_at_fault(text: str, message: str) -> None:
    with pytest.raises(WindowError) as refused:
        Window.parse(text, zone=VIENNA)
    assert message in str(refused.value)


@pytest.mark.parametrize("zone", ["Europe/Wien", "", "../../etc/passwd", "Europe", "/etc/localtime"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(WindowError, match="is not known; give an IANA name"):
        Window.parse("Mon 07:00-08:00", zone=zone)


@settings(max_examples=300)
@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z,\- ]{0,9}[0-9:\-, ]{0,14}", fullmatch=True))
def test_any_text_is_a_window_or_a_window_error(text: str) -> None:
    try:
        window = Window.parse(text, zone="UTC")
    except WindowError:
        return
    assert Window.parse(str(window).rpartition(" (")[0], zone="UTC") == window


HOUR = st.integers(0, 23)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 6), HOUR, HOUR).filter(lambda x: x[1] != x[2]), min_size=1, max_size=5),
    st.sampled_from([VIENNA, "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]),
    st.lists(st.integers(0, 400 * 24 * 4), min_size=2, max_size=60),
)
def test_many_instants_at_once_are_the_same_as_one_by_one(
    spans: list[tuple[int, int, int]], zone: str, quarters: list[int]
) -> None:
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    text = ", ".join(f"{days[day]} {low:02}:00-{high:02}:00" for day, low, high in spans)
    try:
        window = Window.parse(text, zone=zone)
    except WindowError:
        return
    time = 1767225600.0 + 900.0 * np.array(quarters)
    singly = [window.opening_at(float(each)) for each in time]
    for each, opening in zip(time, singly, strict=True):
        assert opening is None or opening[0] <= each < opening[1]
    expected = np.array([np.nan if opening is None else opening[1] for opening in singly])
    table = Timetable([None, window])
    table.learn(time)
    found = [closes_after(table.openings, table.of_rule[1], each) for each in time]
    np.testing.assert_array_equal(found, expected)
    assert closes_after(table.openings, table.of_rule[0], time[0]) == np.inf


def test_the_ends_of_time_are_no_accident() -> None:
    window = Window.parse("daily 07:00-08:00", zone=VIENNA)
    for time in (0.0, 253402300799.0):
        assert window.opening_at(time) is None
