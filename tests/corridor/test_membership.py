"""How likely a target is in an area: the RFC's worked examples, dice, and what must always hold."""

import math

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod

from corridor.ellipsoid import Floats
from corridor.errors import FixError
from corridor.fence import Fence
from corridor.frame import LocalFrame
from corridor.membership import is_inside, overlap_m2, probability_inside, two_circles_m2
from corridor.regions import ArcBand, Circle, Ellipse, Polygon, Shape, Uncertainty
from corridor.shapes import Distribution
from tests.corridor.test_regions import FRAME, L_SHAPE, SHAPES, placed, stretch, throw
from tests.corridor.test_shapes import OPERA_LAT, OPERA_LON

GEOD = Geod(ellps="WGS84")
RANDOM = np.random.default_rng(7459)
NORMAL, RECTANGULAR = Distribution.NORMAL, Distribution.RECTANGULAR


def around(x_m: float, y_m: float, radius_m: float) -> Circle:
    ((lon, lat),) = FRAME.from_enu([[x_m, y_m]])
    return Circle(float(lon), float(lat), radius_m)


def box(x0: float, y0: float, x1: float, y1: float) -> list[tuple[float, float]]:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


AREAS: dict[str, Circle | Polygon] = {
    "small circle": around(100, 50, 80),
    "large circle": around(900, 300, 1000),
    "all round": around(0, 0, 3000),
    "far away": around(20_000, 0, 500),
    "box": Polygon([placed(box(-100, -50, 400, 800))]),
    "clockwise, with a hole": Polygon(
        [placed(box(-600, -600, 700, 600)[::-1]), placed(box(-50, 0, 250, 300))]
    ),
    "L": Polygon([placed(L_SHAPE)]),
}


def holds(area: Circle | Polygon, xy_m: Floats) -> npt.NDArray[np.bool_]:
    if isinstance(area, Circle):
        (centre,) = FRAME.to_enu(*area.centroid)[:, :2]
        near: npt.NDArray[np.bool_] = np.hypot(*(xy_m - centre).T) < area.radius_m
        return near
    exterior, *holes = [FRAME.to_enu(*np.asarray(ring).T)[:, :2] for ring in area.rings]
    found: npt.NDArray[np.bool_] = shapely.contains_xy(shapely.Polygon(exterior, holes), *xy_m.T)
    return found


# ---- RFC 7459, section 6


OPERA = Uncertainty(Polygon([np.stack([OPERA_LON, OPERA_LAT], axis=-1)]))
CIRCLE = Uncertainty(Circle(151.215102, -33.856926, 99.1))


def at_rfc_distance(radius_m: float) -> Circle:
    """Give the area of interest of 6.3, which lies 1915.26 m from the estimate."""
    lon, lat, _ = GEOD.fwd(151.215102, -33.856926, 200.0, 1915.26)
    return Circle(lon, lat, radius_m)


@pytest.mark.parametrize(("radius_m", "area_m2", "percent"), [(1950.0, 22029, 67.8), (1920.0, 16196, 49.8)])
def test_the_circles_of_rfc_7459_overlap_as_it_means(radius_m: float, area_m2: float, percent: float) -> None:
    assert two_circles_m2(99.1, radius_m, 1915.26) == pytest.approx(area_m2, abs=1)
    area = at_rfc_distance(radius_m)
    assert overlap_m2(CIRCLE.shape, area) == pytest.approx(area_m2, abs=1)
    p = probability_inside(CIRCLE, area)
    assert 100 * p == pytest.approx(percent, abs=0.1)
    assert is_inside(CIRCLE, area) == (percent >= 50)


def test_the_opera_house_of_rfc_7459_is_as_large_as_it_says() -> None:
    assert OPERA.shape.area_m2 == pytest.approx(12_600, abs=5)
    assert OPERA.shape.centroid == pytest.approx((151.215102, -33.856926), abs=1e-6)


