"""Probabilities of being inside a fence against Monte Carlo with geodesics."""

import numpy as np
import pytest

from corridor import Fence, FixError
from tests.corridor.geodesic_oracle import GEOD

OUTER = [(0, 0), (0.02, 0), (0.02, 0.02), (0, 0.02), (0, 0)]
HOLE = [(0.005, 0.005), (0.015, 0.005), (0.015, 0.015), (0.005, 0.015), (0.005, 0.005)]
FENCES = {
    "circle": Fence.circle(0.01, 0.01, 800),
    "hole": Fence.polygon([OUTER, HOLE]),
    "clockwise": Fence.polygon([OUTER[::-1], HOLE]),
    "two parts": Fence.multipolygon([[OUTER], [[(x + 0.03, y) for x, y in OUTER]]]),
    "large": Fence.polygon([[(-3, -3), (0.01, -3), (0.01, 3), (-3, 3), (-3, -3)]]),
    "antimeridian": Fence.polygon(
        [[(179.99, 0), (-179.99, 0), (-179.99, 0.02), (179.99, 0.02), (179.99, 0)]]
    ),
    "pole": Fence.polygon([[(lon, 89.99) for lon in range(-180, 181, 5)]]),
    "south": Fence.polygon([[(lon, -89.99) for lon in range(180, -181, -5)]]),
}
PLACES = {"antimeridian": (179.995, 0.005), "pole": (40.0, 89.991), "south": (40.0, -89.991)}


@pytest.mark.parametrize("name", FENCES)
@pytest.mark.parametrize("sigma_m", [30.0, 500.0, 3000.0])
def test_probability_is_that_of_monte_carlo(name: str, sigma_m: float) -> None:
    lon, lat = PLACES.get(name, (0.009, 0.0045))
    rng = np.random.default_rng(7)
    count = 40_000
    away_m = sigma_m * np.sqrt(-2 * np.log(rng.uniform(size=count)))
    x, y, _ = GEOD.fwd(np.full(count, lon), np.full(count, lat), rng.uniform(0, 360, count), away_m)
    truth = FENCES[name].contains(x, y).mean()
    assert FENCES[name].probability_inside(lon, lat, sigma_m) == pytest.approx(truth, abs=0.01)


def test_no_doubt_is_yes_no_or_half_on_the_edge() -> None:
    fence = FENCES["hole"]
    lon, lat = [0.001, 0.01, 0.0, 90.0], [0.001, 0.01, 0.0, 0.0]
    assert fence.probability_inside(lon, lat, 0.0).tolist() == [1.0, 0.0, 0.5, 0.0]


@pytest.mark.parametrize("sigma_m", [-1.0, np.nan, np.inf])
def test_a_deviation_that_cannot_be_is_refused(sigma_m: float) -> None:
    with pytest.raises(FixError, match="sigma_m"):
        FENCES["circle"].probability_inside(0.0, 0.0, sigma_m)
