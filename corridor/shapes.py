"""Circles around the eight shapes of RFC 5491, and the scaling of confidence, after RFC 7459.

Reading the shapes from XML is sip's; what a radius means to a corridor is ``uncertainty.py``. Imports numpy
and nothing heavier: a small publisher needs this too.
"""

import math
from enum import StrEnum
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corridor.ellipsoid import Floats
from corridor.errors import FixError
from corridor.frame import LocalFrame


class Region(NamedTuple):
    """A circle (2 dimensions) or sphere (3) that holds a shape; its confidence is the shape's, unchanged."""

    lon: float
    lat: float
    radius_m: float
    altitude_m: float | None = None
    dimensions: int = 2


class Distribution(StrEnum):
    """The ``pdf`` of RFC 7459, section 4.1.2: how the probability lies within the shape."""

    UNKNOWN = "unknown"
    NORMAL = "normal"
    RECTANGULAR = "rectangular"


class Scaled(NamedTuple):
    """A radius and the confidence, in percent, that may be claimed for it."""

    radius_m: float
    confidence: float


def circle_around_circle(lon: float, lat: float, radius_m: float) -> Region:
    """Give the circle itself."""
    return Region(lon, lat, radius_m)


def circle_around_ellipse(lon: float, lat: float, semi_major_m: float) -> Region:
    """Give the circle over an ellipse's major axis (RFC 7459, 5.2)."""
    return Region(lon, lat, semi_major_m)


def circle_around_arc_band(
    lon: float,
    lat: float,
    *,
    inner_radius_m: float,
    outer_radius_m: float,
    start_angle_deg: float,
    opening_angle_deg: float,
) -> Region:
    """Give the circle about an arc band's centroid (RFC 7459, 5.1.1.1 and 5.2).

    Parameters
    ----------
    lon, lat
        The centre of both arcs, which is not in the shape.
    inner_radius_m, outer_radius_m
        ``r`` and ``R``, ``0 <= r < R``.
    start_angle_deg, opening_angle_deg
        From north clockwise, and clockwise on from there.

    Examples
    --------
    >>> band = circle_around_arc_band(0, 0, inner_radius_m=1661.55, outer_radius_m=2215.4,
    ...                               start_angle_deg=266, opening_angle_deg=120)
    >>> round(band.radius_m, 1)
    1984.3
    """
    r, big_r = inner_radius_m, outer_radius_m
    opening = math.radians(opening_angle_deg)
    # 4 sin(o/2) (R² + Rr + r²) / (3 o (R + r)); sin(x)/x keeps a hair-thin band finite
    sine_ratio = math.sin(opening / 2) / (opening / 2) if opening else 1.0
    d = 2 * sine_ratio * (big_r**2 + big_r * r + r**2) / (3 * (big_r + r))
    # Over the band the distance from the centroid is greatest in a corner: outer, or of a thin band inner.
    radius_m = max(_third_side(d, big_r, opening / 2), _third_side(d, r, opening / 2))
    bearing = math.radians(start_angle_deg) + opening / 2
    ((centre_lon, centre_lat),) = LocalFrame(lon, lat).from_enu(
        [[d * math.sin(bearing), d * math.cos(bearing)]]
    )
    return Region(float(centre_lon), float(centre_lat), radius_m)


