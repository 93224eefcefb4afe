"""The compiled fence loops: signed distance to one fence, and a walk over all fences near a place.

What they walk over is ``fence_arrays.py``. The polygon's half is ``parity.py`` (inside or outside, exact) and
``boundary.py`` (how far); the circle's ``arc.py``.
"""

import math

import numpy as np

from corridor.arc import surface_m
from corridor.ball_tree import LEAF_BALLS
from corridor.boundary import FAR_M, boundary_m, far_boundary_m
from corridor.compiled import compiled
from corridor.ellipsoid import Floats
from corridor.fence_arrays import Ints, PackedFences, Record, Records, entries_in, entry_of, nodes_in
from corridor.parity import INSIDE, ON_EDGE, side_of_area
from corridor.plane import Place, geocentric_of

# What measured distances are true to; a lower bound leaves room for it. A circle's radius is at most
# 2,000 km, for which the arc is true to a metre.
_TRUE_TO_M = 2e-3
_TRUE_TO = 1e-6
_ARC_TRUE_TO_M = 0.05  # over 1,000 km; it grows by the fifth power
_LONG_M = 2e6
# A hint farther away than this is worth a look down the tree for a better one.
_STALE_M = 500.0
_NEVER_ZERO_M = 1e-9  # who is outside is not at distance 0, whatever rounding says


@compiled
def signed_distance_m(packed: PackedFences, fence: int, lon: float, lat: float) -> float:
    """Give the surface distance from a place to the boundary of one fence: inside negative, on the edge 0.

    True to 1 mm for places within 1 km of the boundary, of circles up to 500 km of radius. The boundary of a
    polygon over 39 km away is found straight through the earth. A hemisphere away all is true to 0.6 %.
    """
    entry = entries_in(packed)[entry_of(packed, fence)]
    place = geocentric_of(lon, lat)
    if entry["area"] < 0:
        signed_m: float = _to_centre_m(entry, place) - entry["r"]
        return signed_m
    side = _side(packed, entry, lon, lat, place)
    if side == ON_EDGE:
        return 0.0
    away_m = boundary_m(packed, entry["area"], place, math.inf)
    if away_m >= FAR_M:
        away_m = far_boundary_m(packed, entry["area"], place)
    return -away_m if side == INSIDE else max(away_m, _NEVER_ZERO_M)


@compiled
def survey(packed: PackedFences, lon: float, lat: float, hint: int, found: Ints) -> tuple[int, float, int]:
    """Find the fences that contain a place, and how far it may move before any of that can change.

    Parameters
    ----------
    lon, lat
        Degrees, finite and in range.
    hint
        The fence whose boundary was nearest last time, tried first; -1 (or no fence's number) for none. It
        changes the time taken and, of fences equally near, which is named; nothing else.
    found
        Filled with the fences that contain the place, ascending; edges are inside.

    Returns
    -------
    count
        How many contain it. Where that is more than `found` has room for, `found` holds some of them.
    clear_m
        A lower bound of the surface distance to the nearest boundary of any fence: nearer than that, the
        answer is the same. Infinity if there are no fences.
    nearest
        The fence whose boundary is nearest as far as is known, the next hint; -1 if there are no fences.
    """
    if packed["entries_rows"] == 0:
        return 0, math.inf, -1
    place = geocentric_of(lon, lat)
    hinted = 0 <= hint < packed["entries_rows"]
    at = entry_of(packed, hint) if hinted else _entry_near(nodes_in(packed), place)
    clear_m = _clear_m(packed, at, lon, lat, place, math.inf)[0]
    if hinted and clear_m > _STALE_M:
        other = _entry_near(nodes_in(packed), place)
        other_m = _clear_m(packed, other, lon, lat, place, clear_m)[0]
        if other_m < clear_m:
            at, clear_m = other, other_m
    return _walk(packed, lon, lat, clear_m, at, found)


@compiled
def containing(packed: PackedFences, lon: float, lat: float, found: Ints) -> int:
    """Fill `found` with the fences that contain a place, and count them: `survey` without distances."""
    return _walk(packed, lon, lat, 0.0, -1, found)[0]


