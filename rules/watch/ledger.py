"""The watching rules of an engine, and where each device stands under them.

The deciding is ``kernel.py`` and the kinds; this file keeps columns together and puts old rows back.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from rules.condition import needs_of
from rules.events import EVENT, FIRST_EVENTS, Rows
from rules.ledger import Folded, Ledger
from rules.roster import Index
from rules.schedule import BLOCK_S
from rules.snapshot import RuleKey
from rules.state import take_rows
from rules.timetable import Floats, Timetable
from rules.watch.book import Shelf, watch_rules
from rules.watch.ground import Ground
from rules.watch.kernel import fire_watches, judge_watches, set_wakes
from rules.watch.kinds import AnyWatch
from rules.watch.row import fresh_watch_rows
from rules.watch.tables import IS_ALARM

_NO_INDEX = np.empty(0, dtype=np.int64)
_NOTHING_SAID = np.empty(0, EVENT)
_DAY_S = 86_400.0
_LONGEST_GAP_S = 200 * BLOCK_S  # seventeen years; windows within a longer silence are passed over

NOTHING_WATCHED = Folded(_NO_INDEX, fresh_watch_rows(0), fresh_watch_rows(0))


class WatchLedger(Ledger):
    """Watching rules as columns, one row of state a rule.

    Parameters
    ----------
    rules
        The rules.
    positions
        Their positions among all of the engine's.
    of_rule
        (R,) the row of each rule's device.
    bits
        What conditions look at, by the name of the geofence rule.
    """

    __slots__ = ("_ground", "_learnt", "_timetable", "rules")

    def __init__(
        self,
        rules: Sequence[AnyWatch],
        positions: Sequence[int],
        of_rule: Index,
        bits: Mapping[str, int],
    ) -> None:
        self.rules = tuple(rules)
        windows = [rule.window for rule in rules]
        self._timetable = Timetable([*windows, *(rule.departures for rule in rules)])
        shelf = Shelf()
        columns = watch_rules(rules, shelf, self._timetable.of_rule)
        columns["rule"] = positions
        for row, rule in zip(columns, rules, strict=True):
            row["needs_mask"], row["needs"] = needs_of(rule.condition, bits)
        super().__init__(columns, fresh_watch_rows(len(rules)), of_rule)
        self.wake[:] = -np.inf  # each row is to look for its window's first edge
        self._learnt: tuple[float, float] | None = None  # blocks of the last batch
        self._ground = Ground(
            shelf.lines(), shelf.packed_fences(), shelf.all_points(), self._timetable.openings
        )

    def judge(self, fixes: Rows, first: Index, devices: Index, states: Rows) -> tuple[Rows, Folded]:
        """Fold accepted fixes, device by device (`judge_watches`); gives events and old rows."""
        if not self.rules or not len(fixes):
            return _NOTHING_SAID, NOTHING_WATCHED
        self._know(len(states))
        self._learn(float(fixes["time"].min()), float(fixes["time"].max()))
        events, said, numbers, before, after = judge_watches(
            fixes, first, devices, self._book, self.rows, self._ground, np.empty(FIRST_EVENTS, EVENT)
        )
        self.set_wakes(numbers, states)
        return events[:said], Folded(numbers, before, after)

    def fire(self, numbers: Index, until: Floats, states: Rows) -> tuple[Rows, Folded]:
        """Fire the timers of rules that are due up to `until`, each its own; (N,) both."""
        if not len(numbers):
            return _NOTHING_SAID, NOTHING_WATCHED
        self._learn(float(until.min()), float(until.max()))
        before = take_rows(self.rows, numbers)
        events, said = fire_watches(
            numbers, until, self._book, self.rows, self._ground, np.empty(FIRST_EVENTS, EVENT)
        )
        self.set_wakes(numbers, states)
        return events[:said], Folded(numbers, before, take_rows(self.rows, numbers))

    def set_wakes(self, numbers: Index, states: Rows) -> None:
        """Work out the timers of rules anew."""
        set_wakes(numbers, self.rows, states, self.of_rule, self.wake)

    def take_over(self, row: int, saved: np.void, *, whole: bool) -> None:
        """Take over a saved row; of a foreign one just the count of its alarms."""
        self._learnt = None  # its edge may lie before all that is known
        if whole:
            self.rows[row] = saved
            return
        self.rows[row] = fresh_watch_rows(1)[0]
        self.rows[row]["episode"] = self.rows[row]["episodes"] = saved["episodes"]

    def open_alarms(self) -> Index:
        """Give the numbers of the rules whose alarm is open."""
        return np.flatnonzero(IS_ALARM[self._book.rules["table"], self.rows["phase"]])

    def key(self, row: int) -> RuleKey:
        """Give the name of a row."""
        rule = self.rules[row]
        return RuleKey(rule.name, rule.device, rule.fingerprint)

    def _learn(self, low: float, high: float) -> None:
        """Work out the openings between the earliest edge that waits and a while behind `high`."""
        span = low // BLOCK_S, high // BLOCK_S
        if not self._timetable or span == self._learnt:  # edges move on only as far as openings are known
            return
        self._learnt = span
        edges = self.rows["edge"][np.isfinite(self.rows["edge"])]
        since = max(min(low, float(edges.min(initial=np.inf))), high - _LONGEST_GAP_S)
        since -= _DAY_S  # a departure may be the day before
        self._timetable.learn(np.append(np.arange(since, high, BLOCK_S), high))
        self._ground = self._ground._replace(openings=self._timetable.openings)
