"""Columns of times: the same answers as one text at a time, in bulk."""

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.errors import InstantError, TrackError
from corridor.instant import parse_instant
from corridor.tracks.times import utc_column

VIENNA = ZoneInfo("Europe/Vienna")
TWO_DIGITS = st.integers(0, 99).map("{:02}".format)
INSTANT_LIKE = st.builds(
    "{}-{}-{}{}{}:{}:{}{}{}".format,
    st.integers(0, 9999).map("{:04}".format),
    TWO_DIGITS | st.just("02"),
    TWO_DIGITS | st.sampled_from(["28", "29", "30", "31"]),
    st.sampled_from("T "),
    TWO_DIGITS | st.just("23"),
    TWO_DIGITS | st.just("59"),
    TWO_DIGITS | st.just("60"),
    st.sampled_from(["", ".5", ",25", ".123456789"]),
    st.sampled_from(["", "Z", " UTC", "+01:00", "-0330", "+99:99", "+24:00"]),
)
LIKELY = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1)).map(str)  # noqa: DTZ001 (naive on purpose)


def _one(text: str, zone: ZoneInfo | None) -> float:
    try:
        return parse_instant(text, naive_zone=zone)
    except InstantError:
        return math.nan


@given(st.lists(INSTANT_LIKE | LIKELY | st.text(max_size=30), min_size=1), st.sampled_from([None, VIENNA]))
def test_a_column_of_texts_reads_as_each_text_alone(texts: list[str], zone: ZoneInfo | None) -> None:
    numeric = [text for text in texts if text.strip().replace(".", "", 1).isdigit()]
    if 2 * len(numeric) > len(texts):
        return  # a column of numbers is counted since 1970
    seconds, _ = utc_column(pa.array(texts, pa.large_string()), zone)
    np.testing.assert_array_equal(seconds, [_one(text, zone) for text in texts])


def test_a_missing_time_is_nan() -> None:
    seconds, _ = utc_column(pa.array(["2026-01-01T00:00:00Z", None, ""], pa.large_string()), None)
    np.testing.assert_array_equal(seconds, [1767225600.0, np.nan, np.nan])


@pytest.mark.parametrize(
    ("unit", "factor"), [("seconds", 1), ("milliseconds", 1e3), ("microseconds", 1e6), ("nanoseconds", 1e9)]
)
def test_numbers_since_1970_tell_their_unit_by_their_size(unit: str, factor: float) -> None:
    numbers = [int(seconds * factor) for seconds in (1767225600, 1767225601)]
    for column in (pa.array(numbers), pa.array([str(number) for number in numbers], pa.large_string())):
        seconds, words = utc_column(column, None)
        np.testing.assert_allclose(seconds, [1767225600, 1767225601], atol=1e-3)
        assert words == f"{unit} since 1970"


def test_seconds_since_the_start_of_a_trip_are_refused() -> None:
    with pytest.raises(TrackError, match="times such as 1 are not counted since 1970"):
        utc_column(pa.array([0.0, 1.0, 2.0]), None)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_time_stamps_with_a_zone_are_instants(unit: str) -> None:
    stamp = datetime(2026, 1, 1, tzinfo=UTC)
    seconds, _ = utc_column(pa.array([stamp, None], pa.timestamp(unit, tz="UTC")), None)
    np.testing.assert_array_equal(seconds, [1767225600.0, np.nan])


def test_naive_time_stamps_need_a_zone() -> None:
    naive = pa.array([datetime(2026, 7, 1, 12)], pa.timestamp("us"))  # noqa: DTZ001 (naive on purpose)
    assert np.isnan(utc_column(naive, None)[0]).all()
    np.testing.assert_array_equal(utc_column(naive, VIENNA)[0], [parse_instant("2026-07-01T10:00:00Z")])


def test_dates_without_a_clock_are_no_instants() -> None:
    with pytest.raises(TrackError, match="date32"):
        utc_column(pa.array([1], pa.int32()).cast(pa.date32()), None)
