"""One fence against geodesics, at every latitude: poles and antimeridian in the same properties."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corridor import Fence, FenceError
from corridor.ellipsoid import Floats
from tests.corridor.fence_oracle import is_inside, to_boundary_m, to_circle_m
from tests.corridor.geodesic_oracle import GEOD
from tests.corridor.places import latitudes, longitudes

radii = st.floats(0, 5).map(lambda power: float(10**power))
courses = st.floats(0, 360)


@given(longitudes, latitudes, radii, courses, st.floats(-1000, 1000))
@example(0.0, 90.0, 100_000.0, 17.0, -3.0)
@example(180.0, 0.0, 100_000.0, 90.0, 0.5)
def test_a_circle_is_true_to_a_millimetre_within_a_kilometre_of_its_edge(
    lon: float, lat: float, radius_m: float, course: float, beyond_m: float
) -> None:
    at_lon, at_lat, _ = GEOD.fwd(lon, lat, course, max(radius_m + beyond_m, 0.0))
    fence = Fence.circle(lon, lat, radius_m)
    truth = to_circle_m(lon, lat, radius_m, at_lon, at_lat)
    assert fence.distance_m(at_lon, at_lat) == pytest.approx(truth, abs=1e-3)
    if abs(truth) > 1e-3:
        assert fence.contains(at_lon, at_lat) == (truth < 0)


@given(longitudes, latitudes, st.floats(0, 500_000), courses, st.floats(0, 1))
def test_circles_of_half_a_thousand_kilometres_are_true_to_a_millimetre_all_over(
    lon: float, lat: float, radius_m: float, course: float, share: float
) -> None:
    at_lon, at_lat, _ = GEOD.fwd(lon, lat, course, share * radius_m)
    fence = Fence.circle(lon, lat, radius_m + 1.0)
    assert fence.distance_m(at_lon, at_lat) == pytest.approx(share * radius_m - radius_m - 1.0, abs=1e-3)


@given(longitudes, latitudes, st.floats(5, 6.3), courses)
def test_larger_circles_are_true_to_three_centimetres_and_the_largest_to_a_metre(
    lon: float, lat: float, power: float, course: float
) -> None:
    radius_m = min(10**power, 2e6)
    at_lon, at_lat, _ = GEOD.fwd(lon, lat, course, radius_m)
    true_to_m = 1e-3 if radius_m <= 500_000 else 0.03 if radius_m <= 1_000_000 else 1.0
    assert Fence.circle(lon, lat, radius_m).distance_m(at_lon, at_lat) == pytest.approx(0.0, abs=true_to_m)


@given(longitudes, latitudes, courses, st.floats(1, 19_900_000))
def test_places_a_hemisphere_away_are_outside_and_as_far_as_that(
    lon: float, lat: float, course: float, away_m: float
) -> None:
    at_lon, at_lat, _ = GEOD.fwd(lon, lat, course, away_m + 10.0)
    assert Fence.circle(lon, lat, 10.0).distance_m(at_lon, at_lat) == pytest.approx(
        away_m, rel=0.006, abs=1e-3
    )


def test_the_middle_of_a_large_circle_is_inside() -> None:
    assert Fence.circle(16.0, 48.0, 100_000).distance_m(16.0, 48.0) == -100_000


@st.composite
def stars(draw: st.DrawFn, largest_m: float = 30_000.0) -> Floats:
    """A closed ring (V, 2) of 3 to 12 vertices about a place, that crosses no edge of its own."""
    lon, lat = draw(longitudes), draw(st.floats(-80, 80))
    size_m = 10 ** draw(st.floats(1, float(np.log10(largest_m))))
    count = draw(st.integers(3, 12))
    shares = np.array([draw(st.floats(0.3, 1)) for _ in range(count)])
    angle = 2 * np.pi * (np.arange(count) + np.array([draw(st.floats(0, 0.8)) for _ in range(count)])) / count
    x = lon + np.degrees(size_m * shares * np.cos(angle) / 6.4e6) / np.cos(np.radians(lat))
    y = lat + np.degrees(size_m * shares * np.sin(angle) / 6.4e6)
    ring = np.stack([x, y], axis=1)
    return np.vstack([ring, ring[:1]])


def wrapped(ring: Floats) -> Floats:
    """Give a ring in longitudes of -180 to 180."""
    return np.stack([(ring[:, 0] + 180) % 360 - 180, ring[:, 1]], axis=1)


@settings(max_examples=150)
@given(stars(), st.floats(0, 1), courses, st.floats(-2, 3))
def test_a_polygon_is_true_to_a_millimetre_within_a_kilometre_of_its_edge(
    ring: Floats, along: float, course: float, power: float
) -> None:
    at = along * (len(ring) - 1)
    edge = min(int(at), len(ring) - 2)
    foot = ring[edge] + (at - edge) * (ring[edge + 1] - ring[edge])
    at_lon, at_lat, _ = GEOD.fwd(foot[0], foot[1], course, 10**power)
    fence = Fence.polygon([wrapped(ring)])
    truth_m = to_boundary_m([ring], at_lon, at_lat)
    distance_m = fence.distance_m(at_lon, at_lat)
    assert abs(distance_m) == pytest.approx(truth_m, abs=1e-3)
    inside = any(is_inside([ring], at_lon + turn, at_lat) for turn in (-360, 0, 360))
    if truth_m > 1e-6:
        assert (distance_m < 0) == inside


@given(stars(), st.data())
def test_vertices_and_what_lies_exactly_on_an_edge_are_inside(ring: Floats, data: st.DataObject) -> None:
    vertex = data.draw(st.integers(0, len(ring) - 2))
    ring = wrapped(ring)
    fence = Fence.polygon([ring])
    assert fence.distance_m(ring[vertex, 0], ring[vertex, 1]) == 0.0
    middle = (ring[vertex] + ring[vertex + 1]) / 2
    if abs(ring[vertex, 0] - ring[vertex + 1, 0]) < 180:
        assert fence.contains(middle[0], middle[1])


@pytest.mark.parametrize("pole", [90.0, -90.0])
def test_a_ring_round_a_pole_contains_it(pole: float) -> None:
    lat = pole - np.copysign(10.0, pole)
    around = [(lon, lat) for lon in (-180, -90, 0, 90, 180)]
    for ring in (around, around[::-1]):
        fence = Fence.polygon([ring])
        assert fence.contains([0, 100, 33, 0], [pole, pole, 0.9 * pole, 0.8 * pole]).tolist() == [
            True,
            True,
            True,
            False,
        ]
        assert fence.distance_m(45.0, pole) == pytest.approx(-GEOD.inv(0, pole, 0, lat)[2], rel=2e-3)
        assert fence.distance_m(45.0, -pole) > 1.5e7


# From its first vertex the ring goes back over where it ends.
OVERHANG = [(0, 60), (-30, 55), (-10, 50), (90, 50), (180, 50), (-90, 50)]


@pytest.mark.parametrize("first", range(len(OVERHANG)))
def test_a_ring_round_a_pole_may_begin_anywhere(first: int) -> None:
    ring = OVERHANG[first:] + OVERHANG[:first]
    fence = Fence.polygon([[*ring, ring[0]]])
    lon, lat = [-15.0, -15.0, -15.0, -15.0, 50.0], [59.0, 57.9, 54.0, 51.0, 51.0]
    assert fence.contains(lon, lat).tolist() == [True, False, True, False, True]
    assert (
        Fence.from_geojson(fence.to_geojson()).contains(lon, lat).tolist()
        == fence.contains(lon, lat).tolist()
    )


@pytest.mark.parametrize("pole", [90.0, -90.0])
@pytest.mark.parametrize("count", [3, 100])
def test_a_pole_that_is_a_corner_is_inside_whatever_its_longitude(pole: float, count: int) -> None:
    ring = [(lon, 0.9 * pole) for lon in np.linspace(90.0, 0.0, count).tolist()]
    fence = Fence.polygon([[*ring, (45.0, pole), ring[0]]])
    assert fence.contains([0.0, 45.0, 180.0, -90.0], [pole] * 4).all()
    assert not fence.contains([180.0, -90.0], [0.9999 * pole] * 2).any()


def test_a_ring_may_wind_round_the_earth_and_back() -> None:
    there = [(step * 40.0, 20.0 + step * 2.0) for step in range(20)]
    ring = there + [(lon, lat + 2.0) for lon, lat in there[::-1]]
    fence = Fence.polygon([wrapped(np.array([*ring, ring[0]]))])
    assert fence.contains([40.0] * 5, [23.0, 41.0, 61.0, 32.0, 45.0]).tolist() == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert fence.contains([80.0] * 3, [25.0, 43.0, 34.0]).tolist() == [True, True, False]


def test_a_hole_is_outside_and_its_edge_is_inside() -> None:
    outer = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    hole = [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6), (0.4, 0.4)]
    fence = Fence.polygon([outer, hole])
    assert fence.contains([0.5, 0.3, 0.4, 2.0], [0.5, 0.5, 0.5, 0.5]).tolist() == [False, True, True, False]
    assert fence.distance_m(0.5, 0.5) == pytest.approx(0.1 * 110_574, rel=1e-3)


@pytest.mark.parametrize(
    ("ring", "text"),
    [
        ([(0, 0), (1, 0), (1, 1), (0, 1)], 'fence "yard" is not closed: vertex 3 is not vertex 0'),
        ([(0, 0), (1, 0), (0, 0), (0, 0)], 'fence "yard" needs three distinct vertices'),
        ([(-180, 40), (180, 40), (180, 90), (-180, 90), (-180, 40)], "180 degrees .* are one meridian"),
        ([("0", "0"), ("1", "0"), ("1", "1"), ("0", "0")], "not longitudes and latitudes"),
        ([(0, 0), (1,), (1, 1), (0, 0)], "not longitudes and latitudes"),
        ([(0, 0), (1, 0), (1, float("nan")), (0, 0)], 'fence "yard" vertex 2: latitude is nan'),
        ([(48, 16), (48, 116), (47, 116), (48, 16)], "are longitude and latitude swapped"),
        ([(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)], 'fence "yard" crosses or touches itself near 0.5, 0.5'),
        ([], "shape"),
    ],
)
def test_a_bad_ring_is_refused_by_name(ring: list[tuple[float, float]], text: str) -> None:
    with pytest.raises(FenceError, match=text):
        Fence.polygon([ring], name="yard")


@pytest.mark.parametrize("lon", ["16", [16.0], None])
def test_a_circle_is_one(lon: Any) -> None:
    with pytest.raises(FenceError, match='fence "yard": centre and radius_m must be numbers'):
        Fence.circle(lon, 48.0, 10.0, name="yard")


@pytest.mark.parametrize("radius_m", [0.0, -1.0, float("nan"), float("inf"), 3e6])
def test_a_circle_needs_a_radius(radius_m: float) -> None:
    with pytest.raises(FenceError, match='fence "yard": radius_m'):
        Fence.circle(0.0, 0.0, radius_m, name="yard")
