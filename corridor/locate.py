"""Where a fix lies relative to a packed corridor: one row, with or without memory of the device."""

import math

import numpy as np

from corridor.compiled import compiled, inlined
from corridor.ellipsoid import Floats
from corridor.far import far_distance_m, far_nearest
from corridor.lanes import LANES
from corridor.margin import margin_of
from corridor.nearest import Nearest, nearest
from corridor.plane import Record
from corridor.progress import find_step, is_plain_step, remember_step
from corridor.side import side_of
from corridor.stretch import Ints, Records
from corridor.tables import PackedCorridors, corridors_in, leaves_in, planes_in, segments_in

MEASURES = 7  # distance, cross-track, along-track, margin, half width, width, skipped

Measures = tuple[float, float, float, float, float, float, float]


@inlined
def forget(memory: Record) -> None:
    """Forget where the device was along the path; the leaf that it was in remains a first guess."""
    memory["along_m"] = memory["time"] = np.nan
    memory["back_m"] = memory["pace_mps"] = 0.0


@inlined
def locate(  # noqa: PLR0917 (a compiled loop takes its columns by position)
    packed: PackedCorridors,
    which: int,
    lon: float,
    lat: float,
    course_deg: float,
    altitude_m: float,
    time: float,
    memory: Record,
) -> Measures:
    """Measure one fix of a device against corridor `which`, and keep what is worth it in its memory.

    NaN course or altitude: not stated. The seven numbers are the fields of `Offset`, in its order.
    """
    first, end = corridors_in(packed)[which]["first_leaf"], corridors_in(packed)[which]["end_leaf"]
    # A memory may come from a store: what is no leaf of this corridor is not followed.
    leaf = first + memory["leaf"] if 0 <= memory["leaf"] < end - first else -1
    found = nearest(packed, which, lon, lat, leaf, memory["x"], memory["y"], memory["clear_m"])
    distance_m, cross_m, along_m, margin_m, half_width_m, width_m = _measure(
        packed, which, lon, lat, course_deg, altitude_m, found
    )
    skipped_m = 0.0
    if found.slot >= 0:
        unknown = math.isnan(memory["along_m"])
        if is_plain_step(packed, which, found, along_m, margin_m, time, memory):
            remember_step(memory, along_m, time)
        elif margin_m <= 0.0:
            along_m, skipped_m = find_step(packed, which, lon, lat, time, found, along_m, margin_m, memory)
        if unknown or (margin_m <= 0.0 and time >= memory["time"]):
            memory["leaf"], memory["clear_m"] = found.leaf - first, found.clear_m
            memory["x"], memory["y"] = found.east, found.north
    return distance_m, cross_m, along_m, margin_m, half_width_m, width_m, skipped_m


@compiled
def measure_many(  # noqa: PLR0917 (compiled)
    packed: PackedCorridors,
    which: Ints,
    lon: Floats,
    lat: Floats,
    course_deg: Floats,
    altitude_m: Floats,
    out: Floats,
) -> None:
    """Measure N rows, each for itself; fills the first of MEASURES, as many as `out` has columns, up to 6.

    Courses and altitudes are (N,), or (1,) for all. Whether rows follow each other along a path changes the
    time this takes, and nothing else.
    """
    stated = (0 if len(course_deg) == 1 else 1, 0 if len(altitude_m) == 1 else 1)
    corridor, leaf = -1, -1
    x, y, clear_m = 0.0, 0.0, 0.0
    for row in range(len(lon)):
        if which[row] != corridor:
            corridor, leaf = which[row], -1
        found = nearest(packed, corridor, lon[row], lat[row], leaf, x, y, clear_m)
        leaf, x, y, clear_m = found.leaf, found.east, found.north, found.clear_m
        course, height = course_deg[row * stated[0]], altitude_m[row * stated[1]]
        measured = _measure(packed, corridor, lon[row], lat[row], course, height, found)
        for column in range(out.shape[1]):
            out[row, column] = measured[column]


@compiled
def follow_one(  # noqa: PLR0917 (compiled)
    packed: PackedCorridors,
    lon: Floats,
    lat: Floats,
    time: Floats,
    course_deg: Floats,
    altitude_m: Floats,
    memory: Records,
    out: Floats,
) -> None:
    """Measure N rows of one device, its memory row 0, against the first corridor; fills (N, MEASURES)."""
    for row in range(len(lon)):
        measured = locate(
            packed, 0, lon[row], lat[row], course_deg[row], altitude_m[row], time[row], memory[0]
        )
        for column in range(MEASURES):
            out[row, column] = measured[column]


@inlined
def _measure(  # noqa: PLR0917 (compiled)
    packed: PackedCorridors,
    which: int,
    lon: float,
    lat: float,
    course_deg: float,
    altitude_m: float,
    found: Nearest,
) -> tuple[float, float, float, float, float, float]:
    slot, fraction = found.slot, found.fraction
    if slot < 0:
        slot, fraction = far_nearest(packed, which, lon, lat)
        distance_m, side = far_distance_m(packed, slot, fraction, lon, lat)
    else:
        # Surface distance from the chord: s = c (1 + c² / 24 R²), 0.1 m at 40 km
        radius_m = planes_in(packed)[leaves_in(packed)[slot // LANES]["stretch"]]["radius_m"]
        distance_m = math.sqrt(found.chord2) * (1.0 + found.chord2 / (24.0 * radius_m * radius_m))
        side = side_of(packed, slot, fraction, found.east, found.north)
    segment = segments_in(packed)[slot]
    along_m = segment["along_m"] + fraction * segment["length_m"]
    corridor = corridors_in(packed)[which]
    if not corridor["plain"]:
        margin = margin_of(packed, which, lon, lat, course_deg, altitude_m, distance_m, found.slot)
        return distance_m, side * distance_m, along_m, *margin
    half_width_m = corridor["half_width_m"]
    return distance_m, side * distance_m, along_m, distance_m - half_width_m, half_width_m, 2.0 * half_width_m
