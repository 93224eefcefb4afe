"""A recorded way: vertices joined by geodesics, valid by construction.

Reading files is ``tracks/``; cutting a path into what can be measured fast is ``stretch.py``.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Self

import numpy as np
import numpy.typing as npt

from corridor.ellipsoid import Floats
from corridor.errors import FixError, PathError
from corridor.fix import LIMITS, check_number
from corridor.frame import geocentric_xyz
from corridor.geodesic import lengths_m

# A day of one-second fixes is 86,400; a path of more is a file of something else.
MAX_VERTICES = 2_000_000
# Twice and a half round the earth. Edges are cut into pieces, so length costs memory as vertices do.
MAX_LENGTH_M = 100_000_000.0
# Vertices closer than this are one place, whatever their degrees say (at a pole any longitude will do).
SAME_PLACE_M = 1e-6


@dataclass(frozen=True, slots=True, eq=False, init=False, repr=False)
class Path:
    """A way over the earth, in the direction of travel.

    Parameters
    ----------
    lon, lat
        (V,) degrees on WGS 84. A vertex that repeats the one before it is removed, with its time;
        `repeats_removed` counts them.
    elapsed_s
        (V,) seconds since the start, never running backwards; optional.
    name
        How messages call it.

    Raises
    ------
    PathError
        A vertex is NaN, infinite or out of range (its number is named), fewer than two are distinct, times
        run backwards, or there are over `MAX_VERTICES` or `MAX_LENGTH_M`.

    Examples
    --------
    >>> path = Path([16.0, 16.0, 16.1], [48.0, 48.0, 48.0], name="school")
    >>> path
    Path(name='school', vertices=2, length_m=7462.5)
    >>> Path([16.0], [48.0], name="school")
    Traceback (most recent call last):
    corridor.errors.PathError: path "school" needs two distinct vertices; it has 1
    """

    lon: Floats  # (V,)
    lat: Floats  # (V,)
    elapsed_s: Floats | None  # (V,)
    name: str
    repeats_removed: int
    length_m: float

    def __init__(
        self,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        *,
        elapsed_s: npt.ArrayLike | None = None,
        name: str = "path",
    ) -> None:
        self._keep("name", name)
        x, y = self._column("longitude", lon), self._column("latitude", lat)
        times = None if elapsed_s is None else self._column("elapsed_s", elapsed_s)
        self._check_vertices(x, y, times)
        moved_m = np.linalg.norm(np.diff(geocentric_xyz(x, y), axis=0), axis=1)
        kept = np.append(np.ones(min(len(x), 1), dtype=bool), moved_m > SAME_PLACE_M)
        if kept.sum() < 2:
            raise PathError(self._says(f"needs two distinct vertices; it has {len(x) and 1}"))
        self._keep("lon", x[kept])
        self._keep("lat", y[kept])
        self._keep("elapsed_s", None if times is None else times[kept])
        self._keep("repeats_removed", int((~kept).sum()))
        self._keep("length_m", float(lengths_m(self.lon, self.lat).sum()))
        if self.length_m > MAX_LENGTH_M:
            raise PathError(
                self._says(f"is {self.length_m / 1000:.0f} km long, over {MAX_LENGTH_M / 1000:.0f} km")
            )

    @classmethod
    def from_file(cls, file: str | os.PathLike[str]) -> Self:
        """Read a path from GPX, GeoJSON, KML, CSV or Parquet; its name is the file's.

        Times are taken over where every vertex has one and none runs backwards; without them a path is
        as good, so it is not refused for its times.

        Raises
        ------
        PathError
            The file cannot be read, or holds no path; it is named.
        """
        from corridor.tracks import read_path  # reading files loads parsers

        found = read_path(file)
        elapsed_s: Floats | None = None
        if found.time is not None and np.isfinite(found.time).all() and (np.diff(found.time) >= 0).all():
            elapsed_s = found.time - found.time[:1]
        return cls(found.lon, found.lat, elapsed_s=elapsed_s, name=FilePath(file).name)

    @property
    def fingerprint(self) -> str:
        """Digest of the vertices, in hexadecimal; name and times do not count."""
        places = np.stack([self.lon, self.lat]) + 0.0  # -0.0 becomes 0.0
        return hashlib.blake2b(places.astype("<f8").tobytes(), digest_size=16).hexdigest()

    def __len__(self) -> int:
        return len(self.lon)

    def __repr__(self) -> str:
        return f"Path(name={self.name!r}, vertices={len(self)}, length_m={self.length_m:.1f})"

    def _says(self, text: str) -> str:
        return f'path "{self.name}" {text}'

    def _keep(self, name: str, value: object) -> None:
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
        object.__setattr__(self, name, value)

    def _column(self, word: str, values: npt.ArrayLike) -> Floats:
        try:
            column = np.array(values, dtype=np.float64)
        except (TypeError, ValueError):
            raise PathError(self._says(f"has a {word} that is not a number")) from None
        if column.ndim != 1:
            raise PathError(self._says(f"has {word}s of shape {column.shape}; one column is needed"))
        if len(column) > MAX_VERTICES:
            raise PathError(self._says(f"has {len(column)} vertices, over {MAX_VERTICES}"))
        return column

    def _check_vertices(self, lon: Floats, lat: Floats, times: Floats | None) -> None:
        if len(lon) != len(lat) or (times is not None and len(times) != len(lon)):
            counts = [len(column) for column in (lon, lat, times) if column is not None]
            raise PathError(self._says(f"has columns of different lengths: {counts}"))
        for name, column in (("lon", lon), ("lat", lat)):
            low, high = LIMITS[name]
            for vertex in np.flatnonzero(~((column >= low) & (column <= high)))[:1]:
                try:
                    check_number(name, float(column[vertex]))
                except FixError as error:
                    raise PathError(self._says(f"vertex {vertex}: {error}")) from None
        if times is not None:
            forwards = np.append(np.isfinite(times[:1]), np.diff(times) >= 0)
            for vertex in np.flatnonzero(~forwards)[:1]:
                raise PathError(self._says(f"vertex {vertex}: elapsed_s {times[vertex]} runs backwards"))
