"""The geofence rules of an engine, and where each device stands to their fences.

The deciding is ``judge_fences.py``; this file keeps its columns together and puts old members back.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from rules.errors import StateError
from rules.events import EVENT, Rows
from rules.fence_say import Ground, Said
from rules.fence_stay import due_of, fire_stays
from rules.geofence import Geofence
from rules.judge_fences import Journal, judge_fences, nothing_matters
from rules.membership import (
    NOBODY,
    as_bytes,
    copied,
    fresh_pool,
    fresh_standings,
    from_bytes,
    gathered,
    linked,
    visits_of,
)
from rules.pairs import is_pair
from rules.roster import Index, Roster
from rules.rulebook import fence_rules, numbered
from rules.snapshot import RuleKey
from rules.state import MEMBER, take_rows
from rules.timetable import Floats, Timetable

_FIRST_MEMBERS = 64
_FIRST_FOUND = 64
_NOTHING_SAID = np.empty(0, EVENT)
_NO_MEMBERS = np.empty(0, MEMBER)
_NO_INDEX = np.empty(0, dtype=np.int64)
_NO_TIMES = np.empty(0)


class FenceLedger:
    """Geofence rules as columns, a standing for each device that one of them is about.

    Parameters
    ----------
    rules
        The rules.
    positions
        Their positions among all of the engine's.
    bits
        What conditions look at, by the name of the geofence rule.
    """

    __slots__ = (
        "_asked",
        "_columns",
        "_count",
        "_dwells",
        "_found",
        "_heads",
        "_known",
        "_patterns",
        "_pool",
        "_rules_of",
        "_sets",
        "_standings",
        "_timetable",
        "rules",
    )

    def __init__(self, rules: Sequence[Geofence], positions: Sequence[int], bits: Mapping[str, int]) -> None:
        self.rules = tuple(rules)
        fence_sets, fence_set = numbered([rule.fence_set for rule in rules])
        self._sets = tuple(each.packed for each in fence_sets)
        self._timetable = Timetable([rule.window for rule in rules])
        self._columns = fence_rules(rules, fence_set, self._timetable.of_rule, bits=bits)
        self._columns["rule"] = positions
        asked = self._columns["holds"] != 0
        self._asked = frozenset(fence_set[asked].tolist())  # sets of rules that a condition names
        self._dwells = any(rule.dwell_s is not None for rule in rules)
        self._patterns = [number for number, rule in enumerate(rules) if rule.is_pattern]
        self._rules_of: dict[str, list[int]] = {}
        for number, rule in enumerate(rules):
            if not rule.is_pattern:
                self._rules_of.setdefault(rule.device, []).append(number)
        self._known = 0  # devices
        self._count = 0  # standings
        self._heads = np.empty(0, dtype=np.int32)  # (D,) each device's first standing
        self._standings = fresh_standings(0)
        self._pool = fresh_pool(_FIRST_MEMBERS)
        self._found = np.empty(_FIRST_FOUND, dtype=np.int64)

    def know(self, names: Sequence[str]) -> None:
        """Take in devices that are new, in the order of their rows."""
        for row, name in enumerate(names, self._known):
            following = NOBODY
            for number in reversed(self._about(name)):
                following = self._stand(row, number, following)
            if row == len(self._heads):
                self._heads = np.concatenate([self._heads, np.empty(max(16, row), dtype=np.int32)])
            self._heads[row] = following
        self._known += len(names)

    def judge(
        self, fixes: Rows, first: Index, devices: Index, before: Rows
    ) -> tuple[Rows, tuple[Journal, ...]]:
        """Fold accepted fixes, device by device (`judge_fences`); gives events and old members."""
        if not self._sets:
            return _NOTHING_SAID, ()
        self._timetable.learn(fixes["time"])
        said = Said(_NOTHING_SAID, 0, self._pool, self._found)
        journals = []
        columns, openings = self._columns, self._timetable.openings
        try:
            for number, fences in enumerate(self._sets):
                if number not in self._asked and nothing_matters(
                    fixes, first, devices, self._heads, self._standings, number, columns, openings
                ):
                    continue
                ground = Ground(number, columns, fences, openings)
                said, journal = judge_fences(
                    fixes, first, devices, before, self._heads, self._standings, ground, Said(*said)
                )
                self._pool, self._found = said.pool, said.found
                journals.append(journal)
        except BaseException:
            self.put_back(journals)
            raise
        return said.events[: said.filled], tuple(journals)

    def due(self, now: float, states: Rows) -> tuple[Index, Floats]:
        """Give the standings whose stays are due at a wall time, and up to which event time each."""
        if not self._dwells:
            return _NO_INDEX, _NO_TIMES
        numbers = np.flatnonzero(self._wakes(states) <= now)  # never where now is NaN
        return numbers, now - np.maximum(states["lag_s"][self.devices_of(numbers)], 0.0)

    def due_of_device(self, device: int, until: float) -> tuple[Index, Floats]:
        """Give the standings of a device whose stays are due up to an event time, and that time for each."""
        some = [number for number in self.of_device(device) if self._standings[number]["due"] <= until]
        return np.array(some, dtype=np.int64), np.full(len(some), until)

    def fire(self, numbers: Index, until: Floats, states: Rows) -> tuple[Rows, tuple[Journal, ...]]:
        """Say which standings have stayed in a fence up to `until`, each its own; (N,) both."""
        if not len(numbers):
            return _NOTHING_SAID, ()
        journal = self._copied(numbers)
        said = Said(_NOTHING_SAID, 0, self._pool, self._found)
        fence_set = self._columns["fence_set"][self._standings["rule"][numbers]]
        for number in np.unique(fence_set).tolist():
            ground = Ground(number, self._columns, self._sets[number], self._timetable.openings)
            some = fence_set == number
            said = fire_stays(numbers[some], until[some], self._standings, states, ground, Said(*said))
        return said.events[: said.filled], (journal,)

    def wake(self, states: Rows) -> float:
        """Give the wall time at which a stay is due; infinite if none is."""
        return float(self._wakes(states).min(initial=np.inf)) if self._dwells else np.inf

    def devices_of(self, numbers: Index) -> Index:
        """Give the devices' rows of standings."""
        return self._standings["device"][numbers].astype(np.int64)

    def _wakes(self, states: Rows) -> Floats:
        standings = self._standings[: self._count]
        wakes: Floats = standings["due"] + np.maximum(states["lag_s"][standings["device"]], 0.0)
        return wakes

    @property
    def standings(self) -> int:
        """How many there are."""
        return self._count

    def put_back(self, journals: Sequence[Journal]) -> None:
        """Undo `judge`: the newest first."""
        for journal in reversed(journals):
            for at, number in enumerate(journal.numbers.tolist()):
                members = journal.members[journal.first[at] : journal.first[at + 1]]
                self._pool = linked(self._pool, self._standings, number, members)
                self._set_head(number, journal.standings[at])

    def taken(self, devices: Index) -> Journal:
        """Give a copy of the standings of devices, and of their members."""
        numbers = [number for device in devices.tolist() for number in self.of_device(device)]
        return self._copied(np.array(numbers, dtype=np.int64))

    def _copied(self, numbers: Index) -> Journal:
        members, first = _NO_MEMBERS, np.zeros(len(numbers) + 1, dtype=np.int64)
        for at, number in enumerate(numbers.tolist()):
            members, first[at + 1] = copied(self._pool, self._standings[number], members, first[at])
        return Journal(numbers, take_rows(self._standings, numbers), first, members[: first[-1]])

    def of_device(self, device: int) -> list[int]:
        """Give the numbers of a device's standings."""
        numbers, number = [], int(self._heads[device]) if device < self._known else NOBODY
        while number != NOBODY:
            numbers.append(number)
            number = int(self._standings[number]["following"])
        return numbers

    def forget_beyond(self, devices: int, standings: int) -> None:
        """Forget all devices but the first; their members are gone already."""
        self._standings[standings : self._count] = fresh_standings(self._count - standings)
        self._known, self._count = devices, standings

    def saved(self, roster: Roster, numbers: Sequence[int]) -> list[tuple[RuleKey, bytes]]:
        """Give what is saved of standings."""
        if not len(numbers):
            return []
        index = np.asarray(numbers, dtype=np.int64)
        data = as_bytes(*gathered(self._pool, self._standings, index))
        keys = [self._key(roster, number) for number in index.tolist()]
        return list(zip(keys, data, strict=True))

    def take_over(self, saved: dict[RuleKey, bytes], roster: Roster, *, whole: bool) -> list[str]:
        """Take over saved standings where rule, device and fences are the same; says what was not."""
        if not saved:
            return []
        standing_of = {self._key(roster, number)[:2]: number for number in range(self._count)}
        notes = []
        for key, data in saved.items():
            number = standing_of.get(key[:2])
            if number is None:
                notes.append(f"{_says(key)} is not configured any more: its state is dropped")
            elif self._key(roster, number) != key or not whole:
                why = "its fences have changed" if whole else "its state was saved in another layout"
                notes.append(f"{_says(key)} begins anew: {why}")
                self._begin_anew(number, visits_of(data))
            else:
                self._restore(number, key, data)
        return notes

    def everyone(self) -> range:
        """Give the numbers of all standings."""
        return range(self._count)

    def _begin_anew(self, number: int, visits: int) -> None:
        """Forget a standing but for its visits: no later one has an older one's number."""
        fresh = fresh_standings(1)[0]
        fresh["visits"] = visits
        self._pool = linked(self._pool, self._standings, number, _NO_MEMBERS)
        self._set_head(number, fresh)

    def _restore(self, number: int, key: RuleKey, data: bytes) -> None:
        head, members = from_bytes(data)
        fences = len(self.rules[self._standings[number]["rule"]].fence_set)
        if not ((members["fence"] >= 0) & (members["fence"] < fences)).all():
            raise StateError(f"saved state of {key!r} has a fence that does not exist")
        self._pool = linked(self._pool, self._standings, number, members)
        self._set_head(number, head)

    def _set_head(self, number: int, head: np.void) -> None:
        for field in ("visits", "window_closes", "last_time"):
            self._standings[number][field] = head[field]
        if self._dwells:
            standing = self._standings[number]
            standing["due"] = due_of(standing, self._columns[standing["rule"]], self._pool)

    def _about(self, name: str) -> list[int]:
        if is_pair(name):  # a pattern is about devices
            return []
        matching = [number for number in self._patterns if self.rules[number].is_about(name)]
        numbers = sorted(self._rules_of.get(name, []) + matching)
        # Where two patterns of one name meet in a device, the first judges it.
        first = {self.rules[number].name: number for number in reversed(numbers)}
        return [number for number in numbers if first[self.rules[number].name] == number]

    def _stand(self, device: int, rule: int, following: int) -> int:
        number = self._count
        if number == len(self._standings):
            self._standings = np.concatenate([self._standings, fresh_standings(max(16, number))])
        row = self._standings[number]
        row["device"], row["rule"], row["following"] = device, rule, following
        self._count += 1
        return number

    def _key(self, roster: Roster, number: int) -> RuleKey:
        row = self._standings[number]
        rule = self.rules[row["rule"]]
        return RuleKey(rule.name, roster.name(row["device"]), rule.fingerprint)


def _says(key: RuleKey) -> str:
    return f'rule "{key.rule}" of device "{key.device}"'


def begun_anew(journal: Journal) -> Journal:
    """Give the same standings as they are before the first fix."""
    fresh = fresh_standings(len(journal.numbers))
    for name in ("device", "rule", "following"):
        fresh[name] = journal.standings[name]
    return Journal(journal.numbers, fresh, np.zeros(len(fresh) + 1, dtype=np.int64), _NO_MEMBERS)
