"""Compiled: whether the straight way between two places passes through a fence, and how deep it goes in.

The way is the plane through both places and the earth's centre: that of ``crossing.py`` to a centimetre over
10 km. There each passage is found exactly, by Python; here only whether there is one.
"""

import math
from typing import NamedTuple

import numpy as np

from corridor.ball_tree import LEAF_BALLS
from corridor.compiled import compiled
from corridor.ellipsoid import ECCENTRICITY_SQUARED
from corridor.fence_arrays import Ints, PackedFences, entries_in, nodes_in
from corridor.fence_kernel import signed_distance_m
from corridor.plane import Place, geocentric_of

LONGEST_M = 300_000.0  # a longer way is not looked at
_LONGER = 1.0001  # what a way over the ground is longer than its chord, up to there
_STEP_M = 0.1  # a passage that is shorter may be missed
_STEPS = 4_000  # a way that runs beside an edge for longer than so many steps passes through nothing
_SAMPLES = 8  # of a passage, to see how deep it goes
_SLACK_M = 1.0
_DEGREE = math.pi / 180


class Way(NamedTuple):
    """The way from one place to another."""

    start: Place  # geocentric
    end: Place
    length_m: float


class Passage(NamedTuple):
    """Where a way enters a fence, and how far inside its deepest point is; NaN: it does not."""

    course_deg: float
    depth_m: float


@compiled
def way_between(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> Way:
    """Give the way between two places; of one over `LONGEST_M` the length is infinite."""
    a, b = geocentric_of(lon_a, lat_a), geocentric_of(lon_b, lat_b)
    chord_m = math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2)
    return Way(a, b, chord_m * _LONGER if chord_m < LONGEST_M else math.inf)


@compiled
def fences_near(packed: PackedFences, way: Way, found: Ints) -> int:
    """Fill `found` with the fences that a way may pass through, and count them.

    Where there are more than `found` has room for, it holds some of them.
    """
    nodes, entries = nodes_in(packed), entries_in(packed)
    middle, reach_m = _between(way, 0.5), 0.5 * way.length_m + _SLACK_M
    count = at = 0
    while at < len(nodes):
        node = nodes[at]
        skip = node["skip"]
        if not _is_near(middle, (node["x"], node["y"], node["z"]), reach_m + node["r"]):
            at = skip
            continue
        at += 1
        if at != skip:
            continue
        for i in range(node["first"], min(node["first"] + LEAF_BALLS, len(entries))):
            entry = entries[i]
            if _is_near(middle, (entry["x"], entry["y"], entry["z"]), reach_m + entry["r"]):
                if count < len(found):
                    found[count] = entry["fence"]
                count += 1
    found[: min(count, len(found))].sort()
    return count


@compiled
def passage_of(packed: PackedFences, fence: int, way: Way) -> Passage:
    """Tell whether a way between two places outside of a fence passes through it.

    No edge is nearer than the distance to the nearest: so far the way may be gone along at once. A passage
    shorter than 0.1 m may be missed.
    """
    middle_m = _signed_m(packed, fence, way, 0.5)
    if middle_m > 0.5 * way.length_m:
        return Passage(math.nan, math.nan)
    enters = _met(packed, fence, way, 0.0, 1.0)
    if math.isnan(enters):
        return Passage(math.nan, math.nan)
    leaves = _met(packed, fence, way, 1.0, -1.0)
    leaves = enters if math.isnan(leaves) else leaves
    depth_m = 0.0
    for sample in range(_SAMPLES + 1):
        share = enters + (leaves - enters) * sample / _SAMPLES
        depth_m = max(depth_m, -_signed_m(packed, fence, way, share))
    return Passage(_course_deg(way, enters), depth_m)


@compiled
def _met(packed: PackedFences, fence: int, way: Way, start: float, direction: float) -> float:
    """Give the share of the way, from one of its ends, at which it is inside first; NaN: nowhere."""
    share = start
    for _ in range(_STEPS):
        away_m = _signed_m(packed, fence, way, share)
        if away_m <= 0.0:
            return share
        share += direction * max(away_m, _STEP_M) / way.length_m
        if not 0.0 <= share <= 1.0:
            return math.nan
    return math.nan


@compiled
def _signed_m(packed: PackedFences, fence: int, way: Way, share: float) -> float:
    lon, lat = _degrees(_between(way, share))
    return float(signed_distance_m(packed, fence, lon, lat))


@compiled
def _between(way: Way, share: float) -> Place:
    a, b = way.start, way.end
    return (
        a[0] + share * (b[0] - a[0]),
        a[1] + share * (b[1] - a[1]),
        a[2] + share * (b[2] - a[2]),
    )


@compiled
def _degrees(place: Place) -> tuple[float, float]:
    """Give the place on the ground above one on a chord: on the same ray from the earth's centre."""
    x, y, z = place
    across = (1.0 - ECCENTRICITY_SQUARED) * math.sqrt(x * x + y * y)
    return math.atan2(y, x) / _DEGREE, math.atan2(z, across) / _DEGREE


@compiled
def _course_deg(way: Way, share: float) -> float:
    """Give the direction of travel at a place of the way, clockwise from north, 0 to 360."""
    lon, lat = _degrees(_between(way, share))
    sin_lon, cos_lon = math.sin(lon * _DEGREE), math.cos(lon * _DEGREE)
    sin_lat, cos_lat = math.sin(lat * _DEGREE), math.cos(lat * _DEGREE)
    x, y, z = way.end[0] - way.start[0], way.end[1] - way.start[1], way.end[2] - way.start[2]
    east = -sin_lon * x + cos_lon * y
    north = -sin_lat * (cos_lon * x + sin_lon * y) + cos_lat * z
    return float(np.degrees(math.atan2(east, north)) % 360.0)


@compiled
def _is_near(a: Place, b: Place, reach_m: float) -> bool:
    dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return bool(dx * dx + dy * dy + dz * dz <= reach_m * reach_m)
