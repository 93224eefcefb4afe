"""Compiled: what fixes and timers mean to the progress of a device along its path.

What follows from it is ``progress_table.py``; where the path's times come from ``progress.py``.
"""

import numpy as np

from corridor.compiled import compiled
from corridor.expected import elapsed_at, pace_of
from corridor.locate import forget, locate
from corridor.tables import corridors_in
from rules.timetable import ALWAYS, nearest_opening
from rules.verdict import accuracy_m
from rules.watch.ground import Ground, Record
from rules.watch.progress_table import Input, Phase

VAGUE_HALF_WIDTHS = 2.0  # an accuracy of more says nothing of the place along the path
MOVED_FIXES = 2  # in a row away from where it stood: one is an outlier
ON_TIME_SHARE = 0.5  # of `late_s`: expected so little late it has caught up
REST_S = 1800.0  # away from the end after an arrival, as of a deviation

_WAITING, _UNDER_WAY = int(Phase.WAITING), int(Phase.UNDER_WAY)
_STALLED, _LATE, _ARRIVED = int(Phase.STALLED), int(Phase.LATE), int(Phase.ARRIVED)
_TIME_UP, _STARTS, _GOES, _STANDS = map(int, (Input.TIME_UP, Input.STARTS, Input.GOES, Input.STANDS))
_BEHIND, _CAUGHT_UP, _AT_END = int(Input.BEHIND), int(Input.CAUGHT_UP), int(Input.AT_END)
_REST_OVER, _UNKNOWN = int(Input.REST_OVER), int(Input.UNKNOWN)
_STAYS, _AWAY, _MOVED = range(3)


@compiled
def wake_progress(row: Record) -> None:
    """Forget the trip.

    `kept_m`, `kept_time` are where it stands, or stood last, and since when; `since`, `begun_m` when and
    where it set out; `planned` the instant at which the path's times begin.
    """
    forget(row["memory"])
    row["kept_m"] = row["kept_time"] = row["kept_accuracy_m"] = np.nan
    row["since"] = row["begun_m"] = row["planned"] = np.nan
    row["value"] = row["limit"] = row["eta"] = np.nan
    row["next_point"] = row["count"] = 0
    row["due"] = np.inf


@compiled
def time_up_progress(row: Record, rule: Record, due: float) -> int:
    """Say that the device should have been at the end `late_s` ago; when it will be nobody knows."""
    row["value"] = row["limit"] = rule["third_limit"]
    row["eta"] = np.nan
    row["run_since"] = due
    return _TIME_UP


@compiled
def read_progress(row: Record, rule: Record, fix: Record, ground: Ground) -> int:
    """Say what a fix means to the machine."""
    row["value"] = row["limit"] = row["eta"] = np.nan
    vague_m, time = accuracy_m(rule, fix["accuracy_m"]), fix["time"]
    corridor = corridors_in(ground.lines)[rule["corridor"]]
    if vague_m > VAGUE_HALF_WIDTHS * corridor["half_width_m"]:
        return _UNKNOWN
    on_path = _find(row, rule, fix, ground)
    at_end = on_path and row["last_along_m"] >= corridor["length_m"] - rule["fourth_limit"]
    if row["phase"] == _ARRIVED:
        return _rest(row, rule, at_end, time)
    if not on_path:
        return _UNKNOWN
    if row["phase"] == _WAITING and at_end:  # comes from elsewhere
        row["kept_m"] = row["begun_m"] = np.nan
        return _UNKNOWN
    step = _step(row, rule, vague_m, time)
    late_s = _expect(row, rule, step, time, ground)
    if at_end:
        row["value"], row["limit"], row["since"] = late_s, _limit(rule["third_limit"]), np.nan
        row["due"] = np.inf
        return _AT_END
    return _of_step(row, rule, step, late_s, time)


@compiled
def _of_step(row: Record, rule: Record, step: int, late_s: float, time: float) -> int:
    """Say what a fix on the way means: first whether it stands, then whether it is late."""
    stood_s = time - row["kept_time"]
    if row["phase"] == _STALLED:
        row["limit"] = rule["limit"]  # of how long it stood, which `_step` has left in `value`
        return _GOES if step == _MOVED else _STANDS if step == _STAYS else _UNKNOWN
    if row["phase"] == _UNDER_WAY and step == _STAYS and stood_s >= rule["limit"]:
        row["value"], row["limit"], row["run_since"] = stood_s, rule["limit"], row["kept_time"]
        return _STANDS
    is_waiting = row["phase"] == _WAITING
    if is_waiting and step == _MOVED:
        row["value"] = np.nan
        return _STARTS
    row["value"], row["limit"] = late_s, _limit(rule["third_limit"])
    if late_s >= rule["third_limit"] and (not is_waiting or rule["departs"] != ALWAYS):
        row["run_since"] = time
        return _BEHIND
    if is_waiting:
        return _UNKNOWN
    return _CAUGHT_UP if late_s <= ON_TIME_SHARE * rule["third_limit"] else _GOES