@compiled
def _walk(
    packed: PackedFences, lon: float, lat: float, clear_m: float, nearest: int, found: Ints
) -> tuple[int, float, int]:
    """Go through all that holds the place or could be nearer than `clear_m`, of entry `nearest`."""
    nodes, entries = nodes_in(packed), entries_in(packed)
    place = geocentric_of(lon, lat)
    count = at = 0
    while at < len(nodes):
        node = nodes[at]
        dx, dy, dz = place[0] - node["x"], place[1] - node["y"], place[2] - node["z"]
        reach = clear_m + node["r"]
        skip = node["skip"]
        if dx * dx + dy * dy + dz * dz > reach * reach:
            at = skip
            continue
        at += 1
        if at != skip:
            continue
        for i in range(node["first"], min(node["first"] + LEAF_BALLS, len(entries))):
            entry = entries[i]
            reach = clear_m + entry["r"] + _TRUE_TO_M
            if _chord2(entry, place) > reach * reach:
                continue
            away_m, inside = _clear_m(packed, i, lon, lat, place, clear_m)
            if inside:
                if count < len(found):
                    found[count] = entry["fence"]
                count += 1
            if away_m < clear_m:
                clear_m, nearest = away_m, i
    _sort(found, min(count, len(found)))
    return count, clear_m, entries[nearest]["fence"]


@compiled
def _clear_m(
    packed: PackedFences, at: int, lon: float, lat: float, place: Place, limit_m: float
) -> tuple[float, bool]:
    """Give a lower bound of the distance to an entry's boundary, infinity beyond the limit; and if inside."""
    entry = entries_in(packed)[at]
    if entry["area"] < 0:
        away_m = _to_centre_m(entry, place)
        signed_m = away_m - entry["r"]
        if away_m > _LONG_M:
            return math.sqrt(_chord2(entry, place)) - entry["r"], signed_m <= 0.0
        slack_m = _TRUE_TO_M + _ARC_TRUE_TO_M * (away_m * 1e-6) ** 5
        return max(abs(signed_m) - slack_m, 0.0), signed_m <= 0.0
    side = _side(packed, entry, lon, lat, place)
    away_m = boundary_m(packed, entry["area"], place, limit_m + 1.0)
    return max(away_m - away_m * _TRUE_TO - _TRUE_TO_M, 0.0), side >= ON_EDGE


@compiled
def _side(packed: PackedFences, entry: Record, lon: float, lat: float, place: Place) -> int:
    if _chord2(entry, place) > entry["r"] * entry["r"]:
        return -1
    return side_of_area(packed, entry["area"], lon, lat)


@compiled
def _to_centre_m(entry: Record, place: Place) -> float:
    return surface_m(_chord2(entry, place), place, (entry["x"], entry["y"], entry["z"]))


@compiled
def _chord2(entry: Record, place: Place) -> float:
    dx, dy, dz = place[0] - entry["x"], place[1] - entry["y"], place[2] - entry["z"]
    chord2: float = dx * dx + dy * dy + dz * dz
    return chord2


@compiled
def _entry_near(nodes: Records, place: Place) -> int:
    """Go down the tree to the nearer ball each time: not the nearest fence, but one of the neighbourhood."""
    at = 0
    while nodes[at]["skip"] != at + 1:
        child, end = at + 1, nodes[at]["skip"]
        best, at = math.inf, child
        while child < end:
            node = nodes[child]
            dx, dy, dz = place[0] - node["x"], place[1] - node["y"], place[2] - node["z"]
            away = math.sqrt(dx * dx + dy * dy + dz * dz) - node["r"]
            if away < best:
                best, at = away, child
            child = node["skip"]
    return int(nodes[at]["first"])


@compiled
def _sort(found: Ints, count: int) -> None:
    """Sort the first numbers, mostly a handful."""
    if count > 32:
        found[:count].sort()
        return
    for i in range(1, count):
        value, at = found[i], i
        while at > 0 and found[at - 1] > value:
            found[at] = found[at - 1]
            at -= 1
        found[at] = value


@compiled
def measure_rows(packed: PackedFences, which: Ints, lon: Floats, lat: Floats, out: Floats) -> None:
    """Fill `out` with the signed distance of each row's place to the fence of its number."""
    for row in range(len(lon)):
        out[row] = signed_distance_m(packed, which[row], lon[row], lat[row])


@compiled
def contain_rows(packed: PackedFences, lon: Floats, lat: Floats, offsets: Ints, room: int) -> Ints:
    """Give the fences that contain each place one after another, and fill (N + 1,) `offsets` into them."""
    fences = np.empty(max(room, 1), dtype=np.int64)
    offsets[0] = 0
    for row in range(len(lon)):
        start = offsets[row]
        count = containing(packed, lon[row], lat[row], fences[start:])
        if start + count > len(fences):
            larger = np.empty(2 * (start + count), dtype=np.int64)
            larger[:start] = fences[:start]
            fences = larger
            containing(packed, lon[row], lat[row], fences[start:])
        offsets[row + 1] = start + count
    return fences[: offsets[-1]]
