"""Compiled: measured fixes folded into rule rows, one after the other, by the table.

Which fixes come here is ``admission.py``; what may follow from what is ``table.py``. No Python object is made
for a fix: what is said comes out as rows of EVENT.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled
from corridor.uncertainty import CONFIDENCE_95, probability_outside_one
from rules.admission import chord_m
from rules.table import CLOSES, KIND, KINDS, NEXT, NOTHING, REASON, Input, Phase, Verdict
from rules.transition import Kind

BEYOND_DOUBT_HALF_WIDTHS = 2.0
BEYOND_DOUBT_PROBABILITY = 0.999
BEYOND_DOUBT_FIXES = 2
WELL_INSIDE_HALF_WIDTHS = -0.2
WELL_INSIDE_FIXES = 2
STAYED_INSIDE_FIXES = 2  # one fix has no duration, even where none is asked for
PATH_BEHIND_AT_END = 0.8
REST_S = 1800.0  # outside the end's area after an arrival, where no window tells the next trip
# A path winds between two fixes: progress may be so many times the straight line, and two half widths more
# (inner sides of bends), these at most a tenth of the path; what is longer is a jump to another leg.
WINDING = 2.0
JUMP_HALF_WIDTHS = 2.0
JUMP_OF_PATH = 0.1
EVENTS_OF_A_FIX = 2  # at most: the close of the last window, and what the fix itself means

# A fix under one rule: which rows, what was measured, and the close of the window in which it lies
# (infinite: the rule has no window; NaN: the rule is asleep).
PAIR = np.dtype(
    [
        ("rule", "<i8"),
        ("fix", "<i8"),
        ("closes", "<f8"),
        ("distance_m", "<f8"),
        ("along_m", "<f8"),
        ("margin_m", "<f8"),
    ]
)

EVENT = np.dtype(
    [
        ("rule", "<i8"),
        ("kind", "i1"),
        ("reason", "i1"),
        ("closes_alarm", "i1"),
        ("episode", "<u4"),
        ("time", "<f8"),
        ("starts_at", "<f8"),
        ("lon", "<f8"),
        ("lat", "<f8"),
        ("distance_m", "<f8"),
        ("along_m", "<f8"),
        ("probability", "<f8"),
    ]
)

Rows = npt.NDArray[np.void]
Moves = npt.NDArray[np.int8]
_Record = Any  # one row of a structured array: numpy has no type for its fields

_NOT_STARTED, _ARRIVED = int(Phase.NOT_STARTED), int(Phase.ARRIVED)
_SAYS_INSIDE, _SAYS_OUTSIDE, _SAYS_NOTHING = map(int, Verdict)
_OFF_ROUTE_SAID = KINDS.index(Kind.OFF_ROUTE)
_BEGINS, _START_SEEN = int(Input.BEGINS), int(Input.START_SEEN)
_INSIDE, _WELL_INSIDE = int(Input.INSIDE), int(Input.WELL_INSIDE)
_STAYED_INSIDE, _AT_END = int(Input.STAYED_INSIDE), int(Input.AT_END)
_OUTSIDE, _CONFIRMED = int(Input.OUTSIDE), int(Input.CONFIRMED)
_BEYOND_DOUBT, _UNKNOWN = int(Input.BEYOND_DOUBT), int(Input.UNKNOWN)
_REST_OVER, _WINDOW_CLOSES = int(Input.REST_OVER), int(Input.WINDOW_CLOSES)


@compiled
def pair(accepted: Rows, first: npt.NDArray[np.int64], order: npt.NDArray[np.int64], pairs: Rows) -> None:
    """Set each accepted fix against the rules of its device: ``order[first[device]:first[device + 1]]``."""
    at = 0
    for fix in range(accepted.size):
        device = accepted[fix]["device"]
        for position in range(first[device], first[device + 1]):
            pairs[at]["rule"] = order[position]
            pairs[at]["fix"] = fix
            pairs[at]["closes"] = np.inf
            at += 1


@compiled
def fold(  # noqa: PLR0917 (a compiled loop takes its columns by position)
    pairs: Rows, begin: int, fixes: Rows, rules: Rows, rows: Rows, moves: Moves, events: Rows
) -> tuple[int, int]:
    """Fold measured fixes into rule rows, in the order given.

    Parameters
    ----------
    pairs
        (M,) of PAIR.
    begin
        The pair to begin with.
    fixes
        Accepted fixes, FIX_COLUMNS; ``pairs["fix"]`` points here.
    rules, rows
        (R,) numbers of the rules, and their RULE_STATE rows, changed in place.
    moves
        `rules.table.MOVES`.
    events
        Is filled with what is said.

    Returns
    -------
    int, int
        The pair to go on with (M when done; less where `events` is full), and how many events there are.
    """
    said = 0
    for at in range(begin, pairs.size):
        if said + EVENTS_OF_A_FIX > events.size:
            return at, said
        number = pairs[at]["rule"]
        fix = fixes[pairs[at]["fix"]]
        said = _judge(rows[number], rules[number], pairs[at], fix, moves, events, said)
    return pairs.size, said


@compiled
def close_windows(numbers: npt.NDArray[np.int64], rows: Rows, moves: Moves, events: Rows) -> int:
    """Close the open windows of the rules `numbers`, because it is time; gives how many events there are."""
    said = 0
    for at in range(numbers.size):
        said = _close(rows[numbers[at]], numbers[at], moves, events, said)
    return said


@compiled
def changed_rows(before: npt.NDArray[np.uint64], after: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Tell which rows differ in any of their words (`rules.state.words`)."""
    changed = np.empty(len(before), dtype=np.int64)
    count = 0
    for row in range(len(before)):
        if (before[row] != after[row]).any():
            changed[count] = row
            count += 1
    return changed[:count]


