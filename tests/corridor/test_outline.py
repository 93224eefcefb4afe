"""The drawn polygon: what RFC 7946 asks, at every seam, and the same places inside as measured."""

import json
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corridor import Corridor, Path, PathError
from tests.corridor.geodesic_oracle import GEOD, Floats
from tests.corridor.places import ways


def shape_of(feature: dict[str, Any]) -> shapely.Geometry:
    return shapely.from_geojson(json.dumps(feature["geometry"]))


def test_a_plain_corridor_is_a_feature_with_a_polygon() -> None:
    feature = Corridor(Path([16.0, 16.1], [48.0, 48.0], name="school"), half_width_m=40).to_geojson()
    assert feature["type"] == "Feature"
    assert feature["properties"] == {"name": "school", "half_width_m": 40.0, "length_m": 7462.535}
    assert feature["geometry"]["type"] == "Polygon"
    assert shape_of(feature).contains(shapely.Point(16.05, 48.0))


@pytest.mark.parametrize("lon", [[179.99, -179.99], [-179.99, 179.99], [180.0, 180.0], [-180.0, -180.0]])
def test_over_the_antimeridian_it_is_cut_in_two(lon: list[float]) -> None:
    shape = shape_of(Corridor(Path(lon, [10.0, 10.01]), half_width_m=400).to_geojson())
    assert shape.geom_type == "MultiPolygon"
    assert sorted(round(edge, 6) for part in shape.geoms for edge in part.bounds[::2])[0] == -180
    assert all(part.bounds[2] - part.bounds[0] < 1 for part in shape.geoms)


def test_round_a_pole_it_is_whole_and_reaches_the_pole() -> None:
    shape = shape_of(Corridor(Path([0.0, 120.0, -120.0], [89.99] * 3), half_width_m=2000).to_geojson())
    assert shape.geom_type == "Polygon"
    assert shape.bounds[0] == -180
    assert shape.bounds[2:] == (180, 90)


def test_a_ring_round_a_pole_leaves_the_pole_out() -> None:
    ring = Corridor(Path([0.0, 90.0, 180.0, -90.0, 0.0], [89.99] * 5), half_width_m=100)
    shape = shape_of(ring.to_geojson())
    assert not shape.intersects(shapely.Point(45.0, 89.9995))
    assert shape.intersects(shapely.Point(90.0, 89.99))


@settings(max_examples=60)
@given(ways(), st.floats(0.5, 4.5), st.integers(0, 2**32 - 1))
@example((np.array([0.0, 0.0]), np.array([0.0, 9e-05])), 1.0, 0)
@example((np.array([0.0, 180.0]), np.array([89.99, 89.99])), 1.6, 0)
@example((np.array([180.0, 180.0]), np.array([-0.5, 0.5])), 2.0, 0)
@example((np.array([-180.0, 180.0]), np.array([-89.5, -89.9])), 4.0, 0)
def test_it_is_valid_and_holds_what_is_measured_as_inside(
    way: tuple[Floats, Floats], width_power: float, seed: int
) -> None:
    half_width_m = 10**width_power
    corridor = Corridor(Path(*way), half_width_m=half_width_m)
    shape = shape_of(corridor.to_geojson())
    assert shape.is_valid
    assert shapely.get_coordinates(shape).min() >= -180
    assert shapely.get_coordinates(shape)[:, 0].max() <= 180
    assert all(part.exterior.is_ccw for part in shapely.get_parts(shape))  # RFC 7946, 3.1.6
    lon, lat = places_about(way, half_width_m, np.random.default_rng(seed))
    distance_m = corridor.measure(lon, lat).distance_m
    clear = np.abs(distance_m - half_width_m) > 0.006 * half_width_m
    drawn = shapely.intersects_xy(shape, lon, lat)
    np.testing.assert_array_equal(drawn[clear], distance_m[clear] < half_width_m)


def places_about(
    way: tuple[Floats, Floats], half_width_m: float, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Give 100 places up to twice the half width from points of a path."""
    lon, lat = way
    edge = random.integers(0, len(lon) - 1, 100)
    azimuth, _, length_m = GEOD.inv(lon[edge], lat[edge], lon[edge + 1], lat[edge + 1])
    x, y, _ = GEOD.fwd(lon[edge], lat[edge], azimuth, length_m * random.uniform(0, 1, 100))
    away_m = half_width_m * random.uniform(0, 2, 100)
    at_lon, at_lat, _ = GEOD.fwd(x, y, random.uniform(0, 360, 100), away_m)
    return np.asarray(at_lon), np.asarray(at_lat)


def test_what_is_too_wide_for_a_plane_is_not_drawn() -> None:
    wide = Corridor(Path([16.0, 16.1], [48.0, 48.0], name="ocean"), half_width_m=600_000)
    with pytest.raises(PathError, match='corridor "ocean": half_width_m 600000 is too wide to draw'):
        wide.to_geojson()
    assert wide.measure(16.0, 50.0).margin_m < 0


@settings(max_examples=30)
@given(ways(longest_edge_m=3000), st.data(), st.integers(0, 2**32 - 1))
def test_widths_that_change_and_discs_of_grace_are_drawn_as_they_are_measured(
    way: tuple[Floats, Floats], data: st.DataObject, seed: int
) -> None:
    widths = st.lists(st.floats(50, 400), min_size=len(way[0]), max_size=len(way[0]))
    right_m, left_m = data.draw(widths), data.draw(widths)
    corridor = Corridor(Path(*way), right_m, left_half_width_m=left_m, start_grace_m=500.0, end_grace_m=20.0)
    shape = shape_of(corridor.to_geojson())
    lon, lat = places_about(way, 500.0, np.random.default_rng(seed))
    margin_m = corridor.measure(lon, lat).margin_m
    clear = np.abs(margin_m) > 12.0
    drawn = shapely.intersects_xy(shape, lon, lat)
    np.testing.assert_array_equal(drawn[clear], margin_m[clear] < 0)
