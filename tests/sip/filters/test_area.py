"""The sides of an area against a slow oracle: points drawn evenly in the region, each looked at by itself."""

import math

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor.ellipsoid import Floats
from corridor.frame import LocalFrame
from sip.filters import Area, Side
from sip.filters.area import MAX_REACH_M
from sip.pidflo import (
    ArcBand,
    Circle,
    Confidence,
    Ellipse,
    Ellipsoid,
    Place,
    Point,
    Polygon,
    Prism,
    Sphere,
)
from sip.pidflo.accuracy import place_of

DRAWN = 20_000
TOLERANCE = 5 * 0.5 / math.sqrt(DRAWN)  # five standard deviations of a share
CENTRES = [(16.37, 48.2), (179.999, 10.0), (20.0, 89.5), (-70.0, -52.0)]


Round = Circle | Sphere | Ellipse | Ellipsoid | ArcBand


def holds(shape: Round, east_m: Floats, north_m: Floats) -> npt.NDArray[np.bool_]:
    """Whether each place about a shape's centre is in the shape."""
    distance_m = np.hypot(east_m, north_m)
    match shape:
        case Circle() | Sphere():
            return np.asarray(distance_m <= shape.radius_m)
        case Ellipse() | Ellipsoid():
            turn = math.radians(shape.orientation_deg)
            along = east_m * math.sin(turn) + north_m * math.cos(turn)
            across = east_m * math.cos(turn) - north_m * math.sin(turn)
            return np.asarray(np.hypot(along / shape.semi_major_m, across / shape.semi_minor_m) <= 1)
        case ArcBand():
            turned = (np.degrees(np.arctan2(east_m, north_m)) - shape.start_deg) % 360
            in_ring = (distance_m >= shape.inner_radius_m) & (distance_m <= shape.outer_radius_m)
            return np.asarray(in_ring & (turned <= shape.opening_deg))


def evenly(shape: Round, seed: int) -> Floats:
    """Points of a region as (N, 2) metres about its centre: of a box, what is in the shape."""
    draw = np.random.default_rng(seed)
    reach_m = place_of(shape, Confidence(), set()).accuracy_m or 0.0
    reach_m = shape.outer_radius_m if isinstance(shape, ArcBand) else reach_m
    kept = np.empty((0, 2))
    while len(kept) < DRAWN:
        box = draw.uniform(-reach_m, reach_m, (4 * DRAWN, 2))
        kept = np.concatenate([kept, box[holds(shape, *box.T)]])
    return kept[:DRAWN]


def share_in(shape: Round, area: Circle | Polygon, seed: int) -> float:
    frame, points = LocalFrame(shape.lon, shape.lat), evenly(shape, seed)
    if isinstance(area, Circle):
        centre = frame.to_enu(area.lon, area.lat)[0, :2]
        return float((np.hypot(*(points - centre).T) <= area.radius_m).mean())
    corners = frame.to_enu(*np.array(area.ring).T)[:, :2]
    return float(shapely.contains_xy(shapely.Polygon(corners), *points.T).mean())


def shifted(centre: tuple[float, float], east_m: float, north_m: float) -> tuple[float, float]:
    ((lon, lat),) = LocalFrame(*centre).from_enu([[east_m, north_m]])
    return float(lon), float(lat)


lengths = st.floats(10, 900)
offsets = st.floats(-900, 900)


@st.composite
def regions(draw: st.DrawFn) -> Round:
    centre = draw(st.sampled_from(CENTRES))
    small, large = sorted((draw(lengths), draw(lengths)))
    turn = draw(st.floats(0, 359))
    choices: list[Round] = [
        Circle(*centre, large),
        Sphere(*centre, 100.0, large),
        Ellipse(*centre, large + 1, small, turn),
        Ellipsoid(*centre, 100.0, large + 1, small, 5.0, turn),
        ArcBand(*centre, small, large + 10, turn, 70.0),
    ]
    return draw(st.sampled_from(choices))


@st.composite
def areas(draw: st.DrawFn, centre: tuple[float, float]) -> Circle | Polygon:
    middle = (draw(offsets), draw(offsets))
    if draw(st.booleans()):
        return Circle(*shifted(centre, *middle), draw(lengths))
    spokes = sorted(draw(st.lists(st.integers(0, 23), min_size=3, max_size=9, unique=True)))
    rays = [draw(lengths) for _ in spokes]
    # a star about its middle, all within reach of each other's view: never self-crossing
    if max((b - a) % 24 for a, b in zip(spokes, [*spokes[1:], spokes[0]], strict=True)) >= 12:
        spokes, rays = [0, 8, 16], [*rays, 500.0, 500.0][:3]
    corners = [
        shifted(
            centre,
            middle[0] + ray * math.cos(spoke * math.pi / 12),
            middle[1] + ray * math.sin(spoke * math.pi / 12),
        )
        for spoke, ray in zip(spokes, rays, strict=True)
    ]
    return Polygon(tuple(corners))


