"""Which part of one way goes with which part of another: dynamic time warping with a distance that is capped.

Ways are evenly spaced places in geocentric metres, so there is no seam anywhere. What follows from an
alignment is ``trace.py``; who is aligned with whom is for ``centre.py`` and ``learn.py``.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled
from corridor.ellipsoid import Floats
from corridor.errors import PathError

Ints = npt.NDArray[np.int64]

_BOTH, _FIRST, _SECOND = 0, 1, 2  # which of the two ways went on by a sample


class Alignment(NamedTuple):
    """Two ways of N and M samples, walked side by side, none ever going back."""

    likeness: float  # 1: the same all along, 0: nowhere nearer than apart_m
    low: Ints  # (N,) the first sample of the second way that goes with each of the first
    high: Ints  # (N,) the last one


def align(first: Floats, second: Floats, apart_m: float) -> Alignment:
    """Walk two ways side by side, so that together they are as near as can be.

    Dynamic time warping with symmetric weights (Sakoe and Chiba 1978): a step of both ways counts the
    distance twice, a step of one once. The distance is (d / apart_m)², at most 1: how far apart two ways
    are that have parted does not matter, so a detour, a late start or a wrong end costs its own length
    and pulls nothing else out of place.

    Parameters
    ----------
    first, second
        (N, 3) and (M, 3) evenly spaced places, geocentric metres.
    apart_m
        From this distance on two places have nothing in common.

    Raises
    ------
    PathError
        A way has no sample.
    """
    if not (len(first) and len(second)):
        raise PathError("a way of no samples cannot be aligned")
    cost, low, high = _walk(np.ascontiguousarray(first), np.ascontiguousarray(second), apart_m)
    return Alignment(1.0 - cost / (len(first) + len(second)), low, high)


def turned(alignment: Alignment, count: int) -> tuple[Ints, Ints]:
    """Give the same as (M,) first and last samples of the first way, for the `count` of the second."""
    low = np.full(count, len(alignment.low), dtype=np.int64)
    high = np.zeros(count, dtype=np.int64)
    _turn(alignment.low, alignment.high, low, high)
    return low, high


@compiled
def _walk(first: Floats, second: Floats, apart_m: float) -> tuple[float, Ints, Ints]:
    rows, columns = len(first), len(second)
    moves = np.empty((rows, columns), dtype=np.uint8)
    above = np.full(columns, np.inf)
    for row in range(rows):
        left = np.inf
        corner = np.inf if row else 0.0
        x, y, z = first[row, 0], first[row, 1], first[row, 2]
        for column in range(columns):
            dx, dy, dz = second[column, 0] - x, second[column, 1] - y, second[column, 2] - z
            here = min(1.0, (dx * dx + dy * dy + dz * dz) / (apart_m * apart_m))
            best, move = corner + 2.0 * here, _BOTH
            if above[column] + here < best:
                best, move = above[column] + here, _FIRST
            if left + here < best:
                best, move = left + here, _SECOND
            corner = above[column]
            above[column] = best
            left = best
            moves[row, column] = move
    low = np.empty(rows, dtype=np.int64)
    high = np.empty(rows, dtype=np.int64)
    row, column = rows - 1, columns - 1
    high[row] = column
    while row > 0 or column > 0:
        move = moves[row, column]
        if move == _SECOND:
            column -= 1
            continue
        low[row] = column
        row -= 1
        if move == _BOTH:
            column -= 1
        high[row] = column
    low[0] = 0
    return above[columns - 1], low, high


@compiled
def _turn(low: Ints, high: Ints, turned_low: Ints, turned_high: Ints) -> None:
    for row in range(len(low)):
        for column in range(low[row], high[row] + 1):
            turned_low[column] = min(turned_low[column], row)
            turned_high[column] = max(turned_high[column], row)


@compiled
def nearest_within(places: Floats, line: Floats, low: Ints, high: Ints) -> tuple[Floats, Floats]:
    """Give how far each of (P, 3) places is from a part of a line, and where on it that is.

    Parameters
    ----------
    places, line
        Geocentric metres.
    low, high
        (P,) the first and the last vertex of the part.

    Returns
    -------
    tuple
        (P,) metres; (P,) vertex and fraction of the edge after it.
    """
    distance_m = np.empty(len(places))
    where = np.empty(len(places))
    for row in range(len(places)):
        start, stop = max(low[row], 0), min(high[row], len(line) - 1)
        best, at = np.inf, float(start)
        for vertex in range(start, max(stop, start + 1)):
            after = min(vertex + 1, stop)
            square = dot = 0.0
            for axis in range(3):
                step = line[after, axis] - line[vertex, axis]
                square += step * step
                dot += step * (places[row, axis] - line[vertex, axis])
            along = min(1.0, max(0.0, dot / square)) if square > 0 else 0.0
            gap = 0.0
            for axis in range(3):
                foot = line[vertex, axis] + along * (line[after, axis] - line[vertex, axis])
                gap += (places[row, axis] - foot) ** 2
            if gap < best:
                best, at = gap, vertex + along
        distance_m[row], where[row] = np.sqrt(best), at
    return distance_m, where
