"""The eight shapes of RFC 5491, section 5, as values that cannot be impossible.

Their centres and circles are ``corridor/shapes.py``; reading and writing them is ``geometry.py`` and
``write.py``. Longitude first, angles clockwise from true north.
"""

import math
from dataclasses import dataclass

from corridor.fix import LIMITS
from sip.pidflo.ring import Ring, ring_fault

MAX_LENGTH_M = LIMITS["accuracy_m"][1]  # half the earth round; a longer axis is a fault


@dataclass(frozen=True, slots=True)
class Point:
    """A place without a stated uncertainty, which is not the same as an exact one (RFC 7459, 3.1)."""

    lon: float
    lat: float
    altitude_m: float | None = None

    def __post_init__(self) -> None:
        _check_place(self.lon, self.lat, self.altitude_m)


@dataclass(frozen=True, slots=True)
class Circle:
    """A disc."""

    lon: float
    lat: float
    radius_m: float

    def __post_init__(self) -> None:
        _check_place(self.lon, self.lat)
        _check_length("radius", self.radius_m)


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An ellipse; `orientation_deg` is the bearing of the semi-major axis."""

    lon: float
    lat: float
    semi_major_m: float
    semi_minor_m: float
    orientation_deg: float

    def __post_init__(self) -> None:
        _check_place(self.lon, self.lat)
        _check_axes(self.semi_major_m, self.semi_minor_m)
        _check_angle("orientation", self.orientation_deg)


@dataclass(frozen=True, slots=True)
class ArcBand:
    """A part of a ring round (`lon`, `lat`), which lies outside it.

    It opens clockwise from `start_deg` by `opening_deg`. An inner radius of 0 is a sector.
    """

    lon: float
    lat: float
    inner_radius_m: float
    outer_radius_m: float
    start_deg: float
    opening_deg: float

    def __post_init__(self) -> None:
        _check_place(self.lon, self.lat)
        _check_length("outerRadius", self.outer_radius_m)
        if not 0 <= self.inner_radius_m < self.outer_radius_m:
            raise ValueError(
                f"innerRadius {self.inner_radius_m:g} m is not between 0 and outerRadius"
                f" {self.outer_radius_m:g} m"
            )
        _check_angle("startAngle", self.start_deg)
        if not 0 < self.opening_deg <= 360:
            raise ValueError(f"openingAngle {self.opening_deg:g} is outside (0, 360]")


@dataclass(frozen=True, slots=True)
class Sphere:
    """A ball; `altitude_m` above the ellipsoid is that of its centre."""

    lon: float
    lat: float
    altitude_m: float
    radius_m: float

    def __post_init__(self) -> None:
        _check_place(self.lon, self.lat, self.altitude_m)
        _check_length("radius", self.radius_m)


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """An ellipsoid with one vertical axis; all axes are half lengths."""

    lon: float
    lat: float
    altitude_m: float
    semi_major_m: float
    semi_minor_m: float
    vertical_m: float
    orientation_deg: float

    def __post_init__(self) -> None:
        _check_place(self.lon, self.lat, self.altitude_m)
        _check_axes(self.semi_major_m, self.semi_minor_m)
        _check_length("verticalAxis", self.vertical_m)
        _check_angle("orientation", self.orientation_deg)


@dataclass(frozen=True, slots=True)
class Polygon:
    """An area; `ring` holds its distinct corners (lon, lat), counter-clockwise, not closed."""

    ring: Ring
    altitude_m: float | None = None

    def __post_init__(self) -> None:
        _check_ring(self.ring, self.altitude_m)


@dataclass(frozen=True, slots=True)
class Prism:
    """A polygon at `altitude_m` raised by `height_m`."""

    ring: Ring
    altitude_m: float
    height_m: float

    def __post_init__(self) -> None:
        _check_ring(self.ring, self.altitude_m)
        _check_length("height", self.height_m)


Shape = Point | Circle | Ellipse | ArcBand | Sphere | Ellipsoid | Polygon | Prism


def _check_ring(ring: Ring, altitude_m: float | None) -> None:
    for lon, lat in ring:
        _check_place(lon, lat, altitude_m)
    if fault := ring_fault(ring):
        raise ValueError(fault)


def _check_place(lon: float, lat: float, altitude_m: float | None = None) -> None:
    for word, name, value in (("latitude", "lat", lat), ("longitude", "lon", lon)):
        low, high = LIMITS[name]
        if not low <= value <= high:
            raise ValueError(f"{word} {value:g} is outside [{low:g}, {high:g}]")
    low, high = LIMITS["altitude_m"]
    if altitude_m is not None and not low <= altitude_m <= high:
        raise ValueError(f"altitude {altitude_m:g} m is outside [{low:g}, {high:g}]")


def _check_length(name: str, value: float) -> None:
    if not 0 < value <= MAX_LENGTH_M:
        raise ValueError(f"{name} {value:g} m is outside (0, {MAX_LENGTH_M:g}]")


def _check_axes(semi_major_m: float, semi_minor_m: float) -> None:
    _check_length("semiMajorAxis", semi_major_m)
    _check_length("semiMinorAxis", semi_minor_m)
    if semi_minor_m > semi_major_m:
        raise ValueError(f"semiMinorAxis {semi_minor_m:g} m is longer than semiMajorAxis {semi_major_m:g} m")


def _check_angle(name: str, value: float) -> None:
    if not math.isfinite(value):
        raise ValueError(f"{name} is {value}; a finite number of degrees is needed")
