"""The centre of a shape and the radius of its 95 % circle (RFC 7459, section 5).

The formulae are ``corridor/shapes.py``; which of them a document's words allow is decided here.
"""

import math

from corridor.errors import CorridorError
from corridor.fix import LIMITS
from corridor.shapes import (
    Distribution,
    Region,
    circle_around_arc_band,
    circle_around_circle,
    circle_around_ellipse,
    circle_around_ellipsoid,
    circle_around_polygon,
    circle_around_prism,
    circle_around_sphere,
    scale_radius,
)
from sip.errors import PidfError
from sip.pidflo.confidence import Confidence
from sip.pidflo.flags import Flag
from sip.pidflo.presence import Place
from sip.pidflo.shapes import ArcBand, Circle, Ellipse, Ellipsoid, Point, Polygon, Prism, Shape, Sphere

PERCENT = 95.0
# a sphere's circle holds at least C ** (2/3): this confidence of a sphere is 95 % of its circle
_PERCENT_OF_SPHERE = 100 * 0.95**1.5


def place_of(shape: Shape, confidence: Confidence, flags: set[Flag]) -> Place:
    """Give a shape's centre and the radius that holds the target with 95 %.

    Stated as normal, the radius is scaled by the RFC's formula; as rectangular, it shrinks only. Of
    another or an unknown distribution it never shrinks, and below 95 % it grows as if it were normal:
    too small a radius would be a false alarm.

    Raises
    ------
    PidfError
        The shape is so large or so thin that it has no centre.
    """
    if isinstance(shape, Point):
        return Place(shape.lon, shape.lat, shape.altitude_m, None)
    try:
        region = _region(shape)
    except CorridorError as error:
        raise PidfError(str(error)) from None
    radius_m = min(_radius_95(region, confidence, flags), LIMITS["accuracy_m"][1])
    if not (math.isfinite(region.lon) and math.isfinite(region.lat) and radius_m > 0):
        raise PidfError(f"{type(shape).__name__} has no centre on the earth")
    altitude_m = shape.altitude_m if isinstance(shape, Polygon) else region.altitude_m
    return Place(region.lon, region.lat, altitude_m, radius_m)


def _region(shape: Shape) -> Region:
    match shape:
        case Circle():
            return circle_around_circle(shape.lon, shape.lat, shape.radius_m)
        case Ellipse():
            return circle_around_ellipse(shape.lon, shape.lat, shape.semi_major_m)
        case ArcBand():
            return circle_around_arc_band(
                shape.lon,
                shape.lat,
                inner_radius_m=shape.inner_radius_m,
                outer_radius_m=shape.outer_radius_m,
                start_angle_deg=shape.start_deg,
                opening_angle_deg=shape.opening_deg,
            )
        case _:
            return _high_region(shape)


def _high_region(shape: Shape) -> Region:
    match shape:
        case Sphere():
            return circle_around_sphere(shape.lon, shape.lat, shape.altitude_m, shape.radius_m)
        case Ellipsoid():
            return circle_around_ellipsoid(
                shape.lon,
                shape.lat,
                shape.altitude_m,
                semi_major_m=shape.semi_major_m,
                vertical_m=shape.vertical_m,
            )
        case Prism():
            lon, lat = zip(*shape.ring, strict=True)
            return circle_around_prism(lon, lat, altitude_m=shape.altitude_m, height_m=shape.height_m)
        case Polygon():
            return circle_around_polygon(*zip(*shape.ring, strict=True))
        case _:
            raise PidfError(f"{type(shape).__name__} has no region")


def _radius_95(region: Region, confidence: Confidence, flags: set[Flag]) -> float:
    stated, pdf = confidence.percent, confidence.distribution
    if stated is None:
        return region.radius_m
    if stated < PERCENT and pdf is not Distribution.NORMAL:
        flags.add(Flag.SCALED_AS_NORMAL)
        pdf = Distribution.NORMAL
    target = PERCENT if region.dimensions == 2 else _PERCENT_OF_SPHERE
    return scale_radius(region.radius_m, stated, target, pdf=pdf, dimensions=region.dimensions).radius_m
