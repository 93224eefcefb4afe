"""The nearest point of a packed corridor: first where it was the fix before, then by the tree.

A leaf stays the nearest while the device has not moved farther than what else there is was away: a safe
region, in which the tree is not asked at all. Places beyond the reach of a plane are ``far.py``'s.
"""

import math
from typing import NamedTuple

import numpy as np

from corridor.compiled import compiled, inlined
from corridor.lanes import LANES, SCALE, STEP_X, STEP_Y, X, Y, nearest_lane
from corridor.plane import Place, Record, geocentric_of, to_plane
from corridor.tables import PackedCorridors, corridors_in, lanes_in, leaves_in, nodes_in, planes_in

# A path within this of a fix is measured in the plane. A stretch reaches 10.5 km from its plane's centre at
# most, so no point is measured in a plane from more than 50 km away.
PLANE_REACH_M = 39_000.0
# Boxes bound chords exactly, measured chords are true to 2e-7 of themselves: none is skipped for that.
WIDER = 1.0 + 1e-6
# What a plane shows shortened, at most: 50 km from its centre it does so by 3e-5, and slopes by 0.8 %.
_SHORTENED = 1.0 + 1e-4
_CLEAR_AT_MOST_M = 2_000.0  # a device's next hundred fixes; looking farther costs more than it spares
_ROUNDED_M = 0.02  # a memory keeps single precision: 4 mm at 40 km, in three numbers
_STRANGE_M = 1_000.0  # where the leaf of the fix before says nothing about this one


class Nearest(NamedTuple):
    """The nearest point, and what is worth knowing at the next place.

    No leaf but `leaf` and those next to it is nearer than `clear_m`. Without any leaf in a plane's reach
    `slot` and `leaf` are -1.
    """

    slot: int  # segment, as a row of `Packed.segment`
    fraction: float
    chord2: float  # squared length of the straight line through the earth
    east: float  # the place, in the plane of the segment and of the leaf
    north: float
    leaf: int
    clear_m: float
    moved_m: float  # from the place before; infinite: none


@inlined
def nearest(  # noqa: PLR0917 (compiled)
    packed: PackedCorridors, which: int, lon: float, lat: float, leaf: int, x: float, y: float, clear_m: float
) -> Nearest:
    """Find the nearest point of corridor `which`.

    The last four are what was known at the place before: `leaf`, `east`, `north`, `clear_m`; -1: nothing.
    """
    if leaf < 0:
        return search(packed, which, lon, lat, -1, math.inf)
    known = leaves_in(packed)[leaf]
    plane = planes_in(packed)[known["stretch"]]
    east, north = to_plane(plane, lon, lat)
    slot, fraction, chord2 = in_leaf(packed, leaf, plane["radius_m"], east, north)
    for other in (known["before"], known["after"]):
        if other != leaf and box_distance2(leaves_in(packed)[other], east, north) <= chord2:
            at, f, c2 = in_leaf(packed, other, plane["radius_m"], east, north)
            if c2 < chord2 or (c2 == chord2 and at < slot):
                slot, fraction, chord2 = at, f, c2
    moved_m = math.sqrt((east - x) ** 2 + (north - y) ** 2)
    left_m = clear_m - (moved_m * _SHORTENED + _ROUNDED_M)
    if math.sqrt(chord2) * WIDER < left_m:
        # a memory keeps its numbers short; one type serves all callers
        return Nearest(slot, fraction, chord2, east, north, np.int64(leaf), left_m, moved_m)  # type: ignore[arg-type]
    return search(packed, which, lon, lat, np.int64(leaf), moved_m)  # type: ignore[arg-type]


@compiled
def search(packed: PackedCorridors, which: int, lon: float, lat: float, hint: int, moved_m: float) -> Nearest:
    """Find the nearest point by the tree; `hint` is a leaf that may be near, -1: none."""
    place = geocentric_of(lon, lat)
    corridor = corridors_in(packed)[which]
    node, end = corridor["first_node"], corridor["end_node"]
    first = hint
    east, north, chord2 = 0.0, 0.0, math.inf
    if first >= 0:
        plane = planes_in(packed)[leaves_in(packed)[first]["stretch"]]
        east, north = to_plane(plane, lon, lat)
        chord2 = in_leaf(packed, first, plane["radius_m"], east, north)[2]
    if first < 0 or chord2 > _STRANGE_M * _STRANGE_M:
        first = _descend(packed, node, end, place)
    slot, fraction, leaf, stretch = -1, 0.0, -1, -1
    best_east, best_north = 0.0, 0.0
    chord2 = PLANE_REACH_M * PLANE_REACH_M
    at = node - 1
    while at < end:
        # The promising leaf comes first, so that hardly any other is looked into.
        other = first
        if at >= node:
            box = nodes_in(packed)[at]
            if gap2(box, place) > chord2 * WIDER:
                at = box["skip"]
                continue
            other = box["leaf"]
        at += 1
        if other < 0 or (other == first and at > node):
            continue
        if leaves_in(packed)[other]["stretch"] != stretch:
            stretch = leaves_in(packed)[other]["stretch"]
            east, north = to_plane(planes_in(packed)[stretch], lon, lat)
        s, f, c2 = in_leaf(packed, other, planes_in(packed)[stretch]["radius_m"], east, north)
        if c2 < chord2 or (c2 == chord2 and s < slot):
            slot, fraction, chord2, leaf = s, f, c2, other
            best_east, best_north = east, north
    clear_m = 0.0
    if leaf >= 0 and hint >= 0 and abs(leaf - hint) <= 2:
        clear_m = _clear_m(packed, corridor, leaf, place, math.sqrt(chord2) + _CLEAR_AT_MOST_M)
    return Nearest(slot, fraction, chord2, best_east, best_north, leaf, clear_m, moved_m)


