"""The engine: fixes in, what to say out. Pure; time is an argument, and a failed commit can be undone.

The deciding is ``admission.py``, ``kernel.py`` and ``table.py``; this file groups a batch, asks each window
and each corridor once, and makes Python objects of what is said.
"""

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from corridor.batch import FixBatch
from corridor.fix import Fix
from rules.admission import FIX_COLUMNS, Codes, admit
from rules.deviation import Deviation
from rules.errors import RuleError, StateError
from rules.grouped import Grouped, Index, distinct
from rules.kernel import EVENT, EVENTS_OF_A_FIX, PAIR, changed_rows, close_windows, fold, pair
from rules.roster import Roster
from rules.rulebook import rows_by_name, rule_numbers
from rules.state import (
    HELD,
    LAYOUT,
    Rows,
    RuleKey,
    Snapshot,
    fresh_rule_rows,
    put_rows,
    take_rows,
    words,
)
from rules.step import Replaced, Step
from rules.table import KINDS, MOVES, REASONS, Phase
from rules.transition import Discard, Transition

MAX_SPEED_MPS = 90.0  # no train or car is faster; aircraft are configured
_EVENTS_AT_ONCE = 4096  # the kernel stops when so many are waiting and goes on when they are taken
_DISCARDS = tuple(Discard)
_NO_ROWS = np.empty(0, dtype=np.int64)


