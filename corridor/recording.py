"""`clean_trip`: one recorded trip to a clean path; what was removed, and why, is counted.

Reading the trip is ``tracks/``; writing the path to a file belongs to the application.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from corridor.batch import FixBatch, Floats
from corridor.errors import PathError
from corridor.frame import LocalFrame
from corridor.geodesic import lengths_m, wgs84
from corridor.path import Path
from corridor.repair import Repair, longest_piece
from corridor.simplify import shape_vertices

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# A phone's fixes lie within 5 to 10 m of the way; a tolerance of that size drops noise, not corners.
DEFAULT_TOLERANCE_M = 5.0

# 250 km/h. No child, bus or truck is faster; a fast train's recorder gives its own limit.
DEFAULT_MAX_SPEED_MPS = 70.0

# A step this short can be a receiver's error alone, whatever speed it would be.
NOISE_M = 30.0

# One fix away and back at once. The chord between its neighbours is short beside both legs, the legs are
# longer than a receiver's error, and both are walked at three times what is usual on this trip: a real
# dead end, gone into and out of again, is not.
SPIKE_CHORD_PER_LEG = 0.5
SPIKE_SPEED_RATIO = 3.0
SPIKE_LEAST_SPEED_MPS = 3.0  # a trip that mostly stands has no usual speed to speak of

# A waiting phone wanders some 20 m; a minute within 25 m is not walking, which takes 18 s for that.
STANDING_RADIUS_M = 25.0
STANDING_S = 60.0

# Fixes between two that fit each other that may all be wrong; bounds the work of a hostile trip.
_MAX_RUNS_SKIPPED = 50


class Removal(StrEnum):
    """Why a fix of the trip is not a vertex of its path."""

    REPEATED_TIME = "repeated_time"  # two fixes of one instant: the first is kept
    TOO_FAST = "too_fast"  # not reachable at the greatest speed from the fixes that are
    SPIKE = "spike"  # away and back at once
    STANDING_AT_START = "standing_at_start"
    STANDING_AT_END = "standing_at_end"
    CUT_OFF = "cut_off"  # on the far side of a jump from the longest piece; only where asked for
    SIMPLIFIED = "simplified"  # within the tolerance of the path without it


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A path made from a trip, and how.

    Parameters
    ----------
    path
        With ``elapsed_s`` at each vertex.
    started_at
        UTC seconds of the first vertex.
    device
        Who recorded it.
    kept
        (V,) the rows of the batch that became vertices, in order of time.
    clean
        (K,) the rows that are true to the way: `kept` and those that simplifying left out.
    removed
        How many fixes fell to which step; all reasons, also those with 0.
    tolerance_m
        No clean fix is farther than this from the path.
    """

    path: Path
    started_at: float
    device: str
    kept: Ints
    clean: Ints
    removed: dict[Removal, int]
    tolerance_m: float


def clean_trip(
    batch: FixBatch,
    *,
    tolerance_m: float = DEFAULT_TOLERANCE_M,
    max_speed_mps: float = DEFAULT_MAX_SPEED_MPS,
    name: str = "path",
) -> Recording:
    """Turn one recorded trip into a clean path.

    In this order: fixes sorted by time and one of each instant kept; fixes removed that only an
    impossible speed could reach, and single ones away and back; standing clusters at both ends cut to
    the last fix before leaving and the first of arriving; simplified (Douglas and Peucker 1973).

    Parameters
    ----------
    batch
        The fixes of one device, in any order.
    tolerance_m
        How far the path may run from a fix that is kept as true; over 0.
    max_speed_mps
        What the device cannot exceed.
    name
        The path's name.

    Raises
    ------
    PathError
        Several devices, fewer than two places, or a trip that only stands.
    """
    _check(batch, tolerance_m, max_speed_mps)
    removed = dict.fromkeys(Removal, 0)
    order = np.argsort(batch.time, kind="stable")
    rows = _less(order, _first_of_instant(batch.time[order]), removed, Removal.REPEATED_TIME)
    rows = _less(rows, _reachable(batch.take(rows), max_speed_mps), removed, Removal.TOO_FAST)
    rows = _less(rows, ~_spikes(batch.take(rows)), removed, Removal.SPIKE)
    start, stop = _moving_span(batch.take(rows))
    removed[Removal.STANDING_AT_START] = start
    removed[Removal.STANDING_AT_END] = len(rows) - stop
    clean = rows[start:stop]
    kept = _less(
        clean, shape_vertices(batch.lon[clean], batch.lat[clean], tolerance_m), removed, Removal.SIMPLIFIED
    )
    time = batch.time[kept]
    path = Path(batch.lon[kept], batch.lat[kept], elapsed_s=time - time[0], name=name)
    device = batch.devices[batch.device[kept[0]]]
    return Recording(path, float(time[0]), device, kept, clean, removed, tolerance_m)


def longest_part(recording: Recording, batch: FixBatch) -> tuple[Recording, tuple[Repair, ...]]:
    """Cut a recording to its longest piece between edges of over 1,000 km, and say so.

    Parameters
    ----------
    recording
        What `clean_trip` made of `batch`; given back as it is if it has no such edge.
    """
    kept = recording.kept
    part, repairs = longest_piece(batch.lon[kept], batch.lat[kept])
    if not repairs:
        return recording, ()
    rows = kept[part]
    first, last = np.flatnonzero(np.isin(recording.clean, rows[[0, -1]]))
    clean = recording.clean[first : last + 1]
    removed = dict(recording.removed)
    removed[Removal.CUT_OFF] = len(recording.clean) - len(clean)
    removed[Removal.SIMPLIFIED] = len(clean) - len(rows)
    time = batch.time[rows]
    path = Path(batch.lon[rows], batch.lat[rows], elapsed_s=time - time[0], name=recording.path.name)
    return replace(
        recording, path=path, started_at=float(time[0]), kept=rows, clean=clean, removed=removed
    ), repairs


