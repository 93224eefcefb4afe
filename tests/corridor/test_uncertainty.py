"""The probability of being outside, sound from the edge to the far tails, and the accuracies assumed."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.uncertainty import (
    ACCURACY_BY_METHOD_M,
    CONFIDENCE_95,
    NOT_STATED_M,
    default_accuracy_m,
    probability_outside,
    probability_outside_one,
    probability_outside_strip,
)

distances = st.floats(0, 1e6)
widths = st.floats(0.1, 1e5)
sigmas = st.floats(1e-3, 1e6)


@given(distances, widths, sigmas)
def test_it_is_the_formula_of_the_design(d: float, w: float, s: float) -> None:
    normal = NormalDist(0.0, s)
    expected = 1 - normal.cdf(w - d) + normal.cdf(-w - d)
    assert probability_outside_one(d, w, s) == pytest.approx(expected, abs=1e-12)


def test_it_is_what_dice_give() -> None:
    random = np.random.default_rng(7)
    for d, w, s in [(0.0, 40.0, 30.0), (35.0, 40.0, 20.0), (60.0, 40.0, 25.0), (300.0, 40.0, 500.0)]:
        outside = np.abs(d + random.normal(0, s, 200_000)) > w
        assert probability_outside_one(d, w, s) == pytest.approx(outside.mean(), abs=0.01)


@given(distances, distances, widths, sigmas)
def test_farther_away_is_never_less_likely_outside(d: float, e: float, w: float, s: float) -> None:
    near, far = sorted([d, e])
    p, q = probability_outside_one(near, w, s), probability_outside_one(far, w, s)
    assert 0 <= p <= 1
    assert p <= q + 1e-15


def test_on_the_edge_it_is_one_half() -> None:
    assert probability_outside_one(40.0, 40.0, 5.0) == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize(("d", "expected"), [(39.999, 0.0), (40.0, 0.5), (40.001, 1.0), (0.0, 0.0)])
def test_without_uncertainty_it_is_certain(d: float, expected: float) -> None:
    assert probability_outside_one(d, 40.0, 0.0) == expected
    assert probability_outside_one(d, 40.0, 5e-324) == expected  # the least number over 0 behaves the same


def test_the_far_tail_is_small_and_not_nothing() -> None:
    assert probability_outside_one(0.0, 40.0, 1.2) == pytest.approx(
        math.erfc(40 / 1.2 / math.sqrt(2)), rel=1e-12
    )
    assert 0 < probability_outside_one(0.0, 40.0, 1.2) < 1e-200


def test_kilometres_of_uncertainty_kilometres_away_are_outside_and_nearby_are_not() -> None:
    sigma_m = 3000 / CONFIDENCE_95
    assert probability_outside_one(9000.0, 40.0, sigma_m) > 0.95
    assert probability_outside_one(9000.0, 40.0, sigma_m) == pytest.approx(1.0, abs=1e-3)
    assert probability_outside_one(9000.0, 12_000.0, sigma_m) < 0.05


@given(st.floats(-1e4, 1e4), widths, sigmas)
def test_a_strip_seen_from_its_other_edge_is_the_same(margin: float, width: float, s: float) -> None:
    p = probability_outside_strip(margin, width, s)
    assert 0 <= p <= 1
    rounding = 1e-12 + 1e-15 * (abs(margin) + width) / s
    assert probability_outside_strip(-margin - width, width, s) == pytest.approx(p, abs=rounding)
    normal = NormalDist(0.0, s)
    assert p == pytest.approx(1 - normal.cdf(-margin) + normal.cdf(-margin - width), abs=rounding)


def test_a_lopsided_strip_is_what_dice_give() -> None:
    random = np.random.default_rng(8)
    for left, right, x, s in [(10.0, 40.0, 5.0, 20.0), (5.0, 15.0, -30.0, 25.0), (30.0, 10.0, 9.0, 3.0)]:
        place = x + random.normal(0, s, 200_000)
        outside = (place > right) | (place < -left)
        p = probability_outside_strip(max(x - right, -left - x), left + right, s)
        assert p == pytest.approx(outside.mean(), abs=0.01)


def test_arrays_give_what_numbers_give_and_broadcast() -> None:
    d = np.array([[0.0, 10.0, 40.0], [50.0, 1e3, 1e9]])
    p = probability_outside(d, 40.0, 5.0)
    assert p.shape == (2, 3)
    assert [float(value) for value in p.flat] == [probability_outside_one(x, 40.0, 5.0) for x in d.flat]
    assert probability_outside([], 40.0, 5.0).shape == (0,)


def test_confidence_95_is_the_radius_of_the_circle_in_standard_deviations() -> None:
    assert pytest.approx(math.sqrt(-2 * math.log(0.05)), abs=5e-5) == CONFIDENCE_95


@pytest.mark.parametrize(
    ("method", "accuracy_m"),
    [(None, 20), ("", 20), ("sonar", 20), ("GPS", 20), ("gps", 20), (" Cell ", 3000), ("802.11", 60)],
)
def test_the_assumed_accuracy_goes_by_method_whatever_its_case(method: str | None, accuracy_m: float) -> None:
    assert default_accuracy_m(method) == accuracy_m


def test_the_table_is_in_lower_case_and_plausible() -> None:
    assert all(token == token.lower() for token in ACCURACY_BY_METHOD_M)
    assert all(0 < accuracy_m <= 10_000 for accuracy_m in ACCURACY_BY_METHOD_M.values())
    assert ACCURACY_BY_METHOD_M["rtk"] < ACCURACY_BY_METHOD_M["dgps"] < NOT_STATED_M
