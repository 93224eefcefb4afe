"""Openings of windows as columns: what a compiled loop looks instants up in.

What a window is, is ``schedule.py`` and ``window.py``.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled
from rules.schedule import BLOCK_S, Schedule

Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

_BLOCKS_KEPT = 256  # twenty years; what a device's odd clock asks for beyond is not kept for long
ALWAYS = -1  # the window of a rule that has none


class Openings(NamedTuple):
    """Openings of W windows, those of window w at ``first[w] : first[w + 1]``, in order of time."""

    first: Index  # (W + 1,)
    opens: Floats
    closes: Floats
    known: Floats  # (2 K,) begin and end of each stretch of time of which all openings are here, ascending


class Timetable:
    """The windows of many rules; openings are worked out for the weeks that are asked for, and kept."""

    __slots__ = ("_blocks", "_near", "_windows", "of_rule", "openings")

    def __init__(self, of_rules: Sequence[Schedule | None]) -> None:
        codes: dict[Schedule, int] = {}
        self.of_rule: Index = np.array(  # (R,) the window's number, or ALWAYS
            [ALWAYS if window is None else codes.setdefault(window, len(codes)) for window in of_rules],
            dtype=np.int64,
        )
        self._windows = tuple(codes)
        self._blocks: dict[int, npt.NDArray[np.float64]] = {}  # (M, 3) window, opens, closes
        self._near = (np.inf, np.inf)  # within these, everything is known that may be asked for
        self.openings = self._columns()

    def __bool__(self) -> bool:
        return bool(self._windows)

    def learn(self, time: Floats) -> None:
        """Work out the openings about (N,) instants that are not known yet, and of 32 days and more after."""
        if not self._windows or not len(time):
            return
        low, high = (time[0], time[0]) if len(time) == 1 else (time.min(), time.max())
        if self._near[0] <= low and high < self._near[1]:  # a live fix pays no more than this
            return
        asked = _blocks(time)
        if not asked <= self._blocks.keys():
            kept = self._blocks if len(self._blocks) < _BLOCKS_KEPT else {}
            new = {block: self._of_block(block) for block in asked - kept.keys()}
            self._blocks = kept | new
            self.openings = self._columns()
        block = low // BLOCK_S
        self._near = (block * BLOCK_S, (block + 1) * BLOCK_S)

    def known_until(self, time: float) -> float:
        """Give until when, from an instant on, every opening is known; a timer looks again then.

        UTC seconds; infinite if no rule has a window, and `time` itself if it was not learnt.
        """
        return known_until(self.openings, time) if self._windows else np.inf

    def _of_block(self, block: int) -> npt.NDArray[np.float64]:
        rows = [
            (number, *opening)
            for number, window in enumerate(self._windows)
            for opening in window.openings(block)
        ]
        return np.array(rows, dtype=np.float64).reshape(-1, 3)

    def _columns(self) -> Openings:
        blocks = sorted(self._blocks)
        rows = np.concatenate([np.empty((0, 3)), *(self._blocks[block] for block in blocks)])
        # An opening that touches several blocks is there for each of them.
        number, opens, closes = rows[np.lexsort((rows[:, 1], rows[:, 0]))].T
        fresh = np.ones(len(rows), dtype=bool)
        fresh[1:] = (number[1:] != number[:-1]) | (opens[1:] != opens[:-1])
        counts = np.bincount(number[fresh].astype(np.int64), minlength=len(self._windows))
        first = np.concatenate([[0], np.cumsum(counts)])
        return Openings(first, opens[fresh], closes[fresh], _stretches(blocks))


def _blocks(time: Floats) -> set[int]:
    """Give the blocks of instants, and those after them."""
    blocks = np.unique(time // BLOCK_S).astype(np.int64)
    return set(chain(blocks.tolist(), (blocks + 1).tolist()))


def _stretches(blocks: Iterable[int]) -> Floats:
    borders: list[float] = []
    for block in blocks:
        if borders and borders[-1] == block * BLOCK_S:
            borders.pop()
        else:
            borders.append(block * BLOCK_S)
        borders.append((block + 1) * BLOCK_S)
    return np.array(borders, dtype=np.float64)


@compiled
def closes_after(openings: Openings, window: int, time: float) -> float:
    """Give the close of the opening in which an instant lies; NaN outside, infinite without a window."""
    if window == ALWAYS:
        return np.inf
    at = _last_opened(openings, window, time)
    if at < openings.first[window] or time >= openings.closes[at]:
        return np.nan
    return float(openings.closes[at])


@compiled
def next_opening(openings: Openings, window: int, time: float) -> tuple[float, float]:
    """Give the first opening that closes after an instant, as (opens, closes).

    NaN, NaN if none is known up to `known_until` of the instant; minus infinity, infinity without a window.
    """
    if window == ALWAYS:
        return -np.inf, np.inf
    at = _last_opened(openings, window, time)
    if at >= openings.first[window] and time < openings.closes[at]:
        return float(openings.opens[at]), float(openings.closes[at])
    at += 1
    if at < openings.first[window + 1] and openings.opens[at] < known_until(openings, time):
        return float(openings.opens[at]), float(openings.closes[at])
    return np.nan, np.nan


@compiled
def nearest_opening(openings: Openings, window: int, time: float) -> float:
    """Give when an opening opens, of those known that which does so nearest to an instant; NaN if none is."""
    at = _last_opened(openings, window, time)
    before = openings.opens[at] if at >= openings.first[window] else -np.inf
    after = openings.opens[at + 1] if at + 1 < openings.first[window + 1] else np.inf
    nearest = before if time - before <= after - time else after
    return float(nearest) if np.isfinite(nearest) else np.nan


@compiled
def known_until(openings: Openings, time: float) -> float:
    """Give until when every opening from an instant on is known; the instant itself if it was not learnt."""
    for at in range(0, openings.known.size, 2):
        if openings.known[at] <= time < openings.known[at + 1]:
            return float(openings.known[at + 1])
    return time


@compiled
def known_from(openings: Openings, time: float) -> float:
    """Give the first instant after one that was not learnt of which openings are known; infinite: none."""
    for at in range(0, openings.known.size, 2):
        if openings.known[at] > time:
            return float(openings.known[at])
    return np.inf


@compiled
def _last_opened(openings: Openings, window: int, time: float) -> int:
    """Give the position of the last opening that has opened; that before the window's first, if none has."""
    low, high = openings.first[window], openings.first[window + 1]
    while low < high:
        middle = (low + high) // 2
        if openings.opens[middle] <= time:
            low = middle + 1
        else:
            high = middle
    return int(low - 1)
