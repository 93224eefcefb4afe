"""Compiled: which fixes are judged at all, in order of arrival, and which are held or discarded.

Judging those that pass is ``judge_corridor.py`` and ``judge_fences.py``;
what a discard is called is ``transition.py``.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from corridor.batch import FixBatch
from corridor.compiled import compiled, inlined
from corridor.ellipsoid import geocentric
from corridor.uncertainty import default_accuracy_m
from rules.state import HELD
from rules.transition import Discard

FUTURE_S = 120.0  # a clock may be off by so much; a fix from later moves nothing
CLOCK_WRONG_AFTER = 5  # FUTURE in a row: one may be a slip, five are a clock
# No degree of longitude or latitude is longer: a move of few degrees is plausible without trigonometry.
_LONGEST_DEGREE_M = 111_700.0

JUDGED = 0
OWN, OTHERS = 1, 2  # whose fix it is that a pair hears
_OF_DEVICES = np.empty(0, dtype=np.uint8)
_CODES = {discard: 1 + position for position, discard in enumerate(Discard)}
LATE = _CODES[Discard.LATE]
DUPLICATE = _CODES[Discard.DUPLICATE]
FUTURE = _CODES[Discard.FUTURE]
IMPLAUSIBLE = _CODES[Discard.IMPLAUSIBLE]

# What is accepted of a batch, device by device.
ACCEPTED = np.dtype(
    [
        ("order", "<i8"),  # position in the batch; of a believed fix, that of the one it is believed by
        ("device", "<i8"),  # the engine's row
        ("time", "<f8"),
        ("lon", "<f8"),
        ("lat", "<f8"),
        ("accuracy_m", "<f8"),  # not stated: minus the default of its method
        ("course_deg", "<f8"),  # NaN: not stated, or the fix was held
        ("altitude_m", "<f8"),  # the same
        ("speed_mps", "<f8"),  # the same
        ("held", "<u4"),  # conditions that hold: a bit each
        ("member", "<u4"),  # of a pair: OWN or OTHERS; 0: of a device
    ]
)

Rows = npt.NDArray[np.void]
Codes = npt.NDArray[np.int8]
Index = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_Record = Any  # one row of a structured array: numpy has no type for its fields

_geocentric: Any = compiled(geocentric)


@compiled
def chord_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Give the straight line between two places on the ellipsoid, through the earth.

    Enough to judge a speed or an area by: 1 m short of the geodesic at 100 km, and never longer, so it never
    makes a place implausible that is not.
    """
    ax, ay, az = _geocentric(lon_a, lat_a)
    bx, by, bz = _geocentric(lon_b, lat_b)
    return float(np.sqrt((ax - bx) ** 2 + (ay - by) ** 2 + (az - bz) ** 2))


class Columns(NamedTuple):
    """What is looked at of a batch; (N,) each but the last."""

    time: Floats
    lon: Floats
    lat: Floats
    accuracy_m: Floats  # NaN: not stated
    course_deg: Floats
    altitude_m: Floats
    speed_mps: Floats
    method: npt.NDArray[np.int32]  # -1: not stated
    default_accuracy_m: Floats  # (methods + 1,) by method; the last where none is stated
    member: npt.NDArray[np.uint8]  # (N,) of a pair: OWN or OTHERS; (0,): all are of devices


def columns_of(batch: FixBatch) -> Columns:
    """Give what admission looks at."""
    return Columns(
        batch.time,
        batch.lon,
        batch.lat,
        batch.accuracy_m,
        batch.course_deg,
        batch.altitude_m,
        batch.speed_mps,
        batch.method,
        _defaults(batch.methods),
        _OF_DEVICES,
    )


@lru_cache(maxsize=64)
def _defaults(methods: tuple[str, ...]) -> Floats:
    """Give the accuracy that is assumed, by method; one that is not stated has code -1: the last."""
    return np.array([default_accuracy_m(method) for method in (*methods, None)])


class Limits(NamedTuple):
    """What a fix is held against."""

    now: float  # wall time from which the lag is counted; NaN: it stays
    latest: float  # what FUTURE is judged against; NaN: it is not judged
    max_speed_mps: float  # faster is IMPLAUSIBLE