def circle_around_polygon(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Region:
    """Give the circle about a polygon's area centroid, through the farthest vertex (RFC 7459, 5.1 and 5.2).

    Parameters
    ----------
    lon, lat
        (V,) degrees, either way round, closed or not; over the antimeridian and a pole too.

    Raises
    ------
    FixError
        The polygon has no area.
    """
    frame, xy_m = _in_own_plane(lon, lat)
    x, y = xy_m.T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    twice_area_m2 = float(cross.sum())
    # relative to its extent: what is thinner than rounding has no centroid
    if abs(twice_area_m2) <= 1e-9 * float((xy_m**2).sum()):
        raise FixError(f"polygon of {len(xy_m)} vertices has no area")
    centroid = ((xy_m + np.roll(xy_m, -1, axis=0)) * cross[:, None]).sum(axis=0) / (3 * twice_area_m2)
    radius_m = float(np.hypot(*(xy_m - centroid).T).max())
    ((centre_lon, centre_lat),) = frame.from_enu(centroid)
    return Region(float(centre_lon), float(centre_lat), radius_m)


def polygon_area_m2(lon: npt.ArrayLike, lat: npt.ArrayLike) -> float:
    """Give a polygon's area in its local plane, positive if counter-clockwise (as RFC 5491 asks)."""
    x, y = _in_own_plane(lon, lat)[1].T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2


def circle_around_sphere(lon: float, lat: float, altitude_m: float, radius_m: float) -> Region:
    """Give the sphere itself."""
    return Region(lon, lat, radius_m, altitude_m, dimensions=3)


def circle_around_ellipsoid(
    lon: float, lat: float, altitude_m: float, *, semi_major_m: float, vertical_m: float
) -> Region:
    """Give the sphere over the longer of an ellipsoid's semi-major and vertical semi-axes (RFC 7459, 5.2)."""
    return Region(lon, lat, max(semi_major_m, vertical_m), altitude_m, dimensions=3)


def circle_around_prism(
    lon: npt.ArrayLike, lat: npt.ArrayLike, *, altitude_m: float, height_m: float
) -> Region:
    """Give the circle around a prism's base, at half its height (RFC 7459, 5.1.1.3)."""
    return circle_around_polygon(lon, lat)._replace(altitude_m=altitude_m + height_m / 2)


def scale_radius(
    radius_m: float,
    confidence_from: float,
    confidence_to: float,
    *,
    pdf: Distribution = Distribution.UNKNOWN,
    dimensions: int = 2,
) -> Scaled:
    """Give the radius at another confidence, as far as the distribution allows (RFC 7459, 5.3).

    A normal distribution scales both ways, by the RFC's formula (an exact Rayleigh law differs by 2 % between
    67 and 95). A rectangular one only shrinks: nothing outside the shape is known. Of an unknown one nothing
    is known inside either. What cannot be scaled comes back as it was, with the confidence that it has.

    Parameters
    ----------
    radius_m
        Radius of a circle or sphere.
    confidence_from, confidence_to
        Percent, both over 0 and under 100.
    pdf
        How the probability lies.
    dimensions
        2 for a circle, ellipse or arc band, 3 for a sphere or ellipsoid.

    Raises
    ------
    FixError
        A confidence is not between 0 and 100, or `dimensions` is neither 2 nor 3.

    Examples
    --------
    >>> scale_radius(850.24, 67, 95, pdf=Distribution.NORMAL).radius_m.__round__(1)
    1423.0
    >>> scale_radius(100.0, 67, 95, pdf=Distribution.RECTANGULAR)
    Scaled(radius_m=100.0, confidence=67)
    """
    for confidence in (confidence_from, confidence_to):
        if not 0 < confidence < 100:
            raise FixError(f"confidence {confidence} is not between 0 and 100 percent")
    if dimensions not in {2, 3}:
        raise FixError(f"dimensions is {dimensions}; circles have 2, spheres 3")
    if pdf is Distribution.NORMAL:
        factor = _spread(confidence_to, dimensions) / _spread(confidence_from, dimensions)
        return Scaled(radius_m * factor, confidence_to)
    if pdf is Distribution.RECTANGULAR and confidence_to < confidence_from:
        return Scaled(radius_m * (confidence_to / confidence_from) ** (1 / dimensions), confidence_to)
    return Scaled(radius_m, confidence_from)


def confidence_without_altitude(confidence: float) -> float:
    """Give the least confidence, in percent, of a sphere's circle: C ** (2/3) (RFC 7459, 5.2)."""
    return float(100 * (confidence / 100) ** (2 / 3))


def _third_side(a: float, b: float, angle: float) -> float:
    return math.sqrt(max(0.0, a * a + b * b - 2 * a * b * math.cos(angle)))


def _in_own_plane(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[LocalFrame, Floats]:
    # The centre need only be near: the mean of the vertices in space has no seam to fall over.
    first = LocalFrame(float(np.asarray(lon)[0]), float(np.asarray(lat)[0]))
    middle = first.to_enu(lon, lat)[:, :2].mean(axis=0)
    frame = LocalFrame(*first.from_enu(middle)[0].tolist())
    return frame, frame.to_enu(lon, lat)[:, :2]


def _spread(confidence: float, dimensions: int) -> float:
    """Give erfinv(C ** (1/n)) but for a factor that cancels."""
    one_axis = (confidence / 100) ** (1 / dimensions)
    return NormalDist().inv_cdf((1 + one_axis) / 2)
