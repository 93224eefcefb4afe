"""Degrees to east and north metres in the plane of a stretch, by short series about its centre.

The same numbers as ``LocalFrame.to_enu`` gives, within 1e-8 m, without its sines and cosines.
"""

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled, inlined
from corridor.ellipsoid import (
    ECCENTRICITY_SQUARED,
    EQUATOR_RADIUS_M,
    POLE_RADIUS_M,
    Floats,
    axes,
    geocentric,
)
from corridor.frame import geocentric_xyz

Place = tuple[float, float, float]  # geocentric x, y, z
Record = Any  # one row of a structured array: numpy has no type for its fields

# A plane about a place, with what the series need.
PLANE = np.dtype(
    [
        ("lon", "<f8"),
        ("lat", "<f8"),
        ("sin_lat", "<f8"),
        ("cos_lat", "<f8"),
        ("normal_m", "<f8"),  # radius of curvature across the meridian
        ("flatness", "<f8"),  # e² / (1 - e² sin² lat)
        ("z_m", "<f8"),
        ("axis_m", "<f8"),  # distance from the earth's axis
        ("radius_m", "<f8"),  # of the sphere that fits best
        ("origin", "<f8", (3,)),
        ("axes", "<f8", (3, 3)),  # rows east, north, up
    ]
)

# Within these radians the series are exact to the last bits: 63 km north; 50 km east up to 85 degrees north.
_SERIES_LAT = 0.01
_SERIES_LON = 0.1
_DEGREE = math.pi / 180
_OTHER_SIDE_M = 1e9  # what a plane says of a place on the earth's other side, instead of folding it

geocentric_of = cast("Callable[[float, float], Place]", compiled(geocentric))


def planes_about(lon: Floats, lat: Floats) -> npt.NDArray[np.void]:
    """Give (N,) PLANEs about (N,) places."""
    plane = np.empty(len(lon), PLANE)
    plane["lon"], plane["lat"] = lon, lat
    plane["sin_lat"], plane["cos_lat"] = np.sin(lat * _DEGREE), np.cos(lat * _DEGREE)
    square = 1 - ECCENTRICITY_SQUARED * plane["sin_lat"] ** 2
    plane["normal_m"] = EQUATOR_RADIUS_M / np.sqrt(square)
    plane["flatness"] = ECCENTRICITY_SQUARED / square
    plane["z_m"] = plane["normal_m"] * (1 - ECCENTRICITY_SQUARED) * plane["sin_lat"]
    plane["axis_m"] = plane["normal_m"] * plane["cos_lat"]
    plane["radius_m"] = POLE_RADIUS_M / square
    plane["origin"] = geocentric_xyz(lon, lat)
    for row in range(len(plane)):
        plane["axes"][row] = axes(float(lon[row]), float(lat[row]))
    return plane


def planes_to_space(plane: npt.NDArray[np.void], xyz: Floats) -> Floats:
    """Give (N, 3) east, north and up metres of (N, 3) geocentric places, each in its own of (N,) PLANEs."""
    away: Floats = np.einsum("nij,nj->ni", plane["axes"], xyz - plane["origin"])
    return away


@inlined
def to_plane(plane: Record, lon: float, lat: float) -> tuple[float, float]:
    """Give east and north metres of a place in a PLANE; the same for the same place, whoever asks."""
    a, b = (lat - plane["lat"]) * _DEGREE, (lon - plane["lon"]) * _DEGREE
    if not (abs(a) <= _SERIES_LAT and abs(b) <= _SERIES_LON):
        return _to_plane_afar(plane, lon, lat)
    a2, b2 = a * a, b * b
    sin_a = a * (1.0 - a2 / 6.0 * (1.0 - a2 / 20.0))
    cos_a = 1.0 - a2 / 2.0 * (1.0 - a2 / 12.0 * (1.0 - a2 / 30.0))
    sin_b = b * (1.0 - b2 / 6.0 * (1.0 - b2 / 20.0 * (1.0 - b2 / 42.0 * (1.0 - b2 / 72.0))))
    cos_b = 1.0 - b2 / 2.0 * (1.0 - b2 / 12.0 * (1.0 - b2 / 30.0 * (1.0 - b2 / 56.0 * (1.0 - b2 / 90.0))))
    sin_0, cos_0 = plane["sin_lat"], plane["cos_lat"]
    sin_lat, cos_lat = sin_0 * cos_a + cos_0 * sin_a, cos_0 * cos_a - sin_0 * sin_a
    # 1 / sqrt(1 - u), where u is what the latitude changes under the root of the radius of curvature
    u = plane["flatness"] * (sin_lat - sin_0) * (sin_lat + sin_0)
    normal_m = plane["normal_m"] * (1.0 + u * (0.5 + u * (0.375 + u * 0.3125)))
    axis_m = normal_m * cos_lat
    above_m = normal_m * (1.0 - ECCENTRICITY_SQUARED) * sin_lat - plane["z_m"]
    return axis_m * sin_b, above_m * cos_0 - (axis_m * cos_b - plane["axis_m"]) * sin_0


@compiled
def _to_plane_afar(plane: Record, lon: float, lat: float) -> tuple[float, float]:
    east, north, up = to_space(plane, geocentric_of(lon, lat))
    return (_OTHER_SIDE_M, _OTHER_SIDE_M) if up < -0.5 * plane["radius_m"] else (east, north)


@compiled
def to_space(plane: Record, place: Place) -> Place:
    """Give east, north and up metres of a geocentric place in a PLANE."""
    origin, rows = plane["origin"], plane["axes"]
    x, y, z = place[0] - origin[0], place[1] - origin[1], place[2] - origin[2]
    return (
        rows[0, 0] * x + rows[0, 1] * y + rows[0, 2] * z,
        rows[1, 0] * x + rows[1, 1] * y + rows[1, 2] * z,
        rows[2, 0] * x + rows[2, 1] * y + rows[2, 2] * z,
    )


@compiled
def from_space(plane: Record, place: Place) -> Place:
    """Give the geocentric place of east, north and up metres in a PLANE."""
    origin, rows = plane["origin"], plane["axes"]
    east, north, up = place
    return (
        origin[0] + rows[0, 0] * east + rows[1, 0] * north + rows[2, 0] * up,
        origin[1] + rows[0, 1] * east + rows[1, 1] * north + rows[2, 1] * up,
        origin[2] + rows[0, 2] * east + rows[1, 2] * north + rows[2, 2] * up,
    )
