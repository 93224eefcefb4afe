"""Openings of windows as columns: what a compiled loop looks instants up in.

What a window is, is ``window.py``.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled
from rules.window import BLOCK_S, Window

Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

_BLOCKS_KEPT = 256  # twenty years; what a device's odd clock asks for beyond is not kept for long
ALWAYS = -1  # the window of a rule that has none


class Openings(NamedTuple):
    """Openings of W windows, those of window w at ``first[w] : first[w + 1]``, in order of time."""

    first: Index  # (W + 1,)
    opens: Floats
    closes: Floats


class Timetable:
    """The windows of many rules; openings are worked out for the weeks that are asked for, and kept."""

    __slots__ = ("_known", "_windows", "of_rule", "openings")

    def __init__(self, of_rules: Sequence[Window | None]) -> None:
        codes: dict[Window, int] = {}
        self.of_rule: Index = np.array(  # (R,) the window's number, or ALWAYS
            [ALWAYS if window is None else codes.setdefault(window, len(codes)) for window in of_rules],
            dtype=np.int64,
        )
        self._windows = tuple(codes)
        self._known: set[int] = set()
        self.openings = self._columns(set())

    def __bool__(self) -> bool:
        return bool(self._windows)

    def learn(self, time: Floats) -> None:
        """Work out the openings about (N,) instants that are not known yet."""
        if not self._windows:
            return
        blocks = {int(time[0] // BLOCK_S)} if len(time) == 1 else set(_blocks(time).tolist())
        if not blocks <= self._known:
            kept = self._known if len(self._known) < _BLOCKS_KEPT else set()
            openings = self._columns(kept | blocks)
            self._known, self.openings = kept | blocks, openings

    def _columns(self, known: set[int]) -> Openings:
        opens: list[float] = []
        closes: list[float] = []
        first = [0]
        # an opening is kept with the block in which it opens, and may reach into the next
        blocks = sorted({each for block in known for each in (block - 1, block)})
        for window in self._windows:
            for block in blocks:
                starts, ends = window.openings(block)
                opens += starts
                closes += ends
            first.append(len(opens))
        return Openings(
            np.array(first), np.array(opens, dtype=np.float64), np.array(closes, dtype=np.float64)
        )


def _blocks(time: Floats) -> Index:
    return np.unique(time // BLOCK_S).astype(np.int64)


@compiled
def closes_after(openings: Openings, window: int, time: float) -> float:
    """Give the close of the opening in which an instant lies; NaN outside, infinite without a window."""
    if window == ALWAYS:
        return np.inf
    low, high = openings.first[window], openings.first[window + 1]
    begin = low
    while low < high:
        middle = (low + high) // 2
        if openings.opens[middle] <= time:
            low = middle + 1
        else:
            high = middle
    if low == begin or time >= openings.closes[low - 1]:
        return np.nan
    return float(openings.closes[low - 1])