def _check(batch: FixBatch, tolerance_m: float, max_speed_mps: float) -> None:
    devices = sorted({batch.devices[code] for code in np.unique(batch.device)})
    if len(devices) > 1:
        listed = ", ".join(repr(device) for device in devices[:20])
        raise PathError(f"the trip is of {len(devices)} devices; choose one: {listed}")
    if len(batch) < 2:
        raise PathError(f"the trip has {len(batch)} fix; a path needs two places")
    for word, value in (("tolerance_m", tolerance_m), ("max_speed_mps", max_speed_mps)):
        if not (np.isfinite(value) and value > 0):
            raise PathError(f"{word} is {value}; more than 0 is needed")


def _less(rows: Ints, keep: Flags, removed: dict[Removal, int], reason: Removal) -> Ints:
    removed[reason] = int((~keep).sum())
    return rows[keep]


def _first_of_instant(time: Floats) -> Flags:
    return np.append(np.ones(1, dtype=bool), np.diff(time) > 0)


def _reachable(trip: FixBatch, max_speed_mps: float) -> Flags:
    """Keep the longest chain of fixes in which each can be reached from the one before.

    The trip is cut into runs wherever a step is too fast; of the runs, those are kept that can follow
    one another and hold the most fixes. So a bad first fix, or several bad ones in a row, do not
    decide what is true.
    """
    too_fast = lengths_m(trip.lon, trip.lat) > max_speed_mps * np.diff(trip.time) + NOISE_M
    starts = np.append(0, np.flatnonzero(too_fast) + 1)
    ends = np.append(starts[1:], len(trip)) - 1
    best = (ends - starts + 1).astype(np.int64)
    before = np.full(len(starts), -1)
    for run in range(1, len(starts)):
        earlier = np.arange(max(0, run - _MAX_RUNS_SKIPPED), run)
        last, first = ends[earlier], np.full(len(earlier), starts[run])
        reach_m = max_speed_mps * (trip.time[first] - trip.time[last]) + NOISE_M
        fits = _apart_m(trip, last, first) <= reach_m
        if fits.any():
            chosen = earlier[fits][np.argmax(best[earlier[fits]])]
            best[run] += best[chosen]
            before[run] = chosen
    keep = np.zeros(len(trip), dtype=bool)
    run = int(np.argmax(best))
    while run >= 0:
        keep[starts[run] : ends[run] + 1] = True
        run = int(before[run])
    return keep


def _apart_m(trip: FixBatch, a: Ints, b: Ints) -> Floats:
    return np.asarray(wgs84().inv(trip.lon[a], trip.lat[a], trip.lon[b], trip.lat[b])[2], dtype=np.float64)


def _spikes(trip: FixBatch) -> Flags:
    """Tell which single fixes lead away and back at once."""
    spike = np.zeros(len(trip), dtype=bool)
    if len(trip) < 3:
        return spike
    leg_m, duration_s = lengths_m(trip.lon, trip.lat), np.diff(trip.time)
    speed_mps = leg_m / duration_s
    limit_mps = SPIKE_SPEED_RATIO * max(float(np.median(speed_mps)), SPIKE_LEAST_SPEED_MPS)
    chord_m = _apart_m(trip, np.arange(len(trip) - 2), np.arange(2, len(trip)))
    shorter_m = np.minimum(leg_m[:-1], leg_m[1:])
    slower_mps = np.minimum(speed_mps[:-1], speed_mps[1:])
    spike[1:-1] = (
        (shorter_m > NOISE_M) & (chord_m < SPIKE_CHORD_PER_LEG * shorter_m) & (slower_mps > limit_mps)
    )
    return spike


def _moving_span(trip: FixBatch) -> tuple[int, int]:
    """Give the slice of the trip between standing at its start and at its end."""
    start = _standing_prefix(trip.lon, trip.lat, trip.time)
    left = _standing_prefix(trip.lon[::-1], trip.lat[::-1], -trip.time[::-1])
    stop = len(trip) - left
    if stop - start < 2:
        raise PathError(
            f"the trip of {len(trip)} fixes stays within {STANDING_RADIUS_M:g} m; there is no path in it"
        )
    return start, stop


def _standing_prefix(lon: Floats, lat: Floats, time: Floats) -> int:
    """Count the fixes at the start that are cut: all in the first cluster but the last of it.

    The cluster is about the middle of what the first `STANDING_S` hold, and ends with the first fix
    beyond `STANDING_RADIUS_M` of it.
    """
    first = time <= time[0] + STANDING_S
    frame = LocalFrame(float(lon[0]), float(lat[0]))
    first_m = frame.to_enu(lon[first], lat[first])[:, :2]
    middle_lon, middle_lat = frame.from_enu(np.median(first_m, axis=0))[0]
    count = len(lon)
    distance_m = np.asarray(wgs84().inv(np.full(count, middle_lon), np.full(count, middle_lat), lon, lat)[2])
    beyond = np.flatnonzero(distance_m > STANDING_RADIUS_M)
    cluster = int(beyond[0]) if len(beyond) else count
    if cluster < 2 or time[cluster - 1] - time[0] < STANDING_S:
        return 0
    return cluster - 1
