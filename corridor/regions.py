"""Regions of uncertainty as values: where a target is said to be, how surely, and how that scales (RFC 7459).

How likely such a target is in an area is ``membership.py``; the eight shapes' circles are ``shapes.py``.
Angles are clockwise from true north. Imports numpy and nothing heavier.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from corridor.ellipsoid import Floats
from corridor.errors import FixError
from corridor.fix import check_number
from corridor.frame import LocalFrame
from corridor.shapes import (
    Distribution,
    circle_around_arc_band,
    circle_around_polygon,
    polygon_area_m2,
    scale_radius,
)


@dataclass(frozen=True, slots=True)
class Circle:
    """A disc."""

    lon: float
    lat: float
    radius_m: float

    def __post_init__(self) -> None:
        _check_place(self.lon, self.lat)
        _check_length("radius_m", self.radius_m)

    @property
    def centroid(self) -> tuple[float, float]:
        """Longitude and latitude of the centre."""
        return self.lon, self.lat

    @property
    def area_m2(self) -> float:
        """Area in the plane."""
        return math.pi * self.radius_m**2

    def resized(self, factor: float) -> Self:
        """Give it larger or smaller about its centroid."""
        return replace(self, radius_m=self.radius_m * factor)

    def as_ellipse(self) -> "Ellipse":
        """Give it as an ellipse."""
        return Ellipse(self.lon, self.lat, self.radius_m, self.radius_m, 0.0)


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An ellipse; `orientation_deg` is the bearing of the major axis (RFC 5491, 5.2.4)."""

    lon: float
    lat: float
    semi_major_m: float
    semi_minor_m: float
    orientation_deg: float

    def __post_init__(self) -> None:
        _check_place(self.lon, self.lat)
        _check_length("semi_minor_m", self.semi_minor_m)
        _check_length("semi_major_m", self.semi_major_m)
        _check_angle("orientation_deg", self.orientation_deg)
        if self.semi_minor_m > self.semi_major_m:
            raise FixError(
                f"semi_minor_m {self.semi_minor_m} is longer than semi_major_m {self.semi_major_m}"
            )

    @property
    def centroid(self) -> tuple[float, float]:
        """Longitude and latitude of the centre."""
        return self.lon, self.lat

    @property
    def area_m2(self) -> float:
        """Area in the plane."""
        return math.pi * self.semi_major_m * self.semi_minor_m

    def resized(self, factor: float) -> Self:
        """Give it with both axes longer or shorter."""
        return replace(self, semi_major_m=self.semi_major_m * factor, semi_minor_m=self.semi_minor_m * factor)

    def as_ellipse(self) -> "Ellipse":
        """Give itself."""
        return self


@dataclass(frozen=True, slots=True)
class ArcBand:
    """A part of a ring about (`lon`, `lat`), opening clockwise from `start_deg` (RFC 5491, 5.2.5)."""

    lon: float
    lat: float
    inner_radius_m: float
    outer_radius_m: float
    start_deg: float
    opening_deg: float

    def __post_init__(self) -> None:
        _check_place(self.lon, self.lat)
        _check_length("outer_radius_m", self.outer_radius_m)
        _check_angle("start_deg", self.start_deg)
        if not 0 <= self.inner_radius_m < self.outer_radius_m:
            raise FixError(f"inner_radius_m {self.inner_radius_m} is not in [0, {self.outer_radius_m})")
        if not 0 < self.opening_deg <= 360:
            raise FixError(f"opening_deg {self.opening_deg} is outside (0, 360]")

    @property
    def centroid(self) -> tuple[float, float]:
        """Longitude and latitude of the centre of mass, which need not be in the band."""
        around = circle_around_arc_band(
            self.lon,
            self.lat,
            inner_radius_m=self.inner_radius_m,
            outer_radius_m=self.outer_radius_m,
            start_angle_deg=self.start_deg,
            opening_angle_deg=self.opening_deg,
        )
        return around.lon, around.lat

    @property
    def area_m2(self) -> float:
        """Area in the plane."""
        return math.radians(self.opening_deg) / 2 * (self.outer_radius_m**2 - self.inner_radius_m**2)

    def resized(self, factor: float) -> Self:
        """Give it larger or smaller about its centroid; so the arcs' centre moves."""
        lon, lat = self.centroid
        frame = LocalFrame(lon, lat)
        ((moved_lon, moved_lat),) = frame.from_enu(frame.to_enu(self.lon, self.lat)[:, :2] * factor)
        return replace(
            self,
            lon=float(moved_lon),
            lat=float(moved_lat),
            inner_radius_m=self.inner_radius_m * factor,
            outer_radius_m=self.outer_radius_m * factor,
        )

    def as_ellipse(self) -> Ellipse:
        """Give the ellipse that has the same centroid and second moments."""
        opening, middle = math.radians(self.opening_deg), math.radians(self.start_deg + self.opening_deg / 2)
        square = (self.outer_radius_m**2 + self.inner_radius_m**2) / 2  # mean of r²
        ((x, y),) = LocalFrame(self.lon, self.lat).to_enu(*self.centroid)[:, :2]
        lean = math.sin(opening) / opening
        along = square * (1 + lean) / 2 - (x * x + y * y)
        across = square * (1 - lean) / 2
        axis = np.array([math.sin(middle), math.cos(middle)])
        covariance = across * np.eye(2) + (along - across) * np.outer(axis, axis)
        return _ellipse_of_moments(self.centroid, covariance)


