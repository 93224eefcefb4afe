"""When a trip is where: the median time since the start at each vertex of a line."""

from collections.abc import Sequence

import numpy as np

from corridor.ellipsoid import Floats
from corridor.learning.centre import Beside


def median_elapsed_s(sides: Sequence[Beside], apart_m: float) -> Floats:
    """Give (V,) seconds since the start, never running backwards.

    A trip that joins the line on the way is taken to be as late there as the median of those before it.
    """
    clocks = sorted(
        (piece for side in sides for piece in _pieces(side, apart_m)), key=lambda piece: (piece[0], piece[1])
    )
    count = len(sides[0].distance_m)
    known = np.full((len(clocks), count), np.nan)
    for row, (start, stop, times_s) in enumerate(clocks):
        earlier_s = known[:row, start]
        earlier_s = earlier_s[np.isfinite(earlier_s)]
        offset_s = float(np.median(earlier_s)) if len(earlier_s) else 0.0
        if not len(earlier_s) and row:
            offset_s = float(np.nanmax(known[:row]))
        known[row, start:stop] = times_s - times_s[0] + offset_s
    seen = np.isfinite(known).any(axis=0)
    at = np.arange(count)
    middle_s = np.array([np.median(column[np.isfinite(column)]) for column in known.T[seen]])
    elapsed_s: Floats = np.maximum.accumulate(np.interp(at, at[seen], middle_s))
    elapsed_s -= elapsed_s[0]
    return elapsed_s


def _pieces(side: Beside, apart_m: float) -> list[tuple[int, int, Floats]]:
    """Give start, stop and times of each run of vertices that the trip goes along with."""
    near = side.distance_m < apart_m
    edges = np.flatnonzero(np.diff(np.concatenate([[False], near, [False]]))).reshape(-1, 2)
    times_s = np.interp(side.sample, np.arange(len(side.trace.samples)), side.trace.sample_s)
    return [(start, stop, np.maximum.accumulate(times_s[start:stop])) for start, stop in edges.tolist()]