@compiled
def _find(row: Record, rule: Record, fix: Record, ground: Ground) -> bool:
    """Find the fix along the path, and tell whether it is on it."""
    distance_m, _, along_m, margin_m, half_width_m, _, _ = locate(
        ground.lines,
        rule["corridor"],
        fix["lon"],
        fix["lat"],
        fix["course_deg"],
        fix["altitude_m"],
        fix["time"],
        row["memory"],
    )
    row["last_distance_m"], row["last_along_m"] = distance_m, along_m
    row["last_half_width_m"] = half_width_m
    return bool(margin_m <= 0.0)


@compiled
def _rest(row: Record, rule: Record, at_end: bool, time: float) -> int:  # noqa: FBT001 (compiled)
    if rule["window"] != ALWAYS:
        return _UNKNOWN
    if at_end:
        row["since"] = np.nan
    elif np.isnan(row["since"]):
        row["since"] = time
    elif time - row["since"] >= REST_S:
        wake_progress(row)
        return _REST_OVER
    return _UNKNOWN


@compiled
def _step(row: Record, rule: Record, vague_m: float, time: float) -> int:
    """Tell whether the device stays where it stood, and keep where that is; both accuracies are taken off."""
    along_m = row["last_along_m"]
    if np.isnan(row["begun_m"]):
        row["begun_m"], row["since"] = along_m, time
        _stand(row, vague_m, time)
        return _STAYS
    away_m = abs(along_m - row["kept_m"]) - vague_m - row["kept_accuracy_m"]
    if away_m <= rule["second_limit"]:
        row["count"] = 0
        if (
            row["kept_m"] == row["begun_m"]
        ):  # where it was first seen: it sets out when it was last seen there
            row["since"] = time
        return _STAYS
    row["count"] += 1
    if row["count"] < MOVED_FIXES:
        return _AWAY
    row["value"] = time - row["kept_time"]
    _stand(row, vague_m, time)
    return _MOVED


@compiled
def _stand(row: Record, vague_m: float, time: float) -> None:
    row["kept_m"], row["kept_time"], row["kept_accuracy_m"] = row["last_along_m"], time, vague_m
    row["count"] = 0


@compiled
def _expect(row: Record, rule: Record, step: int, time: float, ground: Ground) -> float:
    """Work out when the device will be at the end, set the timer, and give the lateness; NaN: no times."""
    has_plan = rule["departs"] != ALWAYS or row["phase"] != _WAITING or step == _MOVED
    here_s = _elapsed_s(rule, ground, row["last_along_m"])
    begun_s = _elapsed_s(rule, ground, row["begun_m"])
    start_s, end_s = _elapsed_s(rule, ground, 0.0), _elapsed_s(rule, ground, np.inf)
    if rule["departs"] == ALWAYS:
        row["planned"] = row["since"] - begun_s
    elif np.isnan(row["planned"]):
        row["planned"] = nearest_opening(ground.openings, rule["departs"], time)
    row["eta"] = time + (end_s - here_s) * pace_of(time - row["since"], here_s - begun_s, end_s - start_s)
    late_s = row["eta"] - row["planned"] - end_s
    row["due"] = np.inf
    if has_plan and late_s < rule["third_limit"] < np.inf:  # then it is still to come
        row["due"] = row["planned"] + end_s + rule["third_limit"]
    return float(late_s)


@compiled
def _elapsed_s(rule: Record, ground: Ground, along_m: float) -> float:
    """Give the path's own time at a place, from its vertices, which follow the named points."""
    times = ground.points[rule["first_point"] + rule["choice"] : rule["end_point"]]
    return elapsed_at(times["along_m"], times["value"], along_m)


@compiled
def _limit(number: float) -> float:
    return number if number < np.inf else np.nan


@compiled
def next_passed(row: Record, rule: Record, time: float, ground: Ground) -> int:
    """Give the next named point that the device has passed since it set out, -1: none.

    `value` becomes how much later than planned it was there, if it has gone at its pace since.
    """
    if row["phase"] != _UNDER_WAY and row["phase"] != _STALLED and row["phase"] != _LATE:
        return -1
    while row["next_point"] < rule["choice"]:
        point = ground.points[rule["first_point"] + row["next_point"]]
        if point["along_m"] > row["last_along_m"]:
            return -1
        row["next_point"] += 1
        if point["along_m"] > row["begun_m"]:
            here_s = _elapsed_s(rule, ground, row["last_along_m"])
            recorded_s = here_s - _elapsed_s(rule, ground, row["begun_m"])
            whole_s = _elapsed_s(rule, ground, np.inf) - _elapsed_s(rule, ground, 0.0)
            since_s = (here_s - point["value"]) * pace_of(time - row["since"], recorded_s, whole_s)
            row["value"], row["limit"] = time - since_s - row["planned"] - point["value"], np.nan
            return int(point["name"])
    return -1
