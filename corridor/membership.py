"""How likely a target is in an area, from its region of uncertainty (RFC 7459, 5.5).

The regions are ``regions.py``; the normal integrals ``normal.py``. All is done in the plane of true distances
and bearings about the region's centroid, where straight edges stand for geodesics.
"""

import math
from functools import reduce
from itertools import pairwise

import numpy as np
import shapely

from corridor.ellipsoid import Floats
from corridor.errors import FixError
from corridor.fence import Fence
from corridor.geodesic import wgs84
from corridor.normal import ellipse_normal_in_circle, normal_in_rings
from corridor.regions import ArcBand, Circle, Ellipse, Polygon, Shape, Uncertainty
from corridor.shapes import Distribution

PERCENT = 95.0
# A round outline's corners are so dense that the sagitta is this part of the shape's width.
OUTLINE_TOLERANCE = 1e-4
_MAX_CORNERS = 100_000
# A fence's edges are straight in degrees. In pieces so short they leave the geodesic by 1 cm at 45 degrees.
_PIECE_DEG = 0.01

Area = Circle | Polygon | Fence


def probability_inside(place: Uncertainty, area: Area) -> float:
    """Give the probability that a target is in an area.

    Parameters
    ----------
    place
        Where the target is said to be. *Normal*: the exact integral over the area of the distribution with
        the region's own axes. *Rectangular* or *unknown*: scaled to 95 % if it can be, the confidence times
        the part of the region that lies in the area (an unknown confidence counts as 95 %).
    area
        A polygon's edges are geodesics, a fence's straight in degrees. It must not reach to the other side of
        the earth.

    Returns
    -------
    True to 1e-11, but for a rectangular arc band, or a rectangular ellipse in a circle: to 1e-4.

    Raises
    ------
    FixError
        A polygon crosses itself.

    Examples
    --------
    >>> place = Uncertainty(Circle(16.37, 48.21, 100.0))
    >>> round(probability_inside(place, Circle(16.37, 48.21, 80.0)), 3)  # 0.95 * 0.8²
    0.608
    """
    area = _plain(area)
    if place.pdf is Distribution.NORMAL:
        return _normal(place, area)
    scaled = place.scaled(PERCENT)
    confidence = (scaled.confidence or PERCENT) / 100
    return confidence * min(overlap_m2(scaled.shape, area) / scaled.shape.area_m2, 1.0)


def is_inside(place: Uncertainty, area: Area) -> bool:
    """Say whether a target counts as in an area: with 50 % and more (RFC 7459, 5.5)."""
    return probability_inside(place, area) >= 0.5


def overlap_m2(shape: Shape, area: Area) -> float:
    """Give the area that a shape and an area of interest share.

    Examples
    --------
    >>> here, there = Circle(16.0, 48.0, 100.0), Circle(16.0, 48.0, 50.0)
    >>> round(overlap_m2(here, there) / there.area_m2, 9)
    1.0
    """
    area = _plain(area)
    if isinstance(area, Circle):
        centre = _centre(shape, area)
        if isinstance(shape, Circle):
            return two_circles_m2(shape.radius_m, area.radius_m, math.hypot(*centre))
        return abs(sum(_disc_in_ring(ring - centre, area.radius_m) for ring in _outline(shape)))
    drawn = _drawn(shape, area)
    if isinstance(shape, (Circle, Ellipse)):
        ellipse = shape.as_ellipse()
        axes = np.array([ellipse.semi_major_m, ellipse.semi_minor_m])
        return (
            ellipse.area_m2
            / math.pi
            * sum(_disc_in_ring(_turned(ring, ellipse) / axes, 1.0) for ring in _rings(drawn))
        )
    return float(shapely.area(shapely.intersection(_polygon(_outline(shape)), drawn)))


