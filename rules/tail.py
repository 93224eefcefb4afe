"""The fixes of each device that a late one would be folded again with.

One log for all devices, in order of arrival, each entry linked to its device's entry before. What is done
with them is ``late.py``.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled
from rules.admission import IMPLAUSIBLE, JUDGED, Codes, Columns
from rules.events import Rows
from rules.roster import Index
from rules.timetable import Floats

TAILED = np.dtype(
    [
        ("time", "<f8"),
        ("lon", "<f8"),
        ("lat", "<f8"),
        ("accuracy_m", "<f8"),  # not stated: minus the default of its method
        ("course_deg", "<f8"),
        ("altitude_m", "<f8"),
        ("speed_mps", "<f8"),
        ("device", "<i4"),
        ("previous", "<i4"),  # the device's entry before; -1: none
        ("member", "<u8"),  # as in ACCEPTED
    ]
)
NOTHING = -1
_FIRST_ROOM = 1024


class Log(NamedTuple):
    """Entries, taken and free, and each device's last."""

    entries: Rows
    heads: Index  # (D,)


def fresh_log() -> Log:
    """Give a log without entries."""
    return Log(np.zeros(_FIRST_ROOM, TAILED), np.empty(0, dtype=np.int64))


@compiled
def by_time(
    time: Floats, rows: Index, order: Index, first: Index, devices: Index, states: Rows
) -> npt.NDArray[np.bool_]:
    """Put each device's fixes in order of time, in place; tells which devices have a late one."""
    late = np.zeros(len(devices), dtype=np.bool_)
    for group in range(len(devices)):
        low, high = first[group], first[group + 1]
        ascending = True
        for at in range(low + 1, high):
            ascending = ascending and time[rows[order[at - 1]]] <= time[rows[order[at]]]
        if not ascending:
            mine = order[low:high].copy()
            order[low:high] = mine[np.argsort(time[rows[mine]], kind="mergesort")]
        state = states[devices[group]]
        late[group] = time[rows[order[low]]] < max(state["clock"], state["seen"])
    return late


@compiled
def known_by(order: Index, first: Index, origin: Index) -> Index:
    """Give by which fix of a batch what each means is known: the last to arrive of those up to it in time.

    Parameters
    ----------
    order, first
        The batch, device by device, each in order of time.
    origin
        (K,) positions of arrival.
    """
    known = origin.copy()
    for group in range(len(first) - 1):
        last = -1
        for at in range(first[group], first[group + 1]):
            last = max(last, origin[order[at]])
            known[order[at]] = last
    return known


@compiled
def append(
    log: Log,
    filled: int,
    columns: Columns,
    rows: Index,
    order: Index,
    first: Index,
    devices: Index,
    discard: Codes,
) -> int:
    """Log fixes that were judged or held, device by device; there is room. Gives how many are filled."""
    for group in range(len(devices)):
        device = devices[group]
        for at in range(first[group], first[group + 1]):
            code = discard[order[at]]
            if code not in (JUDGED, IMPLAUSIBLE):
                continue
            row, entry = rows[order[at]], log.entries[filled]
            stated_m = columns.accuracy_m[row]
            assumed_m = columns.default_accuracy_m[columns.method[row]]
            entry["time"], entry["lon"], entry["lat"] = columns.time[row], columns.lon[row], columns.lat[row]
            entry["accuracy_m"] = stated_m if stated_m >= 0.0 else -assumed_m
            entry["course_deg"], entry["altitude_m"] = columns.course_deg[row], columns.altitude_m[row]
            entry["speed_mps"] = columns.speed_mps[row]
            entry["member"] = columns.member[row] if columns.member.size else 0
            entry["device"], entry["previous"] = device, log.heads[device]
            log.heads[device] = filled
            filled += 1
    return filled


@compiled
def collect(log: Log, device: int, after_time: float) -> Rows:
    """Give a device's entries of fixes later than an instant, in order of arrival."""
    count, at = 0, log.heads[device]
    while at != NOTHING:
        count += log.entries[at]["time"] > after_time
        at = log.entries[at]["previous"]
    found = np.empty(count, log.entries.dtype)
    at = log.heads[device]
    while at != NOTHING:
        if log.entries[at]["time"] > after_time:
            count -= 1
            found[count] = log.entries[at]
        at = log.entries[at]["previous"]
    return found


@compiled
def drop_last(log: Log, device: int, count: int) -> None:
    """Forget the last entries of a device."""
    for _ in range(count):
        log.heads[device] = log.entries[log.heads[device]]["previous"]


def merged(tail: Rows, columns: Columns, rows: Index) -> Rows:
    """Give a tail with the fixes `rows` of a batch, in order of time."""
    more = np.zeros(len(rows), TAILED)
    for name in ("time", "lon", "lat", "accuracy_m", "course_deg", "altitude_m", "speed_mps"):
        more[name] = getattr(columns, name)[rows]
    assumed_m = columns.default_accuracy_m[columns.method[rows]]
    more["accuracy_m"] = np.where(more["accuracy_m"] >= 0.0, more["accuracy_m"], -assumed_m)
    if columns.member.size:
        more["member"] = columns.member[rows]
    both = np.concatenate([tail, more])
    return both[np.argsort(both["time"], kind="stable")]


def as_columns(entries: Rows) -> Columns:
    """Give entries as admission takes a batch; each has a method of its own, for its default accuracy."""
    stated = entries["accuracy_m"] >= 0.0
    return Columns(
        time=entries["time"].copy(),
        lon=entries["lon"].copy(),
        lat=entries["lat"].copy(),
        accuracy_m=np.where(stated, entries["accuracy_m"], np.nan),
        course_deg=entries["course_deg"].copy(),
        altitude_m=entries["altitude_m"].copy(),
        speed_mps=entries["speed_mps"].copy(),
        method=np.arange(len(entries), dtype=np.int32),
        default_accuracy_m=np.where(stated, 0.0, -entries["accuracy_m"]),
        member=entries["member"].astype(np.uint8),
    )


def with_room(log: Log, filled: int, settled: Floats, wanted: int) -> tuple[Log, int]:
    """Give the log with room for more entries; where it has none, without those that have settled."""
    if filled + wanted <= len(log.entries):
        return log, filled
    return _compacted(log, filled, settled, wanted)


@compiled
def _compacted(log: Log, filled: int, settled: Floats, wanted: int) -> tuple[Log, int]:
    alive = np.zeros(filled, dtype=np.bool_)
    for device in range(len(log.heads)):
        at = log.heads[device]
        while at != NOTHING:
            alive[at] = log.entries[at]["time"] > settled[device]
            at = log.entries[at]["previous"]
        log.heads[device] = NOTHING
    entries = np.zeros(2 * (alive.sum() + wanted), log.entries.dtype)
    kept = 0
    for at in range(filled):
        if alive[at]:
            entries[kept] = log.entries[at]
            device = entries[kept]["device"]
            entries[kept]["previous"] = log.heads[device]
            log.heads[device] = kept
            kept += 1
    return Log(entries, log.heads), kept
