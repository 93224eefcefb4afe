"""Fixes that come late: their device is folded again from where it stood, and what was said is revised.

A device keeps a tail: its fixes within the late horizon and some before. Of what is older it keeps a mark:
where it stood then. A late fix puts the mark back, folds the tail with it in order of time, fires the timers
that had fired, and compares what is said with what was. The folding is ``fold.py``, the comparing
``revision.py``, the tail ``tail.py``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from corridor.batch import FixBatch
from rules.admission import DUPLICATE, FUTURE, FUTURE_S, IMPLAUSIBLE, JUDGED, LATE, Codes, Limits
from rules.events import Record, Rows
from rules.fold import Fold, Mark, Sorted, between
from rules.mark import mark_as_bytes, mark_from_bytes
from rules.pairs import APART_S, as_heard, whose
from rules.revision import in_time, net_history, revise, without
from rules.roster import Index
from rules.step import Part
from rules.tail import NOTHING, append, as_columns, collect, drop_last, fresh_log, merged, with_room
from rules.telling import said
from rules.timetable import Floats
from rules.transition import Transition

MAX_TAIL_FIXES = 4_096  # of a device that sends more within the horizon, the oldest are settled before it
_SPAN = 2.0  # horizons that a tail may reach back before what is beyond one is settled


class Redone(NamedTuple):
    """What a device's late fixes came to."""

    part: Part
    said: tuple[Transition, ...]
    decided: int  # position of the last of them to arrive


@dataclass(slots=True)
class Before:
    """What a step has changed of tails, as it was."""

    added: dict[int, int] = field(default_factory=dict)  # entries, by device
    net: dict[int, tuple[Transition, ...]] = field(default_factory=dict)
    saved: set[int] = field(default_factory=set)  # devices whose marks it has given out


class Wanted(NamedTuple):
    """The fixes that a device's tail had."""

    device: str
    after: float  # event time
    fixes: int  # how many