def two_circles_m2(radius_m: float, other_radius_m: float, distance_m: float) -> float:
    """Give the area that two circles share (RFC 7459, 5.5.1).

    Examples
    --------
    >>> round(two_circles_m2(99.1, 1950.0, 1915.26))  # the RFC's own example, which lost a digit in print
    22030
    """
    r, big_r = sorted((radius_m, other_radius_m))
    if distance_m >= r + big_r:
        return 0.0
    if distance_m <= big_r - r:
        return math.pi * r * r
    # the common chord's distance from both centres
    near = (distance_m**2 + r * r - big_r * big_r) / (2 * distance_m)
    far = distance_m - near
    half_chord = math.sqrt(max(r * r - near * near, 0.0))
    return (
        r * r * math.atan2(half_chord, near)
        + big_r * big_r * math.atan2(half_chord, far)
        - distance_m * half_chord
    )


def _normal(place: Uncertainty, area: Area) -> float:
    ellipse, sigma_m = place.shape.as_ellipse(), np.array(place.sigma_m)
    if isinstance(area, Circle):
        along, across = _turned(_centre(ellipse, area), ellipse).tolist()
        return float(ellipse_normal_in_circle(along, across, area.radius_m, sigma_m[0], sigma_m[1]))
    rings = [np.ascontiguousarray(_turned(ring, ellipse) / sigma_m) for ring in _rings(_drawn(ellipse, area))]
    first = np.cumsum([0, *map(len, rings)])
    return float(normal_in_rings(np.concatenate(rings), first, 1.0))


def _turned(xy_m: Floats, ellipse: Ellipse) -> Floats:
    """Give east and north metres along the major and the minor axis; area keeps its sign."""
    bearing = math.radians(ellipse.orientation_deg)
    sine, cosine = math.sin(bearing), math.cos(bearing)
    turned: Floats = xy_m @ np.array([[sine, -cosine], [cosine, sine]])
    return turned


def _about(shape: Shape, lon_lat: Floats) -> Floats:
    """Give (N, 2) east and north metres of places about a shape's centroid, by true distance and bearing."""
    lon, lat = np.broadcast_to(shape.centroid, lon_lat.shape).T
    azimuth_deg, _, distance_m = wgs84().inv(lon, lat, *lon_lat.T)
    azimuth = np.radians(azimuth_deg)
    return np.stack([distance_m * np.sin(azimuth), distance_m * np.cos(azimuth)], axis=-1)


def _centre(shape: Shape, area: Circle) -> Floats:
    centre: Floats = _about(shape, np.array([area.centroid]))[0]
    return centre


def _plain(area: Area) -> Area:
    """Give a fence that is a circle as a circle."""
    if isinstance(area, Fence) and len(area.shape.circles.lon):
        return Circle(*(float(column[0]) for column in area.shape.circles))
    return area


def _drawn(shape: Shape, area: Polygon | Fence) -> shapely.Geometry:
    """Give an area in the plane about a shape, its exteriors counter-clockwise and its holes clockwise."""
    if isinstance(area, Fence):
        rings = (shapely.Polygon(_about(shape, ring)) for ring in _fence_rings(area))
        drawn = reduce(shapely.symmetric_difference, rings)  # even-odd, whichever way they run
    else:
        drawn = _polygon([_about(shape, np.asarray(ring)) for ring in area.rings])
    return shapely.orient_polygons(drawn)


def _rings(drawn: shapely.Geometry) -> list[Floats]:
    rings = shapely.get_rings(shapely.get_parts(drawn))
    return [shapely.get_coordinates(ring)[:-1] for ring in rings]


def _fence_rings(fence: Fence) -> list[Floats]:
    rings = fence.shape.rings
    vertices = np.stack([rings.lon, rings.lat], axis=-1)
    return [_in_pieces(vertices[first:last]) for first, last in pairwise(rings.first_vertex.tolist())]


def _in_pieces(ring: Floats) -> Floats:
    """Give a closed ring with its edges cut up, straight in degrees."""
    longest = np.abs(np.diff(ring, axis=0)).max(axis=1)
    at = np.concatenate([[0.0], np.cumsum(np.maximum(np.ceil(longest / _PIECE_DEG), 1.0))])
    steps = np.arange(at[-1] + 1)
    return np.stack([np.interp(steps, at, column) for column in ring.T], axis=-1)


def _polygon(rings: list[Floats]) -> shapely.Polygon:
    exterior, *holes = rings
    polygon = shapely.Polygon(exterior, holes)
    if not polygon.is_valid:
        raise FixError(f"polygon of {len(exterior)} corners: {shapely.is_valid_reason(polygon)}")
    return polygon


