"""Which row a device has, its state, and which rules are its own.

Devices without a rule have a row too: a duplicate is a duplicate whether a rule looks at it or not. What the
rows mean is ``state.py`` and ``admission.py``.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from corridor.batch import FixBatch
from corridor.uncertainty import default_accuracy_m
from rules.admission import FIX_COLUMNS
from rules.grouped import Index, distinct
from rules.state import Rows, fresh_device_rows


class Roster:
    """The devices of an engine: those of its rules first, others as their fixes come.

    Parameters
    ----------
    of_rules
        (R,) the device of each rule.
    """

    __slots__ = ("_first", "_names", "_row_of", "_rows", "of_rule", "order")

    def __init__(self, of_rules: Sequence[str]) -> None:
        self._row_of: dict[str, int] = {}
        self.of_rule: Index = np.array(  # (R,) row of each rule's device
            [self._row_of.setdefault(name, len(self._row_of)) for name in of_rules], dtype=np.int64
        )
        self._names = list(self._row_of)
        self._rows = fresh_device_rows(len(self._names))
        # rules by device: those of row d are order[first[d]:first[d + 1]]
        self.order: Index = np.argsort(self.of_rule, kind="stable")
        counts = np.bincount(self.of_rule, minlength=len(self._names))
        self._first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    def __len__(self) -> int:
        return len(self._names)

    @property
    def rows(self) -> Rows:
        """The devices' states; changes go through it."""
        return self._rows[: len(self._names)]

    @property
    def first(self) -> Index:
        """Where in `order` the rules of each device begin; one longer than `rows`."""
        return self._first[: len(self._names) + 1]

    def names(self, rows: Iterable[int]) -> tuple[str, ...]:
        """Give the names of rows."""
        return tuple(self._names[row] for row in rows)

    def row(self, name: str) -> int:
        """Give the row of a device; one that was never heard of gets a fresh one."""
        known = self._row_of.get(name)
        if known is not None:
            return known
        row = len(self._names)
        if row == len(self._rows):
            self._grow()
        self._row_of[name] = row
        self._names.append(name)
        return row

    def forget_beyond(self, count: int) -> None:
        """Forget all devices but the first `count`."""
        for name in self._names[count:]:
            del self._row_of[name]
        self._rows[count : len(self._names)] = fresh_device_rows(len(self._names) - count)
        del self._names[count:]

    def encode(self, batch: FixBatch) -> tuple[Rows, Index]:
        """Give a batch as FIX_COLUMNS and the rows of its devices, each once, in order."""
        codes = distinct(batch.device, len(batch.devices))
        row_of_code = np.empty(len(batch.devices), dtype=np.int64)
        row_of_code[codes] = [self.row(batch.devices[code]) for code in codes.tolist()]
        fixes = np.empty(len(batch), FIX_COLUMNS)
        fixes["device"] = row_of_code[batch.device]
        fixes["time"] = batch.time
        fixes["lon"] = batch.lon
        fixes["lat"] = batch.lat
        fixes["accuracy_m"] = _accuracies(batch)
        return fixes, np.sort(row_of_code[codes])

    def _grow(self) -> None:
        spare = max(16, len(self._rows))
        self._rows = np.concatenate([self._rows, fresh_device_rows(spare)])
        self._first = np.concatenate([self._first, np.full(spare, len(self.order))])


def _accuracies(batch: FixBatch) -> npt.NDArray[np.float64]:
    """Give the 95 % radii; where none is stated, minus the default of the method."""
    stated = batch.accuracy_m
    missing = np.isnan(stated)
    if not missing.any():
        return stated
    # a method that is not stated has code -1: the last
    defaults = np.array([-default_accuracy_m(method) for method in (*batch.methods, None)])
    return np.where(missing, defaults[batch.method], stated)