def test_a_hall_of_its_size_in_the_opera_house_holds_a_third() -> None:
    # The RFC's Concert Hall is 4566.2 m²; any area of that size within the house will do.
    lon, lat = OPERA.shape.centroid
    hall = Circle(lon, lat, math.sqrt(4566.2 / math.pi))
    assert overlap_m2(OPERA.shape, hall) == pytest.approx(4566.2, abs=0.1)
    assert 100 * probability_inside(OPERA, hall) == pytest.approx(34.4, abs=0.1)


# ---- dice


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("area", AREAS)
def test_an_evenly_spread_target_is_where_dice_put_it(shape: str, area: str) -> None:
    place = Uncertainty(SHAPES[shape], 95.0, RECTANGULAR)
    expected = 0.95 * holds(AREAS[area], throw(SHAPES[shape])).mean()
    assert probability_inside(place, AREAS[area]) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("confidence", [39.3, 95.0])
def test_a_normally_spread_target_is_where_dice_put_it(shape: str, area: str, confidence: float) -> None:
    place = Uncertainty(SHAPES[shape], confidence, NORMAL)
    ellipse = place.shape.as_ellipse()
    sigmas = Ellipse(*ellipse.centroid, *place.sigma_m, ellipse.orientation_deg)
    dice = stretch(RANDOM.standard_normal((200_000, 2)), sigmas)
    xy_m = dice + FRAME.to_enu(*ellipse.centroid)[0, :2]
    assert probability_inside(place, AREAS[area]) == pytest.approx(holds(AREAS[area], xy_m).mean(), abs=0.005)


@given(
    major=st.floats(20, 3000),
    ratio=st.floats(0.02, 1),
    bearing=st.floats(0, 360),
    x=st.floats(-2000, 2000),
    y=st.floats(-2000, 2000),
    radius=st.floats(10, 3000),
)
def test_an_ellipse_and_a_circle_share_what_geos_says(
    major: float, ratio: float, bearing: float, x: float, y: float, radius: float
) -> None:
    ellipse = Ellipse(16.0, 48.0, major, major * ratio, bearing)
    fine = np.linspace(0, 2 * np.pi, 16_000, endpoint=False)  # 4,000 are short of a thin part by its 1e-4
    disc = np.stack([np.cos(fine), np.sin(fine)], axis=-1)
    both = shapely.intersection(
        shapely.Polygon(stretch(disc, ellipse)), shapely.Polygon(disc * radius + (x, y))
    )
    shared = overlap_m2(ellipse, around(x, y, radius))
    assert shared == pytest.approx(both.area, abs=1e-4 * ellipse.area_m2)
    ring = Polygon([placed(disc * radius + (x, y))])
    assert overlap_m2(ellipse, ring) == pytest.approx(both.area, abs=1e-4 * ellipse.area_m2)


@given(st.floats(0.1, 1e4), st.floats(0.1, 1e4), st.floats(0, 2e4))
def test_two_circles_share_no_more_than_the_smaller_and_either_way_the_same(
    r: float, s: float, d: float
) -> None:
    shared = two_circles_m2(r, s, d)
    assert -1e-6 <= shared <= math.pi * min(r, s) ** 2 * (1 + 1e-9)
    assert two_circles_m2(s, r, d) == shared
    assert two_circles_m2(r, s * 1.1, d) >= shared - 1e-6


# ---- what must always hold


PLACES = st.builds(
    Uncertainty,
    st.sampled_from(list(SHAPES.values())),
    st.sampled_from([19.0, 67.0, 95.0, 99.0, None]),
    st.sampled_from(Distribution),
)
offsets = st.floats(-1500, 1500)


@given(PLACES, offsets, offsets, st.floats(1, 3000), st.floats(1, 2000))
def test_a_larger_area_is_never_less_likely(
    place: Uncertainty, x: float, y: float, radius: float, more: float
) -> None:
    p, q = (probability_inside(place, around(x, y, r)) for r in (radius, radius + more))
    assert 0 <= p <= 1
    assert q >= p - 2e-4


