"""Compiled: accepted fixes measured and folded into the rows of deviation rules, by the table.

Which fixes come here is ``admission.py``; what may follow from what is ``table.py``. No Python object is made
for a fix: what is said comes out as rows of EVENT.
"""

import math

import numpy as np

from corridor.compiled import compiled, inlined
from corridor.locate import forget, locate
from corridor.tables import PackedCorridors
from corridor.uncertainty import CONFIDENCE_95
from rules.events import Record, Rows, with_room
from rules.evidence import remember, say
from rules.grace import is_at_start, is_near_end
from rules.ledger import Book
from rules.legal import NONE_FOLLOWED, locate_several
from rules.machine import CLOSES, KIND, KINDS, NEXT, NOTHING, REASON
from rules.table import MOVES, Input, Phase
from rules.timetable import ALWAYS, Floats, Index, Openings, closes_after
from rules.transition import Kind
from rules.verdict import (
    SAYS_INSIDE,
    SAYS_NOTHING,
    SAYS_OUTSIDE,
    Measured,
    accuracy_m,
    probability_beyond,
    verdict_of,
)

BEYOND_DOUBT_HALF_WIDTHS = 2.0
BEYOND_DOUBT_PROBABILITY = 0.999
BEYOND_DOUBT_FIXES = 2
WELL_INSIDE_HALF_WIDTHS = -0.2
WELL_INSIDE_FIXES = 2
STAYED_INSIDE_FIXES = 2  # one fix has no duration, even where none is asked for
PATH_BEHIND_AT_END = 0.8
REST_S = 1800.0  # outside the end's area after an arrival, where no window tells the next trip
EVENTS_OF_A_FIX = 3  # at most: the close of the last window, what was skipped, and what the fix itself means
_COUNTED = 65_535  # where the counters of a run stop; no rule asks for more

_NOT_STARTED, _ARRIVED = int(Phase.NOT_STARTED), int(Phase.ARRIVED)
_OFF_ROUTE_SAID = KINDS.index(Kind.OFF_ROUTE)
_BEGINS, _START_SEEN = int(Input.BEGINS), int(Input.START_SEEN)
_INSIDE, _WELL_INSIDE = int(Input.INSIDE), int(Input.WELL_INSIDE)
_STAYED_INSIDE, _AT_END = int(Input.STAYED_INSIDE), int(Input.AT_END)
_OUTSIDE, _CONFIRMED = int(Input.OUTSIDE), int(Input.CONFIRMED)
_BEYOND_DOUBT, _UNKNOWN = int(Input.BEYOND_DOUBT), int(Input.UNKNOWN)
_REST_OVER, _WINDOW_CLOSES = int(Input.REST_OVER), int(Input.WINDOW_CLOSES)
_JUMPED, _CUT_SHORT = int(Input.JUMPED), int(Input.CUT_SHORT)
_CONDITION_OVER = int(Input.CONDITION_OVER)


@compiled
def judge_corridors(
    fixes: Rows,
    first: Index,
    devices: Index,
    book: Book,
    rows: Rows,
    lines: PackedCorridors,
    openings: Openings,
    events: Rows,
) -> tuple[Rows, int, Index, Rows, Rows]:
    """Measure and fold accepted fixes, rule by rule of each device.

    Parameters
    ----------
    fixes
        (N,) of ACCEPTED; those of the device row ``devices[g]`` are ``fixes[first[g] : first[g + 1]]``.
    rows
        (R,) of RULE_STATE, changed in place.
    events
        Room for what is said; another array is given back where it was too small.

    Returns
    -------
    events, int
        What is said, and how many.
    numbers, before, after
        The rows that were folded into, and what they held before and after.
    """
    room = 0
    for group in range(len(devices)):
        room += book.first[devices[group] + 1] - book.first[devices[group]]
    touched = np.empty(room, dtype=np.int64)
    before, after = np.empty(room, rows.dtype), np.empty(room, rows.dtype)
    said = count = 0
    for group in range(len(devices)):
        low, high = first[group], first[group + 1]
        if low == high:
            continue
        for position in range(book.first[devices[group]], book.first[devices[group] + 1]):
            number = book.order[position]
            paths = book.rules[number]["paths"]
            if book.rules[number]["path"] > 0:  # judged with the rule's first
                continue
            for path in range(paths):
                touched[count + path] = number + path
                before[count + path] = rows[number + path]
            of_rule = rows[number : number + paths], book.rules[number : number + paths]
            events, said, judged = _fold(fixes, low, high, *of_rule, lines, openings, events, said)
            for path in range(paths):
                after[count + path] = rows[number + path]
            count += judged * paths
    return events, said, touched[:count], before[:count], after[:count]


@compiled
def close_windows(numbers: Index, book: Book, rows: Rows, events: Rows) -> int:
    """Close the open windows of the rules `numbers`, because it is time; gives how many events there are."""
    said = 0
    for at in range(numbers.size):
        said = _close(rows[numbers[at]], book.rules[numbers[at]], events, said, at)
    return said


