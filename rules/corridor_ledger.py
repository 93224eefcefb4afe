"""The deviation rules of an engine, and where each device stands under them.

The deciding is ``judge_corridor.py``; this file keeps its columns together and puts old rows back.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from corridor.corridors import CorridorSet
from rules.deviation import Deviation
from rules.events import EVENT, FIRST_EVENTS, Rows
from rules.judge_corridor import close_windows, judge_corridors, set_wakes
from rules.ledger import Folded, Ledger
from rules.roster import Index
from rules.rulebook import corridor_rules, numbered
from rules.snapshot import RuleKey, of_path
from rules.state import fresh_rule_rows, take_rows
from rules.table import ALARM_PHASES, Phase
from rules.timetable import Floats, Timetable

_NO_INDEX = np.empty(0, dtype=np.int64)
_NOTHING_SAID = np.empty(0, EVENT)


NOTHING_FOLDED = Folded(_NO_INDEX, fresh_rule_rows(0), fresh_rule_rows(0))


class CorridorLedger(Ledger):
    """Deviation rules as columns, one row of state for each path of a rule.

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

    __slots__ = ("_fingerprints", "_lines", "_timetable", "rules")

    def __init__(
        self,
        rules: Sequence[Deviation],
        positions: Sequence[int],
        of_rule: Index,
        bits: Mapping[str, int],
    ) -> None:
        paths = np.array([len(rule.corridors) for rule in rules], dtype=np.int64)
        self.rules = tuple(rule for rule in rules for _ in rule.corridors)  # (R,) one a row, all that follow
        corridors, corridor = numbered([corridor for rule in rules for corridor in rule.corridors])
        self._fingerprints = tuple(each.fingerprint for each in corridors)
        self._lines = CorridorSet(corridors).packed if corridors else None
        self._timetable = Timetable([rule.window for rule in self.rules])
        path = [number for count in paths.tolist() for number in range(count)]
        columns = corridor_rules(self.rules, path, corridor, self._timetable.of_rule, bits=bits)
        columns["rule"] = np.repeat(np.array(positions, dtype=np.int64), paths)
        super().__init__(columns, fresh_rule_rows(len(self.rules)), np.repeat(of_rule, paths))

    def judge(self, fixes: Rows, first: Index, devices: Index, states: Rows) -> tuple[Rows, Folded]:
        """Fold accepted fixes, device by device (`judge_corridors`); gives events and old rows."""
        if self._lines is None:
            return _NOTHING_SAID, NOTHING_FOLDED
        self._know(len(states))
        self._timetable.learn(fixes["time"])
        events, said, numbers, before, after = judge_corridors(
            fixes,
            first,
            devices,
            self._book,
            self.rows,
            self._lines,
            self._timetable.openings,
            np.empty(FIRST_EVENTS, EVENT),
        )
        self.set_wakes(numbers, states)
        return events[:said], Folded(numbers, before, after)

    def fire(self, numbers: Index, until: Floats, states: Rows) -> tuple[Rows, Folded]:
        """Close the open windows of rules that close up to `until`, each its own; (N,) both."""
        rows = self.rows[numbers]
        closing = (rows["window_open"] == 1) & (rows["window_closes"] <= until)
        due = numbers[closing & (rows["phase"] != Phase.NOT_STARTED)]
        due = due[np.argsort(self.rows["window_closes"][due], kind="stable")]
        before = take_rows(self.rows, due)
        events = np.empty(len(due), EVENT)
        count = close_windows(due, self._book, self.rows, events)
        self.set_wakes(due, states)
        return events[:count], Folded(due, before, take_rows(self.rows, due))

    def set_wakes(self, numbers: Index, states: Rows) -> None:
        """Work out the timers of rules anew."""
        if self._timetable:
            set_wakes(numbers, self.rows, states, self.of_rule, self.wake)

    def take_over(self, row: int, saved: np.void, *, whole: bool) -> None:
        """Take over a saved row; of a foreign one just the count of its episodes."""
        if not whole:
            self.rows[row] = fresh_rule_rows(1)[0]
            self.rows[row]["episode"] = self.rows[row]["episodes"] = saved["episodes"]
            return
        self.rows[row] = saved
        if self.rules[row].window is None:  # it may have had one: nothing closes it any more
            self.rows[row]["window_open"] = 0

    def open_alarms(self) -> Index:
        """Give the numbers of the rules whose alarm is open."""
        return np.flatnonzero(np.isin(self.rows["phase"], [*map(int, ALARM_PHASES)]))

    def key(self, row: int) -> RuleKey:
        """Give the name of a row; made when asked for, as a million rules have as many."""
        rule, of_row = self.rules[row], self._book.rules[row]
        if of_row["paths"] == 1:
            return RuleKey(rule.name, rule.device, self._fingerprints[of_row["corridor"]])
        return RuleKey(of_path(rule.name, int(of_row["path"])), rule.device, rule.fingerprint)