@dataclass(frozen=True, slots=True, eq=False)
class Polygon:
    """An area within straight edges; as an area of interest it may have holes.

    Parameters
    ----------
    rings
        The exterior and then the holes, each (V, 2) longitudes and latitudes, closed or not, either way
        round. They must not cross.
    """

    rings: Sequence[npt.ArrayLike]

    def __post_init__(self) -> None:
        rings = tuple(_ring(number, ring) for number, ring in enumerate(self.rings))
        if not rings:
            raise FixError("a polygon needs an exterior ring; it has none")
        object.__setattr__(self, "rings", rings)

    @property
    def centroid(self) -> tuple[float, float]:
        """Longitude and latitude of the exterior's centre of mass."""
        around = circle_around_polygon(*np.asarray(self.rings[0]).T)
        return around.lon, around.lat

    @property
    def area_m2(self) -> float:
        """Area in the plane, less the holes."""
        exterior, *holes = (abs(polygon_area_m2(*np.asarray(ring).T)) for ring in self.rings)
        return exterior - sum(holes)

    def resized(self, factor: float) -> "Polygon":
        """Give it larger or smaller about its centroid."""
        frame = LocalFrame(*self.centroid)
        return Polygon(
            [frame.from_enu(frame.to_enu(*np.asarray(ring).T)[:, :2] * factor) for ring in self.rings]
        )

    def as_ellipse(self) -> Ellipse:
        """Give the ellipse that has the same centroid and second moments as the exterior."""
        xy = LocalFrame(*self.centroid).to_enu(*np.asarray(self.rings[0]).T)[:, :2]
        after = np.roll(xy, -1, axis=0)
        cross = xy[:, 0] * after[:, 1] - xy[:, 1] * after[:, 0]
        ends = xy + after
        # of a triangle with its tip at the centroid: (a aᵀ + b bᵀ + (a + b)(a + b)ᵀ) cross / 24
        squares = sum(np.einsum("n,ni,nj->ij", cross, side, side) for side in (xy, after, ends))
        return _ellipse_of_moments(self.centroid, np.asarray(squares) / 12 / cross.sum())


