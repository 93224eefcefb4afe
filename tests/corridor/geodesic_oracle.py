"""Slow and plain truth about places and paths: geodesics of pyproj alone, by sampling and narrowing.

Knows nothing of frames, boxes or stretches.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pyproj import Geod

Floats = npt.NDArray[np.float64]

GEOD = Geod(ellps="WGS84")


class Nearest(NamedTuple):
    distance_m: float
    along_track_m: float
    right_of_edge: bool  # of the edge that holds the nearest point
    inside_edge: bool  # the nearest point is not a vertex


def nearest_on_path(lon: Floats, lat: Floats, at_lon: float, at_lat: float) -> Nearest:
    """Narrow down the nearest point of each geodesic edge and take the nearest of them."""
    edges = []
    start_m = 0.0
    for a_lon, a_lat, b_lon, b_lat in zip(lon[:-1], lat[:-1], lon[1:], lat[1:], strict=True):
        azimuth, _, length_m = GEOD.inv(a_lon, a_lat, b_lon, b_lat)
        edges.append((_nearest_on_edge(a_lon, a_lat, azimuth, length_m, at_lon, at_lat), start_m, length_m))
        start_m += length_m
    (distance_m, s, right), start_m, length_m = min(edges, key=lambda edge: edge[0][0])
    return Nearest(distance_m, start_m + s, right, 0.001 < s < length_m - 0.001)


def _nearest_on_edge(
    lon: float, lat: float, azimuth: float, length_m: float, at_lon: float, at_lat: float
) -> tuple[float, float, bool]:
    low, high, samples = 0.0, length_m, 400
    while high - low > 1e-5:
        s = np.linspace(low, high, samples)
        distance_m, _ = _from_edge(lon, lat, azimuth, s, at_lon, at_lat)
        best = int(distance_m.argmin())
        low, high = s[max(best - 1, 0)], s[min(best + 1, samples - 1)]
        if high - low < 1.0:
            break
        samples = 30
    # Where distance is flat its least value hides in rounding; the direction to the place does not.
    while high - low > 1e-6:
        middle = (low + high) / 2
        _, ahead = _from_edge(lon, lat, azimuth, np.array([middle]), at_lon, at_lat)
        low, high = (middle, high) if np.cos(ahead[0]) > 0 else (low, middle)
    ends = np.array([0.0, (low + high) / 2, length_m])
    distance_m, ahead = _from_edge(lon, lat, azimuth, ends, at_lon, at_lat)
    best = int(distance_m.argmin())
    return float(distance_m[best]), float(ends[best]), bool(np.sin(ahead[best]) > 0)


def _from_edge(
    lon: float, lat: float, azimuth: float, s: Floats, at_lon: float, at_lat: float
) -> tuple[Floats, Floats]:
    """Give distances from places along an edge, and the direction to go relative to travel (radians)."""
    full = np.full(len(s), 1.0)
    x, y, back = GEOD.fwd(lon * full, lat * full, azimuth * full, s)
    to_place, _, distance_m = GEOD.inv(x, y, at_lon * full, at_lat * full)
    return distance_m, np.radians(to_place - back - 180)
