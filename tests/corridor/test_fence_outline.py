"""The outline of a fence is the fence's: its vertices lie on the edge."""

import numpy as np
import pytest

from corridor import Fence
from corridor.fence_outline import Size, rings_of, size_of

HOLED = [
    [(16, 48), (16.1, 48), (16.1, 48.1), (16, 48.1), (16, 48)],
    [(16.02, 48.02), (16.02, 48.04), (16.04, 48.02), (16.02, 48.02)],
]


@pytest.mark.parametrize(("lon", "lat"), [(16.3, 48.2), (179.9999, -17.0), (-70.0, 89.9), (0.0, 0.0)])
def test_the_outline_of_a_circle_lies_on_its_edge(lon: float, lat: float) -> None:
    circle = Fence.circle(lon, lat, 500.0)
    (ring,) = rings_of(circle)
    places = (ring[:, 0] + 180.0) % 360.0 - 180.0, ring[:, 1]
    assert np.abs(circle.distance_m(*places)).max() < 1e-3
    assert ring[0].tolist() == ring[-1].tolist()


def test_the_outline_of_a_polygon_is_its_rings() -> None:
    exterior, hole = rings_of(Fence.polygon(HOLED))
    assert {tuple(place) for place in exterior.tolist()} == set(HOLED[0])
    assert {tuple(place) for place in hole.tolist()} == set(HOLED[1])


def test_the_size_of_a_fence_in_numbers() -> None:
    assert size_of(Fence.circle(0, 0, 9)) == Size(18.0, 0)
    assert size_of(Fence.polygon(HOLED)).vertices == 7
    assert size_of(Fence.polygon(HOLED)).across_m == pytest.approx(13_390, abs=60)


def test_an_outline_over_the_antimeridian_has_no_leap() -> None:
    fence = Fence.polygon([[(179, -17), (-179, -17), (-179, -16), (179, -17)]])
    (ring,) = rings_of(fence)
    assert np.abs(np.diff(ring[:, 0])).max() <= 2.0
