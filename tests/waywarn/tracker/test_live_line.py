"""Lines of standard input, to fixes."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.fix import Fix
from waywarn.tracker.live_line import LineError, LineReader


def read(*lines: str) -> list[Fix | None]:
    reader = LineReader("anna")
    return [reader.read(line.encode()) for line in lines]


def test_csv_with_its_header_first_in_the_spellings_of_files() -> None:
    header, first, again, second = read(
        "Timestamp,Longitude,Latitude,speed_kmh,accuracy,device",
        "2026-03-02T07:40:00Z,16.37,48.2,36,10,phone",
        "Timestamp,Longitude,Latitude,speed_kmh,accuracy,device",
        "1772437201,16.37,48.2,,0,",
    )
    assert header is None
    assert again is None
    assert first == Fix("phone", 1772437200, 16.37, 48.2, accuracy_m=10 * 1.621, speed_mps=10.0)
    assert second == Fix("anna", 1772437201, 16.37, 48.2)


def test_json_objects_each_with_its_own_names() -> None:
    assert read(
        '{"t": 1772437200000, "lng": 16.37, "lat": "48.2", "alt": null}', "", "# said the logger"
    ) == [
        Fix("anna", 1772437200, 16.37, 48.2),
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a,b,c", "no column for time"),
        ('{"t": 1, "lon": 1}', "no column for lat"),
        ('{"t": 1, "lon": 1, "lat": 95}', "latitude 95"),
        ('{"t": true, "lon": 1, "lat": 9}', "is no instant"),
        ('{"t": "2026-03-02T07:40:00", "lon": 1, "lat": 9}', "zone"),
        ('{"t": 1, "lon": null, "lat": 9}', "is not stated"),
        ('{"t": 1, "lon": [1], "lat": 9}', "is not a number"),
        ("{", "no JSON"),
        ('{"t": 1e400, "lon": 1, "lat": 1}', "instant"),
    ],
)
def test_a_line_that_is_no_fix_says_why(line: str, reason: str) -> None:
    with pytest.raises(LineError, match=reason):
        read(line)


def test_a_bad_line_does_not_spoil_the_next() -> None:
    reader = LineReader("anna")
    reader.read(b"time,lon,lat")
    for bad in (b"now,1,2", b"1,2,3,4", b"1"):
        with pytest.raises(LineError):
            reader.read(bad)
    assert reader.read(b"100,2,3") == Fix("anna", 100, 2, 3)


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=80), st.text('{}[]",:0123456789.eE-tlonaim\n', max_size=60).map(str.encode)
        )
    )
)
def test_whatever_comes_is_a_fix_or_none_or_the_one_error(lines: list[bytes]) -> None:
    reader = LineReader("anna")
    for line in lines:
        with contextlib.suppress(LineError):
            assert isinstance(reader.read(line), Fix | None)
