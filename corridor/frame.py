"""Local frames: east, north and up metres about a centre, without zone edges, poles included.

Only true near the centre: a plane folds far points over near ones, so whoever measures bounds the distance.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from corridor.ellipsoid import (
    EQUATOR_RADIUS_M,
    POLE_RADIUS_M,
    Floats,
    axes,
    geocentric,
    geodetic,
    mean_radius_m,
)
from corridor.fix import check_number


def geocentric_xyz(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Floats:
    """Turn N places into (N, 3) geocentric metres at height 0 (EPSG:4979 to EPSG:4978).

    Parameters
    ----------
    lon, lat
        (N,) degrees, or scalars for N = 1.

    Examples
    --------
    >>> geocentric_xyz([0.0], [0.0]).tolist()
    [[6378137.0, 0.0, 0.0]]
    """
    lon_deg, lat_deg = np.atleast_1d(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    return np.stack(geocentric(lon_deg, lat_deg), axis=-1)


@dataclass(frozen=True, slots=True)
class LocalFrame:
    """Topocentric metres about a centre on the ellipsoid (PROJ's ``topocentric`` after ``cart``).

    Parameters
    ----------
    lon, lat
        The centre, degrees on WGS 84.

    Raises
    ------
    FixError
        The centre is not finite or out of range.

    Examples
    --------
    >>> frame = LocalFrame(180.0, 0.0)
    >>> frame.to_enu([-179.999], [0.0]).round(3).tolist()  # 111 m east, over the antimeridian
    [[111.319, 0.0, -0.001]]
    """

    lon: float
    lat: float
    origin_xyz: Floats = field(init=False, repr=False, compare=False)  # (3,)
    axes: Floats = field(init=False, repr=False, compare=False)  # (3, 3) rows east, north, up

    def __post_init__(self) -> None:
        check_number("lon", self.lon)
        check_number("lat", self.lat)
        object.__setattr__(self, "origin_xyz", geocentric_xyz(self.lon, self.lat)[0])
        object.__setattr__(self, "axes", axes(self.lon, self.lat))

    @property
    def radius_m(self) -> float:
        """Radius of the sphere that fits the ellipsoid best at the centre."""
        return mean_radius_m(self.lat)

    def to_enu(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Floats:
        """Give (N, 3) east, north and up metres of N places; far away, ``up`` is far below."""
        offset: Floats = geocentric_xyz(lon, lat) - self.origin_xyz
        return offset @ self.axes.T

    def from_enu(self, xy_m: npt.ArrayLike) -> Floats:
        """Give (N, 2) degrees of the places on the ellipsoid straight below or above (N, 2) east and north.

        A point with no place below it, a whole earth's radius from the centre, is NaN.
        """
        plane: Floats = np.asarray(xy_m, dtype=float).reshape(-1, 2) @ self.axes[:2] + self.origin_xyz
        up = self.axes[2]
        # The line plane + s * up meets x²/a² + y²/a² + z²/b² = 1; the root nearest 0, without cancellation.
        weights = np.array([EQUATOR_RADIUS_M**-2, EQUATOR_RADIUS_M**-2, POLE_RADIUS_M**-2])
        square = float(weights @ (up * up))
        half = plane @ (weights * up)
        excess = (plane * plane) @ weights - 1
        with np.errstate(invalid="ignore"):
            root = np.sqrt(half * half - square * excess)
        x, y, z = (plane - (excess / (half + root))[:, None] * up).T
        return np.stack(geodetic(x, y, z), axis=-1)
