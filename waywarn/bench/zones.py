"""The fence workload: polygons or circles strewn over a square, and devices that wander among them.

The square grows with the fences, so that a device meets as many whatever their number. Crossing them is
``crossing.py``.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from corridor import FenceSet, FixBatch
from waywarn.bench.ground import START, Floats, Ints, bounce, to_degrees
from waywarn.bench.roads import columns

SPACING_M = 1_000.0  # one fence for a square of this side
RADIUS_M = (50.0, 300.0)
CORNERS = (4, 12)  # of a polygon
INTERVAL_S = 5.0
SPEED_MPS = 14.0
TURN_RAD = 0.15  # standard deviation of the bend at a fix
ASIDE_M = 5_000.0  # fences about a real stream lie so far from its fixes, about


@dataclass(frozen=True, eq=False)
class Zones:
    """Fences as columns, and fixes in order of device and time.

    Parameters
    ----------
    circles
        Whether they are circles; else polygons of one ring each.
    lon, lat
        (F,) centres of circles, or (V,) vertices of rings, ring after ring, each closed.
    radius_m
        (F,) of circles; empty for polygons.
    first_vertex
        (F + 1,) where each ring begins; empty for circles.
    batch
        The fixes; they state an accuracy of 0, so that containment decides.
    """

    circles: bool
    lon: Floats
    lat: Floats
    radius_m: Floats
    first_vertex: Ints
    batch: FixBatch

    @cached_property
    def fences(self) -> FenceSet:
        """The fences, frozen."""
        return self.freeze()

    def freeze(self) -> FenceSet:
        """Freeze the fences anew."""
        if self.circles:
            return FenceSet.from_arrays(self.lon, self.lat, self.radius_m)
        each = np.arange(len(self.first_vertex), dtype=np.int64)
        return FenceSet.from_rings(self.lon, self.lat, self.first_vertex, each)

    @cached_property
    def starts(self) -> Ints:
        """(D + 1,) the first row of each device."""
        return np.searchsorted(self.batch.device, np.arange(len(self.batch.devices) + 1)).astype(np.int64)

    def rows_of(self, devices: Ints) -> Ints:
        """Give all rows of some devices."""
        return np.concatenate(
            [np.arange(self.starts[code], self.starts[code + 1]) for code in devices.tolist()]
        )


def make_zones(
    fences: int,
    movers: int,
    moves: int,
    rng: np.random.Generator,
    *,
    circles: bool,
    stream: FixBatch | None = None,
) -> Zones:
    """Strew fences and wander among them; or strew them about a real stream."""
    if stream is None:
        side_m = SPACING_M * math.sqrt(fences)
        middle_m = rng.uniform(-side_m / 2, side_m / 2, (fences, 2))
        batch = wander(movers, max(moves // movers, 2), side_m, rng)
        return _strewn(*to_degrees(middle_m), batch, rng, circles=circles)
    batch = _ordered(stream)
    near = rng.integers(len(batch), size=fences)
    lon, lat = to_degrees(rng.normal(0, ASIDE_M, (fences, 2)))
    return _strewn(
        batch.lon[near] + lon - lon.mean(), batch.lat[near] + lat - lat.mean(), batch, rng, circles=circles
    )


def wander(movers: int, each: int, side_m: float, rng: np.random.Generator) -> FixBatch:
    """Let devices wander in a square, turning round at its sides."""
    heading = rng.uniform(0, 2 * np.pi, (movers, 1)) + np.cumsum(
        rng.normal(0, TURN_RAD, (movers, each)), axis=1
    )
    step_m = INTERVAL_S * SPEED_MPS * rng.uniform(0.5, 1.5, (movers, each, 1))
    way_m = np.cumsum(step_m * np.stack([np.cos(heading), np.sin(heading)], axis=-1), axis=1)
    place_m = bounce(rng.uniform(0, side_m, (movers, 1, 2)) + way_m, side_m) - side_m / 2
    lon, lat = to_degrees(place_m.reshape(-1, 2))
    time = np.tile(START + INTERVAL_S * np.arange(each), movers)
    return columns(np.repeat(np.arange(movers), each), time, lon, lat, accuracy_m=0.0)


def _ordered(stream: FixBatch) -> FixBatch:
    """Give a real stream in order of device and time, an instant of a device once, as if it were exact."""
    batch = stream.take(np.lexsort((stream.time, stream.device)))
    again = (np.diff(batch.time) == 0) & (np.diff(batch.device) == 0)
    batch = batch.take(np.append([True], ~again))
    batch.accuracy_m[:] = 0.0
    return batch


def _strewn(lon: Floats, lat: Floats, batch: FixBatch, rng: np.random.Generator, *, circles: bool) -> Zones:
    count = len(lon)
    radius_m = rng.uniform(*RADIUS_M, count)
    if circles:
        return Zones(circles, lon, lat, radius_m, np.empty(0, dtype=np.int64), batch)
    corners = rng.integers(CORNERS[0], CORNERS[1] + 1, count)
    first_vertex = np.concatenate([[0], np.cumsum(corners + 1)])
    fence = np.repeat(np.arange(count), corners + 1)
    corner = np.arange(first_vertex[-1]) - first_vertex[fence]
    turn = (corner + rng.uniform(0, 0.8, len(fence))) / corners[fence]
    away_m = radius_m[fence] * rng.uniform(0.6, 1.0, len(fence))
    angle = 2 * np.pi * turn
    aside_m = away_m[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    aside_m[first_vertex[1:] - 1] = aside_m[first_vertex[:-1]]  # closed
    origin, place = to_degrees(np.zeros(2)), to_degrees(aside_m)
    return Zones(
        circles,
        lon[fence] + place[0] - origin[0],
        lat[fence] + place[1] - origin[1],
        np.empty(0),
        first_vertex.astype(np.int64),
        batch,
    )
