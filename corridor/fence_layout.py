"""Lay fences out for measuring: boundaries densified, cut into planes and leaves, all in the tree's order.

The tables that this fills are ``fence_arrays.py``. Rings come checked and unwrapped, from ``rings.py``.
"""

import math
from typing import NamedTuple

import numpy as np

from corridor.ball_tree import nodes_over, order_of
from corridor.circles import Circles
from corridor.compiled import compiled
from corridor.ellipsoid import ECCENTRICITY_SQUARED, EQUATOR_RADIUS_M, POLE_RADIUS_M, Floats
from corridor.errors import FenceError
from corridor.fence_arrays import AREA, ENTRY, LEAF, RING, STRETCH, Ints, PackedFences, Records
from corridor.frame import geocentric_xyz
from corridor.lent import lend
from corridor.parity import RUN_EDGES
from corridor.plane import Place, geocentric_of
from corridor.rings import Rings

# Chords stray less than this from the edge that is straight in degrees.
STRAY_M = 2.5e-4
MAX_SEGMENT_M = 1_000.0  # beside the centre of a plane a straight line bends 0.03 mm over it
# The boundary of a fence of this reach is one plane about its middle; a larger one is cut into parts so long.
REACH_M = 10_000.0
# Of all fences of a set: offsets are 32 bits, and so many points are 3 GB. Some thousand edges half round the
# earth come to more, as their chords must not stray.
MAX_SEGMENTS = 200_000_000
MAX_STRETCH_SEGMENTS = 256  # 32 leaves
LEAF_SEGMENTS = 8
SHORT_RING_EDGES = 64  # counted through without boxes
# The ball of a larger polygon might not hold it (but what is round it), so it becomes the whole earth.
_MAX_BALL_M, _EARTH_M = 5e6, 1.3e7
_BULGE_M = 0.05  # over 500 m, and what a chord strays
_OUTWARDS_M = 0.01  # single precision is 4 mm at 60 km
_DEGREE = math.pi / 180


class _Tables(NamedTuple):
    areas: Records
    stretches: Records
    leaves: Records
    points: Floats


def pack(circles: Circles, rings: Rings, area_of: Ints) -> PackedFences:
    """Pack fences.

    Parameters
    ----------
    circles, rings
        The fences that are circles, and those that are polygons, each in the order of the fences.
    area_of
        (F,) -1 for a circle, else the number of the polygon.

    Raises
    ------
    FenceError
        The edges are so many and so long that laying them out would take over `MAX_SEGMENTS`.
    """
    balls = np.empty((len(area_of), 4))
    balls[area_of < 0, :3] = geocentric_xyz(circles.lon, circles.lat)
    balls[area_of < 0, 3] = circles.radius_m
    middles = _middles(rings.lon, rings.lat, rings.first_vertex, rings.first_ring)
    balls[area_of >= 0] = middles[:, :4]
    order = order_of(balls)

    balls, areas_there = balls[order], area_of[order] >= 0
    taken = area_of[order][areas_there]
    rings, middles = rings.take(taken), middles[taken]
    tables = _laid_out(rings, middles)  # fills in the true radii
    balls[areas_there] = middles[:, :4]
    ring_table, runs = _ring_table(rings)

    entries = np.zeros(len(order), dtype=ENTRY)
    entries["x"], entries["y"], entries["z"], entries["r"] = balls.T
    entries["fence"], entries["area"] = order, -1
    entries["area"][areas_there] = np.arange(len(taken))
    entry_of = np.empty(len(order), dtype=np.int32)
    entry_of[order] = np.arange(len(order), dtype=np.int32)
    return lend(
        {
            "nodes": nodes_over(balls),
            "entries": entries,
            "entry_of": entry_of,
            "areas": tables.areas,
            "rings": ring_table,
            "vertices": np.stack([rings.lon, rings.lat], axis=1),
            "runs": runs,
            "stretches": tables.stretches,
            "leaves": tables.leaves,
            "points": tables.points,
        }
    )


@compiled
def _middles(lon: Floats, lat: Floats, first_vertex: Ints, first_ring: Ints) -> Floats:
    """Give (A, 6) of each polygon: its middle, geocentric on the ground; vertex reach; its degrees."""
    out = np.zeros((len(first_ring) - 1, 6))
    for area in range(len(out)):
        low, high = np.full(3, math.inf), np.full(3, -math.inf)
        start, end = first_vertex[first_ring[area]], first_vertex[first_ring[area + 1]]
        for vertex in range(start, end):
            place = geocentric_of(lon[vertex], lat[vertex])
            for axis in range(3):
                low[axis], high[axis] = min(low[axis], place[axis]), max(high[axis], place[axis])
        x, y, z = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2
        out[area, 4] = math.atan2(y, x) / _DEGREE
        out[area, 5] = math.atan2(z, (1.0 - ECCENTRICITY_SQUARED) * math.sqrt(x * x + y * y)) / _DEGREE
        x, y, z = geocentric_of(out[area, 4], out[area, 5])
        out[area, 0], out[area, 1], out[area, 2] = x, y, z
        for vertex in range(start, end):
            place = geocentric_of(lon[vertex], lat[vertex])
            out[area, 3] = max(out[area, 3], _distance((x, y, z), place))
    return out


