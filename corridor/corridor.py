"""A path with a half width, and where places lie relative to it.

What is too far, and for how long, is for the rules to say; the buffered polygon is ``outline.py``.
"""

import hashlib
import json
import math
from dataclasses import dataclass
from numbers import Real
from typing import Any, Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt
import shapely

from corridor.candidates import StretchIndex
from corridor.ellipsoid import Floats
from corridor.errors import FixError, PathError
from corridor.far import measure_far
from corridor.fix import check_number
from corridor.kernel import first_bad_row, measure_rows
from corridor.outline import outline
from corridor.path import Path
from corridor.stretch import Stretches, cut

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
        ``distance_m`` less the half width: 0 or less is inside, the edge itself too.
    """

    distance_m: Number
    cross_track_m: Number
    along_track_m: Number
    margin_m: Number


@dataclass(frozen=True, slots=True, eq=False, init=False, repr=False)
class Corridor:
    """All places within a distance of a path.

    Parameters
    ----------
    path
        The way.
    half_width_m
        Distance to either side that is still inside; the edge is inside.

    Raises
    ------
    PathError
        The half width is not a positive, finite number.

    Examples
    --------
    >>> corridor = Corridor(Path([16.0, 16.1], [48.0, 48.0], name="school"), half_width_m=40)
    >>> offset = corridor.measure(16.05, 47.9995)
    >>> round(offset.cross_track_m, 2), round(offset.along_track_m), offset.margin_m < 0
    (56.81, 3731, False)
    >>> corridor.measure([16.0, 16.2], [48.0, 48.0]).distance_m.round(1).tolist()
    [0.0, 7462.5]
    """

    path: Path
    half_width_m: float
    _line: Stretches
    _index: StretchIndex

    def __init__(self, path: Path, half_width_m: float) -> None:
        if not (isinstance(half_width_m, Real) and 0 < half_width_m < math.inf):
            raise PathError(
                f'corridor "{path.name}": half_width_m {half_width_m} is not a positive number of metres'
            )
        line = cut(path)
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "half_width_m", float(half_width_m))
        object.__setattr__(self, "_line", line)
        object.__setattr__(self, "_index", StretchIndex(line))

    @property
    def length_m(self) -> float:
        """Length of the path."""
        return self.path.length_m

    @property
    def fingerprint(self) -> str:
        """Digest of the path and the half width, in hexadecimal; the name does not count."""
        text = f"{self.path.fingerprint} {self.half_width_m!r}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def __repr__(self) -> str:
        return f"Corridor({self.path!r}, half_width_m={self.half_width_m:g})"

    @overload
    def measure(self, lon: float, lat: float) -> Offset[float]: ...
    @overload
    def measure(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Offset[Floats]: ...
    def measure(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Offset[Any]:
        """Measure places against the path; altitude plays no part.

        True to 1 mm across for places within 1 km of the path, and to 1 cm along it. Farther than 39 km
        away the distance is the geodesic to the point of the path that is nearest straight through the
        earth; over the globe that is at most 0.5 % more than to the nearest over its surface.

        Parameters
        ----------
        lon, lat
            Degrees on WGS 84: two numbers, or two (N,) arrays.

        Raises
        ------
        FixError
            A place is NaN, infinite or out of range: ``row 3: latitude 95.0 is outside [-90, 90]``.
        """
        lon_deg, lat_deg = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        if lon_deg.shape != lat_deg.shape or lon_deg.ndim > 1:
            raise FixError(f"places have shapes {lon_deg.shape} and {lat_deg.shape}; one (N,) is needed")
        rows_lon, rows_lat = lon_deg.reshape(-1), lat_deg.reshape(-1)
        if (row := first_bad_row(rows_lon, rows_lat)) >= 0:
            _refuse(rows_lon, rows_lat, row)
        distance_m, cross_track_m, along_track_m = self._measure_rows(rows_lon, rows_lat)
        if lon_deg.ndim:
            return Offset(distance_m, cross_track_m, along_track_m, distance_m - self.half_width_m)
        (d,), (cross,), (along,) = distance_m.tolist(), cross_track_m.tolist(), along_track_m.tolist()
        return Offset(d, cross, along, d - self.half_width_m)

    def to_geojson(self) -> dict[str, Any]:
        """Give the buffered polygon as a GeoJSON Feature: for maps; `measure` decides, and is exact.

        A Polygon, or a MultiPolygon where the antimeridian cuts it (RFC 7946, 3.1.9); also round a pole.

        Raises
        ------
        PathError
            The corridor is wider than a plane can draw (500 km to a side).
        """
        shape = outline(self._line, self.half_width_m, self.path.name)
        return {
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(shape)),
            "properties": {
                "name": self.path.name,
                "half_width_m": self.half_width_m,
                "length_m": round(self.length_m, 3),
            },
        }

    def _measure_rows(self, lon: Floats, lat: Floats) -> Floats:
        """Give (3, N): distance, cross-track and along-track metres."""
        out = np.empty((3, len(lon)))
        far = np.empty(len(lon), dtype=np.int64)
        far_rows = measure_rows(lon, lat, self._line, self._index.candidates(lon, lat), out, far)
        if far_rows:
            rows = np.flatnonzero(far >= 0)
            out[:2, rows] = measure_far(self._line, far[rows], out[1, rows], lon[rows], lat[rows])
        return out


def _refuse(lon: Floats, lat: Floats, row: int) -> None:
    try:
        check_number("lon", float(lon[row]))
        check_number("lat", float(lat[row]))
    except FixError as error:
        raise FixError(f"row {row}: {error}" if len(lon) > 1 else str(error)) from None
