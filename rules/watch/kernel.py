"""Compiled: accepted fixes and the time that passes between them, folded into the rows of watching rules.

What a fix means to a kind is that kind's file; what follows from it is its table. Timers run in event time:
those due before a fix fire before it is read, and `fire_watches` fires those that no fix will.
"""

import numpy as np

from corridor.compiled import compiled
from rules.events import Record, Rows, with_room
from rules.ledger import Book
from rules.machine import CLOSES, KIND, KINDS, NEXT, NOTHING, REASON
from rules.timetable import (
    ALWAYS,
    Floats,
    Index,
    Openings,
    closes_after,
    known_from,
    known_until,
    next_opening,
)
from rules.transition import OPENING
from rules.watch.arrival import arrival_due, read_arrival, wake_arrival
from rules.watch.ground import Ground, Said
from rules.watch.judge_progress import next_passed, read_progress, time_up_progress, wake_progress
from rules.watch.movement import read_movement, wake_movement
from rules.watch.progress_table import Input as ProgressInput
from rules.watch.proximity import hear, measured_at, read_proximity
from rules.watch.row import ASLEEP, Shared, Watching
from rules.watch.silence import read_silence, silence_due, wake_silence
from rules.watch.speed import read_speed
from rules.watch.tables import ALL_MOVES
from rules.watch.wrong_way import read_wrong_way, wake_wrong_way

EVENTS_AT_ONCE = 4  # room that is kept: more is never said between two looks at it

_OPENS, _CLOSES, _CONDITION_OVER, _TIME_UP = map(int, Shared)
_WRONG_WAY, _PROGRESS = int(Watching.WRONG_WAY), int(Watching.PROGRESS)
_ARRIVAL, _SILENCE = int(Watching.ARRIVAL), int(Watching.SILENCE)
_MOVEMENT, _PROXIMITY = int(Watching.MOVEMENT), int(Watching.PROXIMITY)
_PASSES, _NOTHING_SEEN = int(ProgressInput.PASSES), int(ProgressInput.UNKNOWN)
_OPENS_ALARM = np.array([kind in OPENING for kind in KINDS])


@compiled
def judge_watches(
    fixes: Rows, first: Index, devices: Index, book: Book, rows: Rows, ground: Ground, events: Rows
) -> tuple[Rows, int, Index, Rows, Rows]:
    """Fold accepted fixes, rule by rule of each device.

    Parameters and what is given back: as in `rules.judge_corridor.judge_corridors`.
    """
    room = 0
    for group in range(len(devices)):
        room += book.first[devices[group] + 1] - book.first[devices[group]]
    touched = np.empty(room, dtype=np.int64)
    before, after = np.empty(room, rows.dtype), np.empty(room, rows.dtype)
    said = Said(events, 0)
    count = 0
    for group in range(len(devices)):
        low, high = first[group], first[group + 1]
        if low == high:
            continue
        for position in range(book.first[devices[group]], book.first[devices[group] + 1]):
            number = book.order[position]
            touched[count], before[count] = number, rows[number]
            for at in range(low, high):
                said = _watch(rows[number], book.rules[number], fixes[at], at, ground, said)
            after[count] = rows[number]
            count += 1
    return said.events, said.filled, touched[:count], before[:count], after[:count]


@compiled
def fire_watches(
    numbers: Index, until: Floats, book: Book, rows: Rows, ground: Ground, events: Rows
) -> tuple[Rows, int]:
    """Fire the timers of the rules `numbers` that are due up to `until`, each its own; (N,) both.

    The position of the deciding fix is that in `numbers`.
    """
    said = Said(events, 0)
    for at in range(numbers.size):
        row, rule = rows[numbers[at]], book.rules[numbers[at]]
        _look(row, rule, until[at], ground.openings)
        said = _pass(row, rule, np.nextafter(until[at], np.inf), at, ground, said)
    return said.events, said.filled


@compiled
def set_wakes(numbers: Index, rows: Rows, devices: Rows, of_rule: Index, wake: Floats) -> None:
    """Work out when timers of the rules `numbers` are due: at their instant, plus the device's lag."""
    for at in range(numbers.size):
        row = rows[numbers[at]]
        lag_s = devices[of_rule[numbers[at]]]["lag_s"]
        due = row["edge"] if row["phase"] == ASLEEP else min(row["edge"], row["due"])
        wake[numbers[at]] = due + (lag_s if lag_s > 0.0 else 0.0)


