"""The corridor test of fleet trackers in plain Python: great-circle sides, Heron's formula, edge by edge."""

import math
from collections.abc import Sequence
from itertools import pairwise

_EARTH_M = 6_371_000.0
_RAD = math.pi / 180


def inside(path: Sequence[tuple[float, float]], width_m: float, lon: float, lat: float) -> bool:
    """Tell whether a place is within a width of a path of (lon, lat) degrees, on a sphere."""
    return any(_to_edge_m(lon, lat, *start, *end) <= width_m for start, end in pairwise(path))


def _to_edge_m(lon: float, lat: float, lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    to_a, to_b = _apart_m(lon, lat, lon_a, lat_a), _apart_m(lon, lat, lon_b, lat_b)
    side = _apart_m(lon_a, lat_a, lon_b, lat_b)
    if to_a * to_a >= to_b * to_b + side * side:
        return to_b
    if to_b * to_b >= to_a * to_a + side * side:
        return to_a
    half = (to_a + to_b + side) / 2
    # On the edge itself rounding makes a factor negative: without max() such a place would be NaN, "outside".
    area2 = max(half * (half - to_a) * (half - to_b) * (half - side), 0.0)
    return 2 * math.sqrt(area2) / side


def _apart_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    sin_lat = math.sin((lat_b - lat_a) * _RAD / 2)
    sin_lon = math.sin((lon_b - lon_a) * _RAD / 2)
    root = sin_lat * sin_lat + math.cos(lat_a * _RAD) * math.cos(lat_b * _RAD) * sin_lon * sin_lon
    return 2 * _EARTH_M * math.asin(math.sqrt(root))
