"""The corridor workload: winding paths round a city, a device on each, some of their fixes off route.

Seeded: the same numbers give the same fixes. Measuring them is ``measuring.py``, deciding ``deciding.py``.
"""

from dataclasses import dataclass
from pathlib import Path as File

import numpy as np

from corridor import FixBatch, Path, PathError
from waywarn.bench.ground import START, Floats, Ints, bounce, to_degrees
from waywarn.bench.sizes import Size

CITY_M = 60_000.0  # side of the square in which paths begin
SPACING_M = 50.0  # between two vertices of a path
TURN_RAD = 0.25  # standard deviation of the bend at a vertex
HALF_WIDTH_M = 40.0
INTERVAL_S = 5.0  # between two fixes of a device
SPEED_MPS = 8.0
DETOUR_M = (60.0, 300.0)  # how far off the farthest fix of a detour lies
DETOUR_FIXES = 24


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """Paths, and fixes in order of device and time.

    Parameters
    ----------
    paths
        The ways; corridors round them are `HALF_WIDTH_M` to each side.
    batch
        The fixes, each device's together and in order.
    path_of_device
        (D,) which path the device of a code keeps to.
    """

    paths: tuple[Path, ...]
    batch: FixBatch
    path_of_device: Ints

    @property
    def which(self) -> Ints:
        """(N,) which path each fix is measured against."""
        return self.path_of_device[self.batch.device]

    def in_order_of_time(self) -> FixBatch:
        """Give the fixes as a service would receive them."""
        return self.batch.take(np.argsort(self.batch.time, kind="stable"))


def make_roads(size: Size, rng: np.random.Generator, *, vertices: int | None = None) -> Roads:
    """Lay out paths and drive along them."""
    ways_m = _ways(size.corridors, vertices or size.vertices, rng)
    paths = tuple(Path(*to_degrees(way_m), name=f"path {number}") for number, way_m in enumerate(ways_m))
    path_of_device = np.arange(size.devices) % size.corridors
    each = max(size.fixes // size.devices, 2)
    xy_m = np.concatenate([_drive(ways_m[path], each, size, rng) for path in path_of_device.tolist()])
    lon, lat = to_degrees(xy_m)
    batch = columns(
        np.repeat(np.arange(size.devices), each),
        np.tile(START + INTERVAL_S * np.arange(each), size.devices),
        lon,
        lat,
        accuracy_m=size.accuracy_m,
    )
    return Roads(paths, _shuffled(batch, size.late_share, rng), path_of_device)


def roads_from(batch: FixBatch) -> Roads:
    """Take real fixes: each device is held to the path that its own trip, cleaned, makes.

    Raises
    ------
    PathError
        No device moved enough to make a path.
    """
    from corridor import clean_trip

    paths: list[Path] = []
    rows: list[Ints] = []
    for code, name in enumerate(batch.devices):
        own = np.flatnonzero(batch.device == code)
        own = own[np.argsort(batch.time[own], kind="stable")]
        try:
            paths.append(clean_trip(batch.take(own), name=name).path)
        except PathError:
            continue  # a device that only stands has no path
        rows.append(own)
    if not paths:
        raise PathError("no device of the file moved enough to make a path")
    taken = batch.take(np.concatenate(rows))
    path_of_device = np.zeros(len(batch.devices), dtype=np.int64)
    path_of_device[[batch.devices.index(path.name) for path in paths]] = np.arange(len(paths))
    return Roads(tuple(paths), taken, path_of_device)


def read_stream(file: File) -> FixBatch:
    """Read recorded fixes in any form that `waywarn replay` reads."""
    from corridor import read_fixes

    return read_fixes(file).batch


def columns(device: Ints, time: Floats, lon: Floats, lat: Floats, *, accuracy_m: float) -> FixBatch:
    """Make a batch of coded devices; their names are never spelt out a row at a time."""
    count = len(device)
    empty = np.full(count, np.nan)
    return FixBatch(
        devices=tuple(f"device {code}" for code in range(int(device.max()) + 1)),
        device=device.astype(np.int32),
        time=time,
        lon=np.ascontiguousarray(lon),
        lat=np.ascontiguousarray(lat),
        altitude_m=empty,
        accuracy_m=np.full(count, accuracy_m),
        speed_mps=empty,
        course_deg=empty,
        methods=(),
        method=np.full(count, -1, dtype=np.int32),
    )


def _ways(count: int, vertices: int, rng: np.random.Generator) -> Floats:
    """Give (count, vertices, 2) metres."""
    heading = rng.uniform(0, 2 * np.pi, (count, 1)) + np.cumsum(
        rng.normal(0, TURN_RAD, (count, vertices)), axis=1
    )
    steps = SPACING_M * rng.uniform(0.5, 1.5, (count, vertices, 1))
    ways_m = np.cumsum(steps * np.stack([np.cos(heading), np.sin(heading)], axis=-1), axis=1)
    ways_m += rng.uniform(-CITY_M / 2, CITY_M / 2, (count, 1, 2))
    return np.ascontiguousarray(ways_m)


def _drive(way_m: Floats, fixes: int, size: Size, rng: np.random.Generator) -> Floats:
    """Give (fixes, 2) metres: back and forth along a way, with detours and the receiver's error."""
    edge_m = np.diff(way_m, axis=0)
    length_m = np.linalg.norm(edge_m, axis=1)
    at_m = np.concatenate([[0.0], np.cumsum(length_m)])
    travelled_m = rng.uniform(0, at_m[-1]) + np.cumsum(INTERVAL_S * SPEED_MPS * rng.uniform(0.5, 1.5, fixes))
    along_m = bounce(travelled_m, float(at_m[-1]))
    edge = np.clip(np.searchsorted(at_m, along_m, side="right") - 1, 0, len(edge_m) - 1)
    direction = edge_m[edge] / length_m[edge, None]
    place_m = way_m[edge] + direction * (along_m - at_m[edge])[:, None]
    left = np.stack([-direction[:, 1], direction[:, 0]], axis=1)
    noise_m = rng.normal(0, size.accuracy_m / 2.4477, (fixes, 2))
    place_m += left * _detours(fixes, size.off_share, rng)[:, None] + noise_m
    return np.ascontiguousarray(place_m)


def _detours(fixes: int, share: float, rng: np.random.Generator) -> Floats:
    """Give (fixes,) metres to the left: bumps that a share of the fixes lies on."""
    bump = np.sin(np.linspace(0, np.pi, DETOUR_FIXES)) ** 2
    aside_m = np.zeros(fixes)
    for start in np.flatnonzero(rng.random(fixes) < share / DETOUR_FIXES).tolist():
        part = aside_m[start : start + DETOUR_FIXES]
        part[:] = rng.uniform(*DETOUR_M) * rng.choice([-1, 1]) * bump[: len(part)]
    return aside_m


def _shuffled(batch: FixBatch, share: float, rng: np.random.Generator) -> FixBatch:
    """Let a share of the fixes change places with the next of the same device."""
    order = np.arange(len(batch))
    first = np.flatnonzero(rng.random(len(order) - 1) < share)
    first = first[np.append(np.diff(first) > 1, True)[: len(first)]]
    first = first[batch.device[first] == batch.device[first + 1]]
    order[first], order[first + 1] = first + 1, first
    return batch if not len(first) else batch.take(order)