@compiled
def _close(row: _Record, number: int, moves: Moves, events: Rows, said: int) -> int:
    row["window_open"] = 0
    return _move(row, number, _WINDOW_CLOSES, row["window_closes"], moves, events, said)


@compiled
def _judge(  # noqa: PLR0917 (compiled)
    row: _Record, rule: _Record, measured: _Record, fix: _Record, moves: Moves, events: Rows, said: int
) -> int:
    number, time = measured["rule"], fix["time"]
    if row["window_open"] == 1 and time >= row["window_closes"]:
        said = _close(row, number, moves, events, said)
    if not _is_awake(row, measured["closes"]):
        return said
    sigma_m = _accuracy_m(rule, fix) / CONFIDENCE_95
    probability = probability_outside_one(measured["distance_m"], rule["half_width_m"], sigma_m)
    beyond = _probability_beyond(measured["margin_m"], sigma_m)
    verdict = _verdict(probability, beyond, rule)
    if time - row["last_time"] > rule["silence_s"]:
        _start_anew(row)
    _remember(row, measured, fix, probability)
    if row["phase"] == _ARRIVED and _is_rest_over(row, rule, measured, fix, verdict):
        said = _move(row, number, _REST_OVER, time, moves, events, said)
    if row["phase"] == _NOT_STARTED and rule["at_once"] == 1:
        said = _move(row, number, _BEGINS, time, moves, events, said)
    given = _input(row, rule, measured, fix, verdict, beyond)
    return _move(row, number, given, time, moves, events, said)


@compiled
def _probability_beyond(margin_m: float, sigma_m: float) -> float:
    """Give the probability of being beyond the nearer edge; the other side of the corridor does not count."""
    if sigma_m == 0.0:
        if margin_m == 0.0:
            return 0.5
        return 1.0 if margin_m > 0.0 else 0.0
    return 0.5 * math.erfc(-margin_m / (sigma_m * math.sqrt(2.0)))


@compiled
def _verdict(probability: float, beyond: float, rule: _Record) -> int:
    """Say what the fix says by itself.

    With both sides counted, a fix vague by forty half widths is outside with 95 % wherever it is, in the
    middle of the path too: hardly any of what it allows is corridor. That is no evidence of having left,
    so OUTSIDE asks it of the nearer edge alone, which is the stricter: it never exceeds the other.
    """
    if beyond >= rule["raise_probability"]:
        return _SAYS_OUTSIDE
    return _SAYS_INSIDE if probability <= rule["clear_probability"] else _SAYS_NOTHING


