"""The outline and size of a fence, for pictures and for people; what decides is ``fence_kernel.py``."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from corridor.ellipsoid import Floats
from corridor.fence import Fence
from corridor.geodesic import lengths_m, wgs84

CIRCLE_VERTICES = 96  # a picture's circle is true to a two-thousandth of its radius


class Size(NamedTuple):
    """How large a fence is."""

    across_m: float  # a circle's diameter; of a polygon, from corner to corner of the box round its vertices
    vertices: int  # 0: it is a circle


def size_of(fence: Fence) -> Size:
    """Tell how large a fence is.

    Examples
    --------
    >>> size_of(Fence.circle(16.0, 48.0, 80.0))
    Size(across_m=160.0, vertices=0)
    """
    circles, rings = fence.shape
    if len(circles.radius_m):
        return Size(2.0 * float(circles.radius_m[0]), 0)
    lon, lat = (np.array([column.min(), column.max()]) for column in (rings.lon, rings.lat))
    return Size(float(lengths_m(lon, lat)[0]), len(rings.lon) - len(rings.turns))


def rings_of(fence: Fence) -> list[Floats]:
    """Give the rings of a fence.

    Returns
    -------
    list of (V, 2)
        Longitude and latitude, closed; longitudes are unwrapped, so that no edge leaps over the
        antimeridian. A circle is a polygon of `CIRCLE_VERTICES`.

    Examples
    --------
    >>> (ring,) = rings_of(Fence.circle(16.0, 48.0, 1000.0))
    >>> ring.shape, ring.min(axis=0).round(3).tolist(), ring.max(axis=0).round(3).tolist()
    ((97, 2), [15.987, 47.991], [16.013, 48.009])
    """
    circles, rings = fence.shape
    if len(circles.radius_m):
        return [_circle(*(float(column[0]) for column in circles))]
    places = np.stack([rings.lon, rings.lat], axis=1)
    return [places[low:high] for low, high in pairwise(rings.first_vertex.tolist())]


def _circle(lon: float, lat: float, radius_m: float) -> Floats:
    azimuth = np.linspace(0.0, 360.0, CIRCLE_VERTICES + 1)
    ones = np.ones(len(azimuth))
    x, y, _ = wgs84().fwd(lon * ones, lat * ones, azimuth, radius_m * ones)
    ring = np.stack([lon + (np.asarray(x) - lon + 180.0) % 360.0 - 180.0, y], axis=1)
    ring[-1] = ring[0]
    return ring
