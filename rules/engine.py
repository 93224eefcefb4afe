"""The engine: fixes in, what to say out. Pure; time is an argument, and a failed commit can be undone.

Where devices stand is ``fold.py``, what a late fix changes ``late.py``, what is saved ``keeping.py``; this
file sends a batch through them and makes a `Step` of what comes out.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corridor.batch import FixBatch
from corridor.fix import Fix
from rules.admission import Codes, Limits
from rules.errors import RuleError, StateError
from rules.fold import Fold, OpenAlarm, Sorted
from rules.keeping import changed_of, restore_into, snapshot_of, standing_of
from rules.late import Before, Redone, Tails, Wanted
from rules.pairs import is_pair
from rules.roster import Index
from rules.rule import RULES, Rule
from rules.rulebook import check_names
from rules.shares import rows_of, shares
from rules.snapshot import RuleKey, Snapshot
from rules.step import Part, Replaced, Step, together
from rules.tail import by_time, known_by
from rules.telling import said
from rules.transition import Discard, Transition

MAX_SPEED_MPS = 90.0  # no train or car is faster; aircraft are configured
MAX_LATE_S = 7 * 86_400.0

_NO_COUNTS = dict.fromkeys(Discard, 0)
_NO_CODES = np.empty(0, dtype=np.int8)
_FIRST_ROW = np.zeros(1, dtype=np.int64)


class _Work(NamedTuple):
    """What has come of a batch so far."""

    parts: list[Part]
    redone: list[Redone]
    tails: Before


class Engine:
    """Decide over fixes: each device's in order of their time.

    A fix that comes late by no more than `late_horizon_s` is judged where it belongs: what was said of its
    device is retracted or amended where the fixes in order of time say something else. So what stands in the
    end (`rules.net_history`) is the same for every order of arrival and every cut into batches. With a
    horizon of 0 a fix older than its device's newest is discarded, and nothing is ever retracted.

    Timers run in event time. An open window closes when a later fix of the device arrives; where none
    comes, `next_wake` is the close of the window plus the device's lag (wall time less event time of its
    newest fix, if positive), and ``step((), now=...)`` closes it. So neither a trip published long after it
    was made nor a slow network loses its last fixes. ``step(fixes, now=...)`` fires no timer. A fix of a
    window that a timer has closed finds the rule asleep, where it does not count as late.

    Parameters
    ----------
    rules
        One device has no two rules of one name.
    run_start
        What a fix is FUTURE against where `step` is given no `now`, UTC seconds.
    max_speed_mps
        A fix that the device cannot have reached at this speed is IMPLAUSIBLE.
    late_horizon_s
        How much older than its device's newest fix a fix may be and still count.

    Raises
    ------
    RuleError
        Two rules of one name and device, or a number out of its range.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        run_start: float | None = None,
        max_speed_mps: float = MAX_SPEED_MPS,
        late_horizon_s: float = 0.0,
    ) -> None:
        if not 0.0 < max_speed_mps < math.inf:
            raise RuleError(f"max_speed_mps is {max_speed_mps}; expected a positive, finite number")
        if not 0.0 <= late_horizon_s <= MAX_LATE_S:
            raise RuleError(f"late_horizon_s is {late_horizon_s}; expected 0 to {MAX_LATE_S:g}")
        for rule in rules:
            if not isinstance(rule, RULES):
                raise RuleError(f"{type(rule).__name__} is no kind of rule that the engine judges: {rule!r}")
        check_names(tuple(rules))
        self._fold = Fold(rules)
        self._run_start = math.nan if run_start is None else run_start
        self._max_speed_mps = max_speed_mps
        self._tails = (
            Tails(self._fold, horizon_s=late_horizon_s, max_speed_mps=max_speed_mps)
            if late_horizon_s
            else None
        )
        self._steps = 0
        self._orphans: tuple[RuleKey, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, in the order given."""
        return self._fold.rules

    @property
    def next_wake(self) -> float | None:
        """Wall time at which ``step((), now=...)`` has a timer to fire; None if it has none."""
        wake = self._fold.wake
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
        self._take_back(step.replaced)
        self._steps -= 1

    def snapshot(self) -> Snapshot:
        """Give a copy of all rows."""
        return snapshot_of(self._fold, {} if self._tails is None else self._tails.marks())

    def standing(self, devices: Sequence[str]) -> Snapshot:
        """Give a copy of all rows of devices that were heard of or that a rule names."""
        return standing_of(self._fold, devices)

    def restore(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Take over saved rows: a device's by name, a rule's where name, device and geometry are the same.

        A rule whose geometry changed begins anew but goes on counting its episodes, so that no alarm
        ever has the fingerprint of an older one. Steps before it can no longer be undone.

        Returns
        -------
        tuple of str
            What was not restored, and why. `orphans` names the rules whose alarm was open there.
        """
        notes, orphans = restore_into(self._fold, snapshot)
        self._orphans += orphans
        self._steps += 1
        if self._tails is not None:
            notes += self._tails.take_over(dict(zip(snapshot.marked, snapshot.marks, strict=True)))
        return notes

    @property
    def open_alarms(self) -> tuple[OpenAlarm, ...]:
        """The alarms that are open."""
        return self._fold.open_alarms()

    def forget(self, alarm: OpenAlarm) -> None:
        """Take an alarm as ended, without a word: its rule begins anew, and may raise again.

        For alarms whose end was told while the engine did not know their rule.
        """
        device = self._fold.begin_anew(alarm)
        if self._tails is not None:
            self._tails.begin(device)

    @property
    def tails(self) -> tuple[Wanted, ...]:
        """What `recall` must be given after `restore`, so that late fixes are judged as before."""
        return () if self._tails is None else self._tails.wanted()

    def recall(self, device: str, fixes: FixBatch, transitions: Iterable[Transition]) -> bool:
        """Take over the tail of a device that was restored.

        Parameters
        ----------
        device
            One of `tails`.
        fixes
            Its fixes after that instant that were judged or held, in order of arrival.
        transitions
            What was said of it with an event time after that instant, in the order in which it was said.

        Returns
        -------
        bool
            Whether they are as many as they were. If not, no fix older than its newest will be judged.
        """
        return self._tails is not None and self._tails.recall(device, fixes, transitions)

    # One batch

    def _decide(self, batch: FixBatch, rows: Index, now: float) -> Step:
        old = self._nothing_replaced()
        parts: list[Part] = []
        redone: list[Redone] = []
        try:
            limits = Limits(now, self._run_start if math.isnan(now) else now, self._max_speed_mps)
            fixes, first, devices = self._fold.sort(batch, rows, limits)
            if self._tails is None:
                self._judge(fixes, first, devices, parts)
            else:
                work = _Work(parts, redone, old.tails)
                self._judge_in_time(self._tails, fixes, first, devices, work)
        except BaseException:
            self._take_back(old._replace(parts=tuple(parts)))
            raise
        return self._done(old._replace(parts=tuple(parts)), fixes.discard[: len(rows)], redone)

    def _judge(self, fixes: Sorted, first: Index, devices: Index, parts: list[Part]) -> None:
        """Judge a batch in the order in which it is sorted; what was done is in `parts`, also if it fails."""
        for low, high in shares(first):
            parts.append(self._fold.judge(fixes, first[low : high + 1], devices[low:high]))

    def _judge_in_time(
        self, tails: Tails, fixes: Sorted, first: Index, devices: Index, work: "_Work"
    ) -> None:
        """Judge a batch in order of time, devices with late fixes anew."""
        parts, redone, before = work
        tails.prepare(devices, len(fixes.rows))
        states = self._fold.roster.rows
        late = by_time(fixes.columns.time, fixes.rows, fixes.order, first, devices, states)
        fixes = fixes._replace(origin=known_by(fixes.order, first, fixes.origin))
        for group in np.flatnonzero(late).tolist():
            positions = fixes.order[first[group] : first[group + 1]]
            redone.append(tails.redo(fixes, positions, int(devices[group]), before))
            parts.append(redone[-1].part)
        if not late.all():
            order, some = _groups(fixes.order, first, ~late)
            self._judge(fixes._replace(order=order), some, devices[~late], parts)
        tails.add(fixes, first, devices, before)

    def _fire(self, now: float) -> Step:
        old = self._nothing_replaced()
        return self._done(old._replace(parts=(self._fold.fire(now),)), _NO_CODES, [])

    def _nothing_replaced(self) -> Replaced:
        return Replaced(len(self._fold.roster), self._fold.fences.standings, (), Before())

    def _take_back(self, old: Replaced) -> None:
        self._fold.put_back(old)
        if self._tails is not None:
            self._tails.undo(old.tails)

    def _done(self, old: Replaced, discard: Codes, redone: Sequence[Redone]) -> Step:
        """Make a step of what was done; where that fails, it is taken back."""
        try:
            step = self._step_of(old, discard, redone)
        except BaseException:
            self._take_back(old)
            raise
        self._steps += 1
        return step

    def _step_of(self, old: Replaced, discard: Codes, redone: Sequence[Redone]) -> Step:
        part = old.parts[0] if len(old.parts) == 1 else together(old.parts)
        told = tuple(said(part.events, self._fold.rules, self._fold.roster))
        if self._tails is not None:
            self._tails.say(told, old.tails)
        transitions, decided = _in_order(told, part.decided, redone)
        return Step(
            transitions,
            decided,
            discard,
            _counts(discard) if part.discarded else _NO_COUNTS.copy(),
            changed_of(self._fold, part, {} if self._tails is None else self._tails.unsaved(old.tails)),
            self._wrong_clocks(part) if part.discarded else (),
            self._steps + 1,
            old,
        )

    def _wrong_clocks(self, part: Part) -> tuple[str, ...]:
        wrong = part.after["clock_is_wrong"] > part.before["clock_is_wrong"]
        names = self._fold.roster.names(part.devices[wrong].tolist())
        return tuple(name for name in names if not is_pair(name))


def _groups(order: Index, first: Index, chosen: npt.NDArray[np.bool_]) -> tuple[Index, Index]:
    """Give the order and the firsts of some groups alone."""
    if chosen.all():
        return order, first
    counts = np.diff(first)
    return order[np.repeat(chosen, counts)], np.append(0, np.cumsum(counts[chosen]))


def _in_order(
    told: tuple[Transition, ...], decided: Index, redone: Sequence[Redone]
) -> tuple[tuple[Transition, ...], Index]:
    """Put what was said of late fixes among the rest, by the fix that decided it."""
    if not redone:
        return told, decided
    pairs = [*zip(decided.tolist(), told, strict=True)]
    pairs += [(each.decided, transition) for each in redone for transition in each.said]
    pairs.sort(key=lambda pair: pair[0])
    return tuple(transition for _, transition in pairs), np.array([at for at, _ in pairs], dtype=np.int64)


def _counts(discard: Codes) -> dict[Discard, int]:
    return {reason: int(np.count_nonzero(discard == code)) for code, reason in enumerate(Discard, 1)}