@compiled
def set_wakes(numbers: Index, rows: Rows, devices: Rows, of_rule: Index, wake: Floats) -> None:
    """Work out when timers close the windows of the rules `numbers`: at the close, plus the device's lag."""
    for at in range(numbers.size):
        row = rows[numbers[at]]
        wake[numbers[at]] = np.inf
        if row["window_open"] == 1 and row["phase"] != _NOT_STARTED:
            lag_s = devices[of_rule[numbers[at]]]["lag_s"]
            wake[numbers[at]] = row["window_closes"] + (lag_s if lag_s > 0.0 else 0.0)


@compiled
def _fold(
    fixes: Rows,
    low: int,
    high: int,
    rows: Rows,
    rules: Rows,
    lines: PackedCorridors,
    openings: Openings,
    events: Rows,
    said: int,
) -> tuple[Rows, int, int]:
    """Fold the fixes of one device under one rule, its paths a row each.

    The last number is 1 if the rows were written to.
    """
    judged = 0
    row, rule = rows[0], rules[0]
    memory = row["memory"]
    window, corridor = rule["window"], rule["corridor"]
    needs_mask, needs = rule["needs_mask"], rule["needs"]
    for at in range(low, high):
        fix = fixes[at]
        time = fix["time"]
        if said + EVENTS_OF_A_FIX > events.size:
            events = with_room(events, said, EVENTS_OF_A_FIX)
        if row["window_open"] == 1 and time >= row["window_closes"]:
            said = _close(row, rule, events, said, at)
            judged = 1
        closes = np.inf
        if window != ALWAYS:
            closes = closes_after(openings, window, time)
        if not _is_awake(row, closes):
            continue
        if (fix["held"] & needs_mask) != needs:
            said = _move(row, rule, _CONDITION_OVER, time, events, said, at)
            judged = 1
            continue
        judged = 1
        ends = rule
        if rules.size == 1:
            before_m = memory["along_m"]
            measures = locate(
                lines, corridor, fix["lon"], fix["lat"], fix["course_deg"], fix["altitude_m"], time, memory
            )
            moved_m = memory["along_m"] - before_m - measures[6]
        else:
            on, moved_m, measures = locate_several(rows, rules, lines, fix)
            ends = rules[on]
        distance_m, _, along_m, margin_m, half_width_m, width_m, skipped_m = measures
        if not math.isnan(moved_m):
            row["progress_m"] = max(row["progress_m"] + moved_m, 0.0)
        measured = Measured(
            distance_m, along_m, margin_m, half_width_m, width_m, accuracy_m(rule, fix["accuracy_m"]), closes
        )
        said = _judge(row, ends, measured, skipped_m, fix, events, said, at)
        if row["phase"] == _NOT_STARTED:
            row["followed"] = NONE_FOLLOWED
            forget(memory)
    return events, said, judged


@compiled
def _close(row: Record, rule: Record, events: Rows, said: int, at: int) -> int:
    row["window_open"] = 0
    return _move(row, rule, _WINDOW_CLOSES, row["window_closes"], events, said, at)


@inlined
def _judge(
    row: Record,
    rule: Record,
    measured: Measured,
    skipped_m: float,
    fix: Record,
    events: Rows,
    said: int,
    at: int,
) -> int:
    """Say what a measured fix means; `rule` is that of the path which is followed."""
    time = fix["time"]
    verdict = verdict_of(rule, measured)
    if time - row["last_time"] > rule["silence_s"]:
        _count_anew(row)
    remember(row, measured, fix)
    if row["phase"] == _ARRIVED and _is_rest_over(row, rule, measured, fix, verdict):
        said = _move(row, rule, _REST_OVER, time, events, said, at)
    if row["phase"] == _NOT_STARTED and rule["at_once"] == 1:
        said = _move(row, rule, _BEGINS, time, events, said, at)
    if rule["skip_m"] != np.inf:
        said = _skip(row, rule, measured.margin_m, skipped_m, verdict, time, events, said, at)
    given = _input(row, rule, measured, fix, verdict)
    return _move(row, rule, given, time, events, said, at)


@compiled
def _skip(
    row: Record,
    rule: Record,
    margin_m: float,
    skipped_m: float,
    verdict: int,
    time: float,
    events: Rows,
    said: int,
    at: int,
) -> int:
    """Say that a part of the path was skipped, and note whether the device is off it."""
    if verdict == SAYS_INSIDE and skipped_m >= rule["skip_m"]:
        filled = _move(row, rule, _CUT_SHORT if row["strayed"] == 1 else _JUMPED, time, events, said, at)
        if filled > said:
            events[said]["value"] = skipped_m
        said = filled
    if verdict == SAYS_OUTSIDE:
        row["strayed"] = 1
    elif margin_m <= 0.0:
        row["strayed"] = 0
    return said


