"""Cutting a long recording into trips."""

import math

import numpy as np
import pytest

from corridor.batch import FixBatch
from corridor.errors import TrackError
from corridor.frame import LocalFrame
from corridor.trips import split_trips


def _recording(xy_m: list[tuple[float, float]], every_s: float = 10.0) -> FixBatch:
    degrees = LocalFrame(16.3, 48.2).from_enu(np.array(xy_m))
    count = len(degrees)
    return FixBatch.from_columns(["anna"] * count, 1.7e9 + every_s * np.arange(count), *degrees.T)


def _day() -> FixBatch:
    """Walk 600 m to school, stand there for an hour, wandering, and walk home."""
    rng = np.random.default_rng(1)
    there = [(10.0 * step, 0.0) for step in range(61)]
    school = [(600.0 + x, y) for x, y in rng.uniform(-15, 15, (360, 2)).tolist()]
    return _recording([*there, *school, *there[::-1]])


def test_standing_is_an_end_and_a_beginning() -> None:
    there, home = split_trips(_day())
    assert len(there) + len(home) == len(_day())
    assert there.time[-1] < home.time[0]
    assert abs(len(there) - len(home)) < 20


def test_a_pause_begins_a_new_trip() -> None:
    day = _day()
    rows = np.concatenate([np.arange(50), np.arange(380, len(day))])
    trips = split_trips(day.take(rows), standing_s=math.inf)
    assert [len(trip) for trip in trips] == [50, len(day) - 380]
    assert len(split_trips(day.take(rows), gap_s=math.inf, standing_s=math.inf)) == 1


def test_the_order_of_the_rows_does_not_matter() -> None:
    day = _day()
    shuffled = day.take(np.random.default_rng(2).permutation(len(day)))
    for one, other in zip(split_trips(day), split_trips(shuffled), strict=True):
        np.testing.assert_array_equal(one.time, other.time)


def test_a_slow_walk_is_one_trip() -> None:
    assert len(split_trips(_recording([(3.0 * step, 0.0) for step in range(2_000)]))) == 1


@pytest.mark.parametrize("option", ["gap_s", "standing_s"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan])
def test_a_number_that_is_not_positive_is_refused(option: str, value: float) -> None:
    with pytest.raises(TrackError, match=option):
        split_trips(_day(), **{option: value})


def test_several_devices_are_refused() -> None:
    both = FixBatch.from_columns(["anna", "ben"], [1.7e9, 1.7e9 + 9], [16.3, 16.4], [48.2, 48.2])
    with pytest.raises(TrackError, match="several devices"):
        split_trips(both)