@compiled
def by_device(code: npt.NDArray[np.int32], rows: Index, codes: int) -> tuple[Index, Index]:
    """Sort the rows of a batch by their device's code, those of one device in order of arrival.

    Parameters
    ----------
    code
        (N,) codes less than `codes`.
    rows
        (K,) of the batch.

    Returns
    -------
    order
        (K,) positions in `rows`.
    first
        (codes + 1,) where each code's begin in `order`.
    """
    first = np.zeros(codes + 1, dtype=np.int64)
    for position in range(len(rows)):
        first[code[rows[position]] + 1] += 1
    for at in range(codes):
        first[at + 1] += first[at]
    order = np.empty(len(rows), dtype=np.int64)
    free = first.copy()
    for position in range(len(rows)):
        at = code[rows[position]]
        order[free[at]] = position
        free[at] += 1
    return order, first


@compiled
def admit(
    batch: Columns,
    rows: Index,
    order: Index,
    first: Index,
    devices: Index,
    states: Rows,
    limits: Limits,
    discard: Codes,
) -> tuple[Rows, Index, int, Rows, Rows]:
    """Sort fixes into judged, held and discarded, and move the devices' states on.

    Parameters
    ----------
    batch, rows, order
        ``rows[order]`` are the rows of the batch, device by device.
    first, devices
        Those of the device row ``devices[g]`` are at ``order[first[g] : first[g + 1]]``.
    states
        DEVICE_STATE rows, changed in place.
    discard
        (K,) is filled with codes, in the order of `rows`.

    Returns
    -------
    accepted
        (M,) of ACCEPTED: what is to be judged, device by device; held fixes that are believed come before
        the one that made them so.
    accepted_first
        (G + 1,) where each device's begin.
    discarded
        How many are not judged.
    before, after
        (G,) the devices' states before and after.
    """
    before, after = np.empty(len(devices), states.dtype), np.empty(len(devices), states.dtype)
    accepted = np.empty(first[-1] - first[0] + HELD * len(devices), ACCEPTED)
    accepted_first = np.zeros(len(devices) + 1, dtype=np.int64)
    count = discarded = 0
    for group in range(len(devices)):
        state = states[devices[group]]
        before[group] = state
        for at in range(first[group], first[group + 1]):
            position = order[at]
            fix = accepted[count]
            _read(batch, rows[position], fix)
            fix["order"], fix["device"] = position, devices[group]
            code = _code(state, fix, limits)
            discard[position] = code
            if code in (JUDGED, IMPLAUSIBLE):
                state["tail_fixes"] += 1
                state["seen"] = max(state["seen"], fix["time"])
            if code == JUDGED:
                count = _accept(state, limits.now, accepted, count)
            else:
                discarded += 1
        accepted_first[group + 1] = count
        after[group] = state
    return accepted[:count], accepted_first, discarded, before, after


@inlined
def _read(batch: Columns, row: int, fix: _Record) -> None:
    accuracy_m = batch.accuracy_m[row]
    fix["time"] = batch.time[row]
    fix["lon"] = batch.lon[row]
    fix["lat"] = batch.lat[row]
    fix["accuracy_m"] = accuracy_m if accuracy_m >= 0.0 else -batch.default_accuracy_m[batch.method[row]]
    fix["course_deg"] = batch.course_deg[row]
    fix["altitude_m"] = batch.altitude_m[row]
    fix["speed_mps"] = batch.speed_mps[row]
    fix["held"] = 0
    fix["member"] = batch.member[row] if batch.member.size else 0


@inlined
def _code(device: _Record, fix: _Record, limits: Limits) -> int:
    """Say what becomes of a fix; counts it, and holds it where it is implausible."""
    time, max_speed_mps = fix["time"], limits.max_speed_mps
    if time > limits.latest + FUTURE_S:  # never where it is NaN
        device["future"] += 1
        device["future_run"] = min(device["future_run"] + 1, CLOCK_WRONG_AFTER)
        device["clock_is_wrong"] = device["future_run"] == CLOCK_WRONG_AFTER
        return FUTURE
    device["future_run"] = 0
    device["clock_is_wrong"] = 0
    if time < device["time"]:
        device["late"] += 1
        return LATE
    if _is_known(device, time):
        device["duplicate"] += 1
        return DUPLICATE
    if fix["member"] != 0 or _fits_last(device, fix, max_speed_mps):
        device["held"] = 0  # a plausible fix refutes the place that the held ones claim
        return JUDGED
    if not _agrees_with_held(device, fix, max_speed_mps):
        device["held"] = 0
    elif device["held"] == HELD:
        return JUDGED
    _hold(device, fix)
    device["implausible"] += 1
    return IMPLAUSIBLE