@inlined
def _input(row: Record, rule: Record, measured: Measured, fix: Record, verdict: int) -> int:
    """Say what a fix of a known verdict means where the device stands, and count it."""
    if verdict == SAYS_NOTHING:
        return _UNKNOWN
    if row["phase"] == _NOT_STARTED:  # nothing is counted yet
        if verdict == SAYS_OUTSIDE:
            return _OUTSIDE
        return _START_SEEN if is_at_start(rule, fix) else _INSIDE
    if verdict == SAYS_INSIDE:
        return _inside(row, rule, measured, fix)
    return _outside(row, rule, measured, fix["time"])


@inlined
def _is_awake(row: Record, closes: float) -> bool:
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
def _count_anew(row: Record) -> None:
    row["outside_count"] = row["inside_count"] = 0
    row["doubt_count"] = row["well_inside_count"] = 0


@compiled
def _is_rest_over(row: Record, rule: Record, measured: Measured, fix: Record, verdict: int) -> bool:
    """Tell whether the device has been away from the end for long; with a window its next opening tells."""
    if measured.closes != np.inf or verdict == SAYS_NOTHING:
        return False
    if is_near_end(rule, fix):
        row["rest_since"] = np.nan
        return False
    if np.isnan(row["rest_since"]):
        row["rest_since"] = fix["time"]
    return bool(fix["time"] - row["rest_since"] >= REST_S)


@inlined
def _inside(row: Record, rule: Record, measured: Measured, fix: Record) -> int:
    """Count an INSIDE and say what it means."""
    time = fix["time"]
    row["outside_count"] = row["doubt_count"] = 0
    if row["inside_count"] == 0:
        row["run_since"] = time
    row["inside_count"] = min(row["inside_count"] + 1, _COUNTED)
    well = measured.margin_m <= WELL_INSIDE_HALF_WIDTHS * measured.half_width_m
    row["well_inside_count"] = min(row["well_inside_count"] + 1, WELL_INSIDE_FIXES) if well else 0
    if _is_at_end(row, rule, fix):
        return _AT_END
    if row["well_inside_count"] >= WELL_INSIDE_FIXES:
        return _WELL_INSIDE
    if row["inside_count"] >= STAYED_INSIDE_FIXES and time - row["run_since"] >= rule["confirm_s"]:
        return _STAYED_INSIDE
    return _INSIDE


@inlined
def _is_at_end(row: Record, rule: Record, fix: Record) -> bool:
    if rule["ends"] == 0 or row["progress_m"] < PATH_BEHIND_AT_END * rule["length_m"]:
        return False
    return is_near_end(rule, fix)


@inlined
def _outside(row: Record, rule: Record, measured: Measured, time: float) -> int:
    """Count an OUTSIDE and say what it means."""
    row["inside_count"] = row["well_inside_count"] = 0
    if row["outside_count"] == 0:
        row["run_since"] = time
    row["outside_count"] = min(row["outside_count"] + 1, _COUNTED)
    doubtless = False
    # Against the direction of a directed corridor the margin is infinite, wherever the fix lies.
    if BEYOND_DOUBT_HALF_WIDTHS * measured.half_width_m < measured.margin_m < np.inf:
        sigma_m = measured.accuracy_m / CONFIDENCE_95
        doubtless = probability_beyond(measured.margin_m, sigma_m) >= BEYOND_DOUBT_PROBABILITY
    row["doubt_count"] = min(row["doubt_count"] + 1, BEYOND_DOUBT_FIXES) if doubtless else 0
    enough = row["outside_count"] >= rule["confirm_fixes"]
    if enough and time - row["run_since"] >= rule["confirm_s"]:
        return _CONFIRMED
    return _BEYOND_DOUBT if row["doubt_count"] >= BEYOND_DOUBT_FIXES else _OUTSIDE


@inlined
def _move(row: Record, rule: Record, given: int, time: float, events: Rows, said: int, at: int) -> int:
    """Make the move that the table gives, and say what it says; mostly it gives none."""
    if MOVES[row["phase"], given, NEXT] == NOTHING:
        return said
    return _moved(row, rule, given, time, events, said, at)


@compiled
def _moved(row: Record, rule: Record, given: int, time: float, events: Rows, said: int, at: int) -> int:
    phase = row["phase"]
    following, kind = MOVES[phase, given, NEXT], MOVES[phase, given, KIND]
    row["phase"] = following
    if kind == _OFF_ROUTE_SAID:
        row["episodes"] += 1
        row["episode"] = row["episodes"]
        row["alarm_since"] = row["run_since"]
    if kind != NOTHING:
        event = events[said]
        event["fix"], event["kind"] = at, kind
        event["reason"], event["closes_alarm"] = MOVES[phase, given, REASON], MOVES[phase, given, CLOSES]
        say(row, rule, time, event)
        said += 1
    if following == _NOT_STARTED:
        _count_anew(row)
        row["progress_m"] = 0.0
        row["rest_since"] = np.nan
        row["strayed"] = 0
        row["followed"] = NONE_FOLLOWED
        forget(row["memory"])
    return said
