"""Progress with memory keeps to its leg, reaches the end, names what was skipped, and is all in MEMORY."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import Corridor, LocalFrame, Path
from corridor.ellipsoid import Floats
from corridor.memory import fresh_memory
from corridor.offset import Offset

HALF_WIDTH_M = 40.0
STEP_M = 10.0
WAYS = {
    "out and back": [(0, 0), (0, 1000), (4, 1000), (4, 0)],
    "out and back on one line": [(0, 0), (0, 1000), (0, 0)],
    "figure eight": [(0, 0), (500, 500), (500, 0), (0, 500), (-100, 600)],
    "closed loop": [(0, 0), (500, 0), (500, 500), (0, 500), (0, 0)],
    "two laps": [*[(0, 0), (500, 0), (500, 500), (0, 500)] * 2, (0, 0)],
    "rows of a field": [(0, 0), (0, 600), (30, 600), (30, 0), (60, 0), (60, 600), (90, 600), (90, 0)],
}
centres = st.sampled_from([(16.0, 48.0), (180.0, 10.0), (-70.0, 89.999), (30.0, -89.99), (0.0, 0.0)])
seeds = st.integers(0, 2**32 - 1)
Metres = list[tuple[float, float]]


def lengths(way: Metres) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(np.array(way, dtype=float), axis=0).T))])


def places_along(way: Metres, along_m: Floats) -> Floats:
    xy_m, s = np.array(way, dtype=float), lengths(way)
    return np.stack([np.interp(along_m, s, xy_m[:, axis]) for axis in (0, 1)], axis=1)


def followed(
    way: Metres,
    xy_m: Floats,
    *,
    noise_m: float = 0.0,
    seed: int = 0,
    centre: tuple[float, float] = (16.0, 48.0),
    cuts: tuple[int, ...] = (),
) -> Offset[Floats]:
    """Follow a drive, one fix a second, in pieces that share one memory."""
    frame = LocalFrame(*centre)
    corridor = Corridor(Path(*frame.from_enu(way).T), HALF_WIDTH_M)
    shaken = xy_m + np.random.default_rng(seed).normal(0, noise_m, xy_m.shape)
    lon, lat = frame.from_enu(shaken).T
    memory, columns = fresh_memory(1), []
    for rows in np.split(np.arange(len(lon)), sorted(cuts)):
        part = corridor.follow(lon[rows], lat[rows], rows.astype(float), memory=memory)
        columns.append(np.stack([getattr(part, name) for name in part.__slots__]))
    return Offset(*np.concatenate(columns, axis=1))


@settings(max_examples=150)
@given(st.sampled_from(sorted(WAYS)), st.sampled_from([0.0, 3.0, 6.0]), seeds, centres)
def test_progress_along_ways_that_meet_themselves_runs_on_to_the_end(
    name: str, noise_m: float, seed: int, centre: tuple[float, float]
) -> None:
    way: Metres = WAYS[name]  # type: ignore[assignment]  # whole numbers are numbers
    true_m = np.append(np.arange(0, lengths(way)[-1], STEP_M), lengths(way)[-1])
    offset = followed(way, places_along(way, true_m), noise_m=noise_m, seed=seed, centre=centre)
    got_m = offset.along_track_m
    assert (offset.skipped_m == 0).all()
    # Near a turn the next leg may be taken two half widths early, or left one late; never more.
    assert np.abs(got_m - true_m).max() < 0.5 + 5 * noise_m + (2.5 * HALF_WIDTH_M if noise_m else 0)
    assert (np.maximum.accumulate(got_m) - got_m).max() < 0.5 + HALF_WIDTH_M + 5 * noise_m
    assert got_m[0] < 0.5 + 6 * noise_m
    assert got_m[-1] > true_m[-1] - 0.5 - 6 * noise_m


@st.composite
def random_ways(draw: st.DrawFn) -> Metres:
    """A way of up to eight straight parts with any turns, which may cross itself; then perhaps back again."""
    x, y, course = 0.0, 0.0, draw(st.floats(0, 6.28))
    way = [(x, y)]
    for _ in range(draw(st.integers(2, 8))):
        length_m = draw(st.floats(200, 600))
        x, y = x + length_m * np.sin(course), y + length_m * np.cos(course)
        way.append((float(x), float(y)))
        course += draw(st.floats(-2.4, 2.4))
    return [*way, *way[-2::-1]] if draw(st.booleans()) else way


@settings(max_examples=150)
@given(random_ways(), st.sampled_from([0.0, 4.0]), seeds)
def test_progress_along_any_way_runs_on_to_the_end(way: Metres, noise_m: float, seed: int) -> None:
    true_m = np.append(np.arange(0, lengths(way)[-1], STEP_M), lengths(way)[-1])
    offset = followed(way, places_along(way, true_m), noise_m=noise_m, seed=seed)
    got_m = offset.along_track_m
    assert (offset.skipped_m == 0).all()
    # Near a turn the leg is told up to three half widths late; noise has its tails.
    assert (np.maximum.accumulate(got_m) - got_m).max() < 1 + 3 * HALF_WIDTH_M + 5 * noise_m
    assert got_m[-1] > true_m[-1] - 1 - 6 * noise_m
    assert np.abs(got_m - true_m).max() < 4 * HALF_WIDTH_M


@settings(max_examples=60)
@given(st.sampled_from(sorted(WAYS)), seeds, st.lists(st.integers(1, 150), max_size=6))
def test_a_stream_may_be_cut_anywhere(name: str, seed: int, cuts: list[int]) -> None:
    way: Metres = WAYS[name]  # type: ignore[assignment]
    xy_m = places_along(way, np.arange(0, 1500, STEP_M))
    whole = followed(way, xy_m, noise_m=5.0, seed=seed)
    pieces = followed(way, xy_m, noise_m=5.0, seed=seed, cuts=tuple(cuts))
    for field in whole.__slots__:
        np.testing.assert_array_equal(getattr(whole, field), getattr(pieces, field))


@settings(max_examples=60)
@given(
    st.sampled_from(
        [
            ("closed loop", 400.0, 1600.0),
            ("out and back", 700.0, 1304.0),
            ("rows of a field", 300.0, 930.0),
            ("figure eight", 800.0, 1500.0),
        ]
    ),
    st.sampled_from([0.0, 4.0]),
    seeds,
)
def test_a_shortcut_is_named_with_its_length(
    planted: tuple[str, float, float], noise_m: float, seed: int
) -> None:
    name, left_m, joined_m = planted
    way: Metres = WAYS[name]  # type: ignore[assignment]
    before = places_along(way, np.arange(0, left_m + 1, STEP_M))
    after = places_along(way, np.arange(joined_m, lengths(way)[-1], STEP_M))
    between = np.linspace(before[-1], after[0], 2 + int(np.hypot(*(after[0] - before[-1])) // STEP_M))[1:-1]
    xy_m = np.concatenate([before, between, after])
    offset = followed(way, xy_m, noise_m=noise_m, seed=seed)
    skipped_m = offset.skipped_m[offset.skipped_m > 0]
    assert len(skipped_m) == 1
    assert skipped_m.sum() == pytest.approx(joined_m - left_m, abs=1.5 * HALF_WIDTH_M + 5 * noise_m)
    assert offset.along_track_m[-1] == pytest.approx(lengths(way)[-1], abs=STEP_M + 6 * noise_m)


def test_who_turns_round_before_the_end_goes_home_on_the_way_back() -> None:
    way: Metres = [(0, 0), (0, 1000), (4, 1000), (4, 0)]
    out = places_along(way, np.arange(0, 941, STEP_M))
    offset = followed(way, np.concatenate([out, out[::-1]]), noise_m=2.0)
    assert offset.along_track_m[-1] == pytest.approx(2004, abs=12)
    assert (np.maximum.accumulate(offset.along_track_m) - offset.along_track_m).max() < 1.5 * HALF_WIDTH_M


@pytest.mark.parametrize("name", sorted(WAYS))
def test_who_stands_and_jitters_goes_nowhere(name: str) -> None:
    way: Metres = WAYS[name]  # type: ignore[assignment]
    there = places_along(way, np.arange(0, 401, STEP_M))
    offset = followed(way, np.concatenate([there, np.repeat(there[-1:], 2000, axis=0)]), noise_m=5.0)
    assert np.abs(offset.along_track_m[45:] - 400).max() < 30
    assert (offset.skipped_m == 0).all()


def test_outside_the_last_place_inside_is_kept() -> None:
    way: Metres = [(0, 0), (0, 1000), (4, 1000), (4, 0)]
    on = places_along(way, np.arange(0, 301, STEP_M))
    off = np.array([[-100.0 - 10 * step, 300.0] for step in range(20)])
    again = places_along(way, np.arange(310, 2000, STEP_M))
    offset = followed(way, np.concatenate([on, off, off[::-1], again]))
    assert (offset.margin_m[len(on) : len(on) + 40] > 0).all()
    assert (offset.skipped_m == 0).all()
    np.testing.assert_allclose(offset.along_track_m[-len(again) :], np.arange(310, 2000, STEP_M), atol=0.5)


def test_an_older_fix_changes_nothing_that_is_remembered() -> None:
    frame = LocalFrame(16.0, 48.0)
    corridor = Corridor(Path(*frame.from_enu([(0, 0), (0, 1000)]).T), HALF_WIDTH_M)
    memory = fresh_memory(1)
    lon, lat = frame.from_enu([(0, 100), (0, 110), (0, 500)]).T
    corridor.follow(lon[:2], lat[:2], [10.0, 11.0], memory=memory)
    kept = memory.copy()
    assert corridor.follow(float(lon[2]), float(lat[2]), 5.0, memory=memory).along_track_m > 499
    assert memory.tobytes() == kept.tobytes()
