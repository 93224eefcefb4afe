"""The ground that workloads are laid out on: metres east and north of one place, turned into degrees.

Only a layout: whoever measures goes by the degrees, so the turning need not be exact.
"""

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LON, LAT = 16.0, 48.0
START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
_NORTH_M = 111_200.0  # of a degree
_EAST_M = 111_320.0 * math.cos(math.radians(LAT))


def to_degrees(xy_m: Floats) -> tuple[Floats, Floats]:
    """Turn (..., 2) metres into longitudes and latitudes."""
    return LON + xy_m[..., 0] / _EAST_M, LAT + xy_m[..., 1] / _NORTH_M


def bounce(travelled_m: Floats, room_m: Floats | float) -> Floats:
    """Fold a way that goes straight on into 0 to `room_m`, turning round at both ends.

    Examples
    --------
    >>> bounce(np.array([0.0, 8.0, 12.0, 21.0]), 10.0).tolist()
    [0.0, 8.0, 8.0, 1.0]
    """
    return room_m - np.abs(travelled_m % (2 * room_m) - room_m)
