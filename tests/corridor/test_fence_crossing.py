"""Crossings against dense sampling of the way; corners, touches and holes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import Fence, FixError
from corridor.crossing import Direction, Way
from corridor.ellipsoid import Floats
from tests.corridor.geodesic_oracle import GEOD
from tests.corridor.places import latitudes, longitudes
from tests.corridor.test_fence import stars, wrapped

ENTER, EXIT = Direction.ENTER, Direction.EXIT
SQUARE = [(0, 0), (0.02, 0), (0.02, 0.02), (0, 0.02), (0, 0)]
HOLE = [(0.005, 0.005), (0.015, 0.005), (0.015, 0.015), (0.005, 0.015), (0.005, 0.005)]


def sampled(fence: Fence, way: Way, samples: int = 4001) -> list[tuple[float, Direction]]:
    """Narrow each change of side between two samples of the way."""
    t = np.linspace(0, 1, samples)
    inside = fence.contains(*way.at(t))
    changes = []
    for at in np.flatnonzero(inside[1:] != inside[:-1]):
        fine = np.linspace(t[at], t[at + 1], 1001)
        fine_inside = fence.contains(*way.at(fine))
        where = int(np.argmax(fine_inside[1:] != fine_inside[:-1]))
        changes.append((float(fine[where]), EXIT if inside[at] else ENTER))
    return changes


@settings(max_examples=80)
@given(stars(), st.floats(0, 360), st.floats(0, 360), st.floats(1.2, 3))
def test_a_way_over_a_polygon_crosses_where_samples_do(
    ring: Floats, course: float, back: float, reach: float
) -> None:
    middle = ring[:-1].mean(axis=0)
    size_m = reach * max(GEOD.inv(middle[0], middle[1], x, y)[2] for x, y in ring)
    lon, lat = middle.tolist()
    start, end = (GEOD.fwd(lon, lat, azimuth, size_m)[:2] for azimuth in (course, back))
    fence = Fence.polygon([wrapped(ring)])
    agree(fence, (*start, *end))


@settings(max_examples=80)
@given(longitudes, latitudes, st.floats(0, 5), st.floats(0, 360), st.floats(0, 360), st.floats(0.1, 3))
def test_a_way_over_a_circle_crosses_where_samples_do(
    lon: float, lat: float, power: float, course: float, back: float, reach: float
) -> None:
    radius_m = 10**power
    start, end = (GEOD.fwd(lon, lat, azimuth, reach * radius_m)[:2] for azimuth in (course, back))
    agree(Fence.circle(lon, lat, radius_m), (*start, *end))


def agree(fence: Fence, ends: tuple[float, float, float, float]) -> None:
    way = Way(*ends)
    if way.length_m < 0.1:
        return
    found = fence.crossings(*ends)
    directions = [crossing.direction for crossing in found]
    assert directions == ([ENTER, EXIT] * 20)[fence.contains(*ends[:2]) :][: len(found)]
    assert (len(found) % 2 == 1) == (fence.contains(*ends[:2]) != fence.contains(*ends[2:]))
    truth = sampled(fence, way)
    # Samples miss what is shorter than a step, so each of theirs must be found; and what is found is an edge.
    for fraction, direction in truth:
        near = [
            c.direction
            for c in found
            if abs(c.fraction - fraction) * way.length_m < 2e-3 + 2e-6 * way.length_m
        ]
        assert direction in near
    for crossing in found:
        if 1e-6 < crossing.fraction < 1 - 1e-6:
            assert abs(fence.distance_m(crossing.lon, crossing.lat)) < 2e-3


def directions(fence: Fence, *ends: float) -> list[Direction]:
    lon_a, lat_a, lon_b, lat_b = ends
    return [crossing.direction for crossing in fence.crossings(lon_a, lat_a, lon_b, lat_b)]


def test_through_a_hole_is_out_and_in_again() -> None:
    fence = Fence.polygon([SQUARE, HOLE])
    assert directions(fence, 0.001, 0.01, 0.019, 0.01) == [EXIT, ENTER]
    assert directions(fence, -0.01, 0.01, 0.01, 0.01) == [ENTER, EXIT]
    assert directions(fence, -0.01, 0.01, 0.05, 0.01) == [ENTER, EXIT, ENTER, EXIT]


def test_touching_a_corner_or_an_edge_is_no_crossing() -> None:
    fence = Fence.polygon([SQUARE])
    assert directions(fence, -0.01, 0.01, 0.01, -0.01) == []  # over the corner
    assert directions(fence, 0.01, -0.01, -0.01, 0.01) == []
    assert directions(fence, -0.01, 0.0101, 0.0101, -0.01) == [ENTER, EXIT]  # over 11 m beside it
    assert directions(fence, -0.01, -0.01, -0.01, 0.05) == []


def test_along_an_edge_only_who_has_the_fence_on_the_left_is_inside() -> None:
    fence = Fence.polygon([SQUARE])
    assert directions(fence, 0.0, -0.01, 0.0, 0.05) == []
    assert directions(fence, 0.0, 0.05, 0.0, -0.01) == [ENTER, EXIT]
    assert directions(fence, 0.02, -0.01, 0.02, 0.05) == [ENTER, EXIT]
    assert directions(fence, 0.02, 0.05, 0.02, -0.01) == []


def test_through_a_corner_counts_once() -> None:
    diamond = Fence.polygon([[(0, -0.01), (0.01, 0), (0, 0.01), (-0.01, 0), (0, -0.01)]])
    assert directions(diamond, -0.02, 0.0, 0.02, 0.0) == [ENTER, EXIT]
    assert directions(diamond, 0.0, -0.02, 0.0, 0.02) == [ENTER, EXIT]
    assert directions(diamond, 0.0, 0.0, 0.02, 0.0) == [EXIT]


def test_standing_still_crosses_nothing_and_a_leap_is_refused() -> None:
    fence = Fence.circle(0.0, 0.0, 100.0)
    assert fence.crossings(0.0, 0.0, 0.0, 0.0) == []
    with pytest.raises(FixError, match="km long"):
        fence.crossings(0.0, 0.0, 90.0, 0.0)
