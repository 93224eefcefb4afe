"""Where places lie relative to a path, as numbers or arrays: the door from Python to the compiled loops."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from corridor.ellipsoid import Floats
from corridor.errors import FixError
from corridor.locate import MEASURES, follow_one, measure_many
from corridor.memory import MEMORY, fresh_memory
from corridor.places import placed
from corridor.stretch import Records
from corridor.tables import PackedCorridors

_NOT_STATED = np.full(1, np.nan)

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


def measure_places(  # noqa: PLR0917 (what a caller was given, as it was given)
    packed: PackedCorridors,
    which: npt.ArrayLike,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    course_deg: npt.ArrayLike | None,
    altitude_m: npt.ArrayLike | None,
    half_width_m: float | None,
) -> Offset[Any]:
    """Measure places, checked, against corridors: one number or (N,) of each.

    `half_width_m` is that of all corridors on both sides, if they have one: its columns are not written out.
    """
    lon_rows, lat_rows, is_one = placed(lon, lat)
    count = len(lon_rows)
    out = np.empty((count, 6 if half_width_m is None else 4))
    measure_many(
        packed,
        _filled(which, np.int64, count, "which"),
        lon_rows,
        lat_rows,
        _NOT_STATED if course_deg is None else _stated(course_deg, count, "course_deg"),
        _NOT_STATED if altitude_m is None else _stated(altitude_m, count, "altitude_m"),
        out,
    )
    constants = [0.0] if half_width_m is None else [half_width_m, 2.0 * half_width_m, 0.0]
    if is_one:
        return Offset(*[*out[0].tolist(), *constants])
    return Offset(*[*out.T, *(np.broadcast_to(each, count) for each in constants)])


def follow_places(  # noqa: PLR0917 (what a caller was given, as it was given)
    packed: PackedCorridors,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    time: npt.ArrayLike,
    course_deg: npt.ArrayLike | None,
    altitude_m: npt.ArrayLike | None,
    memory: Records | None,
) -> Offset[Any]:
    """Measure one device's places, checked, in order of time, with (1,) MEMORY that is carried on."""
    if memory is None:
        memory = fresh_memory(1)
    elif memory.dtype != MEMORY or memory.shape != (1,) or not memory.flags.writeable:
        raise FixError("a memory is one row of fresh_memory, which can be changed")
    lon_rows, lat_rows, is_one = placed(lon, lat)
    count = len(lon_rows)
    out = np.empty((count, MEASURES))
    follow_one(
        packed,
        lon_rows,
        lat_rows,
        _filled(time, np.float64, count, "time"),
        _stated(course_deg, count, "course_deg"),
        _stated(altitude_m, count, "altitude_m"),
        memory,
        out,
    )
    return Offset(*out[0].tolist()) if is_one else Offset(*out.T)


def _filled(values: npt.ArrayLike, kind: type, count: int, name: str) -> npt.NDArray[Any]:
    column: npt.NDArray[Any] = np.asarray(values, dtype=kind)
    if column.ndim == 0:
        return np.full(count, column)
    if column.shape != (count,):
        raise FixError(f"{name} has shape {column.shape}; {count} places need ({count},)")
    return np.ascontiguousarray(column)


def _stated(values: npt.ArrayLike | None, count: int, name: str) -> Floats:
    if values is None:
        return np.full(count, np.nan)
    column: Floats = _filled(values, np.float64, count, name)
    if np.isinf(column).any():
        raise FixError(f"{name} is infinite; NaN says that it is not stated")
    return column
