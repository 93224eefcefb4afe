"""Frames equal PROJ's, written out in numpy and compiled."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from corridor import FixError, LocalFrame
from corridor.compiled import compiled
from corridor.ellipsoid import Floats, geocentric
from corridor.frame import geocentric_xyz
from tests.corridor.places import latitudes, longitudes

TO_XYZ = Transformer.from_crs(4979, 4978, always_xy=True)
_scalar_geocentric = compiled(geocentric)


@compiled
def _compiled_geocentric(lon: Floats, lat: Floats, out: Floats) -> None:
    for row in range(len(lon)):
        out[row, 0], out[row, 1], out[row, 2] = _scalar_geocentric(lon[row], lat[row])


@given(st.lists(st.tuples(longitudes, latitudes), min_size=1, max_size=20))
def test_geocentric_metres_equal_proj_in_numpy_and_compiled(places: list[tuple[float, float]]) -> None:
    lon, lat = np.array(places).T.copy()
    expected = np.stack(TO_XYZ.transform(lon, lat, np.zeros(len(lon)), errcheck=True), axis=1)
    compiled_xyz = np.empty((len(lon), 3))
    _compiled_geocentric(lon, lat, compiled_xyz)
    np.testing.assert_allclose(geocentric_xyz(lon, lat), expected, atol=1e-8)
    np.testing.assert_allclose(compiled_xyz, expected, atol=1e-8)


@given(longitudes, latitudes, st.lists(st.tuples(longitudes, latitudes), min_size=1, max_size=20))
def test_a_frame_equals_projs_topocentric_even_for_places_far_away(
    lon: float, lat: float, places: list[tuple[float, float]]
) -> None:
    topocentric = Transformer.from_pipeline(
        "+proj=pipeline +step +proj=cart +ellps=WGS84 "
        f"+step +proj=topocentric +ellps=WGS84 +lon_0={lon!r} +lat_0={lat!r} +h_0=0"
    )
    x, y = np.array(places).T.copy()
    expected = np.stack(topocentric.transform(x, y, np.zeros(len(x)), errcheck=True), axis=1)
    np.testing.assert_allclose(LocalFrame(lon, lat).to_enu(x, y), expected, atol=1e-7)


@given(
    longitudes,
    latitudes,
    st.lists(st.tuples(st.floats(-5e5, 5e5), st.floats(-5e5, 5e5)), min_size=1, max_size=20),
)
def test_a_frame_goes_there_and_back(lon: float, lat: float, xy_m: list[tuple[float, float]]) -> None:
    frame = LocalFrame(lon, lat)
    degrees = frame.from_enu(xy_m)
    np.testing.assert_allclose(frame.to_enu(*degrees.T)[:, :2], xy_m, atol=1e-7)


def test_a_point_with_no_earth_below_it_is_not_a_place() -> None:
    assert np.isnan(LocalFrame(0.0, 0.0).from_enu([7e6, 0.0])).all()


@pytest.mark.parametrize(("lon", "lat"), [(181.0, 0.0), (0.0, 90.5), (math.nan, 0.0), (0.0, math.inf)])
def test_a_centre_that_is_no_place_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(FixError):
        LocalFrame(lon, lat)


def test_equal_centres_make_equal_frames() -> None:
    assert LocalFrame(16.0, 48.0) == LocalFrame(16.0, 48.0)
    assert LocalFrame(16.0, 48.0) != LocalFrame(16.0, 48.5)
