"""Paths and fixes in one projected plane, as whoever uses shapely would lay them out, and how true that is.

A transverse Mercator about their middle, in PROJ's faster form.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from pyproj import Transformer

from corridor import Path
from corridor.geodesic import lengths_m
from waywarn.bench.ground import Floats

_EARTH_M = 6_371_000.0


def projection(lon: Floats, lat: Floats) -> Transformer:
    """Give the projection about the middle of some places."""
    about = f"+lat_0={np.median(lat)} +lon_0={np.median(lon)}"
    return Transformer.from_crs("EPSG:4326", f"+proj=tmerc +approx {about} +k=1 +ellps=WGS84", always_xy=True)


class Plane:
    """A plane about the middle of some paths.

    Parameters
    ----------
    paths
        What lies in it.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        lon, lat = (np.concatenate([getattr(path, axis) for path in paths]) for axis in ("lon", "lat"))
        self._transformer = projection(lon, lat)
        self._reach_m = float(np.abs(self.metres(lon, lat)[0]).max())
        self._edge_m = max(float(lengths_m(path.lon, path.lat).max()) for path in paths)

    def metres(self, lon: Any, lat: Any) -> tuple[Floats, Floats]:
        """Project degrees."""
        x, y = self._transformer.transform(lon, lat)
        return x, y

    def lines(self, paths: Sequence[Path]) -> Any:
        """Give (P,) prepared shapely LineStrings."""
        import shapely

        lines = np.array(
            [shapely.LineString(np.stack(self.metres(path.lon, path.lat), axis=1)) for path in paths],
            dtype=object,
        )
        shapely.prepare(lines)
        return lines

    def tolerance_m(self, distance_m: Floats) -> Floats:
        """Bound what the projection does to distances: its scale, and edges that are no geodesics in it."""
        scale = (self._reach_m / _EARTH_M) ** 2 / 2
        bow_m = self._edge_m**2 * self._reach_m / (8 * _EARTH_M**2)
        return 0.002 + 1.5 * scale * distance_m + bow_m
