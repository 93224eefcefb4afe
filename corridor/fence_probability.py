"""How probable it is that a device is inside a fence: a round normal distribution about its fix.

Discs and polygons in the plane are ``normal.py``; here is which plane. It is that of the fix, azimuths and
distances from it kept, so that a boundary far away encloses what it encloses on the ground.
"""

import math

from corridor.boundary import in_space
from corridor.compiled import compiled
from corridor.ellipsoid import Floats
from corridor.fence_arrays import (
    Ints,
    PackedFences,
    areas_in,
    entries_in,
    entry_of,
    leaves_in,
    points_in,
    stretches_in,
)
from corridor.fence_kernel import signed_distance_m
from corridor.normal import normal_in_circle, wedge
from corridor.plane import Place, geocentric_of

_BEYOND = 8.5  # sigmas; what lies beyond is 1e-16 of the mass
_EARTH_M = 6_371e3
_DEGREE = math.pi / 180

_Axes = tuple[Place, Place]  # east and north of the fix


@compiled
def probability_inside_one(packed: PackedFences, fence: int, lon: float, lat: float, sigma_m: float) -> float:
    """Give the probability that a device is inside a fence.

    Parameters
    ----------
    packed, fence
        The fences, and the number of one.
    lon, lat
        The fix, degrees; finite and in range.
    sigma_m
        Standard deviation along one axis. 0 is certainty: 1, 0, or 0.5 on the edge.

    Returns
    -------
    Exact in the plane of the fix; the earth's curvature is within 0.01 for sigmas up to 300 km.
    """
    signed_m = signed_distance_m(packed, fence, lon, lat)
    entry = entries_in(packed)[entry_of(packed, fence)]
    if entry["area"] < 0:
        return normal_in_circle(signed_m + entry["r"], entry["r"], sigma_m)
    if abs(signed_m) >= _BEYOND * sigma_m:
        return 0.5 if signed_m == 0.0 else 1.0 if signed_m < 0.0 else 0.0
    mass = _mass(packed, entry["area"], lon, lat, sigma_m)
    return min(max(mass, 0.0), 1.0)


@compiled
def probabilities(
    packed: PackedFences, which: Ints, lon: Floats, lat: Floats, sigma_m: Floats, out: Floats
) -> None:
    """Fill `out` with the probability of each row."""
    for row in range(len(out)):
        out[row] = probability_inside_one(packed, which[row], lon[row], lat[row], sigma_m[row])


@compiled
def _mass(packed: PackedFences, area: int, lon: float, lat: float, sigma_m: float) -> float:
    """Add up the triangles between the fix and all segments of a boundary, the inside on their left."""
    areas, stretches = areas_in(packed), stretches_in(packed)
    leaves, points = leaves_in(packed), points_in(packed)
    place = geocentric_of(lon, lat)
    sin_lon, cos_lon = math.sin(lon * _DEGREE), math.cos(lon * _DEGREE)
    sin_lat, cos_lat = math.sin(lat * _DEGREE), math.cos(lat * _DEGREE)
    axes = ((-sin_lon, cos_lon, 0.0), (-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat))
    total = 0.0
    for at in range(areas[area]["first_stretch"], areas[area + 1]["first_stretch"]):
        stretch = stretches[at]
        for leaf in range(stretch["first_leaf"], stretches[at + 1]["first_leaf"]):
            first = leaves[leaf]["first_point"]
            ax, ay = _about(axes, place, in_space(stretch, points, first))
            for i in range(first + 1, leaves[leaf + 1]["first_point"]):
                bx, by = _about(axes, place, in_space(stretch, points, i))
                total += wedge(ax, ay, bx, by, sigma_m)
                ax, ay = bx, by
    return total


@compiled
def _about(axes: _Axes, place: Place, other: Place) -> tuple[float, float]:
    """Give a place's metres east and north of another: true azimuth, distance over the surface."""
    dx, dy, dz = other[0] - place[0], other[1] - place[1], other[2] - place[2]
    east = axes[0][0] * dx + axes[0][1] * dy
    north = axes[1][0] * dx + axes[1][1] * dy + axes[1][2] * dz
    flat2 = east * east + north * north
    if flat2 == 0.0:
        return 0.0, 0.0
    chord = math.sqrt(dx * dx + dy * dy + dz * dz)
    stretched = 2.0 * _EARTH_M * math.asin(min(chord / (2.0 * _EARTH_M), 1.0)) / math.sqrt(flat2)
    return east * stretched, north * stretched
