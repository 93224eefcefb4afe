"""Normal distributions over discs and polygons, against dice, series and each other."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.ellipsoid import Floats
from corridor.normal import ellipse_normal_in_circle, normal_in_circle, normal_in_rings, wedge

RANDOM = np.random.default_rng(20)
DICE = RANDOM.standard_normal((400_000, 2))

sizes = st.floats(1e-3, 1e6)
distances = st.floats(0.0, 1e6)
sigmas = st.floats(1e-6, 1e7)
angles = st.floats(0.0, 360.0)


def marcum(d: float, r: float) -> float:
    """Give the mass of a disc, sigma 1, as a Poisson mixture of chi-squares: plain, slow, for sizes to 30."""
    poisson = tail = math.exp(-r * r / 2)
    weight, mass = math.exp(-d * d / 2), 0.0
    for k in range(1500):
        mass += weight * (1 - tail)
        poisson *= r * r / 2 / (k + 1)
        tail += poisson
        weight *= d * d / 2 / (k + 1)
    return mass


def regular(corners: int, radius: float, x: float = 0.0, y: float = 0.0) -> Floats:
    angle = np.arange(corners) * 2 * np.pi / corners
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=-1)


def in_ring(ring: Floats, sigma_m: float) -> float:
    return normal_in_rings(ring, np.array([0, len(ring)]), sigma_m)


def box(x0: float, y0: float, x1: float, y1: float) -> Floats:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def box_mass(x0: float, y0: float, x1: float, y1: float, sigma_m: float) -> float:
    def between(low: float, high: float) -> float:
        scale = sigma_m * math.sqrt(2)
        if low > 0:
            return 0.5 * (math.erfc(low / scale) - math.erfc(high / scale))
        return 0.5 * (math.erf(high / scale) - math.erf(low / scale))

    return between(x0, x1) * between(y0, y1)


# ---- circles


@given(st.floats(0, 30), st.floats(1e-3, 30))
def test_a_circle_has_the_mass_of_marcums_series(d: float, r: float) -> None:
    assert normal_in_circle(d, r, 1.0) == pytest.approx(marcum(d, r), abs=2e-12)
    assert normal_in_circle(d * 7, r * 7, 7.0) == pytest.approx(marcum(d, r), abs=2e-12)


@pytest.mark.parametrize("d", [0.0, 0.5, 2.0, 6.0])
@pytest.mark.parametrize("r", [0.2, 1.0, 3.0, 8.0])
def test_a_circle_has_the_mass_that_dice_give(d: float, r: float) -> None:
    hits = np.hypot(DICE[:, 0] + d, DICE[:, 1]) < r
    assert normal_in_circle(d, r, 1.0) == pytest.approx(hits.mean(), abs=0.005)


@given(distances, sizes, sizes, sigmas)
def test_a_larger_circle_holds_no_less_and_a_farther_one_no_more(
    d: float, r: float, more: float, s: float
) -> None:
    p = normal_in_circle(d, r, s)
    assert 0 <= p <= 1
    assert normal_in_circle(d, r + more, s) >= p - 1e-12
    assert normal_in_circle(d + more, r, s) <= p + 1e-12


@pytest.mark.parametrize("sigma_m", [0.0, 5e-324, 1e-300, 1e-12])
@pytest.mark.parametrize(("d", "expected"), [(0.0, 1.0), (99.999, 1.0), (100.0, 0.5), (100.001, 0.0)])
def test_a_circle_without_uncertainty_is_certain(d: float, sigma_m: float, expected: float) -> None:
    assert normal_in_circle(d, 100.0, sigma_m) == pytest.approx(expected, abs=1e-12)


def test_a_vast_uncertainty_spreads_evenly() -> None:
    assert normal_in_circle(0.0, 100.0, 1e9) == pytest.approx(100.0**2 / 2 / 1e18, rel=1e-8)
    assert normal_in_circle(3e9, 100.0, 1e9) == pytest.approx(100.0**2 / 2 / 1e18 * math.exp(-4.5), rel=1e-6)


def test_the_far_tail_of_a_circle_is_small_and_not_nothing() -> None:
    assert normal_in_circle(20.0, 2.0, 1.0) == pytest.approx(3.04713496884e-73, rel=1e-9)
    assert normal_in_circle(1e6, 2.0, 1.0) == 0.0


def test_a_huge_circle_is_a_straight_edge() -> None:
    half_plane = 0.5 * math.erfc(-1.5 / math.sqrt(2))
    for radius_m in (1e8, 1e11, 1e13):
        assert normal_in_circle(radius_m - 1.5, radius_m, 1.0) == pytest.approx(half_plane, abs=1e-4)


def test_what_is_not_a_number_stays_so_or_is_refused_elsewhere() -> None:
    assert math.isnan(normal_in_circle(math.nan, 10.0, 5.0))
    assert math.isnan(normal_in_circle(5.0, 10.0, math.nan))


# ---- circles and elliptic distributions


@pytest.mark.parametrize("sigma_along", [0.3, 1.0, 8.0])
@pytest.mark.parametrize("sigma_across", [0.3, 2.0])
@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (1.5, 0.0), (0.0, -1.5), (3.0, 4.0), (-9.0, 1.0)])
@pytest.mark.parametrize("r", [0.5, 2.0, 6.0])
def test_an_ellipse_in_a_circle_is_what_dice_give(
    sigma_along: float, sigma_across: float, x: float, y: float, r: float
) -> None:
    hits = np.hypot(DICE[:, 0] * sigma_along - x, DICE[:, 1] * sigma_across - y) < r
    p = ellipse_normal_in_circle(x, y, r, sigma_along, sigma_across)
    assert p == pytest.approx(hits.mean(), abs=0.005)
    assert ellipse_normal_in_circle(y, x, r, sigma_across, sigma_along) == pytest.approx(p, abs=1e-13)


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(0.1, 60), st.floats(0.1, 30), angles)
def test_a_round_ellipse_has_no_direction(x: float, y: float, r: float, s: float, angle: float) -> None:
    c, n = math.cos(angle), math.sin(angle)
    turned = ellipse_normal_in_circle(c * x - n * y, n * x + c * y, r, s, s)
    assert turned == pytest.approx(normal_in_circle(math.hypot(x, y), r, s), abs=1e-11)


@given(st.floats(-30, 30), st.floats(-30, 30), st.floats(0.5, 20), st.floats(1, 10), st.floats(0.2, 1))
def test_a_circle_is_a_polygon_of_many_corners_to_an_ellipse_too(
    x: float, y: float, r: float, along: float, ratio: float
) -> None:
    across = along * ratio
    # the polygon of the circle's area
    corners = 2000
    fair = math.sqrt(2 * math.pi / corners / math.sin(2 * math.pi / corners))
    ring = regular(corners, r * fair, x, y) / [along, across]
    assert ellipse_normal_in_circle(x, y, r, along, across) == pytest.approx(in_ring(ring, 1.0), abs=1e-5)


# ---- polygons


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), sizes, sizes, st.floats(0.01, 1e5))
def test_a_box_has_the_product_of_its_sides_masses(x: float, y: float, w: float, h: float, s: float) -> None:
    # relative to what each of the four edges may err
    assert in_ring(box(x, y, x + w, y + h), s) == pytest.approx(box_mass(x, y, x + w, y + h, s), abs=1e-11)


@pytest.mark.parametrize("sigma", [0.1, 0.5, 2.0, 10.0])
@pytest.mark.parametrize("shift", [(0.0, 0.0), (1.0, 0.3), (-2.5, 4.0)])
def test_a_polygon_with_a_hole_has_the_mass_that_dice_give(sigma: float, shift: tuple[float, float]) -> None:
    outer, hole = box(-3, -2, 4, 5) - shift, (box(-1, -1, 2, 1) - shift)[::-1]
    x, y = (DICE * sigma).T
    inside = _in_box(x, y, outer) & ~_in_box(x, y, hole)
    p = normal_in_rings(np.concatenate([outer, hole]), np.array([0, 4, 8]), sigma)
    assert p == pytest.approx(inside.mean(), abs=0.005)


def _in_box(x: Floats, y: Floats, ring: Floats) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    (x0, y0), (x1, y1) = ring.min(axis=0), ring.max(axis=0)
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = (x > x0) & (x < x1) & (y > y0) & (y < y1)
    return found


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=3, max_size=9), st.floats(0.1, 60)
)
def test_turning_reversing_and_closing_a_ring_change_nothing(
    corners: list[tuple[float, float]], sigma_m: float
) -> None:
    ring = np.array(corners)
    p = in_ring(ring, sigma_m)
    assert 0 <= p <= 1
    assert in_ring(ring[::-1].copy(), sigma_m) == pytest.approx(p, abs=1e-12)
    assert in_ring(np.roll(ring, 1, axis=0), sigma_m) == pytest.approx(p, abs=1e-12)
    assert in_ring(np.concatenate([ring, ring[:1]]), sigma_m) == pytest.approx(p, abs=1e-12)
    assert in_ring(ring @ [[0.6, 0.8], [-0.8, 0.6]], sigma_m) == pytest.approx(p, abs=1e-12)
    assert in_ring(ring * 7, sigma_m * 7) == pytest.approx(p, abs=1e-12)


@given(st.floats(-20, 20), st.floats(-20, 20), st.floats(-9, 9), st.floats(0.05, 50))
def test_two_halves_are_the_whole(x: float, y: float, cut: float, sigma_m: float) -> None:
    whole = in_ring(box(x - 10, y - 10, x + 10, y + 10), sigma_m)
    left = in_ring(box(x - 10, y - 10, x + cut, y + 10), sigma_m)
    right = in_ring(box(x + cut, y - 10, x + 10, y + 10), sigma_m)
    assert left + right == pytest.approx(whole, abs=1e-12)


@pytest.mark.parametrize("sigma_m", [0.0, 5e-324, 1e-300, 1e-12])
def test_a_polygon_without_uncertainty_is_certain(sigma_m: float) -> None:
    assert in_ring(box(-1, -1, 2, 2), sigma_m) == pytest.approx(1.0, abs=1e-12)
    assert in_ring(box(1, -1, 2, 2), sigma_m) == pytest.approx(0.0, abs=1e-12)
    assert in_ring(box(0, -1, 2, 2), sigma_m) == pytest.approx(0.5, abs=1e-12)
    assert in_ring(box(0, -1, 2, 2)[::-1].copy(), sigma_m) == pytest.approx(0.5, abs=1e-12)


def test_a_vast_uncertainty_gives_area_over_spread() -> None:
    assert in_ring(box(-30, -20, 70, 80), 1e7) == pytest.approx(1e4 / (2 * math.pi * 1e14), rel=1e-9)


@pytest.mark.parametrize("x", [-1e-9, -1e-15, 0.0, 1e-15, 1e-9])
def test_nothing_jumps_where_the_middle_crosses_an_edge(x: float) -> None:
    half = box_mass(0, -3, 5, 3, 1.0)
    assert in_ring(box(x, -3, 5, 3), 1.0) == pytest.approx(half, abs=1e-9)


def test_an_edge_through_the_middle_and_one_without_length_hold_nothing() -> None:
    assert wedge(-3.0, 0.0, 5.0, 0.0, 1.0) == 0.0
    assert wedge(2.0, 2.0, 2.0, 2.0, 1.0) == 0.0
    assert wedge(0.0, 0.0, 2.0, 1.0, 1.0) == 0.0
    assert wedge(0.0, 5e-324, 3.0, 5e-324, 2.0) == 0.0
    assert wedge(3.0, 5e-324, 0.0, 5e-324, 2.0) == 0.0
