"""Inside or outside of a polygon in degrees: edges straight in longitude and latitude, decided exactly.

A ray goes north from the place along its meridian; an odd number of edges on it is inside (even-odd). A ring
round the north pole, which lies on every such ray's end, turns that over. So no ring needs to be closed over
a pole, and none has a seam.
"""

from corridor.compiled import compiled
from corridor.ellipsoid import Floats
from corridor.fence_arrays import PackedFences, areas_in, rings_in, runs_in, vertices_in

INSIDE, ON_EDGE, OUTSIDE = 1, 0, -1

RUN_EDGES = 32  # a longer ring has a box for each so many edges
# What cannot be told from the edge is on it: the rounding of the cross product below, under 4 units in the
# last place of its terms (Shewchuk 1997, 3), and of a longitude itself, 3 nanometres.
_ROUNDING = 4.0 * 2.0**-52
_DEGREES_ROUNDING = 2.0**-45


@compiled
def side_of_area(packed: PackedFences, area: int, lon: float, lat: float) -> int:
    """Tell whether a place is `INSIDE` a polygon, `ON_EDGE` or `OUTSIDE`."""
    areas, rings = areas_in(packed), rings_in(packed)
    odd = areas[area]["north"] & 1
    for ring in range(areas[area]["first_ring"], areas[area + 1]["first_ring"]):
        west, east = rings[ring]["west"], rings[ring]["east"]
        x = lon if abs(lat) < 90.0 else west  # a pole has every longitude
        while x < west:
            x += 360.0
        while x >= west + 360.0:
            x -= 360.0
        while x <= east:  # more than once where a ring goes over its own beginning
            crossings = _ring_north(packed, ring, x, lat)
            if crossings < 0:
                return ON_EDGE
            odd ^= crossings & 1
            x += 360.0
    return INSIDE if odd else OUTSIDE


@compiled
def _ring_north(packed: PackedFences, ring: int, x: float, y: float) -> int:
    """Count the edges of a ring north of a point, but for pairs of them; -1: it is on one."""
    rings, vertices, runs = rings_in(packed), vertices_in(packed), runs_in(packed)
    first, last = rings[ring]["first_vertex"], rings[ring + 1]["first_vertex"] - 1
    run, runs_end = rings[ring]["first_run"], rings[ring + 1]["first_run"]
    if run == runs_end:
        return edges_north(vertices, first, last, x, y)
    odd = 0
    for at in range(run, runs_end):
        box = runs[at]
        start = first + (at - run) * RUN_EDGES
        end = min(start + RUN_EDGES, last)
        if not (box[0] <= x <= box[2] or abs(y) == 90.0) or y > box[3]:
            continue
        if y < box[1]:  # all of the run is north: only its ends matter
            odd ^= (vertices[start, 0] > x) != (vertices[end, 0] > x)
            continue
        crossings = edges_north(vertices, start, end, x, y)
        if crossings < 0:
            return -1
        odd ^= crossings & 1
    return odd


@compiled
def edges_north(vertices: Floats, first: int, last: int, x: float, y: float) -> int:
    """Count the edges from vertex `first` to `last` north of a point on its meridian; -1: it is on one."""
    count = 0
    ax, ay = vertices[first, 0], vertices[first, 1]
    if ay == y and (ax == x or abs(y) == 90.0):
        return -1
    for i in range(first + 1, last + 1):
        bx, by = vertices[i, 0], vertices[i, 1]
        if (ax > x) != (bx > x):
            left, right = (bx - ax) * (y - ay), (by - ay) * (x - ax)
            cross = left - right
            rounding = _DEGREES_ROUNDING * (abs(bx - ax) + abs(by - ay))
            if abs(cross) <= rounding + _ROUNDING * (abs(left) + abs(right)):
                return -1
            count += (cross < 0.0) == (bx > ax)
        elif ax == x and bx == x and (ay > y) != (by > y):
            return -1
        if by == y and (bx == x or abs(y) == 90.0):  # every longitude meets at a pole
            return -1
        ax, ay = bx, by
    return count
