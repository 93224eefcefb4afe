"""Places as callers give them, scalars or arrays, checked at the door."""

import numpy as np
import numpy.typing as npt

from corridor.ellipsoid import Floats
from corridor.errors import FixError
from corridor.fix import LIMITS, check_number


def placed(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats, bool]:
    """Give two (N,) columns of valid degrees, and whether they were two numbers.

    Raises
    ------
    FixError
        A place is NaN, infinite or out of range: ``row 3: latitude 95.0 is outside [-90, 90]``.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if x.shape != y.shape or x.ndim > 1:
        raise FixError(f"places have shapes {x.shape} and {y.shape}; one (N,) is needed")
    rows = {"lon": np.ascontiguousarray(x.reshape(-1)), "lat": np.ascontiguousarray(y.reshape(-1))}
    for name, column in rows.items():
        low, high = LIMITS[name]
        for row in np.flatnonzero(~((column >= low) & (column <= high)))[:1]:
            try:
                check_number(name, float(column[row]))
            except FixError as error:
                raise FixError(f"row {row}: {error}" if x.ndim else str(error)) from None
    return rows["lon"], rows["lat"], not x.ndim


def bad_coordinate(name: str, value: float) -> str:
    """Say what is wrong with a coordinate of a shape, swapped ones among it."""
    try:
        check_number(name, value)
    except FixError as error:
        swapped = name == "lat" and 90 < abs(value) <= 180
        return f"{error}" + ("; are longitude and latitude swapped?" if swapped else "")
    return ""
