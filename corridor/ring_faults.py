"""What can be wrong with rings, found in bulk: errors name the fence and the vertex; nothing is mended.

The columns that come out are ``rings.py``; mending is for ``fence_repair.py``, and only when asked.
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import shapely

from corridor.compiled import compiled
from corridor.ellipsoid import Floats
from corridor.errors import FenceError
from corridor.fence_arrays import Ints
from corridor.fix import LIMITS
from corridor.places import bad_coordinate
from corridor.ring_sides import turned
from corridor.rings import Rings

Names = Callable[[int], str]

MAX_VERTICES = 100_000_000  # of one set: offsets are 32 bits, and edges are cut into more of them
_PAIRWISE_EDGES = 64  # a ring of more is looked through by GEOS, which sorts
_NOT_CLOSED, _TOO_FEW, _WINDS_TWICE = 1, 2, 3


def checked(lon: Floats, lat: Floats, first_vertex: Ints, first_ring: Ints, names: Names) -> Rings:
    """Check and unwrap the rings of A polygons.

    Parameters
    ----------
    lon, lat
        (V,) degrees, each ring closed: its last vertex is its first.
    first_vertex, first_ring
        (R + 1,) where each ring begins among the vertices; (A + 1,) each polygon among the rings.
    names
        What messages call a polygon, by its number.

    Raises
    ------
    FenceError
        Columns that do not fit each other; a coordinate that is not finite or out of range; a ring that is
        not closed, has fewer than three distinct vertices, crosses itself or goes round the earth twice.
    """
    _check_offsets(lon, lat, first_vertex, first_ring)
    for name, column in (("lon", lon), ("lat", lat)):
        low, high = LIMITS[name]
        good = (column >= low) & (column <= high)
        if not good.all():
            vertex = int(np.argmin(good))
            where = _where(vertex, first_vertex, first_ring, names)
            raise FenceError(f"{where}: {bad_coordinate(name, float(column[vertex]))}")
    unwrapped = np.empty_like(lon)
    turns = np.zeros(len(first_vertex) - 1, dtype=np.int64)
    ring, fault = _unwrap(lon, lat, first_vertex, unwrapped, turns)
    if fault:
        vertex = int(first_vertex[ring + 1]) - 1
        raise FenceError(_fault_text(fault, _ring_name(ring, first_ring, names), vertex - first_vertex[ring]))
    rings = Rings(unwrapped, lat, first_vertex, first_ring, turns)
    for suspect in np.flatnonzero(_suspects(unwrapped, lat, first_vertex)).tolist():
        if (place := crossing_place(rings, suspect)) is not None:
            ring_name = _ring_name(suspect, first_ring, names)
            raise FenceError(f"{ring_name} crosses or touches itself near {place[0]:.7g}, {place[1]:.7g}")
    return turned(rings)


def crossing_place(rings: Rings, ring: int) -> tuple[float, float] | None:
    """Give the longitude and latitude near which a ring crosses or touches itself, None if it does not."""
    own = slice(rings.first_vertex[ring], rings.first_vertex[ring + 1])
    vertices = np.stack([rings.lon[own], rings.lat[own]], axis=1)
    if not rings.turns[ring]:
        reason = shapely.is_valid_reason(shapely.Polygon(vertices))
        if reason == "Valid Geometry":
            return None
        lon, lat = (float(number) for number in reason.partition("[")[2].rstrip("]").split())
        return (lon + 180.0) % 360.0 - 180.0, lat
    line = shapely.LineString(vertices)
    if line.is_simple:
        return None
    return float(vertices[0, 0]), float(vertices[0, 1])


def _check_offsets(lon: Floats, lat: Floats, first_vertex: Ints, first_ring: Ints) -> None:
    if lon.ndim != 1 or lon.shape != lat.shape:
        raise FenceError(f"lon and lat have shapes {lon.shape} and {lat.shape}; one (V,) is needed")
    if len(lon) > MAX_VERTICES:
        raise FenceError(f"fences have {len(lon)} vertices, over {MAX_VERTICES}")
    for name, first, end in (
        ("first_vertex", first_vertex, len(lon)),
        ("first_ring", first_ring, len(first_vertex) - 1),
    ):
        if first.ndim != 1 or not len(first) or first[0] != 0 or first[-1] != end:
            raise FenceError(f"{name} must be one column that begins with 0 and ends with {end}")
        if (np.diff(first) <= 0).any():
            at = int(np.argmax(np.diff(first) <= 0))
            raise FenceError(f"{name} {at} to {at + 1} holds nothing: an empty ring or polygon")


def _where(vertex: int, first_vertex: Ints, first_ring: Ints, names: Names) -> str:
    ring = int(np.searchsorted(first_vertex, vertex, side="right")) - 1
    return f"{_ring_name(ring, first_ring, names)} vertex {vertex - first_vertex[ring]}"


def _ring_name(ring: int, first_ring: Ints, names: Names) -> str:
    area = int(np.searchsorted(first_ring, ring, side="right")) - 1
    only = first_ring[area + 1] - first_ring[area] == 1
    return f'fence "{names(area)}"' + ("" if only else f" ring {ring - first_ring[area]}")


def _fault_text(fault: int, ring: str, last: int) -> str:
    if fault == _NOT_CLOSED:
        return f"{ring} is not closed: vertex {last} is not vertex 0; repeat vertex 0 at the end"
    if fault == _TOO_FEW:
        return f"{ring} needs three distinct vertices (180 degrees east and west are one meridian)"
    return f"{ring} goes round the earth more than once"


@compiled
def _unwrap(lon: Floats, lat: Floats, first_vertex: Ints, unwrapped: Floats, turns: Ints) -> tuple[int, int]:
    """Fill in unwrapped longitudes and turns; give the first ring at fault and its fault, (-1, 0) if none."""
    for ring in range(len(first_vertex) - 1):
        first, last = first_vertex[ring], first_vertex[ring + 1] - 1
        same_lon = (lon[first] - lon[last]) % 360.0 == 0.0
        if lat[first] != lat[last] or not (same_lon or abs(lat[first]) == 90.0):
            return ring, _NOT_CLOSED
        shift = 0.0
        mean_lat = 0.0
        unwrapped[first] = lon[first]
        for i in range(first + 1, last + 1):
            step = lon[i] - lon[i - 1]
            if step > 180.0:
                shift -= 360.0
            elif step < -180.0:
                shift += 360.0
            unwrapped[i] = lon[i] + shift
            mean_lat += lat[i]
        if not _three_distinct(unwrapped, lat, first, last):
            return ring, _TOO_FEW
        turn = unwrapped[last] - unwrapped[first]
        if abs(turn) > 361.0:
            return ring, _WINDS_TWICE
        if abs(turn) > 359.0:
            # It is round the pole that is nearer; on the equator, round the one on its left.
            turns[ring] = 1 if mean_lat > 0.0 or (mean_lat == 0.0 and turn > 0.0) else -1
    return -1, 0


@compiled
def _three_distinct(lon: Floats, lat: Floats, first: int, last: int) -> bool:
    other = -1
    for i in range(first + 1, last):
        if lon[i] == lon[first] and lat[i] == lat[first]:
            continue
        if other < 0:
            other = i
        elif lon[i] != lon[other] or lat[i] != lat[other]:
            return True
    return False


@compiled
def _suspects(lon: Floats, lat: Floats, first_vertex: Ints) -> npt.NDArray[np.bool_]:
    """Mark the rings of which two edges might touch that should not, and all that are too long to compare."""
    out = np.zeros(len(first_vertex) - 1, dtype=np.bool_)
    for ring in range(len(out)):
        first, last = first_vertex[ring], first_vertex[ring + 1] - 1
        out[ring] = last - first > _PAIRWISE_EDGES
        for i in range(first, last):
            if out[ring]:
                break
            out[ring] = _folds_back(lon, lat, i, i + 1 if i + 1 < last else first)
            for j in range(i + 2, last - (i == first)):
                if _touch(lon, lat, i, j):
                    out[ring] = True
                    break
    return out


@compiled
def _folds_back(lon: Floats, lat: Floats, i: int, j: int) -> bool:
    """Tell whether edge j, the one after i, might go back over it."""
    ux, uy, vx, vy = lon[i] - lon[i + 1], lat[i] - lat[i + 1], lon[j + 1] - lon[j], lat[j + 1] - lat[j]
    straight: bool = abs(ux * vy - uy * vx) <= 1e-15 * (abs(ux * vy) + abs(uy * vx))
    return straight and bool(ux * vx + uy * vy >= 0.0)


@compiled
def _touch(lon: Floats, lat: Floats, i: int, j: int) -> bool:
    """Tell whether edges i and j might touch, their ends included."""
    if max(lon[i], lon[i + 1]) < min(lon[j], lon[j + 1]) or max(lon[j], lon[j + 1]) < min(lon[i], lon[i + 1]):
        return False
    if max(lat[i], lat[i + 1]) < min(lat[j], lat[j + 1]) or max(lat[j], lat[j + 1]) < min(lat[i], lat[i + 1]):
        return False
    one = _turn(lon, lat, i, j) * _turn(lon, lat, i, j + 1)
    other = _turn(lon, lat, j, i) * _turn(lon, lat, j, i + 1)
    return one <= 0.0 and other <= 0.0


@compiled
def _turn(lon: Floats, lat: Floats, edge: int, at: int) -> float:
    left = (lon[edge + 1] - lon[edge]) * (lat[at] - lat[edge])
    right = (lat[edge + 1] - lat[edge]) * (lon[at] - lon[edge])
    if abs(left - right) <= 1e-15 * (abs(left) + abs(right)):
        return 0.0
    return math.copysign(1.0, left - right)