@compiled
def _distance(one: Place, other: Place) -> float:
    dx, dy, dz = one[0] - other[0], one[1] - other[1], one[2] - other[2]
    return math.sqrt(dx * dx + dy * dy + dz * dz)


def _laid_out(rings: Rings, middles: Floats) -> _Tables:
    """Lay the boundaries of polygons out, and put the true radii of their balls into their middles."""
    pieces = _pieces(rings.lon, rings.lat)
    pieces[rings.first_vertex[1:] - 1] = 0  # no edge goes from one ring to the next
    if (segments := int(pieces.sum())) > MAX_SEGMENTS:
        raise FenceError(f"fences have edges so long that they come to {segments} parts, over {MAX_SEGMENTS}")
    counts = np.zeros(3, dtype=np.int64)
    for write in (False, True):
        tables = _Tables(
            areas=np.zeros(len(middles) + 1 if write else 0, dtype=AREA),
            stretches=np.zeros(counts[0] + 1 if write else 0, dtype=STRETCH),
            leaves=np.zeros(counts[1] + 1 if write else 0, dtype=LEAF),
            points=np.zeros((counts[2], 2)),
        )
        _lay(rings, pieces, middles, tables, counts)
    tables.areas["first_ring"] = rings.first_ring
    tables.areas["north"][:-1] = rings.north_of_areas()
    return tables


@compiled
def _pieces(lon: Floats, lat: Floats) -> Ints:
    """Give into how many segments the edge from each vertex to the next is cut; (V,).

    On the sphere a line that is straight in degrees bends by sin(a) (1 + cos²(a)) tan(lat) / R at course a.
    """
    out = np.ones(len(lon), dtype=np.int64)
    for i in range(len(lon) - 1):
        far = max(abs(lat[i]), abs(lat[i + 1])) * _DEGREE
        near = min(abs(lat[i]), abs(lat[i + 1])) * _DEGREE if lat[i] * lat[i + 1] > 0.0 else 0.0
        turn = abs(lon[i + 1] - lon[i]) * _DEGREE
        east_m = EQUATOR_RADIUS_M * math.cos(near) * turn
        north_m = EQUATOR_RADIUS_M * abs(lat[i + 1] - lat[i]) * _DEGREE
        length2 = east_m * east_m + north_m * north_m
        if length2 > 0.0:
            bend = math.sin(far) * turn * (1.0 + north_m * north_m / length2) / 8.0
            length_m = math.sqrt(length2)
            out[i] = max(math.ceil(max(math.sqrt(bend * length_m / STRAY_M), length_m / MAX_SEGMENT_M)), 1)
    return out


@compiled
def _lay(rings: Rings, pieces: Ints, middles: Floats, tables: _Tables, counts: Ints) -> None:
    """Fill the tables, or where they are empty only count what they need: stretches, leaves, points."""
    lon, lat, first_vertex, first_ring = rings.lon, rings.lat, rings.first_vertex, rings.first_ring
    write = len(tables.areas) > 0
    counts[:] = 0
    frame, box = np.zeros(7), np.zeros(4)
    for area in range(len(middles)):
        small = middles[area, 3] <= REACH_M
        _open_area(tables, counts, area)
        if small:
            _open_stretch(tables, counts, frame, middles[area, 4], middles[area, 5])
        reach_m = 0.0
        middle = (middles[area, 0], middles[area, 1], middles[area, 2])
        for ring in range(first_ring[area], first_ring[area + 1]):
            along_m, in_stretch, in_leaf = 0.0, 0, 0
            old_lon, old_lat = lon[first_vertex[ring]], lat[first_vertex[ring]]
            old = geocentric_of(old_lon, old_lat)
            for vertex in range(first_vertex[ring], first_vertex[ring + 1] - 1):
                for piece in range(1, pieces[vertex] + 1):
                    if not small and (in_stretch == 0 or along_m >= REACH_M):
                        _open_stretch(tables, counts, frame, old_lon, old_lat)
                        along_m, in_leaf = 0.0, 0
                        in_stretch = MAX_STRETCH_SEGMENTS
                    if in_leaf == 0:
                        _open_leaf(tables, counts, box)
                        _put(tables, counts, frame, box, old)
                        in_leaf = LEAF_SEGMENTS
                    share = piece / pieces[vertex]
                    new_lon = lon[vertex] + share * (lon[vertex + 1] - lon[vertex])
                    new_lat = lat[vertex] + share * (lat[vertex + 1] - lat[vertex])
                    new = geocentric_of(new_lon, new_lat)
                    _put(tables, counts, frame, box, new)
                    along_m += _distance(old, new)
                    reach_m = max(reach_m, _distance(middle, new))
                    in_leaf -= 1
                    in_stretch -= 1
                    old, old_lon, old_lat = new, new_lon, new_lat
        if write:
            middles[area, 3] = reach_m + _BULGE_M if reach_m < _MAX_BALL_M else _EARTH_M
    _open_area(tables, counts, len(middles))
    if write:
        tables.stretches[counts[0]]["first_leaf"] = counts[1]
        tables.leaves[counts[1]]["first_point"] = counts[2]


