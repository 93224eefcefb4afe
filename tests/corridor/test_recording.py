"""From a recorded trip to a clean path: each step removes what it names, and no more."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor.batch import FixBatch
from corridor.corridor import Corridor
from corridor.errors import PathError
from corridor.frame import LocalFrame
from corridor.recording import STANDING_RADIUS_M, Recording, Removal, clean_trip

Floats = npt.NDArray[np.float64]
START = 1_767_254_400.0


def _trip(xy_m: npt.ArrayLike, time_s: npt.ArrayLike, *, lon: float = 16.3, lat: float = 48.2) -> FixBatch:
    degrees = LocalFrame(lon, lat).from_enu(np.asarray(xy_m, dtype=float))
    count = len(degrees)
    time = START + np.asarray(time_s, dtype=float)
    return FixBatch.from_columns(["anna"] * count, time, degrees[:, 0], degrees[:, 1])


def _walk(count: int = 200) -> tuple[Floats, Floats]:
    """Go 1.4 m/s east and north in turns, a fix every 5 s."""
    leg = np.arange(count) // 50 % 2 == 0
    step_m = np.where(leg[:, None], [7.0, 0.0], [0.0, 7.0])
    time_s = np.arange(count, dtype=np.float64) * np.float64(5.0)
    return np.cumsum(step_m, axis=0), time_s


def _without(removed: dict[Removal, int], *reasons: Removal) -> bool:
    return not any(count for reason, count in removed.items() if reason not in reasons)


def test_a_clean_walk_is_only_simplified() -> None:
    recording = clean_trip(_trip(*_walk()))
    assert _without(recording.removed, Removal.SIMPLIFIED)
    assert len(recording.path) == len(recording.kept) < 12
    assert recording.path.elapsed_s is not None
    assert recording.path.elapsed_s[-1] == 199 * 5.0
    assert (recording.device, recording.started_at) == ("anna", START)


def test_each_vertex_keeps_the_time_of_its_fix() -> None:
    batch = _trip(*_walk())
    recording = clean_trip(batch)
    np.testing.assert_array_equal(recording.path.elapsed_s, batch.time[recording.kept] - START)
    np.testing.assert_array_equal(recording.path.lon, batch.lon[recording.kept])


def test_the_order_of_the_rows_does_not_matter() -> None:
    batch = _trip(*_walk())
    shuffled = batch.take(np.random.default_rng(1).permutation(len(batch)))
    np.testing.assert_array_equal(clean_trip(shuffled).path.lon, clean_trip(batch).path.lon)


def test_fixes_of_one_instant_are_counted_once() -> None:
    xy_m, time_s = _walk()
    recording = clean_trip(_trip(np.repeat(xy_m, 2, axis=0), np.repeat(time_s, 2)))
    assert recording.removed[Removal.REPEATED_TIME] == 200
    assert _without(recording.removed, Removal.REPEATED_TIME, Removal.SIMPLIFIED)


@pytest.mark.parametrize("at", [0, 1, 77, 199])
@pytest.mark.parametrize("run", [1, 3])
def test_fixes_that_no_device_can_reach_are_removed_wherever_they_are(at: int, run: int) -> None:
    xy_m, time_s = _walk()
    bad = slice(min(at, 200 - run), min(at, 200 - run) + run)
    xy_m[bad] += [0.0, 50_000.0]
    recording = clean_trip(_trip(xy_m, time_s))
    assert recording.removed[Removal.TOO_FAST] == run
    assert not set(range(200)[bad]) & set(recording.clean.tolist())


def test_a_single_fix_away_and_back_is_a_spike() -> None:
    xy_m, time_s = _walk()
    xy_m[70] += [200.0, -150.0]
    recording = clean_trip(_trip(xy_m, time_s))
    assert recording.removed[Removal.SPIKE] == 1
    assert 70 not in recording.clean


def test_a_dead_end_walked_in_and_out_is_kept() -> None:
    out_m = np.stack([np.zeros(41), np.concatenate([np.arange(20), np.arange(20, -1, -1)]) * 35.0], axis=1)
    ahead_m = np.stack([np.arange(1, 41) * 35.0, np.zeros(40)], axis=1)
    recording = clean_trip(_trip(np.concatenate([out_m, ahead_m]), np.arange(81) * 25.0))
    assert _without(recording.removed, Removal.SIMPLIFIED)
    assert 20 in recording.kept


@pytest.mark.parametrize("end", ["start", "end"])
def test_waiting_at_an_end_is_cut_to_its_last_or_first_fix(end: str) -> None:
    xy_m, _ = _walk()
    rng = np.random.default_rng(2)
    waiting_m = np.clip(rng.normal(0.0, 6.0, (60, 2)), -16, 16)
    if end == "start":
        xy_m = np.concatenate([waiting_m, xy_m])
        reason, other = Removal.STANDING_AT_START, Removal.STANDING_AT_END
    else:
        xy_m = np.concatenate([xy_m, xy_m[-1] + waiting_m])
        reason, other = Removal.STANDING_AT_END, Removal.STANDING_AT_START
    recording = clean_trip(_trip(xy_m, np.arange(260) * 5.0))
    # the fixes of the walk that are still within the radius go with the waiting, all but one
    assert 57 <= recording.removed[reason] <= 60 + STANDING_RADIUS_M / 7 + 2
    assert recording.removed[other] == 0
    assert abs(recording.path.length_m - 1400) < 3 * STANDING_RADIUS_M


def test_waiting_on_the_way_is_kept() -> None:
    xy_m, time_s = _walk()
    time_s[100:] += 600.0
    recording = clean_trip(_trip(xy_m, time_s))
    assert _without(recording.removed, Removal.SIMPLIFIED)


def test_a_trip_that_only_stands_has_no_path() -> None:
    rng = np.random.default_rng(3)
    with pytest.raises(PathError, match="stays within 25 m"):
        clean_trip(_trip(np.clip(rng.normal(0, 4, (100, 2)), -9, 9), np.arange(100) * 5.0))


@pytest.mark.parametrize(
    ("rows", "options", "reason"),
    [
        ([0], {}, "has 1 fix"),
        ([0, 0], {}, "stays within|two distinct"),
        ([0, 1], {"tolerance_m": 0.0}, "tolerance_m is 0.0"),
        ([0, 1], {"max_speed_mps": float("nan")}, "max_speed_mps is nan"),
    ],
)
def test_what_cannot_be_a_path_is_an_error(rows: list[int], options: dict[str, float], reason: str) -> None:
    with pytest.raises(PathError, match=reason):
        clean_trip(_trip(*_walk()).take(rows), **options)  # type: ignore[arg-type]  # only numbers are passed


def test_a_long_trip_of_short_steps_is_cut_into_pieces_that_simplify_alike() -> None:
    count = 20_000
    along_m = np.arange(count) * 0.5
    xy_m = np.stack([along_m, 300 * np.sin(along_m / 500)], axis=1)
    recording = clean_trip(_trip(xy_m, np.arange(count) * 1.0), tolerance_m=2.0)
    assert len(recording.path) < 200
    assert recording.removed[Removal.SIMPLIFIED] == len(recording.clean) - len(recording.kept)


def test_two_devices_are_not_one_trip() -> None:
    both = FixBatch.from_columns(["anna", "ben"], [START, START + 9], [16.3, 16.4], [48.2, 48.2])
    with pytest.raises(PathError, match="2 devices; choose one: 'anna', 'ben'"):
        clean_trip(both)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    tolerance_m=st.sampled_from([0.5, 5.0, 40.0]),
    lat=st.sampled_from([-89.9, -33.0, 0.0, 71.0]),
    lon=st.sampled_from([0.0, 179.999, -120.0]),
    step_m=st.sampled_from([10.0, 100.0, 1500.0]),
)
def test_no_true_fix_is_farther_from_the_path_than_the_tolerance(
    seed: int, tolerance_m: float, lat: float, lon: float, step_m: float
) -> None:
    rng = np.random.default_rng(seed)
    course = np.cumsum(rng.normal(0.0, 0.4, 120))
    xy_m = np.cumsum(step_m * np.stack([np.cos(course), np.sin(course)], axis=1), axis=0)
    batch = _trip(xy_m / max(1.0, np.abs(xy_m).max() / 40_000), np.arange(120) * 60.0, lon=lon, lat=lat)
    recording: Recording = clean_trip(batch, tolerance_m=tolerance_m)
    clean = batch.take(recording.clean)
    distance_m = Corridor(recording.path, half_width_m=1.0).measure(clean.lon, clean.lat).distance_m
    assert distance_m.max() <= tolerance_m + 0.005  # a plane of 20 km is true to some millimetres
    assert len(recording.clean) + sum(
        count for reason, count in recording.removed.items() if reason is not Removal.SIMPLIFIED
    ) == len(batch)
