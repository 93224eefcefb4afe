"""Rings of many polygons as columns, unwrapped so that no edge leaps over the antimeridian.

Checking them is ``ring_faults.py``; telling inside from outside ``parity.py``.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from corridor.ellipsoid import Floats
from corridor.fence_arrays import Ints


class Rings(NamedTuple):
    """R rings of A polygons: exteriors and holes in any order, as even-odd decides.

    The inside is on the left of every ring.
    """

    lon: Floats  # (V,) unwrapped: within a ring no step is over 180 degrees
    lat: Floats  # (V,)
    first_vertex: Ints  # (R + 1,)
    first_ring: Ints  # (A + 1,)
    turns: Ints  # (R,) 1: round the north pole, -1: round the south pole, 0: round neither

    def north_of_areas(self) -> Ints:
        """Count the rings round the north pole of each polygon; (A,)."""
        if not len(self.turns):
            return np.zeros(len(self.first_ring) - 1, dtype=np.int64)
        return np.add.reduceat((self.turns > 0).astype(np.int64), self.first_ring[:-1])

    def take(self, areas: Ints) -> Self:
        """Give some of the polygons, in the order asked for."""
        first_ring, rings = _gathered(self.first_ring, areas)
        first_vertex, vertices = _gathered(self.first_vertex, rings)
        return self._replace(
            lon=self.lon[vertices],
            lat=self.lat[vertices],
            first_vertex=first_vertex,
            first_ring=first_ring,
            turns=self.turns[rings],
        )


def _gathered(first: Ints, groups: Ints) -> tuple[Ints, Ints]:
    """Give the offsets of groups in a new order, and which old members they then hold."""
    sizes = np.diff(first)[groups]
    new_first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    members = np.arange(new_first[-1]) + np.repeat(first[:-1][groups] - new_first[:-1], sizes)
    return new_first, members


_NOTHING = np.zeros(1, dtype=np.int64)
NO_RINGS = Rings(np.empty(0), np.empty(0), _NOTHING, _NOTHING, _NOTHING[:0])


def join(several: Sequence[Rings]) -> Rings:
    """Put the polygons of several columns into one."""
    if not several:
        return NO_RINGS
    return Rings(
        np.concatenate([rings.lon for rings in several]),
        np.concatenate([rings.lat for rings in several]),
        _offsets([rings.first_vertex for rings in several]),
        _offsets([rings.first_ring for rings in several]),
        np.concatenate([rings.turns for rings in several]),
    )


def _offsets(several: list[Ints]) -> Ints:
    sizes = np.concatenate([np.diff(first) for first in several])
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
