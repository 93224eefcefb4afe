"""Which row a device has, and its state.

Devices without a rule have a row too: a duplicate is a duplicate whether a rule looks at it or not. What the
rows mean is ``state.py`` and ``admission.py``; which rules a device has, each ledger knows.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from rules.state import Rows, fresh_device_rows

Index = npt.NDArray[np.int64]


class Roster:
    """The devices of an engine: those that its rules name first, others as their fixes come."""

    __slots__ = ("_names", "_row_of", "_rows")

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(dict.fromkeys(names))
        self._row_of = {name: row for row, name in enumerate(self._names)}
        self._rows = fresh_device_rows(len(self._names))

    def __len__(self) -> int:
        return len(self._names)

    @property
    def rows(self) -> Rows:
        """The devices' states, and perhaps fresh ones behind them; changes go through it."""
        return self._rows

    def name(self, row: int) -> str:
        """Give the name of a row."""
        return self._names[row]

    def names(self, rows: Iterable[int]) -> tuple[str, ...]:
        """Give the names of rows."""
        return tuple([self._names[row] for row in rows])

    def row(self, name: str) -> int:
        """Give the row of a device; one that was never heard of gets a fresh one."""
        known = self._row_of.get(name)
        if known is not None:
            return known
        row = len(self._names)
        if row == len(self._rows):
            self._rows = np.concatenate([self._rows, fresh_device_rows(max(16, row))])
        self._row_of[name] = row
        self._names.append(name)
        return row

    def forget_beyond(self, count: int) -> None:
        """Forget all devices but the first `count`."""
        if count == len(self._names):
            return
        for name in self._names[count:]:
            del self._row_of[name]
        self._rows[count : len(self._names)] = fresh_device_rows(len(self._names) - count)
        del self._names[count:]