@compiled
def _watch(row: Record, rule: Record, fix: Record, at: int, ground: Ground, said: Said) -> Said:
    """Let the time up to a fix pass, and read the fix."""
    _look(row, rule, fix["time"], ground.openings)
    said = _pass(row, rule, fix["time"], at, ground, said)
    holds = (fix["held"] & rule["needs_mask"]) == rule["needs"]
    if row["phase"] != ASLEEP and not holds:
        said = _move(row, rule, _CONDITION_OVER, fix["time"], at, said)
    elif row["phase"] == ASLEEP and row["window_open"] == 1 and holds:
        said = _open(row, rule, fix["time"], at, ground, said)
    if row["phase"] == ASLEEP:
        _remember(row, fix)
        return said
    given = _read(row, rule, fix, ground)
    _remember(row, fix)
    if rule["kind"] != _PROGRESS:
        return _move(row, rule, given, measured_at(fix), at, said)
    if given != _NOTHING_SEEN:
        said = _tell_passed(row, rule, fix["time"], at, ground, said)
    said = _move(row, rule, given, measured_at(fix), at, said)
    if given != _NOTHING_SEEN:  # what the fix passed that began the trip
        said = _tell_passed(row, rule, fix["time"], at, ground, said)
    return said


@compiled
def _tell_passed(row: Record, rule: Record, time: float, at: int, ground: Ground, said: Said) -> Said:
    """Say each named point that was passed."""
    value, limit = row["value"], row["limit"]
    named = next_passed(row, rule, time, ground)
    while named >= 0:
        said = _move(row, rule, _PASSES, time, at, said)
        said.events[said.filled - 1]["named"] = named
        named = next_passed(row, rule, time, ground)
    row["value"], row["limit"] = value, limit
    return said


@compiled
def _look(row: Record, rule: Record, time: float, openings: Openings) -> None:
    """Find the window's first edge, where none was looked for yet."""
    if row["edge"] == -np.inf:
        row["edge"] = time
        if rule["window"] != ALWAYS:
            row["edge"] = _next_edge(openings, rule["window"], time)


@compiled
def _pass(row: Record, rule: Record, time: float, at: int, ground: Ground, said: Said) -> Said:
    """Fire what is due: the window's edges up to `time`, the kind's own timer before it."""
    while True:
        own = row["phase"] != ASLEEP and row["due"] <= row["edge"]
        if own and row["due"] < time:
            said = _time_up(row, rule, at, ground, said)
        elif row["edge"] > time:
            return said
        else:
            said = _pass_edge(row, rule, at, ground, said)


@compiled
def _pass_edge(row: Record, rule: Record, at: int, ground: Ground, said: Said) -> Said:
    edge = row["edge"]
    if row["window_open"] == 1:
        row["window_open"] = 0
        row["edge"] = _next_edge(ground.openings, rule["window"], edge)
        return _move(row, rule, _CLOSES, edge, at, said)
    if rule["window"] == ALWAYS:
        row["window_open"], row["edge"] = 1, np.inf
    else:
        closes = closes_after(ground.openings, rule["window"], edge)
        if np.isnan(closes):  # what was known ended here
            row["edge"] = _next_edge(ground.openings, rule["window"], edge)
            return said
        row["window_open"], row["edge"] = 1, closes
    # only a fix tells whether the condition holds; of what is open beyond its window the last one has
    if rule["needs_mask"] != 0 and row["phase"] == ASLEEP:
        return said
    return _open(row, rule, edge, at, ground, said)


@compiled
def _open(row: Record, rule: Record, time: float, at: int, ground: Ground, said: Said) -> Said:
    row["due"] = np.inf
    row["side"] = row["count"] = 0
    said = _move(row, rule, _OPENS, time, at, said)
    _wake(row, rule, time, ground)
    return said


@compiled
def _time_up(row: Record, rule: Record, at: int, ground: Ground, said: Said) -> Said:
    due = row["due"]
    row["due"] = np.inf
    return _move(row, rule, _timed(row, rule, due, ground), due, at, said)


# The kinds: what each does when it wakes, when its timer is due, and of a fix


