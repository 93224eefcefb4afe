"""All devices and rules of an engine, and one pass of fixes, or of time, through them.

Which fixes come in which order is ``engine.py``'s; those that come late are folded again by ``late.py``.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from corridor.batch import FixBatch
from rules.admission import OTHERS, OWN, Codes, Columns, Limits, admit, by_device, columns_of
from rules.condition import bits_of
from rules.corridor_ledger import NOTHING_FOLDED, CorridorLedger
from rules.deviation import Deviation
from rules.events import EVENT, Rows, in_order
from rules.fence_ledger import FenceLedger, begun_anew
from rules.geofence import Geofence
from rules.judge_fences import Journal
from rules.ledger import Folded
from rules.pairs import copies_for, members_of, pair_name, with_copies
from rules.revision import Numbers
from rules.roster import Index, Roster
from rules.rule import Rule
from rules.state import fresh_device_rows, fresh_rule_rows, put_rows, take_rows
from rules.step import Part, Replaced
from rules.timetable import Floats
from rules.watch.kinds import WATCHES
from rules.watch.ledger import NOTHING_WATCHED, WatchLedger
from rules.watch.proximity import Proximity
from rules.watch.row import fresh_watch_rows

_NO_INDEX = np.empty(0, dtype=np.int64)
_NO_EVENTS = np.empty(0, EVENT)
_NO_STATES = fresh_device_rows(0)
_FIRST_ROW = np.zeros(1, dtype=np.int64)


Due = tuple[Index, Floats]  # rows whose timers are due, and up to which event time each


class Sorted(NamedTuple):
    """A batch, device by device."""

    columns: Columns
    rows: Index
    order: Index
    limits: Limits
    discard: Codes  # is filled
    origin: Index  # position of the fix that each is, or is a copy of


class Mark(NamedTuple):
    """Where devices stand under all their rules, at one moment."""

    devices: Index
    states: Rows
    corridors: Folded  # `before` and `after` are the same rows
    watches: Folded
    journal: Journal


class OpenAlarm(NamedTuple):
    """An alarm that is open, by what its fingerprint is made of."""

    rule: str
    device: str
    episode: int


class Fold:
    """The devices and where they stand.

    Parameters
    ----------
    rules
        One device has no two rules of one name.
    """

    __slots__ = ("_pairs", "corridors", "fences", "roster", "rules", "watches")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        deviations = [(at, rule) for at, rule in enumerate(self.rules) if isinstance(rule, Deviation)]
        geofences = [(at, rule) for at, rule in enumerate(self.rules) if isinstance(rule, Geofence)]
        watches = [(at, rule) for at, rule in enumerate(self.rules) if isinstance(rule, WATCHES)]
        named: list[Any] = [rule for _, rule in (*deviations, *watches)]
        self.roster = Roster([rule.device for rule in named])
        self._pairs: dict[int, list[tuple[int, int]]] = {}  # by device: the pairs that hear it, as which
        bits = bits_of(self.rules)
        self.fences = FenceLedger([rule for _, rule in geofences], [at for at, _ in geofences], bits)
        self.corridors = CorridorLedger(
            [rule for _, rule in deviations],
            [at for at, _ in deviations],
            self._devices_of(deviations),
            bits,
        )
        self.watches = WatchLedger(
            [rule for _, rule in watches], [at for at, _ in watches], self._devices_of(watches), bits
        )
        self.know_from(0)

    def _devices_of(self, rules: Sequence[tuple[int, Any]]) -> Index:
        """Give the row of each rule's device; of a rule about two, that of the pair."""
        return np.array([self._row_for(rule) for _, rule in rules], dtype=np.int64)

    def _row_for(self, rule: Any) -> int:
        if not isinstance(rule, Proximity):
            return self.roster.row(rule.device)
        name = pair_name(rule.device, rule.other)
        known, row = len(self.roster), self.roster.row(name)
        if row >= known:
            for member, device in zip((OWN, OTHERS), members_of(name), strict=True):
                self._pairs.setdefault(self.roster.row(device), []).append((row, member))
        return row

    def know_from(self, known: int) -> None:
        """Let geofence rules know the devices behind the first `known`."""
        if len(self.roster) > known or not known:
            self.fences.know(self.roster.names(range(known, len(self.roster))))

    @property
    def wake(self) -> float:
        """Wall time at which a timer is due; infinite if none is set."""
        ledgers = min(self.corridors.wake.min(initial=np.inf), self.watches.wake.min(initial=np.inf))
        return float(min(ledgers, self.fences.wake(self.roster.rows)))

    # Fixes

    def sort(self, batch: FixBatch, rows: Index, limits: Limits) -> tuple[Sorted, Index, Index]:
        """Give a batch device by device, with what pairs hear of it; where each one's begin; the devices."""
        devices, order, first = self._by_device(batch, rows)
        columns, origin = columns_of(batch), np.arange(len(rows))
        copies = copies_for(self._pairs, columns.time[rows], order, first, devices) if self._pairs else None
        if copies is not None:
            columns = with_copies(columns, rows[copies.position], copies.member)
            order = np.append(order, len(rows) + np.arange(len(copies.position)))
            first = np.append(first, first[-1] + copies.first[1:])
            origin = np.append(origin, copies.position)
            rows = np.append(rows, len(batch) + np.arange(len(copies.position)))
            devices = np.append(devices, copies.devices)
        discard = np.empty(len(rows), dtype=np.int8)
        return Sorted(columns, rows, order, limits, discard, origin), first, devices

    def _by_device(self, batch: FixBatch, rows: Index) -> tuple[Index, Index, Index]:
        """Give the devices that have fixes, the fixes device by device, and where each one's begin."""
        known = len(self.roster)
        if len(batch.devices) == 1:
            devices, first = [self.roster.row(batch.devices[0])], np.array([0, len(rows)])
            order = _FIRST_ROW if len(rows) == 1 else np.arange(len(rows))
        else:
            order, first = by_device(batch.device, rows, len(batch.devices))
            codes = np.flatnonzero(np.diff(first))
            devices = [self.roster.row(batch.devices[code]) for code in codes.tolist()]
            first = np.append(first[codes], first[-1])
        self.know_from(known)
        return np.array(devices), order, first

    def judge(self, fixes: Sorted, first: Index, devices: Index) -> Part:
        """Judge the fixes of some devices; whole, or not at all."""
        columns, rows, order, limits, discard, origin = fixes
        states = self.roster.rows
        accepted, first, discarded, before, after = admit(
            columns, rows, order, first, devices, states, limits, discard
        )
        accepted["order"] = origin[accepted["order"]]
        journals: tuple[Journal, ...] = ()
        folded, watched = NOTHING_FOLDED, NOTHING_WATCHED
        try:
            fences, journals = self.fences.judge(accepted, first, devices, before)
            corridors, folded = self.corridors.judge(accepted, first, devices, states)
            watches, watched = self.watches.judge(accepted, first, devices, states)
        except BaseException:
            self.put_back_part(
                Part(devices, 0, before, after, folded, watched, journals, _NO_EVENTS, _NO_INDEX)
            )
            raise
        events = in_order(accepted, corridors, fences, watches)
        decided = accepted["order"][events["fix"]] if len(events) else _NO_INDEX
        return Part(devices, discarded, before, after, folded, watched, journals, events, decided)

    # Time

    def fire(self, now: float) -> Part:
        """Fire the timers that are due at a wall time, and move the clocks of their devices there."""
        states = self.roster.rows
        closing, watching, staying = (
            ledger.due(now, states) for ledger in (self.corridors, self.watches, self.fences)
        )
        part = self._pass(closing, watching, staying)
        whose = (
            self.corridors.of_rule[closing[0]],
            self.watches.of_rule[watching[0]],
            self.fences.devices_of(staying[0]),
        )
        devices = np.unique(np.concatenate(whose))
        before = take_rows(states, devices)
        until = now - np.maximum(states["lag_s"][devices], 0.0)
        states["clock"][devices] = np.maximum(states["clock"][devices], until)
        return part._replace(devices=devices, before=before, after=take_rows(states, devices))

    def pass_time(self, device: int, until: float) -> Part:
        """Fire the timers of a device that are due up to an event time, as if no fix had come since."""
        closing, watching = self.corridors.of_device(device), self.watches.of_device(device)
        return self._pass(
            (closing, np.full(len(closing), until)),
            (watching, np.full(len(watching), until)),
            self.fences.due_of_device(device, until),
        )

    def _pass(self, closing: Due, watching: Due, staying: Due) -> Part:
        states = self.roster.rows
        closed, folded = self.corridors.fire(*closing, states)
        fired, watched = self.watches.fire(*watching, states)
        stayed, journals = self.fences.fire(*staying, states)
        events = np.concatenate([closed, stayed, fired])
        events = events[np.argsort(events["time"], kind="stable")]
        decided = np.full(len(events), -1)
        return Part(_NO_INDEX, 0, _NO_STATES, _NO_STATES, folded, watched, journals, events, decided)

    # Rows

    def take(self, devices: Index) -> Mark:
        """Give a copy of where devices stand."""
        return Mark(
            devices,
            take_rows(self.roster.rows, devices),
            self.corridors.taken(devices),
            self.watches.taken(devices),
            self.fences.taken(devices),
        )

    def watches_of(self, device: str) -> Index:
        """Give the numbers of the watching rules of a device, those that watch it beside another too."""
        row = self.roster.row(device)
        if row not in self._pairs:
            return self.watches.of_device(row)
        pairs = [pair for pair, _ in self._pairs[row]]
        heard = [number for pair in pairs for number in self.watches.of_device(pair).tolist()]
        own = [number for number in heard if self.watches.rules[number].device == device]
        return np.append(self.watches.of_device(row), np.array(own, dtype=np.int64))

    def put(self, mark: Mark) -> None:
        """Let devices stand where they did when the mark was taken."""
        put_rows(self.roster.rows, mark.devices, mark.states)
        self.fences.put_back([mark.journal])
        self.corridors.put_back(mark.corridors, self.roster.rows)
        self.watches.put_back(mark.watches, self.roster.rows)

    def fresh(self, device: int) -> Mark:
        """Give a mark of a device that was never heard of."""
        now = self.take(np.array([device]))
        corridors, watches = (
            fresh_rule_rows(len(now.corridors.numbers)),
            fresh_watch_rows(len(now.watches.numbers)),
        )
        return Mark(
            now.devices,
            fresh_device_rows(1),
            Folded(now.corridors.numbers, corridors, corridors),
            Folded(now.watches.numbers, watches, watches),
            begun_anew(now.journal),
        )

    def episodes(self, device: int) -> dict[str, int]:
        """Give the highest number that an alarm has had, by rule."""
        return {
            ledger.rules[row].name: int(ledger.rows[row]["episodes"])
            for ledger in (self.corridors, self.watches)
            for row in reversed(ledger.of_device(device).tolist())  # a rule's first row is the last to tell
        }

    def renumber(self, device: int, numbers: Numbers, given: Mapping[str, int]) -> None:
        """Let the alarms of a device have other numbers, and none that is given be given again."""
        for ledger in (self.corridors, self.watches):
            for number in ledger.of_device(device).tolist():
                row, name = ledger.rows[number], ledger.rules[number].name
                renamed = numbers.get(name, {})
                row["episode"] = renamed.get(int(row["episode"]), int(row["episode"]))
                row["episodes"] = max(given[name], row["episodes"], *renamed.values())

    def open_alarms(self) -> tuple[OpenAlarm, ...]:
        """Give the alarms that are open."""
        return tuple(
            OpenAlarm(*ledger.key(row)[:2], int(ledger.rows[row]["episode"]))
            for ledger in (self.corridors, self.watches)
            for row in ledger.open_alarms().tolist()
        )

    def begin_anew(self, alarm: OpenAlarm) -> int:
        """Let the rule of an alarm begin anew; the count of its alarms goes on. Gives the device."""
        device = self.roster.row(alarm.device)
        for ledger in (self.corridors, self.watches):
            for row in ledger.open_alarms().tolist():
                if ledger.key(row)[:2] == alarm[:2]:
                    ledger.take_over(row, ledger.rows[row].copy(), whole=False)
                    device = int(ledger.of_rule[row])  # the pair's, of a rule about two
        self.set_wakes(device)
        return device

    def set_wakes(self, device: int) -> None:
        """Work out the timers of a device's rules anew."""
        for ledger in (self.corridors, self.watches):
            ledger.set_wakes(ledger.of_device(device), self.roster.rows)

    def put_back(self, old: Replaced) -> None:
        """Undo parts, the newest first, and forget devices that came with them."""
        for part in reversed(old.parts):
            self.put_back_part(part)
        self.fences.forget_beyond(old.device_count, old.standing_count)
        self.roster.forget_beyond(old.device_count)

    def put_back_part(self, part: Part) -> None:
        """Undo one part."""
        put_rows(self.roster.rows, part.devices, part.before)
        self.fences.put_back(part.journals)
        self.corridors.put_back(part.folded, self.roster.rows)
        self.watches.put_back(part.watched, self.roster.rows)


def between(before: Mark, after: Mark) -> Part:
    """Give what became of devices between two marks of them, as a part that says nothing."""
    return Part(
        before.devices,
        0,
        before.states,
        after.states,
        Folded(before.corridors.numbers, before.corridors.before, after.corridors.after),
        Folded(before.watches.numbers, before.watches.before, after.watches.after),
        (before.journal,),
        _NO_EVENTS,
        _NO_INDEX,
    )
