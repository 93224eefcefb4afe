"""What makes a corridor of a path: half widths, graces, direction and altitudes, validated.

What they mean for a place is ``margin.py``.
"""

import math
from dataclasses import dataclass
from numbers import Real

import numpy as np
import numpy.typing as npt

from corridor.ellipsoid import Floats
from corridor.errors import PathError
from corridor.geodesic import lengths_m
from corridor.pack import CORRIDOR
from corridor.path import Path
from corridor.stretch import Records


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The numbers of a corridor, as they were given."""

    right_m: Floats  # () or (V,)
    left_m: Floats  # () or (V,)
    grace_m: tuple[float, float]  # start, end
    directed: bool
    altitude_m: tuple[float, float] | None

    @property
    def widest_m(self) -> float:
        """The widest half width."""
        return float(max(self.right_m.max(), self.left_m.max()))

    @property
    def is_plain(self) -> bool:
        """One half width for everything, and nothing else."""
        return self.is_even and not (any(self.grace_m) or self.directed or self.altitude_m)

    @property
    def is_even(self) -> bool:
        """One half width to both sides, all along."""
        return self.right_m.ndim == 0 and self.left_m.ndim == 0 and self.right_m == self.left_m

    def as_text(self) -> str:
        """Spell out all numbers, for a digest; a plain corridor is its half width alone."""
        if self.is_plain:
            return repr(self.widest_m)
        return repr(
            (self.right_m.tolist(), self.left_m.tolist(), self.grace_m, self.directed, self.altitude_m)
        )

    def row(self, path: Path) -> Records:
        """Give the (1,) CORRIDOR of these numbers, without its offsets."""
        row = np.zeros(1, CORRIDOR)
        row["length_m"], row["half_width_m"] = path.length_m, self.widest_m
        row["start_grace_m"], row["end_grace_m"] = self.grace_m
        row["lowest_m"], row["highest_m"] = self.altitude_m or (-math.inf, math.inf)
        row["directed"], row["plain"] = self.directed, self.is_plain
        return row


def terms_of(
    path: Path,
    half_width_m: npt.ArrayLike,
    left_half_width_m: npt.ArrayLike | None,
    *,
    grace_m: tuple[float, float],
    directed: bool,
    altitude_m: tuple[float, float] | None,
) -> Terms:
    """Check the numbers of a corridor; PathError names the one that cannot be, and its vertex."""
    right_m = _half_widths(path, "half_width_m", half_width_m)
    left_m = right_m
    if left_half_width_m is not None:
        left_m = _half_widths(path, "left_half_width_m", left_half_width_m)
    for name, radius_m in zip(("start_grace_m", "end_grace_m"), grace_m, strict=True):
        if not (_is_finite(radius_m) and radius_m >= 0):
            raise PathError(_says(path, f"{name} {radius_m} is not 0 or a positive number of metres"))
    start_m, end_m = grace_m
    band = None if altitude_m is None else _band(path, altitude_m)
    return Terms(right_m, left_m, (float(start_m), float(end_m)), bool(directed), band)


def half_width_columns(terms: Terms, path: Path, along_m: Floats) -> Floats | None:
    """Give (N, 2) half widths right and left at places along a path; None where one serves for all."""
    if terms.is_even:
        return None
    vertex_m = np.concatenate([[0.0], np.cumsum(lengths_m(path.lon, path.lat))])
    sides = [np.broadcast_to(side, (len(path),)) for side in (terms.right_m, terms.left_m)]
    return np.stack([np.interp(along_m, vertex_m, side) for side in sides], axis=1)


def _half_widths(path: Path, name: str, given: npt.ArrayLike) -> Floats:
    try:
        column = np.array(given)
    except ValueError:
        raise PathError(_says(path, f"{name} is not one column of numbers")) from None
    if column.dtype.kind not in "iuf":
        raise PathError(_says(path, f"{name} {given!s} is not a positive number of metres"))
    column = column.astype(np.float64)
    if column.ndim and column.shape != (len(path),):
        raise PathError(_says(path, f"{name} has {column.size} numbers for {_vertices(path)}"))
    for vertex in np.flatnonzero(~((column > 0) & (column < math.inf)))[:1]:
        at = f" at vertex {vertex}" if column.ndim else ""
        value = given if column.ndim == 0 else column[vertex]
        raise PathError(_says(path, f"{name} {value}{at} is not a positive number of metres"))
    column.flags.writeable = False
    return column


def _vertices(path: Path) -> str:
    repeats = f" ({path.repeats_removed} that repeated another were removed)" if path.repeats_removed else ""
    return f"{len(path)} vertices{repeats}"


def _band(path: Path, altitude_m: tuple[float, float]) -> tuple[float, float]:
    try:
        pair = tuple(altitude_m)
    except TypeError:
        pair = ()
    if not (len(pair) == 2 and all(map(_is_finite, pair)) and pair[0] < pair[1]):
        raise PathError(
            _says(path, f"altitude_m {altitude_m} is not a lowest and a highest number of metres")
        )
    low, high = pair
    return float(low), float(high)


def _is_finite(value: object) -> bool:
    if not isinstance(value, Real):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no float holds
        return False


def _says(path: Path, text: str) -> str:
    return f'corridor "{path.name}": {text}'
