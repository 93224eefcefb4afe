"""An area that a watcher wants to be told of, and on which side of it a device is (RFC 6447, 3.4).

Rectangular overlap and 50 %, as RFC 7459, 5.5 has it; the areas shared are ``corridor/membership.py``. This
is for filters only: alarms are decided from the normal distribution, by the rules.
"""

import math
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from corridor.ellipsoid import LEAST_RADIUS_M, geocentric
from corridor.errors import CorridorError
from corridor.regions import ArcBand as ArcBandRegion
from corridor.regions import Circle as CircleRegion
from corridor.regions import Ellipse as EllipseRegion
from corridor.regions import Polygon as PolygonRegion
from corridor.regions import Shape as Region
from corridor.regions import Uncertainty
from corridor.shapes import Distribution, circle_around_polygon
from sip.filters.faults import FilterFault
from sip.pidflo import (
    ArcBand,
    Circle,
    Confidence,
    Ellipse,
    Ellipsoid,
    Place,
    Point,
    Polygon,
    Prism,
    Shape,
    Sphere,
)

ENOUGH = 0.5  # RFC 6447, 3.4: inside, or outside, with a probability of 50 %
PERCENT = 95.0
MAX_REACH_M = 1_000_000.0  # a large country; the plane in which areas are shared bends beyond
# A point says nothing of its uncertainty (RFC 7459, 3.1): it is in or out as it stands, with this grain.
_POINT_RADIUS_M = 0.1


class Side(StrEnum):
    """Where a device is; between the two thresholds neither is sure."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Area:
    """The one circle or polygon of an ``enterOrExit``.

    Raises
    ------
    FilterFault
        It is larger than `MAX_REACH_M`, or without an area.
    """

    shape: Circle | Polygon
    region: CircleRegion | PolygonRegion = field(init=False, compare=False, repr=False)
    _around: CircleRegion = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        region = _region(self.shape)
        try:
            around = _circle_around(region)
        except CorridorError as error:
            raise FilterFault(f"enterOrExit: {error}") from None
        if around.radius_m > MAX_REACH_M:
            raise FilterFault(
                f"enterOrExit: area reaches {around.radius_m:.0f} m from its centre;"
                f" at most {MAX_REACH_M:.0f} m"
            )
        object.__setattr__(self, "region", region)
        object.__setattr__(self, "_around", around)

    @classmethod
    def of(cls, shape: Shape) -> Self:
        """Take a shape as an area; its height bounds nothing: it reaches from the ground to the sky.

        Raises
        ------
        FilterFault
            It is neither a circle nor a polygon.
        """
        match shape:
            case Circle():
                return cls(shape)
            case Polygon():
                # looking for crossings is dear: once is enough
                return cls(shape if shape.altitude_m is None else Polygon(shape.ring))
            case _:
                raise FilterFault(f"enterOrExit: {type(shape).__name__} is neither a Circle nor a Polygon")

    def side(self, place: Place, shape: Shape | None, confidence: Confidence) -> Side:
        """Say on which side of the area a device is.

        Parameters
        ----------
        place
            Its centre and 95 % circle.
        shape, confidence
            The region it was stated as; None: the circle.

        Returns
        -------
        ``INSIDE`` from P(in) = 50 %, ``OUTSIDE`` from P(out) = 50 %. The two add up to the confidence, 95 %:
        between them lies a band where a device is neither.

        Examples
        --------
        >>> area = Area(Circle(16.37, 48.2, 100.0))
        >>> area.side(Place(16.37, 48.2, None, 20.0), None, Confidence()).value
        'inside'
        """
        if self._is_far(place):
            return Side.OUTSIDE
        if place.accuracy_m is None:  # a point
            shape = Circle(place.lon, place.lat, _POINT_RADIUS_M)
            within = self.probability_inside(shape, Confidence())[0]
            return Side.INSIDE if within >= PERCENT / 200 else Side.OUTSIDE
        if shape is None or isinstance(shape, Point):
            shape, confidence = (
                Circle(place.lon, place.lat, max(place.accuracy_m, _POINT_RADIUS_M)),
                Confidence(),
            )
        try:
            within, outside = self.probability_inside(shape, confidence)
        except CorridorError:  # a region so large or thin that the plane folds it
            return Side.UNSURE
        if within >= ENOUGH:
            return Side.INSIDE
        return Side.OUTSIDE if outside >= ENOUGH else Side.UNSURE

    def probability_inside(self, shape: Shape, confidence: Confidence) -> tuple[float, float]:
        """Give how likely a target of that region is inside and outside; both add up to the confidence.

        Raises
        ------
        CorridorError
            The region cannot be drawn in a plane.
        """
        from corridor.membership import probability_inside  # heavy: GEOS and PROJ

        place = _scaled(Uncertainty(_region(shape), confidence.percent, confidence.distribution))
        within = probability_inside(place, self.region)
        return within, (place.confidence or PERCENT) / 100 - within

    def _is_far(self, place: Place) -> bool:
        """Tell whether nothing of the device's circle can be in the area: chords are shorter than ways."""
        reach_m = self._around.radius_m + (place.accuracy_m or 0.0) + 2 * _POINT_RADIUS_M
        return reach_m < 2 * LEAST_RADIUS_M and _chord_m(self._around, place) > reach_m


def _scaled(said: Uncertainty) -> Uncertainty:
    """Give a region at 95 % as far as it can be, and from there on as rectangular (RFC 7459, 5.5).

    Of an unknown distribution and below 95 % it grows as if it were normal, as the circle of the place does
    (``sip/pidflo/accuracy.py``): at 40 % it would be neither inside nor outside of anything, for ever.
    """
    if said.confidence is not None and said.confidence < PERCENT:
        said = replace(said, pdf=Distribution.NORMAL)
    return replace(said.scaled(PERCENT), pdf=Distribution.UNKNOWN)


def _region(shape: Shape) -> Region:
    match shape:
        case Circle() | Sphere():  # from a solid, its height is dropped (RFC 7459, 5.2)
            return CircleRegion(shape.lon, shape.lat, shape.radius_m)
        case Ellipse() | Ellipsoid():
            return EllipseRegion(
                shape.lon, shape.lat, shape.semi_major_m, shape.semi_minor_m, shape.orientation_deg
            )
        case ArcBand():
            return ArcBandRegion(
                shape.lon,
                shape.lat,
                shape.inner_radius_m,
                shape.outer_radius_m,
                shape.start_deg,
                shape.opening_deg,
            )
        case Polygon() | Prism():
            return PolygonRegion([shape.ring])
        case Point():
            return CircleRegion(shape.lon, shape.lat, _POINT_RADIUS_M)


def _circle_around(region: Region) -> CircleRegion:
    if isinstance(region, CircleRegion):
        return region
    lon, lat = zip(*region.rings[0].tolist(), strict=True)  # type: ignore[union-attr]
    around = circle_around_polygon(lon, lat)
    return CircleRegion(around.lon, around.lat, around.radius_m)


def _chord_m(a: CircleRegion, b: Place) -> float:
    return math.dist(geocentric(a.lon, a.lat), geocentric(b.lon, b.lat))  # type: ignore[arg-type]
