"""Regions of uncertainty: centroids, areas, moments and scaling, on the RFC's numbers and against dice."""

import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.ellipsoid import Floats
from corridor.errors import FixError
from corridor.frame import LocalFrame
from corridor.regions import ArcBand, Circle, Ellipse, Polygon, Shape, Uncertainty, sigma_across_m
from corridor.shapes import Distribution

NORMAL, RECTANGULAR, UNKNOWN = Distribution.NORMAL, Distribution.RECTANGULAR, Distribution.UNKNOWN
RANDOM = np.random.default_rng(7459)
COUNT = 200_000
FRAME = LocalFrame(16.0, 48.0)


def placed(xy_m: object) -> Floats:
    """Give degrees of metres about 16 east, 48 north."""
    lon_lat: Floats = FRAME.from_enu(np.asarray(xy_m, dtype=float))
    return lon_lat


L_SHAPE = [(0, 0), (300, 0), (300, 100), (100, 100), (100, 400), (0, 400)]
SHAPES: dict[str, Shape] = {
    "circle": Circle(16.0, 48.0, 250.0),
    "ellipse": Ellipse(16.0, 48.0, 400.0, 90.0, 35.0),
    "narrow band": ArcBand(16.0, 48.0, 600.0, 700.0, 20.0, 25.0),
    "wide band": ArcBand(16.0, 48.0, 200.0, 700.0, 250.0, 230.0),
    "sector": ArcBand(16.0, 48.0, 0.0, 500.0, 350.0, 60.0),
    "polygon": Polygon([placed(L_SHAPE)]),
}


def throw(shape: Shape, count: int = COUNT) -> Floats:
    """Give places evenly spread over a shape, in metres about 16 east, 48 north."""
    if isinstance(shape, ArcBand):
        square = RANDOM.uniform(shape.inner_radius_m**2, shape.outer_radius_m**2, count)
        bearing = np.radians(shape.start_deg + shape.opening_deg * RANDOM.random(count))
        dice: Floats = np.sqrt(square)[:, None] * np.stack([np.sin(bearing), np.cos(bearing)], axis=-1)
        return dice
    if isinstance(shape, Polygon):  # the L: two boxes
        tall = RANDOM.random(count) < 300 / 600
        x = np.where(tall, RANDOM.uniform(0, 100, count), RANDOM.uniform(0, 300, count))
        y = np.where(tall, RANDOM.uniform(100, 400, count), RANDOM.uniform(0, 100, count))
        return np.stack([x, y], axis=-1)
    disc = throw(ArcBand(16.0, 48.0, 0.0, 1.0, 0.0, 360.0), count)
    return stretch(disc, shape.as_ellipse())


def stretch(disc: Floats, ellipse: Ellipse) -> Floats:
    """Give the disc's points along an ellipse's axes."""
    bearing = math.radians(ellipse.orientation_deg)
    major = np.array([math.sin(bearing), math.cos(bearing)])
    minor = np.array([major[1], -major[0]])
    spread: Floats = disc[:, :1] * ellipse.semi_major_m * major + disc[:, 1:] * ellipse.semi_minor_m * minor
    return spread


@pytest.mark.parametrize("name", SHAPES)
def test_centroid_and_moments_are_those_of_dice(name: str) -> None:
    shape = SHAPES[name]
    dice = throw(shape)
    size = math.sqrt(np.trace(np.cov(dice.T)))
    assert FRAME.to_enu(*shape.centroid)[0, :2] == pytest.approx(dice.mean(axis=0), abs=0.01 * size)
    ellipse = shape.as_ellipse()
    moments = stretch(np.array([[0.5, 0.0], [0.0, 0.5]]), ellipse)
    assert moments.T @ moments == pytest.approx(np.cov(dice.T), abs=0.01 * size**2)


def test_areas_are_those_of_the_shapes() -> None:
    assert SHAPES["circle"].area_m2 == pytest.approx(math.pi * 250**2)
    assert SHAPES["ellipse"].area_m2 == pytest.approx(math.pi * 400 * 90)
    assert SHAPES["narrow band"].area_m2 == pytest.approx(math.pi * (700**2 - 600**2) * 25 / 360)
    assert SHAPES["polygon"].area_m2 == pytest.approx(60_000, rel=1e-6)
    hole = placed([(10, 10), (90, 10), (90, 90), (10, 90)])
    assert Polygon([placed(L_SHAPE), hole]).area_m2 == pytest.approx(60_000 - 6400, rel=1e-6)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("factor", [0.25, 1.0, 3.0])
def test_a_resized_shape_keeps_its_centroid_and_its_form(name: str, factor: float) -> None:
    shape = SHAPES[name]
    resized = shape.resized(factor)
    assert resized.area_m2 == pytest.approx(shape.area_m2 * factor**2, rel=1e-5)
    # a band's centre moves, and north with it
    assert resized.centroid == pytest.approx(shape.centroid, abs=5e-6)
    before, after = shape.as_ellipse(), resized.as_ellipse()
    assert after.semi_major_m == pytest.approx(before.semi_major_m * factor, rel=1e-4)
    assert after.semi_minor_m == pytest.approx(before.semi_minor_m * factor, rel=1e-4)


def test_an_ellipse_is_scaled_by_its_axes() -> None:
    said = Uncertainty(Ellipse(16.0, 48.0, 850.24, 85.024, 30.0), 67.0, NORMAL)
    scaled = said.scaled(95)
    assert scaled.confidence == 95
    assert isinstance(scaled.shape, Ellipse)
    # RFC 7459's formula; the exact Rayleigh law would give 1397.6
    assert scaled.shape.semi_major_m == pytest.approx(1423.1, abs=0.1)
    assert scaled.shape.semi_minor_m == pytest.approx(142.31, abs=0.01)
    assert scaled.shape.orientation_deg == 30.0


