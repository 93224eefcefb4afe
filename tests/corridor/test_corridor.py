"""What a corridor answers: one function for numbers and arrays, signs and edges stated once."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import Corridor, FixError, LocalFrame, Path, PathError
from tests.corridor.geodesic_oracle import GEOD, Floats
from tests.corridor.places import ways

NORTH = Corridor(Path([16.0, 16.0], [48.0, 48.1], name="school"), half_width_m=40)
FRAME = LocalFrame(16.0, 48.0)


def corridor_of(xy_m: list[tuple[float, float]]) -> Corridor:
    return Corridor(Path(*FRAME.from_enu(xy_m).T), half_width_m=40)


def place_at(east_m: float, north_m: float) -> tuple[float, float]:
    lon, lat = FRAME.from_enu([east_m, north_m])[0].tolist()
    return lon, lat


def test_a_number_gives_numbers() -> None:
    offset = NORTH.measure(16.001, 48.05)
    assert [type(value) for value in (offset.distance_m, offset.cross_track_m)] == [float, float]
    assert [type(value) for value in (offset.along_track_m, offset.margin_m)] == [float, float]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_an_array_gives_arrays_of_its_length(count: int) -> None:
    offset = NORTH.measure(np.full(count, 16.001), [48.05] * count)
    for values in (offset.distance_m, offset.cross_track_m, offset.along_track_m, offset.margin_m):
        assert values.shape == (count,)
        assert (values == values[:1]).all()


@settings(max_examples=50)
@given(ways(longest_edge_m=100_000), st.integers(0, 2**32 - 1))
def test_a_batch_gives_exactly_what_its_rows_give_alone(way: tuple[Floats, Floats], seed: int) -> None:
    random = np.random.default_rng(seed)
    corridor = Corridor(Path(*way), half_width_m=40)
    vertex = random.integers(0, len(way[0]), 20)
    away_m = 10 ** random.uniform(0, 7, 20)
    lon, lat, _ = GEOD.fwd(way[0][vertex], way[1][vertex], random.uniform(0, 360, 20), away_m)
    batch = corridor.measure(lon, lat)
    for row in range(20):
        alone = corridor.measure(float(lon[row]), float(lat[row]))
        assert alone.distance_m == batch.distance_m[row]
        assert alone.cross_track_m == batch.cross_track_m[row]
        assert alone.along_track_m == batch.along_track_m[row]


def test_right_of_travel_is_positive_and_left_negative() -> None:
    east, west = NORTH.measure(16.001, 48.05), NORTH.measure(15.999, 48.05)
    assert east.cross_track_m == pytest.approx(east.distance_m)
    assert west.cross_track_m == pytest.approx(-west.distance_m)
    back = Corridor(Path([16.0, 16.0], [48.1, 48.0]), half_width_m=40)
    assert back.measure(16.001, 48.05).cross_track_m < 0


def test_exactly_the_half_width_away_is_inside() -> None:
    distance_m = NORTH.measure(16.001, 48.05).distance_m
    edge = Corridor(NORTH.path, half_width_m=distance_m).measure(16.001, 48.05)
    inner = Corridor(NORTH.path, half_width_m=math.nextafter(distance_m, 0)).measure(16.001, 48.05)
    assert edge.margin_m == 0
    assert inner.margin_m > 0


def test_beyond_the_ends_distance_is_to_the_end() -> None:
    before, after = NORTH.measure(16.0, 47.99), NORTH.measure(16.0, 48.11)
    assert before.along_track_m == 0
    assert before.distance_m == pytest.approx(GEOD.inv(16, 47.99, 16, 48)[2], abs=1e-3)
    assert after.along_track_m == pytest.approx(NORTH.length_m)


@pytest.mark.parametrize(("turn", "outside"), [(1.0, -1.0), (-1.0, 1.0)])
def test_round_the_tip_of_a_hairpin_every_place_is_on_its_outer_side(turn: float, outside: float) -> None:
    hairpin = corridor_of([(0, 0), (0, 1000), (turn * 50, 0)])
    for degrees in range(-80, 81, 10):
        angle = math.radians(degrees)
        offset = hairpin.measure(*place_at(30 * math.sin(angle), 1000 + 30 * math.cos(angle)))
        assert offset.distance_m == pytest.approx(30, abs=1e-3)
        assert offset.cross_track_m * outside > 0


def test_a_vertex_that_only_divides_an_edge_changes_no_side() -> None:
    whole, divided = corridor_of([(0, 0), (0, 1000)]), corridor_of([(0, 0), (0, 500), (0, 1000)])
    for east in (-20.0, 20.0):
        place = place_at(east, 500)
        assert divided.measure(*place).cross_track_m == pytest.approx(whole.measure(*place).cross_track_m)


def test_out_and_back_on_one_street_is_near_everywhere() -> None:
    there_and_back = corridor_of([(0, 0), (0, 1000), (0, 0)])
    offset = there_and_back.measure(*place_at(10, 400))
    assert offset.distance_m == pytest.approx(10, abs=1e-3)
    assert min(abs(offset.along_track_m - 400), abs(offset.along_track_m - 1600)) < 0.01


@pytest.mark.parametrize("lat", [48.0, -48.0, 0.0, 89.9])
def test_a_path_may_go_due_north_where_a_place_lies_on_it(lat: float) -> None:
    # great-circle formulae turn NaN here
    corridor = Corridor(Path([16.0, 16.0], [lat, lat + 0.05]), half_width_m=40)
    offset = corridor.measure(np.full(9, 16.0), np.linspace(lat, lat + 0.05, 9))
    assert (offset.distance_m < 1e-3).all()


@pytest.mark.parametrize(
    ("lon", "lat", "message"),
    [
        (math.nan, 48.0, "longitude is nan"),
        (16.0, math.inf, "latitude is inf"),
        (16.0, 95.0, r"^latitude 95.0 is outside \[-90, 90\]"),
        ([16.0, 16.0], [48.0, 95.0], r"row 1: latitude 95.0 is outside \[-90, 90\]"),
        ([16.0, -181.0], [48.0, 48.0], r"row 1: longitude -181.0 is outside"),
        ([16.0, 16.0], [48.0], "shapes"),
        ([[16.0]], [[48.0]], "shapes"),
        ("east", 48.0, "must be numbers"),
    ],
)
def test_what_is_no_place_is_refused(lon: Any, lat: Any, message: str) -> None:
    with pytest.raises(FixError, match=message):
        NORTH.measure(lon, lat)


@pytest.mark.parametrize("stated", [{"course_deg": math.inf}, {"altitude_m": -math.inf}])
def test_what_is_stated_is_finite(stated: dict[str, float]) -> None:
    with pytest.raises(FixError, match=f"{next(iter(stated))} is infinite"):
        NORTH.measure(16.0, 48.0, **stated)


@pytest.mark.parametrize("half_width_m", [0, -1, math.nan, math.inf, "40"])
def test_a_half_width_that_is_none_is_refused_by_name(half_width_m: Any) -> None:
    with pytest.raises(PathError, match=f'corridor "school": half_width_m {half_width_m}'):
        Corridor(NORTH.path, half_width_m=half_width_m)


@pytest.mark.parametrize("half_width_m", [40, 40.0, np.int64(40), np.float32(40)])
def test_a_half_width_may_be_any_kind_of_number(half_width_m: Any) -> None:
    assert Corridor(NORTH.path, half_width_m=half_width_m).fingerprint == NORTH.fingerprint


def test_a_corridor_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        NORTH.half_width_m = 50.0  # type: ignore[misc]  # what mypy forbids must fail when run, too


def test_the_fingerprint_tells_paths_and_widths_apart() -> None:
    same = Corridor(Path([16.0, 16.0], [48.0, 48.1], name="other"), half_width_m=40.0)
    assert same.fingerprint == NORTH.fingerprint
    assert Corridor(NORTH.path, half_width_m=41).fingerprint != NORTH.fingerprint
    assert Corridor(Path([16.0, 16.0], [48.0, 48.2]), half_width_m=40).fingerprint != NORTH.fingerprint


def test_a_microscopic_edge_among_long_ones_is_harmless() -> None:
    corridor = Corridor(Path([0.0, 1e-10, 0.1], [0.0, 0.0, 0.0]), half_width_m=40)
    assert corridor.measure(0.05, 0.0).distance_m < 1e-3
