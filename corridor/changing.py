"""Fences that come and go: an R-tree with insert and delete, the same answers as a frozen set.

A set that stays as it is, for streams, is ``fence_set.py``.
"""

from collections.abc import Hashable

import numpy as np

from corridor.ellipsoid import Floats
from corridor.errors import FenceError
from corridor.fence import Fence
from corridor.frame import geocentric_xyz
from corridor.index import SLACK_M, BoxIndex
from corridor.lent import lent
from corridor.places import placed


class ChangingFences:
    """A set of fences under keys, to which fences are added and taken from while it is in use.

    One thread at a time, as for every R-tree of this room.

    Examples
    --------
    >>> fences = ChangingFences()
    >>> fences.insert("school", Fence.circle(16.37, 48.21, 150))
    >>> fences.insert("village", Fence.circle(16.37, 48.21, 900))
    >>> fences.containing(16.371, 48.21), fences.containing(16.38, 48.21)
    (['school', 'village'], ['village'])
    >>> fences.delete("school")
    >>> fences.containing(16.371, 48.21)
    ['village']
    """

    def __init__(self) -> None:
        self._index = BoxIndex()
        self._fences: dict[int, tuple[Hashable, Fence]] = {}
        self._number: dict[Hashable, int] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._number)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._number

    def insert(self, key: Hashable, fence: Fence) -> None:
        """Add a fence under a key that is free.

        Raises
        ------
        FenceError
            There is a fence of that key already.
        """
        if key in self._number:
            raise FenceError(f"there is a fence {key!r} already; delete it first")
        number, self._next = self._next, self._next + 1
        self._index.insert(number, _box(fence))
        self._number[key] = number
        self._fences[number] = (key, fence)

    def delete(self, key: Hashable) -> None:
        """Remove a fence; KeyError if there is none of that key."""
        number = self._number.pop(key)
        self._index.delete(number)
        del self._fences[number]

    def containing(self, lon: float, lat: float) -> list[Hashable]:
        """Give the keys of the fences that contain a place, edges included, in order of insertion.

        Raises
        ------
        FixError
            The place is NaN, infinite or out of range.
        """
        (x,), (y,), _ = placed(lon, lat)
        at = geocentric_xyz(x, y)[0]
        near = self._index.touching(np.concatenate([at, at]))
        return [key for key, fence in map(self._fences.__getitem__, near) if fence.contains(x, y)]


def _box(fence: Fence) -> Floats:
    """Give the box round the ball of a fence, which holds all of its surface; (6,)."""
    entry = lent(fence.packed)["entries"][0]
    middle = np.array([entry["x"], entry["y"], entry["z"]])
    reach_m = float(entry["r"]) + SLACK_M
    return np.concatenate([middle - reach_m, middle + reach_m])
