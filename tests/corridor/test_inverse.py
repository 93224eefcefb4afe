"""The compiled geodesic against pyproj's, over the globe and near the antipode."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corridor.inverse import FARTHEST_M, geodesic_m
from tests.corridor.geodesic_oracle import GEOD
from tests.corridor.places import latitudes, longitudes

HALF_WORLD = 180.0


@settings(max_examples=3000)
@given(longitudes, latitudes, longitudes, latitudes)
@example(0.0, 0.0, 0.0, 0.0)
@example(0.0, 0.0, 90.0, 0.0)
@example(0.0, 90.0, 77.0, -90.0)
@example(180.0, 10.0, -180.0, 10.0)
@example(0.0, 0.0, 179.0, 0.0)
@example(0.0, 0.0, 179.4375, 0.0)
def test_a_geodesic_is_true_to_a_tenth_of_a_millimetre(
    lon: float, lat: float, other_lon: float, other_lat: float
) -> None:
    truth_m = GEOD.inv(lon, lat, other_lon, other_lat)[2]
    got_m = geodesic_m(lon, lat, other_lon, other_lat)
    to_antipode_m = GEOD.inv(lon + HALF_WORLD, -lat, other_lon, other_lat)[2]
    if to_antipode_m > 100_000:
        assert got_m == pytest.approx(truth_m, abs=1e-4)
    else:
        assert got_m == pytest.approx(truth_m, rel=2e-3)


@settings(max_examples=2000)
@given(longitudes, latitudes, st.floats(0, 360), st.floats(0, 5))
def test_near_the_antipode_it_is_within_two_thousandths_and_never_too_far(
    lon: float, lat: float, azimuth: float, power: float
) -> None:
    x, y, _ = GEOD.fwd((lon + 360) % 360 - HALF_WORLD, -lat, azimuth, 10**power)
    truth_m = GEOD.inv(lon, lat, x, y)[2]
    got_m = geodesic_m(lon, lat, x, y)
    assert np.isfinite(got_m)
    assert got_m <= FARTHEST_M
    assert got_m == pytest.approx(truth_m, rel=2e-3)


def test_antipodes_are_half_a_meridians_ellipse_apart() -> None:
    assert GEOD.inv(16.0, 0.0, -164.0, 0.0)[2] == pytest.approx(FARTHEST_M, abs=1e-3)
