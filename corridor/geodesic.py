"""Geodesics of WGS 84 (pyproj's Geod): lengths, directions, points along edges.

For making paths and ways, where no loop runs; the length alone, compiled for loops, is ``inverse.py``.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from pyproj import Geod

from corridor.ellipsoid import Floats


@cache
def wgs84() -> Geod:
    """Give the one geodesic calculator, made on first use."""
    return Geod(ellps="WGS84")


def lengths_m(lon: Floats, lat: Floats) -> Floats:
    """Give the (V - 1,) lengths of the edges between V vertices."""
    return np.asarray(wgs84().inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2], dtype=np.float64)


class Edges(NamedTuple):
    """Edges between V vertices; (V - 1,) each. Directions are clockwise from north."""

    length_m: Floats
    start_deg: Floats  # direction of travel where the edge starts
    end_deg: Floats  # and where it ends


def edges(lon: Floats, lat: Floats) -> Edges:
    """Measure the edges between vertices."""
    start_deg, back_deg, length_m = wgs84().inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    return Edges(length_m, start_deg, back_deg + 180.0)


def densify(lon: Floats, lat: Floats, max_edge_m: float) -> tuple[Floats, Floats]:
    """Put vertices along the geodesic into edges longer than `max_edge_m`, evenly; the given ones stay."""
    azimuth, _, length_m = wgs84().inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    pieces = np.maximum(np.ceil(length_m / max_edge_m), 1).astype(np.int64)
    edge = np.repeat(np.arange(len(pieces)), pieces)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    dense_lon, dense_lat = lon[edge], lat[edge]
    new = step > 0
    at = edge[new]
    dense_lon[new], dense_lat[new], _ = wgs84().fwd(
        lon[at], lat[at], azimuth[at], length_m[at] * step[new] / pieces[at]
    )
    return np.append(dense_lon, lon[-1]), np.append(dense_lat, lat[-1])
