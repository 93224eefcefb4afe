"""Many corridors as one set of arrays: for streams of fixes, each against a corridor of its own."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from corridor.corridor import Corridor
from corridor.ellipsoid import Floats
from corridor.errors import PathError
from corridor.offset import Offset, measure_places
from corridor.pack import join, one_half_width_m
from corridor.tables import PackedCorridors, lend_corridors


class CorridorSet:
    """Corridors laid end to end; they are known by their number.

    Parameters
    ----------
    corridors
        At least one.

    Raises
    ------
    PathError
        There is none.

    Examples
    --------
    >>> from corridor import Path
    >>> north = Corridor(Path([16.0, 16.0], [48.0, 48.1]), half_width_m=40)
    >>> east = Corridor(Path([16.0, 16.1], [48.0, 48.0]), half_width_m=60)
    >>> CorridorSet([north, east]).measure([0, 1], [16.001, 16.001], [48.05, 48.05]).margin_m.round().tolist()
    [35.0, 5499.0]
    """

    __slots__ = ("_half_width_m", "_tables", "packed")

    packed: PackedCorridors

    def __init__(self, corridors: Sequence[Corridor]) -> None:
        if not corridors:
            raise PathError("a set needs at least one corridor")
        self._tables = join([corridor.tables for corridor in corridors])
        self.packed = lend_corridors(self._tables)
        self._half_width_m = one_half_width_m(self._tables)

    def __len__(self) -> int:
        return len(self._tables.corridor)

    def measure(
        self,
        which: npt.ArrayLike,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        *,
        course_deg: npt.ArrayLike | None = None,
        altitude_m: npt.ArrayLike | None = None,
    ) -> Offset[Floats]:
        """Measure places, each against its corridor and for itself; see `Corridor.measure`.

        Parameters
        ----------
        which
            (N,) numbers of corridors.
        lon, lat, course_deg, altitude_m
            (N,), as in `Corridor.measure`.

        Raises
        ------
        FixError
            As in `Corridor.measure`.
        IndexError
            There is no corridor of that number.
        """
        numbers = np.asarray(which)
        if numbers.size and numbers.dtype.kind not in "iu":
            raise IndexError(f"corridors are known by whole numbers, not by {numbers.dtype}")
        if numbers.size and not (numbers.min() >= 0 and numbers.max() < len(self)):
            raise IndexError(
                f"corridors are numbered 0 to {len(self) - 1}; asked for {numbers.min()} to {numbers.max()}"
            )
        offset: Offset[Any] = measure_places(
            self.packed, numbers, lon, lat, course_deg, altitude_m, self._half_width_m
        )
        return offset
