"""Which rows of a batch are meant, and how a large batch is cut into shares of whole devices."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from corridor.batch import FixBatch
from rules.errors import StateError
from rules.roster import Index

_NO_INDEX = np.empty(0, dtype=np.int64)
_SHARE_FIXES = 16_384  # a megabyte of what is accepted


def rows_of(batch: FixBatch, rows: npt.ArrayLike) -> Index:
    """Give `rows` as compiled loops take them, who look at no bounds."""
    given = np.asarray(rows)
    if not given.size:
        return _NO_INDEX
    if given.ndim != 1 or given.dtype.kind not in "iu":
        raise StateError(f"rows are {given.dtype} of shape {given.shape}; (K,) whole numbers are needed")
    if given.min() < 0 or given.max() >= len(batch):
        raise StateError(f"rows are {given.min()} to {given.max()}; the batch has {len(batch)}")
    return given.astype(np.int64, copy=False)


def shares(first: Index) -> Iterator[tuple[int, int]]:
    """Cut devices into shares of a few fixes, so that what is accepted of one stays in the processor's cache.

    Gives positions in `first`, where the fixes of each device begin.
    """
    low, last = 0, len(first) - 1
    if first[last] - first[0] <= _SHARE_FIXES:
        yield 0, last
        return
    while low < last:
        high = int(np.searchsorted(first, first[low] + _SHARE_FIXES, side="right")) - 1
        high = min(max(high, low + 1), last)
        yield low, high
        low = high
