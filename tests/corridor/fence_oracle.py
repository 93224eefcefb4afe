"""Slow and plain truth about fences: geodesics of pyproj, even-odd by hand, boundaries by sampling.

Knows nothing of frames, balls or trees.
"""

from fractions import Fraction
from itertools import pairwise

import numpy as np

from tests.corridor.geodesic_oracle import GEOD, Floats


def to_circle_m(lon: float, lat: float, radius_m: float, at_lon: float, at_lat: float) -> float:
    """Signed distance to a circle's edge, inside negative."""
    return float(GEOD.inv(lon, lat, at_lon, at_lat)[2]) - radius_m


def to_boundary_m(rings: list[Floats], at_lon: float, at_lat: float) -> float:
    """Distance to the nearest edge, each straight in degrees; sampled, then narrowed about the best."""
    return min(_to_edge_m(start, end, at_lon, at_lat) for ring in rings for start, end in pairwise(ring))


def _to_edge_m(start: Floats, end: Floats, at_lon: float, at_lat: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(30):
        t = np.linspace(low, high, 41)
        lon, lat = start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])
        distance_m = GEOD.inv(lon, lat, np.full(41, at_lon), np.full(41, at_lat))[2]
        best = int(np.argmin(distance_m))
        low, high = t[max(best - 1, 0)], t[min(best + 1, 40)]
        if (high - low) < 1e-9:
            break
    return float(distance_m.min())


def is_inside(rings: list[Floats], at_lon: float, at_lat: float) -> bool:
    """Even-odd with fractions, edges inside; rings in degrees that cross no seam."""
    x, y = Fraction(at_lon), Fraction(at_lat)
    odd = False
    for ring in rings:
        points = [(Fraction(float(a)), Fraction(float(b))) for a, b in ring]
        for (ax, ay), (bx, by) in pairwise(points):
            cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
            if cross == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
                return True
            if (ay > y) != (by > y) and (cross > 0) == (by > ay):
                odd = not odd
    return odd
