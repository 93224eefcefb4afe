"""Places as callers give them, scalars or arrays, checked at the door."""

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled
from corridor.ellipsoid import Floats
from corridor.errors import FixError
from corridor.fix import check_number


def placed(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats, bool]:
    """Give two (N,) columns of valid degrees, and whether they were two numbers.

    Raises
    ------
    FixError
        A place is no number, NaN, infinite or out of range: ``row 3: latitude 95.0 is outside [-90, 90]``.
    """
    try:
        x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise FixError("longitude and latitude must be numbers") from None
    if x.shape != y.shape or x.ndim > 1:
        raise FixError(f"places have shapes {x.shape} and {y.shape}; one (N,) is needed")
    lon_rows, lat_rows = np.ascontiguousarray(x.reshape(-1)), np.ascontiguousarray(y.reshape(-1))
    if (row := first_bad_row(lon_rows, lat_rows)) >= 0:
        try:
            check_number("lon", float(lon_rows[row]))
            check_number("lat", float(lat_rows[row]))
        except FixError as error:
            raise FixError(f"row {row}: {error}" if x.ndim else str(error)) from None
    return lon_rows, lat_rows, not x.ndim


@compiled
def first_bad_row(lon: Floats, lat: Floats) -> int:
    """Give the first row whose place is NaN, infinite or out of range, -1 if none is."""
    for row in range(len(lon)):
        if not (abs(lon[row]) <= 180.0 and abs(lat[row]) <= 90.0):
            return row
    return -1


def bad_coordinate(name: str, value: float) -> str:
    """Say what is wrong with a coordinate of a shape, swapped ones among it."""
    try:
        check_number(name, value)
    except FixError as error:
        swapped = name == "lat" and 90 < abs(value) <= 180
        return f"{error}" + ("; are longitude and latitude swapped?" if swapped else "")
    return ""