def _outline(shape: Shape) -> list[Floats]:
    """Give the rings of a shape about its centroid. Round ones have the shape's own area in all."""
    match shape:
        case Polygon():
            return _rings(_drawn(shape, shape))
        case ArcBand():
            return _band_outline(shape)
        case _:
            ellipse = shape.as_ellipse()
            unit = _arc(0.0, 2 * math.pi, 1.0, OUTLINE_TOLERANCE)[:-1]
            axes = [ellipse.semi_major_m, ellipse.semi_minor_m]
            # the inverse of a turn is its transpose
            bearing = math.radians(ellipse.orientation_deg)
            turn = [[math.sin(bearing), math.cos(bearing)], [-math.cos(bearing), math.sin(bearing)]]
            return [unit * axes @ np.array(turn)]


def _band_outline(band: ArcBand) -> list[Floats]:
    opening, start = math.radians(band.opening_deg), math.radians(band.start_deg)
    sagitta = OUTLINE_TOLERANCE * (1 - band.inner_radius_m / band.outer_radius_m)
    arc = _arc(start, opening, 1.0, sagitta)
    centre = _about(band, np.array([[band.lon, band.lat]]))
    outer, inner = centre + arc * band.outer_radius_m, centre + arc * band.inner_radius_m
    if band.opening_deg == 360:
        return [outer[:-1], inner[-2::-1]] if band.inner_radius_m else [outer[:-1]]
    return [np.concatenate([outer, inner[::-1] if band.inner_radius_m else centre])]


def _arc(start: float, opening: float, radius: float, sagitta: float) -> Floats:
    """Give the corners along an arc, clockwise from a bearing, so far out that their area is the arc's."""
    pieces = math.ceil(min(opening / math.sqrt(8 * sagitta / radius), _MAX_CORNERS)) + 1
    step = opening / pieces
    bearing = start + step * np.arange(pieces + 1)
    return radius * math.sqrt(step / math.sin(step)) * np.stack([np.sin(bearing), np.cos(bearing)], axis=-1)


def _disc_in_ring(ring: Floats, radius_m: float) -> float:
    """Give the area that the disc about the origin shares with a ring, signed as the ring turns.

    The shared part's boundary is each edge as far as it runs in the disc and, before and after, the arc
    beneath it: an arc is its chord and the segment over that. All chords are summed up about a point of the
    disc near the ring, so that a small ring in a huge disc loses no digits.
    """
    after = np.roll(ring, -1, axis=0)
    along = after - ring
    square = np.maximum((along * along).sum(axis=1), 1e-300)
    foot = -(ring * along).sum(axis=1) / square
    height_square = ((ring + foot[:, None] * along) ** 2).sum(axis=1)
    half = np.sqrt(np.maximum(radius_m**2 - height_square, 0.0) / square)
    enter, leave = (ring + np.clip(foot + sign * half, 0, 1)[:, None] * along for sign in (-1, 1))
    way = [ring, enter, leave, after]
    segments = radius_m**2 * (_segment(_angle(ring, enter)) + _segment(_angle(leave, after)))
    origin = _pulled(ring[:1], radius_m)
    corners = [_pulled(point, radius_m) - origin for point in way]
    chords = sum(_cross(p, q) for p, q in pairwise(corners))
    return float((segments + chords).sum()) / 2


def _pulled(xy_m: Floats, radius_m: float) -> Floats:
    """Give the points of the disc beneath points: themselves, or those on its edge."""
    pulled: Floats = xy_m * (radius_m / np.maximum(np.hypot(*xy_m.T), radius_m))[:, None]
    return pulled


def _segment(angle: Floats) -> Floats:
    """Give angle - sin(angle), without cancellation."""
    square = angle * angle
    series = angle * square / 6 * (1 - square / 20 * (1 - square / 42 * (1 - square / 72)))
    return np.where(square < 0.01, series, angle - np.sin(angle))


def _cross(a: Floats, b: Floats) -> Floats:
    product: Floats = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return product


def _angle(a: Floats, b: Floats) -> Floats:
    angle: Floats = np.arctan2(_cross(a, b), (a * b).sum(axis=1))
    return angle