Shape = Circle | Ellipse | ArcBand | Polygon


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """A shape that holds the target with a confidence, and how the probability lies in it (RFC 7459, 4).

    Parameters
    ----------
    shape
        Where the target is said to be.
    confidence
        Percent, over 0 and under 100: how likely the target is in the shape. None is the document's
        ``unknown``, which cannot be scaled.
    pdf
        How the probability lies.

    Raises
    ------
    FixError
        The confidence is none; or the shape's own numbers are.

    Examples
    --------
    >>> said = Uncertainty(Ellipse(16.37, 48.21, 50.0, 20.0, 30.0), confidence=39.3, pdf=Distribution.NORMAL)
    >>> round(said.scaled(95).shape.semi_major_m), round(said.sigma_m[0])
    (126, 50)
    """

    shape: Shape
    confidence: float | None = 95.0
    pdf: Distribution = Distribution.UNKNOWN

    def __post_init__(self) -> None:
        if self.confidence is not None and not 0 < self.confidence < 100:
            raise FixError(f"confidence {self.confidence} is not between 0 and 100 percent")

    def scaled(self, confidence: float) -> "Uncertainty":
        """Give the region at another confidence, as far as the distribution allows (RFC 7459, 5.3).

        A normal one scales both ways, by the RFC's formula; a rectangular one only shrinks; one that is
        unknown in either respect stays as it is. All of a shape scales alike, about its centroid.
        """
        if self.confidence is None:
            return self
        factor, reached = scale_radius(1.0, self.confidence, confidence, pdf=self.pdf)
        return replace(self, shape=self.shape.resized(factor), confidence=reached)

    @property
    def sigma_m(self) -> tuple[float, float]:
        """Standard deviations along the major and minor axis, if it is taken as normal.

        Such that an ellipse holds exactly its confidence: axes over sqrt(-2 ln(1 - C)). Polygons and arc
        bands count as the ellipse of the same moments, an unknown confidence as 95 %.
        """
        ellipse = self.shape.as_ellipse()
        radii = math.sqrt(-2 * math.log1p(-(self.confidence or 95.0) / 100))
        return ellipse.semi_major_m / radii, ellipse.semi_minor_m / radii


def sigma_across_m(place: Uncertainty, course_deg: float) -> float:
    """Give the standard deviation across a way that runs on a course, if the place is taken as normal.

    Parameters
    ----------
    place
        Where the target is said to be.
    course_deg
        Of the way, clockwise from true north.

    Examples
    --------
    >>> place = Uncertainty(Ellipse(16.37, 48.21, 244.77, 24.477, 90.0))  # long from west to east
    >>> round(sigma_across_m(place, 90.0), 2), round(sigma_across_m(place, 0.0), 2)
    (10.0, 100.0)
    """
    major_m, minor_m = place.sigma_m
    turn = math.radians(course_deg - place.shape.as_ellipse().orientation_deg)
    return math.hypot(major_m * math.sin(turn), minor_m * math.cos(turn))


def _ellipse_of_moments(centroid: tuple[float, float], covariance: Floats) -> Ellipse:
    """Give the ellipse whose evenly spread mass has this covariance: half axes of two sigmas."""
    (minor, major), vectors = np.linalg.eigh(covariance)
    east, north = vectors[:, 1]
    bearing_deg = math.degrees(math.atan2(east, north)) % 180
    return Ellipse(*centroid, 2 * math.sqrt(major), 2 * math.sqrt(max(minor, 1e-18 * major)), bearing_deg)


def _ring(number: int, ring: npt.ArrayLike) -> Floats:
    places = np.array(ring, dtype=np.float64)
    if places.ndim != 2 or places.shape[1] != 2:
        raise FixError(f"ring {number} has shape {places.shape}; (V, 2) longitudes and latitudes are needed")
    if len(places) > 1 and (places[0] == places[-1]).all():
        places = places[:-1]
    if len(places) < 3:
        raise FixError(f"ring {number} has {len(places)} corners; three are needed")
    for vertex, (lon, lat) in enumerate(places.tolist()):
        try:
            _check_place(lon, lat)
        except FixError as error:
            raise FixError(f"ring {number}, vertex {vertex}: {error}") from None
    places.flags.writeable = False
    return places


def _check_place(lon: float, lat: float) -> None:
    check_number("lon", lon)
    check_number("lat", lat)


def _check_length(name: str, value: float) -> None:
    if not (value > 0 and math.isfinite(value)):
        raise FixError(f"{name} {value} is not a length over 0")


def _check_angle(name: str, value: float) -> None:
    if not math.isfinite(value):
        raise FixError(f"{name} is {value}; a finite number of degrees is needed")
