"""Circles around shapes and scaling of confidence, on the vectors of RFC 5491 and RFC 7459."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from corridor.errors import FixError
from corridor.frame import LocalFrame
from corridor.shapes import (
    Distribution,
    Scaled,
    circle_around_arc_band,
    circle_around_circle,
    circle_around_ellipse,
    circle_around_ellipsoid,
    circle_around_polygon,
    circle_around_prism,
    circle_around_sphere,
    confidence_without_altitude,
    polygon_area_m2,
    scale_radius,
)

GEOD = Geod(ellps="WGS84")

# RFC 7459, Figure 9: the ground plan of an opera house
OPERA_LAT = [-33.856625, -33.856299, -33.856326, -33.857533, -33.857720, -33.857369, -33.856625]
OPERA_LON = [151.215906, 151.215343, 151.214731, 151.214495, 151.214613, 151.215375, 151.215906]


def test_the_opera_house_of_rfc_7459_has_its_area_centroid_and_circle() -> None:
    region = circle_around_polygon(OPERA_LON, OPERA_LAT)
    assert polygon_area_m2(OPERA_LON, OPERA_LAT) == pytest.approx(12_600, abs=5)
    assert region.lat == pytest.approx(-33.856926, abs=1e-6)
    assert region.lon == pytest.approx(151.215102, abs=1e-6)
    assert math.ceil(region.radius_m * 10) / 10 == 99.1  # the RFC rounds uncertainty up


def test_a_clockwise_or_open_polygon_has_the_same_circle_and_a_negative_area() -> None:
    there = circle_around_polygon(OPERA_LON, OPERA_LAT)
    back = circle_around_polygon(OPERA_LON[:0:-1], OPERA_LAT[:0:-1])
    assert back == pytest.approx((*there[:3], None, 2))
    assert polygon_area_m2(OPERA_LON[::-1], OPERA_LAT[::-1]) < 0


@pytest.mark.parametrize(("lon", "lat"), [(180.0, 10.0), (12.0, 90.0), (0.0, -90.0), (-180.0, -70.0)])
def test_a_square_over_the_antimeridian_or_a_pole_has_its_middle_as_centroid(lon: float, lat: float) -> None:
    corners = LocalFrame(lon, lat).from_enu([[-500, -500], [500, -500], [500, 500], [-500, 500]])
    region = circle_around_polygon(*corners.T)
    assert GEOD.inv(region.lon, region.lat, lon, lat)[2] < 1e-3
    assert region.radius_m == pytest.approx(500 * math.sqrt(2), abs=1e-3)


def test_a_polygon_without_area_is_refused() -> None:
    with pytest.raises(FixError, match="polygon of 3 vertices has no area"):
        circle_around_polygon([0.0, 0.1, 0.2], [0.0, 0.0, 0.0])


def test_the_arc_band_of_the_conformance_suite_has_its_centroid_and_circle() -> None:
    band = circle_around_arc_band(
        -73.0,
        40.0,
        inner_radius_m=1661.55,
        outer_radius_m=2215.4,
        start_angle_deg=266,
        opening_angle_deg=120,
    )
    bearing, _, distance_m = GEOD.inv(-73.0, 40.0, band.lon, band.lat)
    assert distance_m == pytest.approx(1614.0, abs=0.05)
    assert bearing % 360 == pytest.approx(326, abs=1e-3)
    assert band.radius_m == pytest.approx(1984.3, abs=0.05)


@given(
    inner=st.floats(0, 5000),
    width=st.floats(1, 5000),
    start=st.floats(0, 360),
    opening=st.floats(0.1, 360),
)
def test_an_arc_bands_circle_holds_the_band_and_touches_it(
    inner: float, width: float, start: float, opening: float
) -> None:
    band = circle_around_arc_band(
        0.0,
        0.0,
        inner_radius_m=inner,
        outer_radius_m=inner + width,
        start_angle_deg=start,
        opening_angle_deg=opening,
    )
    frame = LocalFrame(0.0, 0.0)
    centre = frame.to_enu(band.lon, band.lat)[0, :2]
    angle = np.radians(start + np.linspace(0, opening, 181))
    radius = np.array([[inner], [inner + width]])
    points = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=-1).reshape(-1, 2)
    farthest_m = float(np.hypot(*(points - centre).T).max())
    assert band.radius_m == pytest.approx(farthest_m, rel=1e-6)


def test_round_shapes_keep_their_centre() -> None:
    assert circle_around_circle(1.0, 2.0, 30.0) == (1.0, 2.0, 30.0, None, 2)
    assert circle_around_ellipse(1.0, 2.0, 50.0).radius_m == 50.0
    assert circle_around_sphere(1.0, 2.0, 100.0, 30.0) == (1.0, 2.0, 30.0, 100.0, 3)
    tall = circle_around_ellipsoid(1.0, 2.0, 100.0, semi_major_m=30.0, vertical_m=40.0)
    assert tall == (1.0, 2.0, 40.0, 100.0, 3)


def test_a_prism_is_its_base_at_half_height() -> None:
    prism = circle_around_prism(OPERA_LON, OPERA_LAT, altitude_m=20.0, height_m=60.0)
    assert prism.altitude_m == 50.0
    assert prism[:3] == circle_around_polygon(OPERA_LON, OPERA_LAT)[:3]


def test_a_normal_distribution_scales_by_the_formula_of_rfc_7459() -> None:
    sphere = scale_radius(1.0, 19, 95, pdf=Distribution.NORMAL, dimensions=3)
    circle = scale_radius(850.24, 67, 95, pdf=Distribution.NORMAL)
    assert sphere.radius_m == pytest.approx(2.9937, abs=1e-4)
    assert circle.radius_m == pytest.approx(1423.1, abs=0.1)
    assert circle.confidence == 95


def test_a_rectangular_distribution_only_shrinks() -> None:
    assert scale_radius(100.0, 100 * 0.8, 20, pdf=Distribution.RECTANGULAR) == Scaled(50.0, 20)
    assert scale_radius(100.0, 80, 10, pdf=Distribution.RECTANGULAR, dimensions=3) == Scaled(50.0, 10)
    assert scale_radius(100.0, 67, 95, pdf=Distribution.RECTANGULAR) == Scaled(100.0, 67)


@pytest.mark.parametrize("target", [20, 95])
def test_an_unknown_distribution_stays_as_it_is(target: float) -> None:
    assert scale_radius(100.0, 67, target) == Scaled(100.0, 67)


@pytest.mark.parametrize("confidence", [0, 100, -5, math.nan])
def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    with pytest.raises(FixError, match="not between 0 and 100"):
        scale_radius(100.0, confidence, 95)


def test_dimensions_other_than_two_and_three_are_refused() -> None:
    with pytest.raises(FixError, match="dimensions is 4"):
        scale_radius(100.0, 67, 95, dimensions=4)


def test_dropping_the_altitude_raises_the_confidence() -> None:
    assert confidence_without_altitude(95) == pytest.approx(96.6, abs=0.05)
