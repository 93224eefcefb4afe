"""Measuring against geodesics: at random places, poles and antimeridian in the same property."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corridor import Corridor, Path
from tests.corridor.geodesic_oracle import GEOD, nearest_on_path
from tests.corridor.places import Drive, drives, latitudes, longitudes

# The oracle samples each edge thousands of times; a hundred or so drives fit the time of a test.
slow_oracle = settings(max_examples=300)

OVER_THE_POLE = Drive(np.array([0.0, 180.0]), np.array([89.95, 89.95]), 91.0, 89.999)
OVER_THE_ANTIMERIDIAN = Drive(np.array([179.9, -179.9]), np.array([10.0, 10.1]), 180.0, 10.05)


@slow_oracle
@given(drives(nearest_m=0.01, farthest_m=1000))
@example(OVER_THE_POLE)
@example(OVER_THE_ANTIMERIDIAN)
def test_within_a_kilometre_distance_is_true_to_a_millimetre_and_along_to_a_centimetre(drive: Drive) -> None:
    truth = nearest_on_path(drive.lon, drive.lat, drive.at_lon, drive.at_lat)
    offset = Corridor(Path(drive.lon, drive.lat), half_width_m=40).measure(drive.at_lon, drive.at_lat)
    assert offset.distance_m == pytest.approx(truth.distance_m, abs=1e-3)
    assert abs(offset.cross_track_m) == offset.distance_m
    if truth.inside_edge and truth.distance_m > 0.01:
        assert (offset.cross_track_m > 0) == truth.right_of_edge
    # The place that is nearest may be one of several; the one that is claimed must be that near.
    assert along(drive, offset.along_track_m) == pytest.approx(truth.distance_m, abs=2e-3)
    if truth.inside_edge and abs(offset.along_track_m - truth.along_track_m) < 1:
        assert offset.along_track_m == pytest.approx(truth.along_track_m, abs=1e-2)


@slow_oracle
@given(drives(nearest_m=1000, farthest_m=39_000))
def test_as_far_as_a_plane_is_used_distance_is_true_to_a_centimetre(drive: Drive) -> None:
    truth = nearest_on_path(drive.lon, drive.lat, drive.at_lon, drive.at_lat)
    offset = Corridor(Path(drive.lon, drive.lat), half_width_m=40).measure(drive.at_lon, drive.at_lat)
    assert offset.distance_m == pytest.approx(truth.distance_m, abs=1e-2)


@slow_oracle
@given(drives(nearest_m=39_000, farthest_m=15_000_000))
def test_beyond_a_plane_distance_is_a_geodesic(drive: Drive) -> None:
    truth = nearest_on_path(drive.lon, drive.lat, drive.at_lon, drive.at_lat)
    offset = Corridor(Path(drive.lon, drive.lat), half_width_m=40).measure(drive.at_lon, drive.at_lat)
    # The path's point nearest through the earth need not be nearest over it; the distance to it is exact.
    assert truth.distance_m - 1e-2 <= offset.distance_m <= truth.distance_m * (1 + 1e-5) + 1e-2
    assert along(drive, offset.along_track_m) == pytest.approx(offset.distance_m, abs=1e-2)


@slow_oracle
@given(drives(nearest_m=15_000_000, farthest_m=20_000_000))
def test_on_the_other_side_of_the_earth_distance_is_at_most_half_a_percent_long(drive: Drive) -> None:
    truth = nearest_on_path(drive.lon, drive.lat, drive.at_lon, drive.at_lat)
    offset = Corridor(Path(drive.lon, drive.lat), half_width_m=40).measure(drive.at_lon, drive.at_lat)
    assert truth.distance_m * (1 - 2e-3) <= offset.distance_m <= truth.distance_m * (1 + 5e-3)


@given(longitudes, latitudes, st.floats(0, 360), st.floats(50, 20_000))
def test_the_antipode_is_half_the_world_away(lon: float, lat: float, course: float, length_m: float) -> None:
    end_lon, end_lat, _ = GEOD.fwd(lon, lat, course, length_m)
    corridor = Corridor(Path([lon, end_lon], [lat, end_lat]), half_width_m=40)
    antipode_lon = lon - 180 if lon > 0 else lon + 180
    offset = corridor.measure(antipode_lon, -lat)
    assert 19_900_000 < offset.distance_m < 20_004_000
    assert offset.margin_m > 19_000_000


def test_fifteen_thousand_kilometres_are_not_folded_to_four_thousand() -> None:
    lon, lat, _ = GEOD.fwd(16.0, 48.0, 70.0, 15_000_000.0)
    offset = Corridor(Path([16.0, 16.0], [48.0, 47.9]), half_width_m=40).measure(lon, lat)
    assert offset.distance_m == pytest.approx(15_000_000, abs=1.0)


@settings(max_examples=40)
@given(longitudes, latitudes, st.floats(0, 360), st.floats(0, 1), st.floats(-900, 900))
def test_an_edge_of_a_thousand_kilometres_is_a_geodesic_all_along(
    lon: float, lat: float, course: float, fraction: float, right_m: float
) -> None:
    end_lon, end_lat, _ = GEOD.fwd(lon, lat, course, 1_000_000.0)
    foot_lon, foot_lat, back = GEOD.fwd(lon, lat, course, 1_000_000.0 * fraction)
    at_lon, at_lat, _ = GEOD.fwd(foot_lon, foot_lat, back + 180 + 90, right_m)
    offset = Corridor(Path([lon, end_lon], [lat, end_lat]), half_width_m=40).measure(at_lon, at_lat)
    assert offset.cross_track_m == pytest.approx(right_m, abs=1e-3)
    assert offset.along_track_m == pytest.approx(1_000_000.0 * fraction, abs=1e-2)


def along(drive: Drive, along_track_m: float) -> float:
    """Give the geodesic from the point so far along the drive's path to its place."""
    azimuth, _, length_m = GEOD.inv(drive.lon[:-1], drive.lat[:-1], drive.lon[1:], drive.lat[1:])
    starts_m = np.cumsum(length_m) - length_m
    edge = max(int(np.searchsorted(starts_m, along_track_m)) - 1, 0)
    lon, lat, _ = GEOD.fwd(drive.lon[edge], drive.lat[edge], azimuth[edge], along_track_m - starts_m[edge])
    return float(GEOD.inv(lon, lat, drive.at_lon, drive.at_lat)[2])
