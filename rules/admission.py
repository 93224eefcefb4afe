"""Compiled: which fixes are judged at all, in order of arrival, and which are held or discarded.

Judging those that pass is ``kernel.py``; what a discard is called is ``transition.py``.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled
from corridor.ellipsoid import geocentric
from rules.state import HELD
from rules.transition import Discard

FUTURE_S = 120.0  # a clock may be off by so much; a fix from later moves nothing
CLOCK_WRONG_AFTER = 5  # FUTURE in a row: one may be a slip, five are a clock
# No degree of longitude or latitude is longer: a move of few degrees is plausible without trigonometry.
_LONGEST_DEGREE_M = 111_700.0

JUDGED = 0
_CODES = {discard: 1 + position for position, discard in enumerate(Discard)}
LATE = _CODES[Discard.LATE]
DUPLICATE = _CODES[Discard.DUPLICATE]
FUTURE = _CODES[Discard.FUTURE]
IMPLAUSIBLE = _CODES[Discard.IMPLAUSIBLE]

# A batch and what is accepted of it are records of these columns; a batch's `device` is the engine's row.
FIX_COLUMNS = np.dtype(
    [("device", "<i8"), ("time", "<f8"), ("lon", "<f8"), ("lat", "<f8"), ("accuracy_m", "<f8")]
)

Rows = npt.NDArray[np.void]
Codes = npt.NDArray[np.int8]
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


@compiled
def admit(  # noqa: PLR0917 (a compiled loop takes its columns by position)
    fixes: Rows,
    devices: Rows,
    now: float,
    latest: float,
    max_speed_mps: float,
    discard: Codes,
    accepted: Rows,
) -> int:
    """Sort fixes into judged, held and discarded, and move the devices' rows on.

    Parameters
    ----------
    fixes
        (N,) of FIX_COLUMNS in order of arrival.
    devices
        DEVICE_STATE rows, changed in place.
    now
        Wall time from which the lag is counted; NaN: it stays.
    latest
        What FUTURE is judged against; NaN: it is not judged.
    max_speed_mps
        Faster than this is IMPLAUSIBLE.
    discard
        (N,) is filled with the codes.
    accepted
        Is filled with what is to be judged, in order; held fixes that are believed come before the one
        that made them so. Up to N rows and HELD more for each device.

    Returns
    -------
    int
        How many rows of `accepted` were filled.
    """
    count = 0
    for row in range(fixes.size):
        fix = fixes[row]
        device = devices[fix["device"]]
        code = _code(device, fix, latest, max_speed_mps)
        discard[row] = code
        if code == JUDGED:
            count = _accept(device, fix, now, accepted, count)
    return count


@compiled
def _code(device: _Record, fix: _Record, latest: float, max_speed_mps: float) -> int:
    """Say what becomes of a fix; counts it, and holds it where it is implausible."""
    time = fix["time"]
    if time > latest + FUTURE_S:  # never where it is NaN
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
    if _fits_last(device, fix, max_speed_mps):
        device["held"] = 0  # a plausible fix refutes the place that the held ones claim
        return JUDGED
    if not _agrees_with_held(device, fix, max_speed_mps):
        device["held"] = 0
    elif device["held"] == HELD:
        return JUDGED
    _hold(device, fix)
    device["implausible"] += 1
    return IMPLAUSIBLE


@compiled
def _is_known(device: _Record, time: float) -> bool:
    for held in range(device["held"]):
        if time == device["held_time"][held]:
            return True
    return bool(time == device["time"])


@compiled
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
def _accept(device: _Record, fix: _Record, now: float, accepted: Rows, count: int) -> int:
    """Write a fix and the held ones that it makes believed in order of time; the last is the newest."""
    written = False
    for held in range(device["held"]):
        if not written and fix["time"] < device["held_time"][held]:
            _copy(accepted[count], fix)
            count += 1
            written = True
        believed = accepted[count]
        believed["device"] = fix["device"]
        believed["time"] = device["held_time"][held]
        believed["lon"] = device["held_lon"][held]
        believed["lat"] = device["held_lat"][held]
        believed["accuracy_m"] = device["held_accuracy_m"][held]
        count += 1
    if not written:
        _copy(accepted[count], fix)
        count += 1
    newest = accepted[count - 1]
    device["held"] = 0
    device["time"] = newest["time"]
    device["lon"] = newest["lon"]
    device["lat"] = newest["lat"]
    device["accuracy_m"] = newest["accuracy_m"]
    if now == now:  # noqa: PLR0124 (not NaN; the same text serves the compiled loop)
        device["lag_s"] = now - newest["time"]
    return count


@compiled
def _copy(target: _Record, fix: _Record) -> None:
    target["device"] = fix["device"]
    target["time"] = fix["time"]
    target["lon"] = fix["lon"]
    target["lat"] = fix["lat"]
    target["accuracy_m"] = fix["accuracy_m"]


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
