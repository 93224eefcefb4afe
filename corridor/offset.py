"""Where places lie relative to a path, as numbers or arrays: the door from Python to the compiled loops."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from corridor.ellipsoid import Floats
from corridor.errors import FixError
from corridor.fix import check_number
from corridor.locate import MEASURES, first_bad_row, follow_one, measure_many
from corridor.memory import fresh_memory
from corridor.pack import Packed
from corridor.stretch import Records

Number = TypeVar("Number", float, Floats)


@dataclass(frozen=True, slots=True)
class Offset(Generic[Number]):
    """Where places lie relative to a path: numbers, or (N,) arrays if the places were arrays.

    Parameters
    ----------
    distance_m
        Distance to the nearest point of the path.
    cross_track_m
        The same with a sign: right of travel positive, left negative. Beyond an end of the path the side is
        that of its first or last edge, prolonged; on the path, or straight beyond its end, it is positive.
    along_track_m
        Length of the path up to the nearest point; where several are equally near, up to one of them.
    margin_m
        The least, over the path, of the distance less the half width there: 0 or less is inside, the edge
        itself too. With one half width for all of the path, ``distance_m`` less that.
    half_width_m
        The half width that ``margin_m`` was taken against.
    width_m
        Both half widths there: the far edge lies ``margin_m + width_m`` beyond the near one's other side.
    skipped_m
        Length of path that was jumped over since the fix before without being travelled; 0 without memory.
    """

    distance_m: Number
    cross_track_m: Number
    along_track_m: Number
    margin_m: Number
    half_width_m: Number
    width_m: Number
    skipped_m: Number


def measure_places(
    packed: Packed,
    which: npt.ArrayLike,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    course_deg: npt.ArrayLike | None,
    altitude_m: npt.ArrayLike | None,
) -> Offset[Any]:
    """Measure places, checked, against corridors: one number or (N,) of each."""
    lon_rows, lat_rows, is_one = _places(lon, lat)
    count = len(lon_rows)
    out = np.empty((count, MEASURES))
    measure_many(
        packed,
        _filled(which, np.int64, count, "which"),
        lon_rows,
        lat_rows,
        _filled(np.nan if course_deg is None else course_deg, np.float64, count, "course_deg"),
        _filled(np.nan if altitude_m is None else altitude_m, np.float64, count, "altitude_m"),
        out,
    )
    return Offset(*out[0].tolist()) if is_one else Offset(*out.T)


def follow_places(  # noqa: PLR0917 (what a caller was given, as it was given)
    packed: Packed,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    time: npt.ArrayLike,
    course_deg: npt.ArrayLike | None,
    altitude_m: npt.ArrayLike | None,
    memory: Records | None,
) -> Offset[Any]:
    """Measure one device's places, checked, in order of time, with (1,) MEMORY that is carried on."""
    lon_rows, lat_rows, is_one = _places(lon, lat)
    count = len(lon_rows)
    out = np.empty((count, MEASURES))
    follow_one(
        packed,
        lon_rows,
        lat_rows,
        _filled(time, np.float64, count, "time"),
        _filled(np.nan if course_deg is None else course_deg, np.float64, count, "course_deg"),
        _filled(np.nan if altitude_m is None else altitude_m, np.float64, count, "altitude_m"),
        fresh_memory(1) if memory is None else memory,
        out,
    )
    return Offset(*out[0].tolist()) if is_one else Offset(*out.T)


def _places(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats, bool]:
    """Give (N,) valid degrees, and whether they were numbers."""
    lon_deg, lat_deg = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if lon_deg.shape != lat_deg.shape or lon_deg.ndim > 1:
        raise FixError(f"places have shapes {lon_deg.shape} and {lat_deg.shape}; one (N,) is needed")
    lon_rows, lat_rows = lon_deg.reshape(-1), lat_deg.reshape(-1)
    if (row := first_bad_row(lon_rows, lat_rows)) >= 0:
        _refuse(lon_rows, lat_rows, row)
    return lon_rows, lat_rows, lon_deg.ndim == 0


def _filled(values: npt.ArrayLike, kind: type, count: int, name: str) -> npt.NDArray[Any]:
    column: npt.NDArray[Any] = np.asarray(values, dtype=kind)
    if column.ndim == 0:
        return np.full(count, column)
    if column.shape != (count,):
        raise FixError(f"{name} has shape {column.shape}; {count} places need ({count},)")
    return np.ascontiguousarray(column)


def _refuse(lon: Floats, lat: Floats, row: int) -> None:
    try:
        check_number("lon", float(lon[row]))
        check_number("lat", float(lat[row]))
    except FixError as error:
        raise FixError(f"row {row}: {error}" if len(lon) > 1 else str(error)) from None