@compiled
def _open_area(tables: _Tables, counts: Ints, area: int) -> None:
    if len(tables.areas) > 0:
        tables.areas[area]["first_stretch"] = counts[0]


@compiled
def _open_stretch(tables: _Tables, counts: Ints, frame: Floats, lon: float, lat: float) -> None:
    frame[0], frame[1], frame[2] = geocentric_of(lon, lat)
    frame[3], frame[4] = math.sin(lon * _DEGREE), math.cos(lon * _DEGREE)
    frame[5], frame[6] = math.sin(lat * _DEGREE), math.cos(lat * _DEGREE)
    if len(tables.areas) > 0:
        stretch = tables.stretches[counts[0]]
        stretch["x"], stretch["y"], stretch["z"] = frame[0], frame[1], frame[2]
        stretch["sin_lon"], stretch["cos_lon"] = frame[3], frame[4]
        stretch["sin_lat"], stretch["cos_lat"] = frame[5], frame[6]
        stretch["earth_m"] = POLE_RADIUS_M / (1.0 - ECCENTRICITY_SQUARED * frame[5] * frame[5])
        stretch["first_leaf"] = counts[1]
    counts[0] += 1


@compiled
def _open_leaf(tables: _Tables, counts: Ints, box: Floats) -> None:
    box[0] = box[1] = math.inf
    box[2] = box[3] = -math.inf
    if len(tables.areas) > 0:
        tables.leaves[counts[1]]["first_point"] = counts[2]
    counts[1] += 1


@compiled
def _put(tables: _Tables, counts: Ints, frame: Floats, box: Floats, place: Place) -> None:
    """Add a point to the leaf and the stretch that are open."""
    if len(tables.areas) > 0:
        dx, dy, dz = place[0] - frame[0], place[1] - frame[1], place[2] - frame[2]
        px = frame[4] * dy - frame[3] * dx
        py = frame[6] * dz - frame[5] * (frame[4] * dx + frame[3] * dy)
        tables.points[counts[2], 0], tables.points[counts[2], 1] = px, py
        box[0], box[1] = min(box[0], px - _OUTWARDS_M), min(box[1], py - _OUTWARDS_M)
        box[2], box[3] = max(box[2], px + _OUTWARDS_M), max(box[3], py + _OUTWARDS_M)
        leaf = tables.leaves[counts[1] - 1]
        leaf["x0"], leaf["y0"], leaf["x1"], leaf["y1"] = box[0], box[1], box[2], box[3]
        stretch = tables.stretches[counts[0] - 1]
        stretch["r"] = max(stretch["r"], math.sqrt(dx * dx + dy * dy + dz * dz) + _BULGE_M)
    counts[2] += 1


def _ring_table(rings: Rings) -> tuple[Records, Floats]:
    """Give the rings as records, and the boxes round runs of edges of the long ones."""
    table = np.zeros(len(rings.first_vertex), dtype=RING)
    table["first_vertex"] = rings.first_vertex
    edges = np.diff(rings.first_vertex) - 1
    runs = np.where(edges > SHORT_RING_EDGES, -(-edges // RUN_EDGES), 0)
    table["first_run"][1:] = np.cumsum(runs)
    boxes = np.empty((int(runs.sum()), 4))
    _fill_runs(rings.lon, rings.lat, table, boxes)
    return table, boxes


@compiled
def _fill_runs(lon: Floats, lat: Floats, table: Records, boxes: Floats) -> None:
    for ring in range(len(table) - 1):
        first, end = table[ring]["first_vertex"], table[ring + 1]["first_vertex"]
        table[ring]["west"], table[ring]["east"] = lon[first:end].min(), lon[first:end].max()
        for run in range(table[ring]["first_run"], table[ring + 1]["first_run"]):
            start = first + (run - table[ring]["first_run"]) * RUN_EDGES
            box = boxes[run]
            box[0] = box[1] = math.inf
            box[2] = box[3] = -math.inf
            for vertex in range(start, min(start + RUN_EDGES + 1, end)):
                box[0], box[2] = min(box[0], lon[vertex]), max(box[2], lon[vertex])
                box[1], box[3] = min(box[1], lat[vertex]), max(box[3], lat[vertex])
