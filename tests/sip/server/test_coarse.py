"""A coarse place surely holds the device, stays while it stays, and says nothing that a cell does not."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.geodesic import wgs84
from sip.pidflo import Circle, Place
from sip.server.coarse import CoarsePlace, coarsened

NOW = 1772437245.0
lons, lats = st.floats(-180, 180), st.floats(-90, 90)
places = st.builds(Place, lons, lats, st.none() | st.floats(0, 900), st.none() | st.floats(0, 2e7))
radii = st.floats(1, 4e6)


def circle_of(place: Place, coarse_m: float, before: Circle | None = None) -> Circle:
    return coarsened(place, NOW, coarse_m=coarse_m, before=before).circle


def apart_m(circle: Circle, place: Place) -> float:
    return float(wgs84().inv(circle.lon, circle.lat, place.lon, place.lat)[2])


def moved(place: Place, bearing_deg: float, metres: float) -> Place:
    lon, lat, _ = wgs84().fwd(place.lon, place.lat, bearing_deg, metres)
    return Place(lon, lat, None, place.accuracy_m)


@given(places, radii)
def test_it_holds_the_whole_circle_of_the_place(place: Place, coarse_m: float) -> None:
    circle = circle_of(place, coarse_m)
    assert circle.radius_m >= coarse_m
    assert apart_m(circle, place) + (place.accuracy_m or 0) <= circle.radius_m + 1e-3 or circle.radius_m > 2e7


@given(places, radii, places, radii)
def test_it_holds_it_whatever_was_told_before(
    place: Place, coarse_m: float, other: Place, other_m: float
) -> None:
    circle = circle_of(place, coarse_m, circle_of(other, other_m))
    assert circle.radius_m >= coarse_m
    assert apart_m(circle, place) + (place.accuracy_m or 0) <= circle.radius_m + 1e-3 or circle.radius_m > 2e7


@given(lons, lats, st.floats(10, 1e6), st.floats(0, 0.25))
def test_a_place_that_is_sure_enough_gets_the_radius_asked_for(
    lon: float, lat: float, coarse_m: float, vague: float
) -> None:
    assert circle_of(Place(lon, lat, None, vague * coarse_m), coarse_m).radius_m == coarse_m


@given(
    lons, st.floats(-89, 89), st.floats(50, 1e5), st.lists(st.tuples(st.floats(0, 360), st.floats(0, 0.12)))
)
def test_a_device_that_stays_keeps_its_circle_wherever_the_edges_are(
    lon: float, lat: float, coarse_m: float, jitter: list[tuple[float, float]]
) -> None:
    home = Place(lon, lat, None, 0.1 * coarse_m)
    first = circle_of(home, coarse_m)
    before = first
    for bearing_deg, share in jitter:
        before = circle_of(moved(home, bearing_deg, share * coarse_m), coarse_m, before)
        assert before == first


@given(lons, st.floats(-89, 89), st.floats(50, 1e5), st.floats(0, 360))
def test_a_device_that_leaves_gets_another(
    lon: float, lat: float, coarse_m: float, bearing_deg: float
) -> None:
    home = Place(lon, lat, None, None)
    gone = moved(home, bearing_deg, 2 * coarse_m)
    assert circle_of(gone, coarse_m, circle_of(home, coarse_m)) != circle_of(home, coarse_m)


@given(lons, st.floats(-89, 89), st.floats(50, 1e5), st.floats(0, 0.25), st.floats(0, 9000))
def test_height_and_accuracy_leave_no_trace_and_a_landmark_is_its_own(
    lon: float, lat: float, coarse_m: float, vague: float, altitude_m: float
) -> None:
    circle = circle_of(Place(lon, lat, None, None), coarse_m)
    assert circle_of(Place(lon, lat, altitude_m, vague * coarse_m), coarse_m) == circle
    assert circle_of(Place(circle.lon, circle.lat, None, None), coarse_m) == circle


def test_coming_home_from_anywhere_is_told_alike_where_home_is_not_at_an_edge() -> None:
    """Circles that depended on the way would narrow a home down, day by day, to where they overlap."""
    landmark = circle_of(Place(16.3725, 48.2083, None, None), 2000.0)
    home = moved(Place(landmark.lon, landmark.lat, None, 10.0), 77.0, 400.0)
    for bearing_deg in range(0, 360, 15):
        before = None
        for metres in range(6000, -1, -100):
            before = circle_of(moved(home, bearing_deg, metres), 2000.0, before)
        assert before == landmark


def test_what_a_circle_says_is_a_cell_of_half_its_radius_squared() -> None:
    """Of devices spread evenly, those told alike fill a square: half the radius squared, and no less."""
    draw = np.random.default_rng(7)
    middle = circle_of(Place(16.3725, 48.2083, None, None), 1000.0)
    east_m, north_m = draw.uniform(-1000, 1000, (2, 4000))
    alike = 0
    for east, north in zip(east_m, north_m, strict=True):
        bearing_deg = math.degrees(math.atan2(east, north))
        spot = moved(Place(middle.lon, middle.lat, None, None), bearing_deg, math.hypot(east, north))
        alike += circle_of(spot, 1000.0) == middle
    assert alike / 4000 * 4e6 == pytest.approx(0.5e6, rel=0.1)


def test_a_vague_place_doubles_the_radius_and_one_good_fix_does_not_halve_it() -> None:
    vague, better, good = (Place(16.3725, 48.2083, None, accuracy_m) for accuracy_m in (260.0, 200.0, 120.0))
    large = circle_of(vague, 1000.0)
    assert large.radius_m == 2000.0
    assert circle_of(better, 1000.0).radius_m == 1000.0
    assert circle_of(better, 1000.0, large) == large
    assert circle_of(good, 1000.0, large).radius_m == 1000.0


def test_a_place_that_could_be_anywhere_is_the_whole_earth() -> None:
    assert circle_of(Place(16.0, 48.0, None, 1e7), 1000.0).radius_m > 2e7


def test_another_radius_in_the_configuration_begins_anew() -> None:
    place = Place(16.3725, 48.2083, None, 10.0)
    assert circle_of(place, 1500.0, circle_of(place, 1000.0)).radius_m == 1500.0


def test_the_time_is_that_of_the_minute_before() -> None:
    place = Place(16.0, 48.0, None, None)
    assert coarsened(place, 1772437259.9, coarse_m=500.0).time == 1772437200.0
    assert coarsened(place, 1772437200.0, coarse_m=500.0).time == 1772437200.0


def test_nothing_else_is_told() -> None:
    assert set(CoarsePlace.__slots__) == {"circle", "time"}
    assert set(Circle.__slots__) == {"lon", "lat", "radius_m"}


@pytest.mark.parametrize("coarse_m", [0.0, -5.0, math.nan, math.inf])
def test_a_radius_that_is_none_is_refused(coarse_m: float) -> None:
    with pytest.raises(ValueError, match="coarse_m"):
        coarsened(Place(16.0, 48.0, None, None), NOW, coarse_m=coarse_m)
