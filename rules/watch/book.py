"""Watching rules as columns, and the corridors, fences and points that they share.

Which field holds which number of a kind is that kind's file; where a device stands is ``ledger.py``.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from corridor.corridor import Corridor
from corridor.corridors import CorridorSet
from corridor.fence_set import FenceSet
from corridor.path import Path
from corridor.tables import PackedCorridors
from rules.events import Rows
from rules.watch.row import POINT, WATCH_RULE

if TYPE_CHECKING:
    from rules.watch.kinds import AnyWatch

Index = npt.NDArray[np.int64]


class Shelf:
    """What rules share: each corridor and set of fences once, by number."""

    __slots__ = ("_corridors", "_fence_sets", "_points")

    def __init__(self) -> None:
        self._corridors: dict[Corridor, int] = {}
        self._fence_sets: dict[FenceSet, int] = {}
        self._points: list[tuple[float, float, int]] = []

    def corridor(self, corridor: Corridor) -> int:
        """Give the number of a corridor."""
        return self._corridors.setdefault(corridor, len(self._corridors))

    def fence_set(self, fences: FenceSet) -> int:
        """Give the number of a set of fences."""
        return self._fence_sets.setdefault(fences, len(self._fence_sets))

    def points(self, points: Sequence[tuple[float, float, int]]) -> tuple[int, int]:
        """Keep rows of POINT, in order along their path, and give where they begin and end."""
        first = len(self._points)
        self._points += points
        return first, len(self._points)

    def lines(self) -> PackedCorridors:
        """Give the corridors packed; where there is none, one that no rule asks for."""
        nowhere = [] if self._corridors else [Corridor(Path([0.0, 0.001], [0.0, 0.0]), 1.0)]
        return CorridorSet([*self._corridors, *nowhere]).packed

    def packed_fences(self) -> Rows:
        """Give the sets of fences, a loan a row; where there is none, one that no rule asks for."""
        nowhere = [] if self._fence_sets else [FenceSet.from_arrays([0.0], [0.0], 1.0)]
        loans = [fences.packed for fences in (*self._fence_sets, *nowhere)]
        return np.array(loans, dtype=loans[0].dtype)

    def all_points(self) -> Rows:
        """Give the points as one column."""
        return np.array(self._points, dtype=POINT)


def watch_rules(rules: "Sequence[AnyWatch]", shelf: Shelf, windows: Index) -> Rows:
    """Give rules as columns, (R,) of WATCH_RULE; `windows` are (2 R,) their own, then their departures."""
    rows = np.zeros(len(rules), WATCH_RULE)
    rows["corridor"] = rows["fence_set"] = -1
    rows["default_accuracy_m"] = -1.0
    rows["window"], rows["departs"] = windows[: len(rules)], windows[len(rules) :]
    for row, rule in zip(rows, rules, strict=True):
        rule.fill(row, shelf)
    return rows
