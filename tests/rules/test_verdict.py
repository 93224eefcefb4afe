"""Verdicts exactly at their boundaries, and far away where a distance could lie."""

import math

import numpy as np
import pytest

from corridor import Corridor, Fix, Path
from corridor.uncertainty import CONFIDENCE_95, probability_outside
from rules import Deviation, Engine, Kind
from rules.verdict import probability_beyond
from tests.rules.ground import START, fix, straight


def is_outside(corridor: Corridor, seen: Fix, raise_probability: float) -> bool:
    """Tell whether one fix is OUTSIDE: of a rule for which one is enough."""
    rule = Deviation(
        corridor,
        "anna",
        confirm_fixes=1,
        confirm_s=0,
        raise_probability=raise_probability,
        clear_probability=0.0,
        starts="at_once",
    )
    return [t.kind for t in Engine([rule]).step([seen]).transitions] == [Kind.OFF_ROUTE]


def is_inside(corridor: Corridor, seen: Fix, clear_probability: float) -> bool:
    """Tell whether one fix is INSIDE: it starts the rule."""
    rule = Deviation(corridor, "anna", raise_probability=1.0, clear_probability=clear_probability)
    return bool(Engine([rule]).step([seen]).transitions)


@pytest.mark.parametrize("accuracy_m", [0.0, 5.0, 65.0, 4000.0])
def test_a_probability_of_exactly_the_threshold_decides(accuracy_m: float) -> None:
    seen = fix(0, 100, 40, accuracy_m=accuracy_m)
    edge = straight(straight().measure(seen.lon, seen.lat).distance_m)  # beyond it with 0.5 exactly
    assert is_outside(edge, seen, 0.5)
    assert not is_outside(edge, seen, math.nextafter(0.5, 1.0))
    if accuracy_m == 0.0:  # outside with 0.5 exactly, too
        assert is_inside(edge, seen, 0.5)
        assert not is_inside(edge, seen, math.nextafter(0.5, 0.0))


@pytest.mark.parametrize("north_m", [10.0, 39.0, 60.0, 200.0])
@pytest.mark.parametrize("accuracy_m", [5.0, 30.0, 65.0, 400.0])
def test_thresholds_are_compared_with_the_probabilities_of_the_design(
    north_m: float, accuracy_m: float
) -> None:
    less, more = 1 - 1e-9, 1 + 1e-9
    seen = fix(0, 100, north_m, accuracy_m=accuracy_m)
    offset = straight().measure(seen.lon, seen.lat)
    beyond = probability_beyond(offset.margin_m, accuracy_m / CONFIDENCE_95)
    assert is_outside(straight(), seen, beyond * less)
    assert beyond * more > 1 or not is_outside(straight(), seen, beyond * more)
    outside = float(probability_outside(offset.distance_m, 40.0, accuracy_m / CONFIDENCE_95))
    assert outside * more >= 1 or is_inside(straight(), seen, outside * more)
    assert not is_inside(straight(), seen, outside * less)


def test_the_nearer_edge_never_says_more_than_both_sides() -> None:
    rng = np.random.default_rng(7)
    distance_m, sigma_m = rng.uniform(0, 300, 2000), 10 ** rng.uniform(-1, 4, 2000)
    both = probability_outside(distance_m, 40.0, sigma_m)
    near = [probability_beyond(d - 40.0, s) for d, s in zip(distance_m, sigma_m, strict=True)]
    assert (np.array(near) <= both).all()


def test_an_accuracy_of_zero_is_certainty_and_the_edge_itself_is_neither() -> None:
    seen = fix(0, 100, 40, accuracy_m=0.0)
    distance_m = straight().measure(seen.lon, seen.lat).distance_m
    wider, edge, narrower = (straight(distance_m + more_m) for more_m in (0.001, 0.0, -0.001))
    assert is_inside(wider, seen, 0.35)
    assert not is_outside(wider, seen, 0.95)
    assert not is_inside(edge, seen, 0.35)
    assert not is_outside(edge, seen, 0.95)
    assert not is_inside(narrower, seen, 0.35)
    assert is_outside(narrower, seen, 0.95)


@pytest.mark.parametrize("accuracy_m", [None, 0.0, 10.0, 3000.0, 500_000.0])
@pytest.mark.parametrize("place", [(16.0, -87.0), (-164.0, -48.0), (120.0, -30.0), (16.0, 57.0)])
def test_a_hemisphere_away_and_at_the_antipode_is_outside(
    place: tuple[float, float], accuracy_m: float | None
) -> None:
    seen = Fix("anna", START, *place, accuracy_m=accuracy_m)
    assert is_outside(Corridor(Path([16.0, 16.01], [48.0, 48.0]), 40), seen, 0.95)


@pytest.mark.parametrize("accuracy_m", [1500.0, 20_000.0, 20_000_000.0])
@pytest.mark.parametrize("north_m", [0.0, 39.0, 100.0, 800.0])
def test_a_vague_fix_nearby_is_unknown(north_m: float, accuracy_m: float) -> None:
    seen = fix(0, 100, north_m, accuracy_m=accuracy_m)
    assert not is_outside(straight(), seen, 0.95)
    assert not is_inside(straight(), seen, 0.35)


def test_without_an_accuracy_the_method_says_how_good_a_fix_is() -> None:
    assert is_outside(straight(), fix(0, 100, 80, accuracy_m=None, method="GPS"), 0.95)
    assert not is_outside(straight(), fix(0, 100, 80, accuracy_m=None, method="Cell"), 0.95)
