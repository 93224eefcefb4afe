"""Circles on the ground as columns, checked."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corridor.ellipsoid import Floats
from corridor.errors import FenceError
from corridor.fix import LIMITS
from corridor.places import bad_coordinate

# Over that distance the arc is true to a metre. Larger than a continent is a polygon's business.
MAX_RADIUS_M = 2_000_000.0


class Circles(NamedTuple):
    """C circles: all places within `radius_m` of a centre, over the surface."""

    lon: Floats  # (C,)
    lat: Floats  # (C,)
    radius_m: Floats  # (C,)


def checked_circles(
    lon: npt.ArrayLike, lat: npt.ArrayLike, radius_m: npt.ArrayLike, names: Callable[[int], str]
) -> Circles:
    """Check the columns of circles; the radius may be one number for all.

    Raises
    ------
    FenceError
        A centre is not finite or out of range, or a radius is not over 0 and at most `MAX_RADIUS_M`; the
        fence is named.
    """
    try:
        x, y, r = (np.atleast_1d(np.asarray(column, dtype=np.float64)) for column in (lon, lat, radius_m))
    except (TypeError, ValueError, OverflowError):
        raise FenceError(f'fence "{names(0)}": centre and radius_m must be numbers') from None
    if x.ndim != 1 or x.shape != y.shape or r.shape not in {x.shape, (1,)}:
        raise FenceError(f"circles have columns of shapes {x.shape}, {y.shape} and {r.shape}; (F,) is needed")
    r = np.ascontiguousarray(np.broadcast_to(r, x.shape))
    for name, column in (("lon", x), ("lat", y)):
        low, high = LIMITS[name]
        for fence in np.flatnonzero(~((column >= low) & (column <= high)))[:1]:
            raise FenceError(f'fence "{names(fence)}": {bad_coordinate(name, float(column[fence]))}')
    for fence in np.flatnonzero(~((r > 0) & (r < math.inf)))[:1]:
        raise FenceError(f'fence "{names(fence)}": radius_m {r[fence]} is not a positive number of metres')
    for fence in np.flatnonzero(r > MAX_RADIUS_M)[:1]:
        raise FenceError(f'fence "{names(fence)}": radius_m {r[fence]:g} is over {MAX_RADIUS_M:g}')
    return Circles(x, y, r)
