"""Whether a way passes through a fence, against the exact crossings of `Fence.crossings`."""

import math

import numpy as np
import pytest

from corridor import Fence, FenceSet
from corridor.passage import fences_near, passage_of, way_between

Place = tuple[float, float]


def near(lat: float, random: np.random.Generator) -> Place:
    """Give a place within some kilometres of one on the antimeridian."""
    east, north = random.uniform(-0.05, 0.05, 2)
    lon = 179.99 + east / math.cos(math.radians(lat))
    return lon - 360 if lon > 180 else lon, lat + north


def star(centre: Place, reach_m: float, random: np.random.Generator, name: str) -> Fence:
    """Give a polygon of seven corners, some far out and some not."""
    turn = np.arange(7) * 2 * math.pi / 7
    reach = reach_m * random.uniform(0.3, 1.0, 7) / 111_000
    lon = centre[0] + reach * np.cos(turn) / math.cos(math.radians(centre[1]))
    lat = centre[1] + reach * np.sin(turn)
    ring = [((x + 180) % 360 - 180, y) for x, y in zip(lon, lat, strict=True)]
    return Fence.polygon([[*ring, ring[0]]], name=name)


@pytest.mark.parametrize("lat", [0.0, 48.0, -70.0])
def test_a_way_passes_through_the_fences_that_it_crosses(lat: float) -> None:
    random = np.random.default_rng(7)
    fences = [
        Fence.circle(*near(lat, random), reach_m, name=f"{number}")
        if number % 2
        else star(near(lat, random), reach_m, random, f"{number}")
        for number, reach_m in enumerate(random.uniform(5, 800, 60))
    ]
    packed, met = FenceSet(fences).packed, 0
    for _ in range(12):
        a, b = near(lat, random), near(lat, random)
        way, found = way_between(*a, *b), np.empty(64, dtype=np.int64)
        candidates = found[: fences_near(packed, way, found)].tolist()
        for number, fence in enumerate(fences):
            if min(fence.distance_m(*a), fence.distance_m(*b)) <= 0:
                continue
            crossings = fence.crossings(*a, *b)
            passage = passage_of(packed, number, way)
            assert (not math.isnan(passage.course_deg)) == bool(crossings)
            if crossings:
                met += 1
                assert number in candidates
                assert passage.depth_m >= 0.0
    assert met > 10


def test_the_course_is_that_of_travel_and_the_depth_that_of_the_deepest_point() -> None:
    gate = FenceSet([Fence.circle(16.0, 48.0, 5)])
    places = {90: (16.001, 48.0), 0: (16.0, 48.001), 270: (15.999, 48.0), 180: (16.0, 47.999)}
    for course_deg, (lon, lat) in places.items():
        passage = passage_of(gate.packed, 0, way_between(32.0 - lon, 96.0 - lat, lon, lat))
        assert math.cos(math.radians(passage.course_deg - course_deg)) == pytest.approx(1.0, abs=1e-5)
        assert passage.depth_m == pytest.approx(5.0, abs=0.01)


def test_the_antipode_is_no_way() -> None:
    assert way_between(0.0, 0.0, 180.0, 0.0).length_m == math.inf