@given(PLACES, offsets, st.floats(-30, 30))
def test_two_halves_are_the_whole(place: Uncertainty, cut: float, tilt: float) -> None:
    far = 2000.0
    whole = Polygon([placed(box(-far, -far, far, far))])
    left = Polygon([placed([(-far, -far), (cut - tilt, -far), (cut + tilt, far), (-far, far)])])
    right = Polygon([placed([(cut - tilt, -far), (far, -far), (far, far), (cut + tilt, far)])])
    halves = probability_inside(place, left) + probability_inside(place, right)
    assert halves == pytest.approx(probability_inside(place, whole), abs=1e-6)


@given(st.floats(-179, 179), st.floats(-89, 89), st.floats(0, 360), st.floats(0, 3000), st.floats(10, 2000))
def test_it_is_the_same_everywhere_and_in_every_direction(
    lon: float, lat: float, bearing: float, distance: float, radius: float
) -> None:
    def turned(at_lon: float, at_lat: float, by: float, pdf: Distribution) -> float:
        area_lon, area_lat, _ = GEOD.fwd(at_lon, at_lat, by + 30.0, distance)
        place = Uncertainty(Ellipse(at_lon, at_lat, 900.0, 200.0, by), 67.0, pdf)
        return probability_inside(place, Circle(area_lon, area_lat, radius))

    for pdf in Distribution:
        expected = turned(0.0, 0.0, 0.0, pdf)
        assert turned(lon, lat, bearing, pdf) == pytest.approx(expected, abs=3e-4)


@pytest.mark.parametrize("pdf", Distribution)
def test_over_the_antimeridian_and_at_a_pole_nothing_is_special(pdf: Distribution) -> None:
    for lon, lat in [(180.0, 0.0), (-180.0, 60.0), (0.0, 90.0), (77.0, -90.0)]:
        frame = LocalFrame(lon, lat)
        place = Uncertainty(Circle(lon, lat, 100.0), 95.0, pdf)
        square = Polygon([frame.from_enu(box(0, -500, 500, 500))])
        assert probability_inside(place, square) == pytest.approx(0.5 if pdf is NORMAL else 0.475, abs=1e-3)


@pytest.mark.parametrize("pdf", Distribution)
@pytest.mark.parametrize("inside", [True, False])
def test_a_tiny_region_is_certain_but_for_its_confidence(pdf: Distribution, inside: bool) -> None:  # noqa: FBT001 (a case)
    shapes: list[Shape] = [shape.resized(1e-5) for shape in SHAPES.values()]
    for shape in shapes:
        area = around(0, 0, 5000) if inside else around(0, 9000, 5000)
        expected = (1.0 if pdf is NORMAL else 0.95) * inside
        assert probability_inside(Uncertainty(shape, 95.0, pdf), area) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("pdf", Distribution)
def test_a_vast_region_is_hardly_anywhere(pdf: Distribution) -> None:
    place = Uncertainty(Circle(16.0, 48.0, 500_000.0), 95.0, pdf)
    for area in (around(0, 0, 100), Polygon([placed(L_SHAPE)])):
        assert 0 < probability_inside(place, area) < 1e-6


def test_a_huge_circle_is_not_drawn_but_measured() -> None:
    lon, lat, _ = GEOD.fwd(16.0, 48.0, 70.0, 100_000.0)
    shapes: list[Shape] = [Circle(16.0, 48.0, 20.0), Ellipse(16.0, 48.0, 20.0, 5.0, 70.0)]
    for shape in shapes:
        p = probability_inside(Uncertainty(shape, 95.0, RECTANGULAR), Circle(lon, lat, 100_000.0))
        assert p == pytest.approx(0.475, abs=1e-3)