@compiled
def _input(row: _Record, rule: _Record, measured: _Record, fix: _Record, verdict: int, beyond: float) -> int:
    """Say what a fix of a known verdict means where the device stands, and count it."""
    if verdict == _SAYS_NOTHING:
        return _UNKNOWN
    if row["phase"] == _NOT_STARTED:  # nothing is counted yet
        if verdict == _SAYS_OUTSIDE:
            return _OUTSIDE
        if not _is_at_start(rule, fix):
            return _INSIDE
        _progress(row, rule, measured, fix)
        return _START_SEEN
    if verdict == _SAYS_INSIDE:
        return _inside(row, rule, measured, fix)
    return _outside(row, rule, measured, fix["time"], beyond)


@compiled
def _is_awake(row: _Record, closes: float) -> bool:
    """Tell whether the fix is judged, and note the window in which it lies."""
    if closes == np.inf:
        return True
    # NaN: asleep. Not later than the row's: a timer has closed that window already.
    if np.isnan(closes) or (row["window_open"] == 0 and closes <= row["window_closes"]):
        return False
    row["window_open"] = 1
    row["window_closes"] = closes
    return True


@compiled
def _accuracy_m(rule: _Record, fix: _Record) -> float:
    stated_m = fix["accuracy_m"]
    if stated_m >= 0.0:
        return float(stated_m)
    default_m = rule["default_accuracy_m"]
    return float(default_m if default_m >= 0.0 else -stated_m)


@compiled
def _start_anew(row: _Record) -> None:
    row["outside_count"] = row["inside_count"] = 0
    row["doubt_count"] = row["well_inside_count"] = 0


@compiled
def _remember(row: _Record, measured: _Record, fix: _Record, probability: float) -> None:
    row["last_time"] = fix["time"]
    row["last_lon"] = fix["lon"]
    row["last_lat"] = fix["lat"]
    row["last_distance_m"] = measured["distance_m"]
    row["last_along_m"] = measured["along_m"]
    row["last_probability"] = probability


@compiled
def _is_rest_over(row: _Record, rule: _Record, measured: _Record, fix: _Record, verdict: int) -> bool:
    """Tell whether the device has been away from the end for long; with a window its next opening tells."""
    if measured["closes"] != np.inf or verdict == _SAYS_NOTHING:
        return False
    if _is_near_end(rule, fix):
        row["rest_since"] = np.nan
        return False
    if np.isnan(row["rest_since"]):
        row["rest_since"] = fix["time"]
    return bool(fix["time"] - row["rest_since"] >= REST_S)


@compiled
def _is_at_start(rule: _Record, fix: _Record) -> bool:
    grace_m = rule["start_grace_m"]
    if grace_m == np.inf:
        return True
    return bool(chord_m(fix["lon"], fix["lat"], rule["start_lon"], rule["start_lat"]) <= grace_m)


@compiled
def _inside(row: _Record, rule: _Record, measured: _Record, fix: _Record) -> int:
    """Count an INSIDE and say what it means."""
    time = fix["time"]
    row["outside_count"] = row["doubt_count"] = 0
    if row["inside_count"] == 0:
        row["inside_since"] = time
    row["inside_count"] += 1
    well = measured["margin_m"] <= WELL_INSIDE_HALF_WIDTHS * rule["half_width_m"]
    row["well_inside_count"] = min(row["well_inside_count"] + 1, WELL_INSIDE_FIXES) if well else 0
    _progress(row, rule, measured, fix)
    if _is_at_end(row, rule, fix):
        return _AT_END
    if row["well_inside_count"] >= WELL_INSIDE_FIXES:
        return _WELL_INSIDE
    if row["inside_count"] >= STAYED_INSIDE_FIXES and time - row["inside_since"] >= rule["confirm_s"]:
        return _STAYED_INSIDE
    return _INSIDE


