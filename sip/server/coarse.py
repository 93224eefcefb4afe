"""A coarse place: a large circle that surely holds a device, for watchers who may know no more.

Who may know what is ``permission.py``; that the shape, the speed, the height and the address go with the
exact place is the notifier's, which tells `CoarsePlace` and nothing else of it.

The idea is that of RFC 6772, 6.5.2: the circle's centre is a landmark of a grid that lies still on the earth,
so that the same place gives the same circle, today and tomorrow. A random circle drawn anew for each place
would be averaged out, one that follows the device would be its track. What leaks all the same is in
docs/decisions/0033-coarse-places.md.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from corridor.ellipsoid import EQUATOR_RADIUS_M, LEAST_RADIUS_M, POLE_RADIUS_M, geocentric
from sip.pidflo import Circle, Place
from sip.pidflo.shapes import MAX_LENGTH_M

TIME_GRAIN_S = 60.0
# Of the radius: half to the corner of a landmark's own cell, a quarter for staying beyond its edge, and a
# quarter for the uncertainty of the place itself.
_CELL_SIDE = math.sqrt(0.5)
_STAY = 0.25
_ACCURACY = 0.25
# A circle that grew for a vague fix shrinks again when a fix is twice as good as the smaller one needs.
_SHRINK = 0.5
_LARGEST_M = 5_000_000.0  # beyond, a grid on the earth has a handful of cells: all of it is one
# The longest that a degree of latitude is, and the longest radius of a circle of latitude over its cosine.
_LONGEST_DEGREE_M = math.radians(EQUATOR_RADIUS_M**2 / POLE_RADIUS_M)
_WIDEST_RADIUS_M = EQUATOR_RADIUS_M**2 / POLE_RADIUS_M

_Landmark = tuple[float, float]  # lon, lat


@dataclass(frozen=True, slots=True)
class CoarsePlace:
    """All that may be told of a place, and when it was measured, to the minute before."""

    circle: Circle
    time: float


def coarsened(place: Place, time: float, *, coarse_m: float, before: Circle | None = None) -> CoarsePlace:
    """Give the coarse place of a place.

    Parameters
    ----------
    place
        Where the device is.
    time
        When that was measured, UTC seconds.
    coarse_m
        Radius of the circle. For a place that is vague beyond a quarter of it, it doubles until it fits.
    before
        The circle last told to the same watcher: it stays while the device is not a quarter of its radius
        nearer to another landmark, so that one that lives on an edge does not flicker.

    Returns
    -------
    A circle that holds the place's whole 95 % circle. It depends on the arguments and on nothing else.

    Raises
    ------
    ValueError
        `coarse_m` is no positive length.

    Examples
    --------
    >>> coarse = coarsened(Place(16.3725, 48.2083, 171.0, 12.0), 1772437245.0, coarse_m=2000.0)
    >>> coarse.circle.radius_m, coarse.time
    (2000.0, 1772437200.0)
    """
    if not 0 < coarse_m <= MAX_LENGTH_M:
        raise ValueError(f"coarse_m {coarse_m:g} is outside (0, {MAX_LENGTH_M:g}]")
    minute = math.floor(time / TIME_GRAIN_S) * TIME_GRAIN_S
    if before is not None and _stays(before, place, coarse_m):
        return CoarsePlace(before, minute)
    return CoarsePlace(_circle(place, coarse_m), minute)


def _circle(place: Place, coarse_m: float) -> Circle:
    for radius_m in _radii(coarse_m):
        lon, lat = _nearest(place, radius_m)
        if _fits(place, radius_m) and _holds(Circle(lon, lat, radius_m), place):
            return Circle(lon, lat, radius_m)
    return Circle(0.0, 0.0, MAX_LENGTH_M)


def _stays(before: Circle, place: Place, coarse_m: float) -> bool:
    """Tell whether the circle that was told goes on: of a size that is in order, near enough, and holding."""
    smaller_m = before.radius_m / 2
    in_order = before.radius_m in _radii(coarse_m) and (
        before.radius_m == coarse_m or _accuracy_m(place) > _SHRINK * _ACCURACY * smaller_m
    )
    if not (in_order and _holds(before, place)):
        return False
    own_m = _way_m((before.lon, before.lat), place)
    return own_m <= _way_m(_nearest(place, before.radius_m), place) + _STAY * before.radius_m


def _radii(coarse_m: float) -> Iterator[float]:
    radius_m = coarse_m
    while radius_m <= _LARGEST_M:
        yield radius_m
        radius_m *= 2


def _accuracy_m(place: Place) -> float:
    return place.accuracy_m or 0.0  # a point is taken as it stands: the quarter for it is there all the same


def _fits(place: Place, radius_m: float) -> bool:
    return _accuracy_m(place) <= _ACCURACY * radius_m


def _holds(circle: Circle, place: Place) -> bool:
    return _way_m((circle.lon, circle.lat), place) + _accuracy_m(place) <= circle.radius_m


def _nearest(place: Place, radius_m: float) -> _Landmark:
    return min(_landmarks_near(place, radius_m), key=lambda landmark: _way_m(landmark, place))


def _landmarks_near(place: Place, radius_m: float) -> Iterator[_Landmark]:
    """Give the nearest landmark of each row near a place.

    Rows lie along circles of latitude, a cell's side apart or less, and so do the landmarks of a row, each
    row with a whole number of them: no seam at the antimeridian, and none at a pole.
    """
    side_m = _CELL_SIDE * radius_m
    rows = math.ceil(180.0 * _LONGEST_DEGREE_M / side_m)
    step_deg = 180.0 / rows
    own = math.floor((place.lat + 90.0) / step_deg)
    for row in range(max(own - 1, 0), min(own + 2, rows)):
        lat = (row + 0.5) * step_deg - 90.0
        around_m = 2 * math.pi * _WIDEST_RADIUS_M * math.cos(math.radians(lat))
        columns = math.ceil(around_m / side_m)
        column = math.floor((place.lon + 180.0) / 360.0 * columns) % columns  # 180 east is 180 west
        yield (column + 0.5) / columns * 360.0 - 180.0, lat


def _way_m(landmark: _Landmark, place: Place) -> float:
    """Give a distance over the ground that is never too short: the chord's arc on the smallest sphere."""
    here = geocentric(*landmark)  # type: ignore[arg-type]  # written for arrays, takes scalars
    there = geocentric(place.lon, place.lat)  # type: ignore[arg-type]
    half = math.dist(here, there) / (2 * LEAST_RADIUS_M)
    return 2 * LEAST_RADIUS_M * math.asin(min(half, 1.0))