@inlined
def in_leaf(
    packed: PackedCorridors, leaf: int, radius_m: float, east: float, north: float
) -> tuple[int, float, float]:
    """Give the nearest segment of a leaf, the fraction along it, and the squared chord to there."""
    lane = nearest_lane(lanes_in(packed), leaf, east, north)
    x, y = lanes_in(packed)[leaf, X, lane], lanes_in(packed)[leaf, Y, lane]
    step_x, step_y = lanes_in(packed)[leaf, STEP_X, lane], lanes_in(packed)[leaf, STEP_Y, lane]
    fraction = ((east - x) * step_x + (north - y) * step_y) * lanes_in(packed)[leaf, SCALE, lane]
    fraction = min(max(fraction, 0.0), 1.0)
    chord2 = chord_squared(radius_m, east, north, x + fraction * step_x, y + fraction * step_y)
    return leaf * LANES + lane, fraction, chord2


@inlined
def chord_squared(radius_m: float, east: float, north: float, foot_east: float, foot_north: float) -> float:
    """Give the squared straight line between two places on the ground from where they lie in a plane.

    The plane foreshortens what points to its centre: by 1.2 mm on a kilometre, 10 km out. The surface falls
    off by r² / 2R, so the drop between both places gives back the true chord.
    """
    p2, f2 = east * east + north * north, foot_east * foot_east + foot_north * foot_north
    drop = (p2 - f2) / (2.0 * radius_m - (p2 + f2) / (2.0 * radius_m))
    return (east - foot_east) ** 2 + (north - foot_north) ** 2 + drop * drop


@inlined
def gap(low: float, high: float, at: float) -> float:
    """Give how far a number lies outside an interval; spelt out, as three-way max takes twice the time."""
    below, above = low - at, at - high
    outside = below if below > above else above
    return outside if outside > 0.0 else 0.0


@inlined
def box_distance2(leaf: Record, east: float, north: float) -> float:
    """Give the squared distance of a place to a leaf's box in the plane."""
    dx, dy = gap(leaf["west"], leaf["east"], east), gap(leaf["south"], leaf["north"], north)
    return dx * dx + dy * dy


@inlined
def gap2(node: Record, place: Place) -> float:
    """Give the squared distance of a geocentric place to a node's box."""
    low, high = node["low"], node["high"]
    dx, dy, dz = (
        gap(low[0], high[0], place[0]),
        gap(low[1], high[1], place[1]),
        gap(low[2], high[2], place[2]),
    )
    return dx * dx + dy * dy + dz * dz


@inlined
def _descend(packed: PackedCorridors, node: int, end: int, place: Place) -> int:
    """Give the leaf below whose box, at each step down, is the nearest."""
    while nodes_in(packed)[node]["leaf"] < 0:
        child, beyond, least = node + 1, nodes_in(packed)[node]["skip"], math.inf
        while child < beyond and child < end:
            d2 = gap2(nodes_in(packed)[child], place)
            if d2 < least:
                least, node = d2, child
            child = nodes_in(packed)[child]["skip"]
    return int(nodes_in(packed)[node]["leaf"])


@inlined
def _clear_m(packed: PackedCorridors, corridor: Record, leaf: int, place: Place, most_m: float) -> float:
    """Give what no leaf is nearer than, but this one and those next to it."""
    low, high = leaves_in(packed)[leaf]["before"], leaves_in(packed)[leaf]["after"]
    least = most_m * most_m
    at, end = corridor["first_node"], corridor["end_node"]
    while at < end:
        box = nodes_in(packed)[at]
        d2 = gap2(box, place)
        other = box["leaf"]
        if d2 >= least:
            at = box["skip"]
            continue
        if other >= 0 and not low <= other <= high:
            least = d2
        at += 1
    return math.sqrt(least)