class Tails:
    """The tails of all devices.

    Parameters
    ----------
    fold
        Where devices stand.
    horizon_s
        How much older than its device's newest fix a fix may be and still count, seconds.
    max_speed_mps
        As of the engine.
    """

    def __init__(self, fold: Fold, *, horizon_s: float, max_speed_mps: float) -> None:
        self._fold, self._horizon_s = fold, horizon_s
        self._limits = Limits(np.nan, np.nan, max_speed_mps)
        self._log, self._filled = fresh_log(), 0
        self._net: dict[int, tuple[Transition, ...]] = {}  # what was said of the fixes of each tail
        self._marks: dict[int, Mark] = {}
        self._settled: Floats = np.empty(0)  # (D,) event time of the mark; minus infinity: before any fix
        self._since: Floats = np.empty(0)  # (D,) time of the tail's first fix; NaN: it has none
        self._unsaved: set[int] = set()  # devices with marks that no step has given out yet

    # Before a batch

    def prepare(self, devices: Index, fixes: int) -> None:
        """Make room for the fixes of a batch, and settle what is beyond the horizon of its devices."""
        self._reach(len(self._fold.roster))
        self._log, self._filled = with_room(self._log, self._filled, self._settled, fixes)
        states = self._fold.roster.rows
        for device in devices[self._log.heads[devices] == NOTHING].tolist():
            self.begin(device)
        newest = states["time"][devices]
        long = newest - self._since[devices] > _SPAN * self._horizon_s
        for device in devices[long | (states["tail_fixes"][devices] > MAX_TAIL_FIXES)].tolist():
            self._settle(device)

    def _reach(self, devices: int) -> None:
        missing = max(16, 2 * devices) - len(self._settled)
        if len(self._settled) < devices:
            self._settled = np.append(self._settled, np.full(missing, -np.inf))
            self._since = np.append(self._since, np.full(missing, np.nan))
            self._log = self._log._replace(heads=np.append(self._log.heads, np.full(missing, NOTHING)))

    def begin(self, device: int) -> None:
        """Begin a tail where the device stands; what is older than its newest fix has settled."""
        self._reach(len(self._fold.roster))
        state = self._fold.roster.rows[device]
        held = state["held_time"][: state["held"]]
        state["tail_fixes"] = 0
        self._log.heads[device] = NOTHING
        self._keep(device, self._fold.take(np.array([device])), max(state["time"], *held, -np.inf))
        self._net[device], self._since[device] = (), np.nan

    def _keep(self, device: int, mark: Mark, settled: float) -> None:
        mark.states["tail_fixes"] = 0
        self._marks[device], self._settled[device] = mark, settled
        self._unsaved.add(device)

    def _settle(self, device: int) -> None:
        """Move the mark on to the horizon: what is before it will not be folded again."""
        tail = self._tail(device)
        horizon = self._fold.roster.rows[device]["time"] - self._horizon_s
        count = max(int(np.searchsorted(tail["time"], horizon)), len(tail) - MAX_TAIL_FIXES // 2)
        if not count:
            return
        now = self._fold.take(np.array([device]))
        given = self._fold.episodes(device)
        try:
            self._fold.put(self._marks[device])
            part, _ = self._folded(tail[:count], device)
            revision = revise(self._net.get(device, ()), tuple(self._said(part)), given)
            self._fold.renumber(device, revision.numbers, given)
            mark = self._fold.take(np.array([device]))
        finally:
            self._fold.put(now)
        self._keep(device, mark, float(tail["time"][count - 1]))
        self._since[device] = tail["time"][count] if count < len(tail) else np.nan
        self._net[device] = without(self._net.get(device, ()), revision.net)
        self._fold.roster.rows[device]["tail_fixes"] -= count

    # Late fixes

    def redo(self, fixes: Sorted, positions: Index, device: int, before: Before) -> Redone:
        """Fold a device again with late fixes; whole, or not at all.

        Parameters
        ----------
        fixes
            The batch; its discards are filled in.
        positions
            (K,) of the device's fixes, in order of time.
        before
            What the step has changed so far.
        """
        before.net.setdefault(device, self._net.get(device, ()))
        now = self._fold.take(np.array([device]))
        tail = self._tail(device)
        codes = self._codes(fixes, positions, tail, device)
        fixes.discard[positions] = codes
        fresh = positions[codes == JUDGED]
        told: tuple[Transition, ...] = ()
        try:
            if len(fresh):
                rows = fixes.rows[fresh]
                both = merged(tail, fixes.columns, rows)
                told, discard = self._again(both, device, now.states[0])
                fixes.discard[fresh] = discard[np.searchsorted(both["time"], fixes.columns.time[rows])]
            self._carry(device, now.states[0], fixes.discard[positions], fixes.limits.now)
            then = self._fold.take(np.array([device]))
        except BaseException:
            self._fold.put(now)
            self._net[device] = before.net[device]
            raise
        discarded = int(np.count_nonzero(fixes.discard[positions] != JUDGED))
        part = between(now, then)._replace(discarded=discarded)
        return Redone(part, told, int(fixes.origin[positions[-1]]))

    def _again(self, entries: Rows, device: int, state: Record) -> tuple[tuple[Transition, ...], Codes]:
        """Fold entries from the mark on, and the time up to where the clock was; gives what is to be said."""
        given = self._fold.episodes(device)
        self._fold.put(self._marks[device])
        part, discard = self._folded(entries, device)
        passed = self._fold.pass_time(device, float(state["clock"]))
        new = (*self._said(part), *self._said(passed))
        revision = revise(self._net.get(device, ()), new, given)
        self._fold.renumber(device, revision.numbers, given)
        self._net[device] = tuple(sorted(revision.net, key=in_time))
        return revision.said, discard

    def _codes(self, fixes: Sorted, positions: Index, tail: Rows, device: int) -> Codes:
        """Say what becomes of fixes before they are folded; JUDGED: that the fold will tell."""
        time = fixes.columns.time[fixes.rows[positions]]
        newest = self._fold.roster.rows[device]["time"]
        codes = np.full(len(positions), JUDGED, dtype=np.int8)
        codes[np.isin(time, tail["time"]) | (np.diff(time, prepend=np.nan) == 0.0)] = DUPLICATE
        codes[(time < newest - self._horizon_s) | (time <= self._settled[device])] = LATE
        codes[time > fixes.limits.latest + FUTURE_S] = FUTURE
        return codes

    def _carry(self, device: int, before: Record, codes: Codes, now: float) -> None:
        """Give the device what no folding changes: its counts, its lag, and the clock where it was."""
        state = self._fold.roster.rows[device]
        for name, code in (("late", LATE), ("duplicate", DUPLICATE), ("future", FUTURE)):
            state[name] = before[name] + np.count_nonzero(codes == code)
        state["implausible"] = before["implausible"] + np.count_nonzero(codes == IMPLAUSIBLE)
        state["clock"] = max(state["clock"], before["clock"])
        is_newer = state["time"] > before["time"] and now == now  # noqa: PLR0124 (not NaN)
        state["lag_s"] = now - state["time"] if is_newer else before["lag_s"]
        self._fold.set_wakes(device)

    # After a batch

    def add(self, fixes: Sorted, first: Index, devices: Index, before: Before) -> None:
        """Log the fixes of a batch that were judged or held."""
        columns, rows, order, _, discard, _ = fixes
        self._filled = append(self._log, self._filled, columns, rows, order, first, devices, discard)
        kept = np.add.reduceat((discard[order] == JUDGED) | (discard[order] == IMPLAUSIBLE), first[:-1])
        earliest = columns.time[rows[order[first[:-1]]]]
        self._since[devices] = np.fmin(self._since[devices], np.where(kept > 0, earliest, np.nan))
        before.added |= dict(zip(devices.tolist(), kept.tolist(), strict=True))

    def say(self, transitions: Iterable[Transition], before: Before) -> None:
        """Keep what was said of fixes of tails."""
        for each in transitions:
            device = self._fold.roster.row(whose(each))
            standing = self._net.get(device, ())
            before.net.setdefault(device, standing)
            self._net[device] = tuple(sorted((*standing, each), key=in_time))

    def undo(self, before: Before) -> None:
        """Put back what a step changed."""
        for device, count in before.added.items():
            whole = len(collect(self._log, device, self._settled[device])) >= count
            drop_last(self._log, device, count)
            if not whole and device < len(self._fold.roster):  # fixes of an older step, settled since
                self.begin(device)
        self._net |= before.net
        self._unsaved |= before.saved
        self._forget_beyond(len(self._fold.roster))

    def _forget_beyond(self, known: int) -> None:
        """Forget devices that came with what was undone; others may get their rows."""
        self._marks = {device: mark for device, mark in self._marks.items() if device < known}
        self._net = {device: said for device, said in self._net.items() if device < known}
        self._unsaved = {device for device in self._unsaved if device < known}
        self._log.heads[known:] = NOTHING

    # What is saved, and taken over at start

    def marks(self) -> dict[str, bytes]:
        """Give every mark, by device."""
        return self._packed(self._marks)

    def unsaved(self, before: Before) -> dict[str, bytes]:
        """Give the marks that no step has given out yet."""
        before.saved, self._unsaved = self._unsaved, set()
        return self._packed(before.saved)

    def _packed(self, devices: Iterable[int]) -> dict[str, bytes]:
        return {
            self._fold.roster.name(device): mark_as_bytes(
                self._fold, self._marks[device], float(self._settled[device])
            )
            for device in devices
        }

    def take_over(self, marks: Mapping[str, bytes]) -> tuple[str, ...]:
        """Take over saved marks; gives what was not. The tails behind them are `wanted`."""
        notes = []
        self._reach(len(self._fold.roster))
        for name, data in marks.items():
            device = self._fold.roster.row(name)
            found = mark_from_bytes(self._fold, device, data)
            if found is None:
                notes.append(
                    f'late fixes of device "{name}" from before are not judged: its rules have changed'
                )
                self.begin(device)
            else:
                self._marks[device], self._settled[device] = found
        return tuple(notes)

    def wanted(self) -> tuple[Wanted, ...]:
        """Give the tails that devices had when they were saved."""
        self._reach(len(self._fold.roster))
        counts = self._fold.roster.rows["tail_fixes"][: len(self._fold.roster)]
        return tuple(
            Wanted(self._fold.roster.name(device), self._settled[device] - APART_S, int(counts[device]))
            for device in np.flatnonzero(counts).tolist()
            if self._log.heads[device] == NOTHING and device in self._marks
        )

    def recall(self, name: str, fixes: FixBatch, transitions: Iterable[Transition]) -> bool:
        """Take over the tail of a device; where it is not whole, one begins where the device stands."""
        device = self._fold.roster.row(name)
        self._reach(len(self._fold.roster))
        columns, rows = as_heard(name, fixes)
        rows = rows[columns.time[rows] > self._settled[device]]
        if len(rows) != self._fold.roster.rows[device]["tail_fixes"]:
            self.begin(device)
            return False
        self._log, self._filled = with_room(self._log, self._filled, self._settled, len(rows))
        order, devices = np.arange(len(rows)), np.array([device])
        all_judged = np.full(len(rows), JUDGED, dtype=np.int8)
        first = np.array([0, len(rows)])
        self._filled = append(self._log, self._filled, columns, rows, order, first, devices, all_judged)
        self._since[device] = columns.time[rows].min()
        self._net[device] = net_history(each for each in transitions if whose(each) == name)
        return True

    # Steps that several of these take

    def _tail(self, device: int) -> Rows:
        """Give the fixes that would be folded again, in order of time."""
        tail = collect(self._log, device, self._settled[device])
        return tail[np.argsort(tail["time"], kind="stable")]

    def _folded(self, entries: Rows, device: int) -> tuple[Part, Codes]:
        discard = np.empty(len(entries), dtype=np.int8)
        rows = np.arange(len(entries))
        fixes = Sorted(as_columns(entries), rows, rows, self._limits, discard, rows)
        return self._fold.judge(fixes, np.array([0, len(rows)]), np.array([device])), discard

    def _said(self, part: Part) -> Iterator[Transition]:
        return said(part.events, self._fold.rules, self._fold.roster)