@pytest.mark.parametrize("name", SHAPES)
def test_a_rectangular_region_shrinks_by_area_and_never_grows(name: str) -> None:
    said = Uncertainty(SHAPES[name], 80.0, RECTANGULAR)
    assert said.scaled(20).shape.area_m2 == pytest.approx(said.shape.area_m2 / 4, rel=1e-5)
    assert said.scaled(20).confidence == 20
    assert said.scaled(95).confidence == 80
    assert said.scaled(95).shape.area_m2 == pytest.approx(said.shape.area_m2, rel=1e-9)


@pytest.mark.parametrize("target", [20.0, 99.0])
def test_what_is_unknown_stays_as_it_is(target: float) -> None:
    said = Uncertainty(SHAPES["ellipse"], 67.0, UNKNOWN)
    assert said.scaled(target) == said
    unsure = Uncertainty(SHAPES["ellipse"], None, NORMAL)
    assert unsure.scaled(target) == unsure


def test_a_document_that_says_nothing_means_95_percent_of_an_unknown_distribution() -> None:
    assert Uncertainty(SHAPES["circle"]) == Uncertainty(SHAPES["circle"], 95.0, UNKNOWN)


@pytest.mark.parametrize("confidence", [39.3, 67.0, 95.0, 99.9])
def test_a_normal_ellipse_holds_exactly_its_confidence(confidence: float) -> None:
    said = Uncertainty(Ellipse(16.0, 48.0, 100.0, 30.0, 0.0), confidence, NORMAL)
    major, minor = said.sigma_m
    x, y = RANDOM.standard_normal((2, COUNT)) * [[major], [minor]]
    assert ((x / 100) ** 2 + (y / 30) ** 2 < 1).mean() == pytest.approx(confidence / 100, abs=0.005)


@given(st.floats(-720, 720), st.floats(0, 360), st.floats(1, 1e4), st.floats(0.01, 1))
def test_across_a_way_the_deviation_lies_between_the_axes(
    course: float, bearing: float, major: float, ratio: float
) -> None:
    place = Uncertainty(Ellipse(16.0, 48.0, major, major * ratio, bearing), 95.0, NORMAL)
    across = sigma_across_m(place, course)
    assert place.sigma_m[1] * (1 - 1e-9) <= across <= place.sigma_m[0] * (1 + 1e-9)
    assert sigma_across_m(place, course + 180) == pytest.approx(across, rel=1e-9)
    both = across**2 + sigma_across_m(place, course + 90) ** 2
    assert both == pytest.approx(place.sigma_m[0] ** 2 + place.sigma_m[1] ** 2, rel=1e-9)


def test_across_a_way_the_deviation_is_that_of_dice() -> None:
    place = Uncertainty(Ellipse(16.0, 48.0, 300.0, 100.0, 30.0), 95.0, NORMAL)
    sigmas = Ellipse(16.0, 48.0, *place.sigma_m, 30.0)
    dice = stretch(RANDOM.standard_normal((COUNT, 2)), sigmas)
    for course in (0.0, 30.0, 75.0, 120.0, 200.0):
        right = np.array([math.cos(math.radians(course)), -math.sin(math.radians(course))])
        assert sigma_across_m(place, course) == pytest.approx((dice @ right).std(), rel=0.01)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Circle(16.0, 95.0, 5.0), r"latitude 95.0 is outside \[-90, 90\]"),
        (lambda: Circle(16.0, 48.0, 0.0), "radius_m 0.0 is not a length over 0"),
        (lambda: Circle(16.0, 48.0, math.nan), "radius_m nan"),
        (lambda: Ellipse(16.0, 48.0, 5.0, 6.0, 0.0), "semi_minor_m 6.0 is longer"),
        (lambda: Ellipse(16.0, 48.0, 5.0, 4.0, math.inf), "orientation_deg is inf"),
        (lambda: ArcBand(16.0, 48.0, 9.0, 9.0, 0.0, 90.0), r"inner_radius_m 9.0 is not in \[0, 9.0\)"),
        (lambda: ArcBand(16.0, 48.0, 1.0, 9.0, 0.0, 361.0), r"opening_deg 361.0 is outside \(0, 360\]"),
        (lambda: Polygon([]), "needs an exterior"),
        (lambda: Polygon([[(0, 0), (1, 1), (0, 0)]]), "ring 0 has 2 corners"),
        (lambda: Polygon([[(0, 0, 0)]]), r"ring 0 has shape \(1, 3\)"),
        (lambda: Polygon([[(0, 0), (1, 0), (1, math.nan)]]), "ring 0, vertex 2: latitude is nan"),
        (lambda: Uncertainty(Circle(0.0, 0.0, 1.0), 100.0), "confidence 100.0 is not between"),
        (lambda: Uncertainty(Circle(0.0, 0.0, 1.0), math.nan), "confidence nan is not between"),
    ],
)
def test_what_cannot_be_is_refused_when_made(make: "type[Circle]", text: str) -> None:
    with pytest.raises(FixError, match=text):
        make()  # type: ignore[call-arg]  # each is a maker without arguments


def test_a_polygon_without_area_has_no_centroid() -> None:
    with pytest.raises(FixError, match="no area"):
        _ = Polygon([[(0, 0), (0.1, 0), (0.2, 0)]]).centroid


def test_a_region_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Uncertainty(SHAPES["circle"]).confidence = 3.0  # type: ignore[misc]  # that is what is tested