class Engine:
    """Decide over fixes, device by device, in order of arrival.

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
        rules: Sequence[Deviation],
        *,
        run_start: float | None = None,
        max_speed_mps: float = MAX_SPEED_MPS,
    ) -> None:
        if not 0.0 < max_speed_mps < math.inf:
            raise RuleError(f"max_speed_mps is {max_speed_mps}; expected a positive, finite number")
        self._rules = tuple(rules)
        self._row_of_rule = rows_by_name(self._rules)
        self._run_start = math.nan if run_start is None else run_start
        self._max_speed_mps = max_speed_mps
        self._roster = Roster([rule.device for rule in self._rules])
        self._numbers = rule_numbers(self._rules)
        self._keys = tuple(RuleKey(rule.name, rule.device, rule.fingerprint) for rule in self._rules)
        self._windows = Grouped([rule.window for rule in self._rules])
        self._corridors = Grouped([rule.corridor for rule in self._rules])
        self._rows = fresh_rule_rows(len(self._rules))
        self._wake = np.full(len(self._rules), np.inf)  # (R,) when a timer closes the rule's window
        self._steps = 0
        self._orphans: tuple[RuleKey, ...] = ()

    @property
    def rules(self) -> tuple[Deviation, ...]:
        """The rules, in the order given."""
        return self._rules

    @property
    def next_wake(self) -> float | None:
        """Wall time at which ``step((), now=...)`` has a window to close; None if it has none."""
        wake = float(self._wake.min(initial=np.inf))
        return None if wake == math.inf else wake

    @property
    def orphans(self) -> tuple[RuleKey, ...]:
        """Rules whose alarm was open in rows that `restore` could not keep: somebody must end it."""
        return self._orphans

    def step(self, fixes: FixBatch | Iterable[Fix] = (), *, now: float | None = None) -> Step:
        """Decide over a batch; without fixes, fire the timers that are due.

        Parameters
        ----------
        fixes
            In order of arrival.
        now
            Wall time, UTC seconds. Without it a fix is FUTURE against `run_start`; if that is not given
            either it cannot be judged, and is not.

        Returns
        -------
        Step
            If it cannot be stored, give it to `undo`.
        """
        if now is not None and not math.isfinite(now):
            raise StateError(f"now is {now}; a finite number of UTC seconds is needed")
        batch = fixes if isinstance(fixes, FixBatch) else FixBatch.from_fixes(fixes)
        wall = math.nan if now is None else now
        return self._decide(batch, wall) if len(batch) else self._fire(wall)

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
        everyone = range(len(self._roster))
        return Snapshot(self._roster.names(everyone), self._roster.rows.copy(), self._keys, self._rows.copy())

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
        if snapshot.layout == LAYOUT:
            rows = [self._roster.row(name) for name in snapshot.devices]
            self._roster.rows[rows] = snapshot.device_rows
        elif snapshot.devices:
            notes.append(
                "the devices' newest fixes are forgotten: they were saved in layout "
                f"{snapshot.layout}, this is {LAYOUT}"
            )
        orphans = set(snapshot.alarms_open())
        for key, row in zip(snapshot.rules, snapshot.rule_rows, strict=True):
            position = self._row_of_rule.get((key.rule, key.device))
            why = self._why_not(key, position, snapshot.layout)
            if position is not None:
                self._take_over(position, row, whole=not why)
            if not why:
                orphans.discard(key)
                continue
            alarm = f"; its alarm {row['episode']} was open and must be ended" if key in orphans else ""
            notes.append(f'rule "{key.rule}" of device "{key.device}" {why}{alarm}')
        self._orphans += tuple(key for key in snapshot.rules if key in orphans)
        self._set_wakes(np.arange(len(self._rules)))
        self._steps += 1
        return tuple(notes)

    # One batch

    def _decide(self, batch: FixBatch, now: float) -> Step:
        known = len(self._roster)
        columns, devices = self._roster.encode(batch)
        replaced = Replaced(devices, take_rows(self._roster.rows, devices), _NO_ROWS, self._rows[:0], known)
        try:
            discard = np.empty(len(batch), dtype=np.int8)
            accepted = self._admit(columns, len(devices), now, discard)
            pairs = self._pair(accepted)
            touched = distinct(pairs["rule"], len(self._rules))
            replaced = Replaced(devices, replaced.device_rows, touched, take_rows(self._rows, touched), known)
            self._measure(pairs, accepted)
            transitions = tuple(self._fold(pairs, accepted))
            self._set_wakes(touched)
        except BaseException:
            self._put_back(replaced)
            raise
        return self._done(transitions, discard, replaced)

    def _admit(self, fixes: Rows, devices: int, now: float, discard: Codes) -> Rows:
        accepted = np.empty(len(fixes) + HELD * devices, FIX_COLUMNS)
        latest = self._run_start if math.isnan(now) else now
        count = admit(fixes, self._roster.rows, now, latest, self._max_speed_mps, discard, accepted)
        return accepted[:count]

    def _pair(self, accepted: Rows) -> Rows:
        first = self._roster.first
        device = accepted["device"]
        pairs = np.empty(int((first[device + 1] - first[device]).sum()), PAIR)
        pair(accepted, first, self._roster.order, pairs)
        return pairs

    def _measure(self, pairs: Rows, accepted: Rows) -> None:
        """Ask each window once, and each corridor once for the fixes of the rules that are awake."""
        if self._windows:
            for window, positions in self._windows.groups(pairs["rule"]):
                times = accepted["time"][pairs["fix"][positions]]
                pairs["closes"][positions] = window.closes_after(times)
            awake = np.flatnonzero(~np.isnan(pairs["closes"]))
        else:
            awake = np.arange(len(pairs))
        for corridor, group in self._corridors.groups(pairs["rule"][awake]):
            positions = awake[group]
            fixes = pairs["fix"][positions]
            offset = corridor.measure(accepted["lon"][fixes], accepted["lat"][fixes])
            pairs["distance_m"][positions] = offset.distance_m
            pairs["along_m"][positions] = offset.along_track_m
            pairs["margin_m"][positions] = offset.margin_m

    def _fold(self, pairs: Rows, accepted: Rows) -> Iterator[Transition]:
        events = np.empty(min(EVENTS_OF_A_FIX * len(pairs), _EVENTS_AT_ONCE), EVENT)
        done = 0
        while done < len(pairs):
            done, count = fold(pairs, done, accepted, self._numbers, self._rows, MOVES, events)
            yield from map(self._transition, events[:count])

    def _fire(self, now: float) -> Step:
        due = np.flatnonzero(self._wake <= now)  # never where now is NaN
        due = due[np.argsort(self._rows["window_closes"][due], kind="stable")]
        replaced = Replaced(
            _NO_ROWS, self._roster.rows[:0], due, take_rows(self._rows, due), len(self._roster)
        )
        events = np.empty(len(due), EVENT)
        count = close_windows(due, self._rows, MOVES, events)
        self._set_wakes(due)
        transitions = tuple(map(self._transition, events[:count]))
        return self._done(transitions, np.empty(0, dtype=np.int8), replaced)

    def _done(self, said: tuple[Transition, ...], discard: Codes, old: Replaced) -> Step:
        self._steps += 1
        device_rows = take_rows(self._roster.rows, old.devices)
        rule_rows = take_rows(self._rows, old.rules)
        new_devices = changed_rows(words(old.device_rows), words(device_rows))
        new_rules = changed_rows(words(old.rule_rows), words(rule_rows))
        wrong = np.flatnonzero(device_rows["clock_is_wrong"] > old.device_rows["clock_is_wrong"])
        counts = np.bincount(discard, minlength=1 + len(_DISCARDS))[1:].tolist()
        return Step(
            said,
            discard,
            dict(zip(_DISCARDS, counts, strict=True)),
            Snapshot(
                self._roster.names(old.devices[new_devices].tolist()),
                take_rows(device_rows, new_devices),
                tuple(self._keys[row] for row in old.rules[new_rules].tolist()),
                take_rows(rule_rows, new_rules),
            ),
            self._roster.names(old.devices[wrong].tolist()),
            self._steps,
            old,
        )

    def _transition(self, event: np.void) -> Transition:
        rule = self._rules[event["rule"]]
        return Transition(
            rule=rule.name,
            device=rule.device,
            kind=KINDS[event["kind"]],
            reason=REASONS[event["reason"]],
            time=float(event["time"]),
            lon=float(event["lon"]),
            lat=float(event["lat"]),
            distance_m=float(event["distance_m"]),
            along_track_m=float(event["along_m"]),
            half_width_m=rule.corridor.half_width_m,
            probability=float(event["probability"]),
            episode=int(event["episode"]),
            starts_at=float(event["starts_at"]),
            closes_alarm=bool(event["closes_alarm"]),
        )

    # Rows

    def _put_back(self, replaced: Replaced) -> None:
        put_rows(self._roster.rows, replaced.devices, replaced.device_rows)
        self._roster.forget_beyond(replaced.device_count)
        put_rows(self._rows, replaced.rules, replaced.rule_rows)
        self._set_wakes(replaced.rules)

    def _set_wakes(self, rules: Index) -> None:
        """Work out when a timer closes the windows of rules (see the class)."""
        if not self._windows:
            return
        rows = self._rows[rules]
        waits = (rows["window_open"] == 1) & (rows["phase"] != Phase.NOT_STARTED)
        lag_s = np.maximum(self._roster.rows["lag_s"][self._roster.of_rule[rules]], 0.0)
        self._wake[rules] = np.where(waits, rows["window_closes"] + lag_s, np.inf)

    def _why_not(self, key: RuleKey, position: int | None, layout: str) -> str:
        """Say why a saved row cannot be kept; empty where it can."""
        if position is None:
            return "is not configured any more: its state is dropped"
        if layout != LAYOUT:
            return f"begins anew: its state was saved in layout {layout}, this is {LAYOUT}"
        if key.fingerprint != self._keys[position].fingerprint:
            return "begins anew: its path or half width has changed"
        return ""

    def _take_over(self, position: int, saved: np.void, *, whole: bool) -> None:
        if not whole:
            self._rows[position] = fresh_rule_rows(1)[0]
            self._rows[position]["episode"] = saved["episode"]
            return
        self._rows[position] = saved
        if self._rules[position].window is None:  # it may have had one: nothing closes it any more
            self._rows[position]["window_open"] = 0
