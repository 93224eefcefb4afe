"""The arithmetic of WGS 84: degrees to geocentric metres and back, and the axes of a place.

Written once with numpy's ufuncs and equal to PROJ's ``cart`` and ``topocentric``: it serves arrays as it
stands and scalars inside compiled loops. Frames about a centre are ``frame.py``; geodesics ``geodesic.py``.
"""

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

EQUATOR_RADIUS_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
ECCENTRICITY_SQUARED = FLATTENING * (2 - FLATTENING)
POLE_RADIUS_M = EQUATOR_RADIUS_M * (1 - FLATTENING)
LEAST_RADIUS_M = POLE_RADIUS_M * (1 - FLATTENING)  # smallest radius of curvature: a meridian at the equator
_DEGREE = math.pi / 180


# Annotated for arrays; a compiled loop calls the same text with scalars.
def geocentric(lon: Floats, lat: Floats) -> tuple[Floats, Floats, Floats]:
    """Turn degrees into geocentric x, y, z metres at height 0 (EPSG:4979 to EPSG:4978)."""
    sin_lat = np.sin(lat * _DEGREE)
    cos_lat = np.cos(lat * _DEGREE)
    normal_m = EQUATOR_RADIUS_M / np.sqrt(1 - ECCENTRICITY_SQUARED * sin_lat * sin_lat)
    x = normal_m * cos_lat * np.cos(lon * _DEGREE)
    y = normal_m * cos_lat * np.sin(lon * _DEGREE)
    return x, y, normal_m * (1 - ECCENTRICITY_SQUARED) * sin_lat


def geodetic(x: Floats, y: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Turn geocentric metres of points *on* the ellipsoid into degrees; exact there, so no iteration."""
    lon = np.degrees(np.arctan2(y, x))
    lat = np.degrees(np.arctan2(z, (1 - ECCENTRICITY_SQUARED) * np.hypot(x, y)))
    return lon, lat


def axes(lon: float, lat: float) -> Floats:
    """Give the unit vectors east, north and up of a place as rows of a (3, 3) matrix."""
    sin_lon, cos_lon = math.sin(lon * _DEGREE), math.cos(lon * _DEGREE)
    sin_lat, cos_lat = math.sin(lat * _DEGREE), math.cos(lat * _DEGREE)
    return np.array(
        [
            [-sin_lon, cos_lon, 0.0],
            [-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat],
            [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat],
        ]
    )


def mean_radius_m(lat: float) -> float:
    """Give the Gaussian radius of curvature, the best sphere about a place."""
    sin_lat = math.sin(lat * _DEGREE)
    return POLE_RADIUS_M / (1 - ECCENTRICITY_SQUARED * sin_lat * sin_lat)