@inlined
def _is_known(device: _Record, time: float) -> bool:
    for held in range(device["held"]):
        if time == device["held_time"][held]:
            return True
    return bool(time == device["time"])


@inlined
def _fits_last(device: _Record, fix: _Record, max_speed_mps: float) -> bool:
    """Tell whether the device can have come here from its last accepted fix."""
    elapsed_s = fix["time"] - device["time"]
    east = abs(fix["lon"] - device["lon"])
    degrees = min(east, 360.0 - east) + abs(fix["lat"] - device["lat"])
    if degrees * _LONGEST_DEGREE_M <= max_speed_mps * elapsed_s:
        return True
    moved_m = chord_m(fix["lon"], fix["lat"], device["lon"], device["lat"])
    return _is_plausible(moved_m, fix["accuracy_m"], device["accuracy_m"], max_speed_mps * elapsed_s)


@compiled
def _agrees_with_held(device: _Record, fix: _Record, max_speed_mps: float) -> bool:
    for held in range(device["held"]):
        reach_m = max_speed_mps * abs(fix["time"] - device["held_time"][held])
        moved_m = chord_m(fix["lon"], fix["lat"], device["held_lon"][held], device["held_lat"][held])
        if not _is_plausible(moved_m, fix["accuracy_m"], device["held_accuracy_m"][held], reach_m):
            return False
    return True


@compiled
def _is_plausible(moved_m: float, accuracy_a_m: float, accuracy_b_m: float, reach_m: float) -> bool:
    """Tell whether the least that the device must have moved lies within reach.

    A stated accuracy is taken off: a cell's fix 3 km beside the satellites' is vague, not fast: it is judged.
    """
    return moved_m - max(accuracy_a_m, 0.0) - max(accuracy_b_m, 0.0) <= reach_m


@compiled
def _accept(device: _Record, now: float, accepted: Rows, count: int) -> int:
    """Leave the fix at `count`, with the held ones that it makes believed, in order of time."""
    for held in range(device["held"]):
        at = count + 1
        accepted[at] = accepted[count]
        believed = accepted[at]
        believed["time"] = device["held_time"][held]
        believed["lon"] = device["held_lon"][held]
        believed["lat"] = device["held_lat"][held]
        believed["accuracy_m"] = device["held_accuracy_m"][held]
        believed["course_deg"] = believed["altitude_m"] = believed["speed_mps"] = np.nan
        if believed["time"] < accepted[count]["time"]:
            earlier = accepted[at : at + 1].copy()
            accepted[at] = accepted[count]
            accepted[count] = earlier[0]
        count = at
    newest = accepted[count]
    device["held"] = 0
    device["time"] = newest["time"]
    device["lon"] = newest["lon"]
    device["lat"] = newest["lat"]
    device["accuracy_m"] = newest["accuracy_m"]
    device["clock"] = max(device["clock"], newest["time"])
    if now == now:  # noqa: PLR0124 (not NaN; the same text serves the compiled loop)
        device["lag_s"] = now - newest["time"]
    return count + 1


@compiled
def _hold(device: _Record, fix: _Record) -> None:
    at = device["held"]
    if at == 1 and fix["time"] < device["held_time"][0]:
        device["held_time"][1] = device["held_time"][0]
        device["held_lon"][1] = device["held_lon"][0]
        device["held_lat"][1] = device["held_lat"][0]
        device["held_accuracy_m"][1] = device["held_accuracy_m"][0]
        at = 0
    device["held_time"][at] = fix["time"]
    device["held_lon"][at] = fix["lon"]
    device["held_lat"][at] = fix["lat"]
    device["held_accuracy_m"][at] = fix["accuracy_m"]
    device["held"] += 1