@compiled
def _wake(row: Record, rule: Record, time: float, ground: Ground) -> None:  # noqa: ARG001 (kinds differ)
    """Let a kind set its timer, and keep what it needs, as its window opens."""
    kind = rule["kind"]
    if kind == _WRONG_WAY:
        wake_wrong_way(row)
    elif kind == _PROGRESS:
        wake_progress(row)
    elif kind == _SILENCE:
        wake_silence(row, rule, time)
    elif kind == _ARRIVAL:
        wake_arrival(row, rule, time)
    elif kind == _MOVEMENT:
        wake_movement(row, rule, time)


@compiled
def _timed(row: Record, rule: Record, due: float, ground: Ground) -> int:
    """Say what it means that the timer of a kind is due; it may set it anew."""
    kind = rule["kind"]
    if kind == _PROGRESS:
        return time_up_progress(row, rule, due)
    if kind == _SILENCE:
        return silence_due(row, rule, due)
    if kind == _ARRIVAL:
        return arrival_due(row, rule, due, ground)
    return _TIME_UP


@compiled
def _read(row: Record, rule: Record, fix: Record, ground: Ground) -> int:
    """Say what a fix means to the machine of its kind; `row` still tells of the fix before."""
    kind = rule["kind"]
    if kind == _SILENCE:
        return read_silence(row, rule, fix)
    if kind == _ARRIVAL:
        return read_arrival(row, rule, fix, ground)
    if kind == _MOVEMENT:
        return read_movement(row, rule, fix)
    if kind == _PROXIMITY:
        return read_proximity(row, rule, fix)
    return _read_along(row, rule, fix, ground)


@compiled
def _read_along(row: Record, rule: Record, fix: Record, ground: Ground) -> int:
    """Say what a fix means to a kind that may look at a path."""
    if rule["kind"] == _WRONG_WAY:
        return read_wrong_way(row, rule, fix, ground)
    if rule["kind"] == _PROGRESS:
        return read_progress(row, rule, fix, ground)
    return read_speed(row, rule, fix, ground)


@compiled
def _remember(row: Record, fix: Record) -> None:
    row["last_time"] = fix["time"]
    if fix["member"] != 0:
        hear(row, fix)
        return
    row["last_lon"], row["last_lat"] = fix["lon"], fix["lat"]
    row["last_accuracy_m"] = fix["accuracy_m"]


@compiled
def _next_edge(openings: Openings, window: int, time: float) -> float:
    """Give when the next opening opens that closes after `time`; where none is known, when to look again."""
    opens, _ = next_opening(openings, window, time)
    if not np.isnan(opens):
        return max(opens, time)
    until = known_until(openings, time)
    return until if until > time else known_from(openings, time)  # too long ago: it never stands still


@compiled
def _move(row: Record, rule: Record, given: int, time: float, at: int, said: Said) -> Said:
    """Make the move that the table gives, and say what it says."""
    move = ALL_MOVES[rule["table"], row["phase"], given]
    if move[NEXT] == NOTHING:
        return said
    row["phase"] = move[NEXT]
    if move[KIND] == NOTHING:
        return said
    if _OPENS_ALARM[move[KIND]]:
        row["episodes"] += 1
        row["episode"] = row["episodes"]
        row["alarm_since"] = time if given == _CLOSES else row["run_since"]  # a deadline is an instant
    events = with_room(said.events, said.filled, EVENTS_AT_ONCE)
    event = events[said.filled]
    event["fix"], event["kind"], event["reason"] = at, move[KIND], move[REASON]
    event["closes_alarm"] = move[CLOSES]
    _say(row, rule, time, event)
    return Said(events, said.filled + 1)


@compiled
def _say(row: Record, rule: Record, time: float, event: Record) -> None:
    """Write the evidence of an event: the last fix that came, and what was made of it."""
    of_alarm = event["closes_alarm"] == 1 or _OPENS_ALARM[event["kind"]]
    event["rule"], event["device"], event["fence"], event["named"] = rule["rule"], -1, row["fence"], -1
    event["episode"] = row["episode"]
    event["time"] = time
    event["starts_at"] = row["alarm_since"] if of_alarm else time
    event["lon"], event["lat"] = row["last_lon"], row["last_lat"]
    event["distance_m"], event["along_m"] = row["last_distance_m"], row["last_along_m"]
    event["half_width_m"], event["probability"] = row["last_half_width_m"], row["probability"]
    event["value"], event["limit"], event["eta"] = row["value"], row["limit"], row["eta"]