@settings(max_examples=60)
@given(st.data())
def test_the_overlap_agrees_with_points_drawn_in_the_region(data: st.DataObject) -> None:
    shape = data.draw(regions())
    area = data.draw(areas((shape.lon, shape.lat)))
    within, outside = Area(area).probability_inside(shape, Confidence())
    assert within + outside == pytest.approx(0.95)
    assert within / 0.95 == pytest.approx(share_in(shape, area, seed=1), abs=TOLERANCE)


@settings(max_examples=60)
@given(st.data())
def test_the_side_is_that_of_the_overlap_whichever_shortcut_is_taken(data: st.DataObject) -> None:
    shape = data.draw(regions())
    area = Area(data.draw(areas((shape.lon, shape.lat))))
    within, outside = area.probability_inside(shape, Confidence())
    side = area.side(place_of(shape, Confidence(), set()), shape, Confidence())
    expected = Side.INSIDE if within >= 0.5 else Side.OUTSIDE if outside >= 0.5 else Side.UNSURE
    assert side is expected


@settings(max_examples=100)
@given(st.data())
def test_a_point_is_in_or_out_and_nothing_between(data: st.DataObject) -> None:
    centre = data.draw(st.sampled_from(CENTRES))
    area = data.draw(areas(centre))
    lon, lat = shifted(centre, data.draw(offsets), data.draw(offsets))
    frame = LocalFrame(*centre)
    here = frame.to_enu(lon, lat)[0, :2]
    if isinstance(area, Circle):
        margin = float(np.hypot(*(here - frame.to_enu(area.lon, area.lat)[0, :2]))) - area.radius_m
    else:
        outline = shapely.Polygon(frame.to_enu(*np.array(area.ring).T)[:, :2])
        margin = shapely.distance(outline.exterior, shapely.Point(here))
        margin = -margin if shapely.contains_xy(outline, *here) else margin
    if abs(margin) < 0.2:
        return
    side = Area(area).side(Place(lon, lat, None, None), Point(lon, lat), Confidence())
    assert side is (Side.INSIDE if margin < 0 else Side.OUTSIDE)


def test_a_region_as_a_polygon() -> None:
    square = Polygon(((16.0, 48.0), (16.01, 48.0), (16.01, 48.01), (16.0, 48.01)))
    west = Area(Polygon(((15.9, 47.9), (16.004, 47.9), (16.004, 48.1), (15.9, 48.1))))
    for shape in (square, Prism(square.ring, 100.0, 5.0)):
        within, outside = west.probability_inside(shape, Confidence())
        assert within == pytest.approx(0.95 * 0.4, abs=1e-4)
        assert outside == pytest.approx(0.95 * 0.6, abs=1e-4)
        assert west.side(place_of(shape, Confidence(), set()), shape, Confidence()) is Side.OUTSIDE


def test_a_region_larger_than_the_earth_is_on_no_side_or_outside_and_raises_nothing() -> None:
    whole = Circle(0.0, 0.0, 2.0e7)
    for area in (
        Circle(10.0, 10.0, 1e5),
        Polygon(((100, 0), (110, 0), (105, 8))),
        Polygon(((179, 0), (-179, 0), (180, 2))),
    ):
        side = Area(area).side(Place(0.0, 0.0, None, 2.0e7), whole, Confidence())
        assert side in {Side.OUTSIDE, Side.UNSURE}


def test_the_height_of_an_area_bounds_nothing() -> None:
    ring = ((16.0, 48.0), (16.01, 48.0), (16.01, 48.01), (16.0, 48.01))
    assert Area.of(Polygon(ring, 100.0)) == Area.of(Polygon(ring))


def test_the_largest_area() -> None:
    area = Area(Circle(0.0, 80.0, MAX_REACH_M))
    assert area.side(Place(180.0, 89.0, None, 10.0), None, Confidence()) is Side.OUTSIDE
    assert area.side(Place(0.0, 88.0, None, 10.0), None, Confidence()) is Side.INSIDE


def test_the_stated_shape_counts_not_its_circle() -> None:
    """A long ellipse along the edge is inside; the circle over it would be half outside."""
    area = Area(Circle(16.37, 48.2, 1000.0))
    ellipse = Ellipse(*shifted((16.37, 48.2), 980.0, 0.0), 300.0, 10.0, 0.0)
    place = place_of(ellipse, Confidence(), set())
    assert area.side(place, ellipse, Confidence()) is Side.INSIDE
    assert area.side(place, None, Confidence()) is not Side.INSIDE
