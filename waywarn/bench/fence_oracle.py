"""Which fences contain a place, plainly: each whose box does is looked at, edge by edge or by geodesic.

And from containment fix by fix, what was entered and left.
"""

import numpy as np
import numpy.typing as npt

from waywarn.bench.ground import Floats, Ints
from waywarn.bench.oracle import wgs84
from waywarn.bench.zones import Zones

_LEAST_DEGREE_M = 110_500.0  # of latitude, anywhere

# (E, 3) row, fence, and 1 for entering or -1 for leaving; in ascending order
Events = npt.NDArray[np.int64]


def events_of(zones: Zones, rows: Ints) -> Events:
    """Find what the devices of some rows, all of each, entered and left."""
    boxes = np.empty((4, 0)) if zones.circles else _boxes(zones)
    pairs = [(row, fence) for row in rows.tolist() for fence in _containing(zones, boxes, row)]
    return changes(zones, np.array(pairs, dtype=np.int64).reshape(-1, 2))


def changes(zones: Zones, inside: Ints) -> Events:
    """Turn (M, 2) rows and the fences that contain them into events: a first fix enters all it is in."""
    count = len(zones.batch)
    row, fence = inside.T
    now = np.sort(row + count * fence)  # fence by fence, so that the next row's key is one more
    before = now[next_is_same(zones)[now % count]] + 1
    entered, left = now[~_among(now, before)], before[~_among(before, now)]
    key = np.concatenate([entered, left])
    what = np.repeat([1, -1], [len(entered), len(left)])
    return ordered(np.stack([key % count, key // count, what], axis=1))


def next_is_same(zones: Zones) -> npt.NDArray[np.bool_]:
    """Tell (N,) of which rows the next is the same device's."""
    device = zones.batch.device
    return np.append(device[1:] == device[:-1], [False])


def _among(keys: Ints, others: Ints) -> npt.NDArray[np.bool_]:
    """Tell which keys are among others; both ascending."""
    at = np.searchsorted(others, keys)
    at[at == len(others)] = 0
    return others[at] == keys if len(others) else np.zeros(len(keys), dtype=bool)


def ordered(events: Events) -> Events:
    """Sort events."""
    return events[np.lexsort(events.T[::-1])]


def _containing(zones: Zones, boxes: Floats, row: int) -> list[int]:
    lon, lat = float(zones.batch.lon[row]), float(zones.batch.lat[row])
    if zones.circles:
        return _circles(zones, lon, lat)
    west, east, south, north = boxes
    near = np.flatnonzero((west <= lon) & (lon <= east) & (south <= lat) & (lat <= north))
    return [fence for fence in near.tolist() if _odd(zones, fence, lon, lat)]


def _boxes(zones: Zones) -> Floats:
    """Give (4, F) west, east, south and north ends of polygons."""
    ends = (np.minimum, np.maximum)
    starts = zones.first_vertex[:-1]
    return np.stack([end.reduceat(axis, starts) for axis in (zones.lon, zones.lat) for end in ends])


def _circles(zones: Zones, lon: float, lat: float) -> list[int]:
    reach = zones.radius_m / _LEAST_DEGREE_M
    near = np.flatnonzero(np.abs(zones.lat - lat) <= reach)
    near = near[np.abs((zones.lon[near] - lon + 180) % 360 - 180) <= 10 * reach[near]]
    if abs(lat) > 80:
        near = np.arange(len(zones.lon))
    count = len(near)
    away_m = wgs84().inv(zones.lon[near], zones.lat[near], np.full(count, lon), np.full(count, lat))[2]
    found: list[int] = near[np.asarray(away_m) <= zones.radius_m[near]].tolist()
    return found


def _odd(zones: Zones, fence: int, lon: float, lat: float) -> bool:
    """Count the edges that a ray to the east crosses."""
    ring = slice(zones.first_vertex[fence], zones.first_vertex[fence + 1])
    x, y = zones.lon[ring] - lon, zones.lat[ring] - lat
    crosses = (y[:-1] > 0) != (y[1:] > 0)
    x0, y0, x1, y1 = x[:-1][crosses], y[:-1][crosses], x[1:][crosses], y[1:][crosses]
    return bool(((x0 * y1 - x1 * y0) / (y1 - y0) > 0).sum() % 2)