def test_an_unknown_confidence_counts_as_95_percent() -> None:
    shape = SHAPES["circle"]
    area = AREAS["small circle"]
    assert probability_inside(Uncertainty(shape, None), area) == probability_inside(Uncertainty(shape), area)


def test_a_rectangular_region_of_more_confidence_is_scaled_to_95_percent_first() -> None:
    place = Uncertainty(Circle(16.0, 48.0, 100.0), 99.0, RECTANGULAR)
    whole = probability_inside(place, around(0, 0, 100 * math.sqrt(95 / 99) + 0.01))
    assert whole == pytest.approx(0.95, abs=1e-9)


@pytest.mark.parametrize("pdf", Distribution)
def test_a_polygon_that_crosses_itself_is_refused(pdf: Distribution) -> None:
    bow = Polygon([placed([(0, 0), (100, 100), (100, 0), (0, 120)])])
    with pytest.raises(FixError, match="polygon of 4 corners: Self-intersection"):
        probability_inside(Uncertainty(SHAPES["circle"], 95.0, pdf), bow)


@given(st.floats(1, 359.9), st.floats(0.01, 0.999), st.floats(0, 360), offsets, offsets, st.floats(50, 2000))
def test_the_parts_of_a_band_are_the_band(
    opening: float, inner: float, start: float, x: float, y: float, radius: float
) -> None:
    assume(opening > 2)
    area = around(x, y, radius)

    def part(begin: float, width: float) -> float:
        # centroids differ, so planes do: 1e-4 is theirs and the outline's
        return overlap_m2(ArcBand(16.0, 48.0, 800 * inner, 800.0, begin, width), area)

    whole = ArcBand(16.0, 48.0, 800 * inner, 800.0, start, opening)
    parts = part(start, opening / 3) + part(start + opening / 3, opening * 2 / 3)
    assert parts == pytest.approx(overlap_m2(whole, area), abs=2e-4 * whole.area_m2)


# ---- fences


@pytest.mark.parametrize("pdf", Distribution)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_fence_is_an_area_as_any_other(shape: str, pdf: Distribution) -> None:
    place = Uncertainty(SHAPES[shape], 67.0, pdf)
    circle = AREAS["large circle"]
    assert isinstance(circle, Circle)
    round_fence = Fence.circle(circle.lon, circle.lat, circle.radius_m)
    assert probability_inside(place, round_fence) == pytest.approx(probability_inside(place, circle))
    area = AREAS["clockwise, with a hole"]
    assert isinstance(area, Polygon)
    closed = [np.concatenate([ring, ring[:1]]) for ring in map(np.asarray, area.rings)]
    for rings in (closed, [ring[::-1] for ring in closed]):
        fence = Fence.polygon(rings)
        assert probability_inside(place, fence) == pytest.approx(probability_inside(place, area), abs=1e-4)


def test_a_fences_long_edge_is_straight_in_degrees() -> None:
    fence = Fence.polygon([[(10, 48), (14, 48), (14, 49), (10, 49), (10, 48)]])
    place = Uncertainty(Circle(12.0, 48.0, 50.0), 95.0, NORMAL)  # the geodesic runs 3.4 km north of it
    assert probability_inside(place, fence) == pytest.approx(0.5, abs=0.01)
    polygon = Polygon([[(10, 48), (14, 48), (14, 49), (10, 49)]])
    assert probability_inside(place, polygon) == pytest.approx(0.0, abs=1e-12)


def test_islands_of_one_fence_add_up() -> None:
    west, east = (Polygon([placed(box(x, -100, x + 150, 100))]) for x in (-200, 50))
    closed = [
        [np.concatenate([ring, ring[:1]]) for ring in map(np.asarray, part.rings)] for part in (west, east)
    ]
    for pdf in Distribution:
        place = Uncertainty(SHAPES["ellipse"], 95.0, pdf)
        both = probability_inside(place, west) + probability_inside(place, east)
        assert probability_inside(place, Fence.multipolygon(closed)) == pytest.approx(both, abs=1e-4)
