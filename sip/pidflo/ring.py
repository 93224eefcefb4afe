"""The ring of a polygon: which way round it runs, and whether it crosses itself.

Its area, centre and circle are ``corridor/shapes.py``.
"""

import math

Ring = tuple[tuple[float, float], ...]  # distinct corners (lon, lat), not closed
Plane = list[tuple[float, float]]

# RFC 5491, 5.2.2 asks for 15. The test for crossings looks at each pair of edges, so a document of
# 64 kB with 5,000 corners would take seconds: more corners than this are refused.
MAX_CORNERS = 100


def ring_fault(ring: Ring) -> str | None:
    """Say what makes a ring impossible, or None.

    Examples
    --------
    >>> ring_fault(((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)))
    'polygon crosses itself between its edges 1 and 3'
    """
    distinct = len(set(ring))
    if not 3 <= distinct <= MAX_CORNERS:
        return f"polygon has {distinct} distinct points; from 3 to {MAX_CORNERS} are needed"
    if distinct != len(ring):
        return "polygon touches itself: it comes to one of its points twice"
    plane = _gnomonic(ring)
    if plane is None:
        return "polygon reaches round more than half of the earth"
    if crossing := _crossing(plane):
        return f"polygon crosses itself between its edges {crossing[0]} and {crossing[1]}"
    area = _twice_area(plane)
    if area == 0:
        return "polygon has no area"
    return "polygon runs clockwise" if area < 0 else None


def is_clockwise(ring: Ring) -> bool:
    """Tell whether a ring runs clockwise seen from above; false where nobody can say."""
    plane = _gnomonic(ring)
    return plane is not None and _twice_area(plane) < 0


def _gnomonic(ring: Ring) -> Plane | None:
    """Project from the earth's centre: chords stay straight, across the antimeridian and over the poles."""
    units = [_unit(lon, lat) for lon, lat in ring]
    middle = [sum(axis) for axis in zip(*units, strict=True)]
    size = math.hypot(*middle)
    if size < 1e-9:
        return None
    up = [value / size for value in middle]
    east, north = _tangents(up)
    heights = [_dot(unit, up) for unit in units]
    if min(heights, default=0.0) < 1e-6:  # a corner at the horizon or beyond has no image
        return None
    return [
        (_dot(unit, east) / height, _dot(unit, north) / height)
        for unit, height in zip(units, heights, strict=True)
    ]


def _unit(lon: float, lat: float) -> tuple[float, float, float]:
    cos_lat = math.cos(math.radians(lat))
    return (
        cos_lat * math.cos(math.radians(lon)),
        cos_lat * math.sin(math.radians(lon)),
        math.sin(math.radians(lat)),
    )


def _tangents(up: list[float]) -> tuple[list[float], list[float]]:
    x, y, z = up
    flat = math.hypot(x, y)
    east = [-y / flat, x / flat, 0.0] if flat > 1e-9 else [0.0, 1.0, 0.0]
    north = [-z * east[1], z * east[0], x * east[1] - y * east[0]]  # up x east
    return east, north


def _dot(a: tuple[float, float, float], b: list[float]) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _twice_area(plane: Plane) -> float:
    # about the first corner: a small ring far from the origin would lose its area in rounding
    x0, y0 = plane[0]
    return sum(
        (ax - x0) * (by - y0) - (bx - x0) * (ay - y0)
        for (ax, ay), (bx, by) in zip(plane, plane[1:] + plane[:1], strict=True)
    )


def _crossing(plane: Plane) -> tuple[int, int] | None:
    count = len(plane)
    for first in range(count):
        # neighbouring edges share a corner; the last edge is a neighbour of the first
        for second in range(first + 2, count - (first == 0)):
            a, b = plane[first], plane[first + 1]
            c, d = plane[second], plane[(second + 1) % count]
            if _cross(a, b, c, d):
                return first + 1, second + 1
    return None


def _cross(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]
) -> bool:
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