@compiled
def _is_at_end(row: _Record, rule: _Record, fix: _Record) -> bool:
    if rule["ends"] == 0 or row["progress_m"] < PATH_BEHIND_AT_END * rule["length_m"]:
        return False
    return _is_near_end(rule, fix)


@compiled
def _is_near_end(rule: _Record, fix: _Record) -> bool:
    return bool(chord_m(fix["lon"], fix["lat"], rule["end_lon"], rule["end_lat"]) <= rule["end_grace_m"])


@compiled
def _outside(row: _Record, rule: _Record, measured: _Record, time: float, beyond: float) -> int:
    """Count an OUTSIDE and say what it means."""
    row["inside_count"] = row["well_inside_count"] = 0
    if row["outside_count"] == 0:
        row["outside_since"] = time
    row["outside_count"] += 1
    far = measured["margin_m"] > BEYOND_DOUBT_HALF_WIDTHS * rule["half_width_m"]
    if far and beyond >= BEYOND_DOUBT_PROBABILITY:
        row["doubt_count"] = min(row["doubt_count"] + 1, BEYOND_DOUBT_FIXES)
    else:
        row["doubt_count"] = 0
    enough = row["outside_count"] >= rule["confirm_fixes"]
    if enough and time - row["outside_since"] >= rule["confirm_s"]:
        return _CONFIRMED
    return _BEYOND_DOUBT if row["doubt_count"] >= BEYOND_DOUBT_FIXES else _OUTSIDE


@compiled
def _progress(row: _Record, rule: _Record, measured: _Record, fix: _Record) -> None:
    """Move the progress on by the change along the path, back and forth, with jumps taken out.

    Where two legs of a path lie side by side the nearest point jumps from one to the other. A jump counts as
    the distance that the device really moved. All else adds up to the place along the path, so a device that
    stands and jitters goes nowhere.
    """
    along_m = measured["along_m"]
    if not np.isnan(row["progress_along_m"]):
        change_m = along_m - row["progress_along_m"]
        slack_m = min(JUMP_HALF_WIDTHS * rule["half_width_m"], JUMP_OF_PATH * rule["length_m"])
        if abs(change_m) > slack_m:
            moved_m = chord_m(fix["lon"], fix["lat"], row["progress_lon"], row["progress_lat"])
            if abs(change_m) > WINDING * moved_m + slack_m:
                change_m = moved_m if change_m > 0.0 else -moved_m
        row["progress_m"] = max(row["progress_m"] + change_m, 0.0)
    row["progress_along_m"] = along_m
    row["progress_lon"] = fix["lon"]
    row["progress_lat"] = fix["lat"]


@compiled
def _move(  # noqa: PLR0917 (compiled)
    row: _Record, number: int, given: int, time: float, moves: Moves, events: Rows, said: int
) -> int:
    """Make the move that the table gives, and say what it says."""
    move = moves[row["phase"], given]
    if move[NEXT] == NOTHING:
        return said
    row["phase"] = move[NEXT]
    if move[KIND] == _OFF_ROUTE_SAID:
        row["episode"] += 1
        row["alarm_since"] = row["outside_since"]
    if move[KIND] != NOTHING:
        _say(row, number, time, move, events[said])
        said += 1
    if move[NEXT] == _NOT_STARTED:
        _start_anew(row)
        row["progress_m"] = 0.0
        row["progress_along_m"] = row["rest_since"] = np.nan
    return said


@compiled
def _say(row: _Record, number: int, time: float, move: Moves, event: _Record) -> None:
    """Write an event; its evidence is the last fix judged."""
    event["rule"] = number
    event["kind"] = move[KIND]
    event["reason"] = move[REASON]
    event["closes_alarm"] = move[CLOSES]
    event["episode"] = row["episode"]
    event["time"] = time
    of_alarm = move[CLOSES] == 1 or move[KIND] == _OFF_ROUTE_SAID
    event["starts_at"] = row["alarm_since"] if of_alarm else time
    event["lon"] = row["last_lon"]
    event["lat"] = row["last_lat"]
    event["distance_m"] = row["last_distance_m"]
    event["along_m"] = row["last_along_m"]
    event["probability"] = row["last_probability"]
