"""What ledgers of rules have in common: rows of state, whose they are, and when their timers are due.

Which rows a rule has, and what is decided with them, is each ledger's: ``corridor_ledger.py`` and
``watch/ledger.py``. Fences, which are sparse, have one of another kind (``fence_ledger.py``).
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np

from rules.events import Rows
from rules.roster import Index
from rules.state import put_rows, take_rows
from rules.timetable import Floats

_NO_INDEX = np.empty(0, dtype=np.int64)


class Book(NamedTuple):
    """What stays the same from batch to batch: the rules as columns, and whose they are."""

    rules: Rows  # (R,)
    first: Index  # (D + 1,) rules of device d: order[first[d] : first[d + 1]]
    order: Index


class Folded(NamedTuple):
    """Rows that were folded into, and what they held before and after."""

    numbers: Index
    before: Rows
    after: Rows


class Ledger(ABC):
    """Rules as columns, and their rows of state.

    Parameters
    ----------
    columns
        (R,) the rules.
    rows
        (R,) their states.
    of_rule
        (R,) the row of each rule's device.
    """

    __slots__ = ("_book", "of_rule", "rows", "wake")

    def __init__(self, columns: Rows, rows: Rows, of_rule: Index) -> None:
        self.rows, self.of_rule = rows, of_rule
        self.wake = np.full(len(rows), np.inf)  # (R,) wall time at which a timer is due
        order = np.argsort(of_rule, kind="stable")
        counts = np.bincount(of_rule, minlength=0)
        self._book = Book(columns, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), order)

    def due(self, now: float, states: Rows) -> tuple[Index, Floats]:
        """Give the rules whose timers are due at a wall time, and up to which event time each."""
        numbers = np.flatnonzero(self.wake <= now)  # never where now is NaN
        return numbers, now - np.maximum(states["lag_s"][self.of_rule[numbers]], 0.0)

    def of_device(self, device: int) -> Index:
        """Give the numbers of a device's rules."""
        first = self._book.first
        if device + 1 >= len(first):
            return _NO_INDEX
        return self._book.order[first[device] : first[device + 1]]

    def taken(self, devices: Index) -> Folded:
        """Give a copy of the rows of devices."""
        numbers = np.concatenate([_NO_INDEX, *map(self.of_device, devices.tolist())])
        rows = take_rows(self.rows, numbers)
        return Folded(numbers, rows, rows)

    def put_back(self, folded: Folded, states: Rows) -> None:
        """Let rows hold what they did before."""
        put_rows(self.rows, folded.numbers, folded.before)
        self.set_wakes(folded.numbers, states)

    @abstractmethod
    def set_wakes(self, numbers: Index, states: Rows) -> None:
        """Work out the timers of rules anew."""

    def _know(self, devices: int) -> None:
        """Make the book reach over all rows of devices."""
        first = self._book.first
        if len(first) <= devices:
            more = np.full(devices + 1 - len(first), first[-1])
            self._book = self._book._replace(first=np.concatenate([first, more]))
