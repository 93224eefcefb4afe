"""The engine: fixes in, what to say out. Pure; time is an argument, and a failed commit can be undone.

The deciding is ``admission.py``, ``judge_corridor.py``, ``judge_fences.py`` and their tables; this file sends
a batch through them, and makes Python objects of what is said.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from corridor.batch import FixBatch
from corridor.fix import Fix
from rules.admission import Codes, Columns, Limits, admit, by_device, columns_of
from rules.corridor_ledger import NOTHING_FOLDED, CorridorLedger
from rules.deviation import Deviation
from rules.errors import RuleError, StateError
from rules.events import EVENT, in_order
from rules.fence_ledger import FenceLedger
from rules.geofence import Geofence
from rules.judge_fences import Journal
from rules.roster import Index, Roster
from rules.rule import Rule
from rules.rulebook import check_names
from rules.shares import rows_of, shares
from rules.snapshot import LAYOUT, RuleKey, Snapshot
from rules.state import fresh_device_rows, put_rows
from rules.step import Part, Replaced, Step, together
from rules.telling import said
from rules.transition import Discard
from rules.watch.kinds import WATCHES, AnyWatch
from rules.watch.ledger import NOTHING_WATCHED, WatchLedger

MAX_SPEED_MPS = 90.0  # no train or car is faster; aircraft are configured


class Sorted(NamedTuple):
    """A batch, device by device."""

    columns: Columns
    rows: Index
    order: Index
    limits: Limits
    discard: Codes  # is filled


_NO_INDEX = np.empty(0, dtype=np.int64)
_NO_COUNTS = dict.fromkeys(Discard, 0)
_NO_EVENTS = np.empty(0, EVENT)
_NO_STATES = fresh_device_rows(0)
_FIRST_ROW = np.zeros(1, dtype=np.int64)


class Engine:
    """Decide over fixes: each device's in order of arrival.

    How the fixes are cut into batches makes no difference to what is said.

    Timers run in event time. An open window closes when a later fix of the device arrives; where none
    comes, `next_wake` is the close of the window plus the device's lag (wall time less event time of its
    newest fix, if positive), and ``step((), now=...)`` closes it. So neither a trip published long after it
    was made nor a slow network loses its last fixes. ``step(fixes, now=...)`` fires no timer. A fix of a
    window that a timer has closed finds the rule asleep.

    Parameters
    ----------
    rules
        One device has no two rules of one name.
    run_start
        What a fix is FUTURE against where `step` is given no `now`, UTC seconds.
    max_speed_mps
        A fix that the device cannot have reached at this speed is IMPLAUSIBLE.

    Raises
    ------
    RuleError
        Two rules of one name and device, or a speed that is not positive.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        run_start: float | None = None,
        max_speed_mps: float = MAX_SPEED_MPS,
    ) -> None:
        if not 0.0 < max_speed_mps < math.inf:
            raise RuleError(f"max_speed_mps is {max_speed_mps}; expected a positive, finite number")
        self._rules = tuple(rules)
        check_names(self._rules)
        self._run_start = math.nan if run_start is None else run_start
        self._max_speed_mps = max_speed_mps
        watches = [(at, rule) for at, rule in enumerate(self._rules) if isinstance(rule, WATCHES)]
        deviations = [(at, rule) for at, rule in enumerate(self._rules) if isinstance(rule, Deviation)]
        geofences = [(at, rule) for at, rule in enumerate(self._rules) if isinstance(rule, Geofence)]
        self._fences = FenceLedger([rule for _, rule in geofences], [at for at, _ in geofences])
        named: list[Deviation | AnyWatch] = [rule for _, rule in deviations]
        self._roster = Roster([rule.device for rule in [*named, *(rule for _, rule in watches)]])
        self._corridors = CorridorLedger(
            [rule for _, rule in deviations], [at for at, _ in deviations], self._devices_of(deviations)
        )
        self._watches = WatchLedger(
            [rule for _, rule in watches], [at for at, _ in watches], self._devices_of(watches)
        )
        self._fences.know(self._roster.names(range(len(self._roster))))
        self._steps = 0
        self._orphans: tuple[RuleKey, ...] = ()

    def _devices_of(self, rules: "Sequence[tuple[int, Any]]") -> Index:
        """Give the row of each rule's device."""
        return np.array([self._roster.row(rule.device) for _, rule in rules], dtype=np.int64)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, in the order given."""
        return self._rules

    @property
    def next_wake(self) -> float | None:
        """Wall time at which ``step((), now=...)`` has a window to close; None if it has none."""
        wake = float(min(self._corridors.wake.min(initial=np.inf), self._watches.wake.min(initial=np.inf)))
        return None if wake == math.inf else wake

    @property
    def orphans(self) -> tuple[RuleKey, ...]:
        """Rules whose alarm was open in rows that `restore` could not keep: somebody must end it."""
        return self._orphans

    def step(
        self, fixes: FixBatch | Iterable[Fix] = (), *, now: float | None = None, rows: Index | None = None
    ) -> Step:
        """Decide over a batch; without fixes, fire the timers that are due.

        Parameters
        ----------
        fixes
            In order of arrival.
        now
            Wall time, UTC seconds. Without it a fix is FUTURE against `run_start`; if that is not given
            either it cannot be judged, and is not.
        rows
            (K,) ascending, 0 or more: just these rows of the batch; by default all of them.

        Returns
        -------
        Step
            If it cannot be stored, give it to `undo`.

        Raises
        ------
        StateError
            `now` is not finite, or `rows` are not rows of the batch. Nothing has changed.
        """
        if now is not None and not math.isfinite(now):
            raise StateError(f"now is {now}; a finite number of UTC seconds is needed")
        batch = fixes if isinstance(fixes, FixBatch) else FixBatch.from_fixes(fixes)
        wall = math.nan if now is None else now
        if rows is None:
            rows = _FIRST_ROW if len(batch) == 1 else np.arange(len(batch))
        else:
            rows = rows_of(batch, rows)
        return self._decide(batch, rows, wall) if len(rows) else self._fire(wall)

    def undo(self, step: Step) -> None:
        """Put back the rows that a step replaced; the newest step first.

        Raises
        ------
        StateError
            The step is not the newest that stands.
        """
        if step.number != self._steps:
            raise StateError(f"step {step.number} cannot be undone; the newest is {self._steps}")
        self._put_back(step.replaced)
        self._steps -= 1

    def snapshot(self) -> Snapshot:
        """Give a copy of all rows."""
        names = self._roster.names(range(len(self._roster)))
        memberships = self._fences.saved(self._roster, self._fences.everyone())
        watches = tuple(map(self._watches.key, range(len(self._watches.rules))))
        return Snapshot(
            names,
            self._roster.rows[: len(names)].copy(),
            tuple(map(self._corridors.key, range(len(self._corridors.rules)))),
            self._corridors.rows.copy(),
            *_columns_of(memberships),
            watches,
            self._watches.rows.copy(),
        )

    def restore(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Take over saved rows: a device's by name, a rule's where name, device and geometry are the same.

        A rule whose geometry changed begins anew but goes on counting its episodes, so that no alarm
        ever has the fingerprint of an older one. Steps before it can no longer be undone.

        Returns
        -------
        tuple of str
            What was not restored, and why. `orphans` names the rules whose alarm was open there.
        """
        notes: list[str] = []
        known = len(self._roster)
        if snapshot.layout == LAYOUT:
            rows = [self._roster.row(name) for name in snapshot.devices]
            self._roster.rows[rows] = snapshot.device_rows
        elif snapshot.devices:
            notes.append(
                "the devices' newest fixes are forgotten: they were saved in layout "
                f"{snapshot.layout}, this is {LAYOUT}"
            )
        for key in snapshot.memberships:
            self._roster.row(key.device)
        self._fences.know(self._roster.names(range(known, len(self._roster))))
        notes += self._restore_corridors(snapshot)
        notes += self._restore_watches(snapshot)
        saved = dict(zip(snapshot.memberships, snapshot.membership_rows, strict=True))
        notes += self._fences.take_over(saved, self._roster, whole=snapshot.layout == LAYOUT)
        self._steps += 1
        return tuple(notes)

    # One batch

    def _decide(self, batch: FixBatch, rows: Index, now: float) -> Step:
        known, standings = len(self._roster), self._fences.standings
        discard = np.empty(len(rows), dtype=np.int8)
        parts: list[Part] = []
        try:
            devices, order, first = self._devices(batch, rows)
            limits = Limits(now, self._run_start if math.isnan(now) else now, self._max_speed_mps)
            fixes = Sorted(columns_of(batch), rows, order, limits, discard)
            for low, high in shares(first):
                parts.append(self._judge(fixes, first[low : high + 1], devices[low:high]))
        except BaseException:
            self._put_back(Replaced(known, standings, tuple(parts)))
            raise
        return self._done(Replaced(known, standings, tuple(parts)), discard)

    def _judge(self, fixes: Sorted, first: Index, devices: Index) -> Part:
        """Judge the fixes of some devices; whole, or not at all."""
        columns, rows, order, limits, discard = fixes
        states = self._roster.rows
        accepted, first, discarded, before, after = admit(
            columns, rows, order, first, devices, states, limits, discard
        )
        journals: tuple[Journal, ...] = ()
        folded, watched = NOTHING_FOLDED, NOTHING_WATCHED
        try:
            fences, journals = self._fences.judge(accepted, first, devices)
            corridors, folded = self._corridors.judge(accepted, first, devices, states)
            watches, watched = self._watches.judge(accepted, first, devices, states)
        except BaseException:
            self._put_back_part(
                Part(devices, 0, before, after, folded, watched, journals, _NO_EVENTS, _NO_INDEX)
            )
            raise
        events = in_order(accepted, corridors, fences, watches)
        decided = accepted["order"][events["fix"]] if len(events) else _NO_INDEX
        return Part(devices, discarded, before, after, folded, watched, journals, events, decided)

    def _devices(self, batch: FixBatch, rows: Index) -> tuple[Index, Index, Index]:
        """Give the devices that have fixes, the fixes device by device, and where each one's begin."""
        known = len(self._roster)
        if len(batch.devices) == 1:
            devices, first = [self._roster.row(batch.devices[0])], np.array([0, len(rows)])
            order = _FIRST_ROW if len(rows) == 1 else np.arange(len(rows))
        else:
            order, first = by_device(batch.device, rows, len(batch.devices))
            codes = np.flatnonzero(np.diff(first))
            devices = [self._roster.row(batch.devices[code]) for code in codes.tolist()]
            first = np.append(first[codes], first[-1])
        if len(self._roster) > known:
            self._fences.know(self._roster.names(range(known, len(self._roster))))
        return np.array(devices), order, first

    def _fire(self, now: float) -> Step:
        states = self._roster.rows
        closed, folded = self._corridors.close(now, states)
        fired, watched = self._watches.fire(*self._watches.due(now, states), states)
        events = np.concatenate([closed, fired])
        events = events[np.argsort(events["time"], kind="stable")]
        decided = np.full(len(events), -1)
        part = Part(_NO_INDEX, 0, _NO_STATES, _NO_STATES, folded, watched, (), events, decided)
        known, standings = len(self._roster), self._fences.standings
        return self._done(Replaced(known, standings, (part,)), np.empty(0, dtype=np.int8))

    def _done(self, old: Replaced, discard: Codes) -> Step:
        self._steps += 1
        part = old.parts[0] if len(old.parts) == 1 else together(old.parts)
        numbers = [number for journal in part.journals for number in journal.numbers.tolist()]
        return Step(
            tuple(said(part.events, self._rules, self._roster)),
            part.decided,
            discard,
            _counts(discard) if part.discarded else _NO_COUNTS.copy(),
            Snapshot(
                self._roster.names(part.devices.tolist()),
                part.after,
                tuple([self._corridors.key(row) for row in part.folded.numbers.tolist()]),
                part.folded.after,
                *_columns_of(self._fences.saved(self._roster, numbers)),
                tuple([self._watches.key(row) for row in part.watched.numbers.tolist()]),
                part.watched.after,
            ),
            self._wrong_clocks(part) if part.discarded else (),
            self._steps,
            old,
        )

    def _wrong_clocks(self, part: Part) -> tuple[str, ...]:
        wrong = part.after["clock_is_wrong"] > part.before["clock_is_wrong"]
        return self._roster.names(part.devices[wrong].tolist())

    # Rows

    def _put_back(self, old: Replaced) -> None:
        for part in reversed(old.parts):
            self._put_back_part(part)
        self._fences.forget_beyond(old.device_count, old.standing_count)
        self._roster.forget_beyond(old.device_count)

    def _put_back_part(self, part: Part) -> None:
        put_rows(self._roster.rows, part.devices, part.before)
        self._fences.put_back(part.journals)
        self._corridors.put_back(part.folded, self._roster.rows)
        self._watches.put_back(part.watched, self._roster.rows)

    def _restore_corridors(self, snapshot: Snapshot) -> list[str]:
        ledger = self._corridors
        orphans = set(snapshot.alarms_open())
        notes = []
        row_of = {(rule.name, rule.device): row for row, rule in enumerate(ledger.rules)}
        for key, row in zip(snapshot.rules, snapshot.rule_rows, strict=True):
            position = row_of.get((key.rule, key.device))
            why = self._why_not(key, position, snapshot.layout)
            if position is not None:
                ledger.take_over(position, row, whole=not why)
            if not why:
                orphans.discard(key)
                continue
            alarm = f"; its alarm {row['episode']} was open and must be ended" if key in orphans else ""
            notes.append(f'rule "{key.rule}" of device "{key.device}" {why}{alarm}')
        self._orphans += tuple(key for key in snapshot.rules if key in orphans)
        ledger.set_wakes(np.arange(len(ledger.rules)), self._roster.rows)
        return notes

    def _restore_watches(self, snapshot: Snapshot) -> list[str]:
        ledger, notes = self._watches, []
        row_of = {(rule.name, rule.device): row for row, rule in enumerate(ledger.rules)}
        for key, row in zip(snapshot.watches, snapshot.watch_rows, strict=True):
            position = row_of.get((key.rule, key.device))
            whole = position is not None and ledger.key(position) == key and snapshot.layout == LAYOUT
            if position is not None:
                ledger.take_over(position, row, whole=whole)
            if not whole:
                why = "is not configured any more" if position is None else "begins anew: it has changed"
                notes.append(f'rule "{key.rule}" of device "{key.device}" {why}')
        ledger.set_wakes(np.arange(len(ledger.rules)), self._roster.rows)
        return notes

    def _why_not(self, key: RuleKey, position: int | None, layout: str) -> str:
        """Say why a saved row cannot be kept; empty where it can."""
        if position is None:
            return "is not configured any more: its state is dropped"
        if layout != LAYOUT:
            return f"begins anew: its state was saved in layout {layout}, this is {LAYOUT}"
        if key != self._corridors.key(position):
            return "begins anew: its path or half width has changed"
        return ""


def _counts(discard: Codes) -> dict[Discard, int]:
    return {reason: int(np.count_nonzero(discard == code)) for code, reason in enumerate(Discard, 1)}


def _columns_of(memberships: list[tuple[RuleKey, bytes]]) -> tuple[tuple[RuleKey, ...], tuple[bytes, ...]]:
    return tuple([key for key, _ in memberships]), tuple([data for _, data in memberships])
