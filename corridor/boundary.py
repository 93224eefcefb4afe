"""Distance from a place to the boundary of a polygon: planes near by, straight through the earth far away.

The planes and their parts are laid out by ``fence_layout.py``. The arithmetic is that of corridors (record
0010): the chord in the plane, the drop that the plane loses given back, and the arc over the chord.
"""

import math

from corridor.arc import surface_m
from corridor.compiled import compiled
from corridor.ellipsoid import Floats
from corridor.fence_arrays import PackedFences, Record, Records, areas_in, leaves_in, points_in, stretches_in
from corridor.plane import Place

# No place is measured in a plane from farther than this: a stretch reaches 11 km from its plane's centre.
FAR_M = 39_000.0
_WIDER = 1.0 + 1e-6  # balls and boxes bound chords exactly, chords are measured to 2e-7


@compiled
def boundary_m(packed: PackedFences, area: int, place: Place, limit_m: float) -> float:
    """Give the distance from a place to the boundary of a polygon.

    Infinity if it is farther than `limit_m`; from `FAR_M` on not the distance but a lower bound of it.
    """
    areas, stretches = areas_in(packed), stretches_in(packed)
    leaves, points = leaves_in(packed), points_in(packed)
    best = limit_m
    found = math.inf
    for at in range(areas[area]["first_stretch"], areas[area + 1]["first_stretch"]):
        stretch = stretches[at]
        dx, dy, dz = place[0] - stretch["x"], place[1] - stretch["y"], place[2] - stretch["z"]
        reach = best + stretch["r"]
        chord2 = dx * dx + dy * dy + dz * dz
        if chord2 > reach * reach * _WIDER:
            continue
        least = math.sqrt(chord2) - stretch["r"]
        if least < FAR_M:
            # East and north of the plane's centre.
            out = stretch["cos_lon"] * dx + stretch["sin_lon"] * dy
            px = stretch["cos_lon"] * dy - stretch["sin_lon"] * dx
            py = stretch["cos_lat"] * dz - stretch["sin_lat"] * out
            limit = min(best, FAR_M)
            away = _in_plane(
                leaves,
                points,
                (stretch["first_leaf"], stretches[at + 1]["first_leaf"]),
                (px, py),
                limit * limit * _WIDER,
                stretch["earth_m"],
            )
            least = max(least, limit) if away == math.inf else away
        if least < best:
            best = found = least
    return found


@compiled
def far_boundary_m(packed: PackedFences, area: int, place: Place) -> float:
    """Give the distance to the point of a boundary that is nearest straight through the earth."""
    areas, stretches = areas_in(packed), stretches_in(packed)
    leaves, points = leaves_in(packed), points_in(packed)
    best = _no_farther_m(stretches, areas[area]["first_stretch"], areas[area + 1]["first_stretch"], place)
    x, y, z = place
    foot = place
    for at in range(areas[area]["first_stretch"], areas[area + 1]["first_stretch"]):
        stretch = stretches[at]
        dx, dy, dz = x - stretch["x"], y - stretch["y"], z - stretch["z"]
        if math.sqrt(dx * dx + dy * dy + dz * dz) - stretch["r"] > best:
            continue
        for leaf in range(stretch["first_leaf"], stretches[at + 1]["first_leaf"]):
            start = in_space(stretch, points, leaves[leaf]["first_point"])
            for i in range(leaves[leaf]["first_point"] + 1, leaves[leaf + 1]["first_point"]):
                end = in_space(stretch, points, i)
                sx, sy, sz = end[0] - start[0], end[1] - start[1], end[2] - start[2]
                ex, ey, ez = x - start[0], y - start[1], z - start[2]
                step2 = sx * sx + sy * sy + sz * sz
                t = (ex * sx + ey * sy + ez * sz) / step2 if step2 > 0.0 else 0.0
                t = min(max(t, 0.0), 1.0)
                ex, ey, ez = ex - t * sx, ey - t * sy, ez - t * sz
                away = math.sqrt(ex * ex + ey * ey + ez * ez)
                if away < best:
                    best, foot = away, (x - ex, y - ey, z - ez)
                start = end
    return surface_m(best * best, place, foot)


@compiled
def _no_farther_m(stretches: Records, first: int, end: int, place: Place) -> float:
    """Give a distance straight through the earth within which some point of a boundary lies."""
    best = math.inf
    for at in range(first, end):
        stretch = stretches[at]
        dx, dy, dz = place[0] - stretch["x"], place[1] - stretch["y"], place[2] - stretch["z"]
        best = min(best, math.sqrt(dx * dx + dy * dy + dz * dz) + stretch["r"])
    return best + 1.0


@compiled
def _in_plane(
    leaves: Records,
    points: Floats,
    scope: tuple[int, int],
    point: tuple[float, float],
    limit2: float,
    earth_m: float,
) -> float:
    """Give the surface distance to the nearest segment of a stretch, infinity if none is within the limit."""
    first, end = scope
    px, py = point
    best = limit2
    near_x = near_y = math.inf
    for at in range(first, end):
        leaf = leaves[at]
        if end - first > 1:
            dx = max(leaf["x0"] - px, px - leaf["x1"], 0.0)
            dy = max(leaf["y0"] - py, py - leaf["y1"], 0.0)
            if dx * dx + dy * dy > best:
                continue
        start = leaf["first_point"]
        ax, ay = points[start, 0] - px, points[start, 1] - py
        for i in range(start + 1, leaves[at + 1]["first_point"]):
            bx, by = points[i, 0] - px, points[i, 1] - py
            sx, sy = bx - ax, by - ay
            step2 = sx * sx + sy * sy
            t = -(ax * sx + ay * sy)
            if t <= 0.0:
                ex, ey = ax, ay
            elif t >= step2:
                ex, ey = bx, by
            else:
                t /= step2
                ex, ey = ax + t * sx, ay + t * sy
            d2 = ex * ex + ey * ey
            if d2 < best:
                best, near_x, near_y = d2, ex, ey
            ax, ay = bx, by
    if near_x == math.inf:
        return math.inf
    # The surface falls off by r² / 2R from the plane: what lies towards its centre looks too near.
    fx, fy = px + near_x, py + near_y
    p2, f2 = px * px + py * py, fx * fx + fy * fy
    drop = (p2 - f2) / (2.0 * earth_m - (p2 + f2) / (2.0 * earth_m))
    chord2 = best + drop * drop
    return math.sqrt(chord2) * (1.0 + chord2 / (24.0 * earth_m * earth_m))


@compiled
def in_space(stretch: Record, points: Floats, at: int) -> Place:
    """Turn a point of a plane into geocentric metres on the ground below it."""
    px, py = points[at, 0], points[at, 1]
    p2 = px * px + py * py
    up = -p2 / (2.0 * stretch["earth_m"] - p2 / (2.0 * stretch["earth_m"]))
    out = stretch["cos_lat"] * up - stretch["sin_lat"] * py
    x = stretch["x"] + stretch["cos_lon"] * out - stretch["sin_lon"] * px
    y = stretch["y"] + stretch["sin_lon"] * out + stretch["cos_lon"] * px
    return x, y, stretch["z"] + stretch["sin_lat"] * up + stretch["cos_lat"] * py
