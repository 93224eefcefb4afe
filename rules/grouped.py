"""What many rules share (a corridor, a window), so that a batch asks each of them once.

Knows neither what is shared nor what is asked.
"""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

Thing = TypeVar("Thing", bound=Hashable)
Index = npt.NDArray[np.int64]

_NONE = -1


class Grouped(Generic[Thing]):
    """One thing, or none, for each rule; equal things are one.

    Parameters
    ----------
    of_rules
        (R,) the thing of each rule.
    """

    __slots__ = ("_code", "_things")

    def __init__(self, of_rules: Sequence[Thing | None]) -> None:
        codes: dict[Thing, int] = {}
        column = [_NONE if thing is None else codes.setdefault(thing, len(codes)) for thing in of_rules]
        self._code = np.array(column, dtype=np.int64)
        self._things = tuple(codes)

    def __bool__(self) -> bool:
        return bool(self._things)

    def groups(self, rules: Index) -> Iterator[tuple[Thing, Index]]:
        """Give each thing that some of `rules` have, with the positions within `rules`; (N,) in order."""
        code = self._code[rules]
        if len(code) == 1 or (code == code[:1]).all():
            cuts = [np.arange(len(code))] if len(code) else []
        else:
            order = np.argsort(code, kind="stable")
            cuts = np.split(order, np.flatnonzero(np.diff(code[order])) + 1)
        for positions in cuts:
            shared = int(code[positions[0]])
            if shared != _NONE:
                yield self._things[shared], positions


def distinct(values: npt.NDArray[np.integer[Any]], size: int) -> Index:
    """Give the distinct values, in order, of numbers less than `size`."""
    if len(values) <= 1:
        return values.astype(np.int64)
    if 16 * len(values) < size:
        return np.unique(values).astype(np.int64)
    seen = np.zeros(size, dtype=bool)
    seen[values] = True
    return np.flatnonzero(seen)
