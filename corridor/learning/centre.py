"""The line through the middle of several trips: aligned, averaged robustly, and again until it rests.

After Hastie and Stuetzle's principal curves (1989), with the alignment in place of their projection, as
Petitjean, Ketterlin and Gançarski average under dynamic time warping (2011). Widths are ``widths.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corridor.ellipsoid import Floats, geodetic
from corridor.frame import geocentric_xyz
from corridor.learning.align import Ints, align, nearest_within, turned
from corridor.learning.trace import Trace, evenly

MAX_ROUNDS = 8
AT_REST_M = 0.5  # the mean moves less: a tenth of a good fix's error

# A line between two fixes cuts corners. Its places count in full at a fix, half at this distance from one.
TRUST_M = 20.0
# A trip counts in the mean where it is within this many robust standard deviations of the median.
ROBUST_DEVIATIONS = 2.5
LEAST_DEVIATION_M = 4.0  # a receiver's own; trips that agree by chance to less leave nobody out
SMOOTHED_M = 15.0  # a mean over three to five trips is uneven where one joins or parts


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A trip beside a centre line of V vertices.

    Parameters
    ----------
    likeness
        1: the same all along.
    distance_m
        (V,) from each vertex to the trip; infinite where the trip has not begun or is over.
    place
        (V, 3) the trip's nearest place.
    sample
        (V,) which sample of the trip that is, with its fraction.
    low, high
        (M,) the vertices that go with each of the trip's samples.
    """

    trace: Trace
    likeness: float
    distance_m: Floats
    place: Floats
    sample: Floats
    low: Ints
    high: Ints


def beside(centre: Floats, trace: Trace, apart_m: float) -> Beside:
    """Lay a trip beside a (V, 3) centre line."""
    found = align(centre, trace.samples, apart_m)
    distance_m, sample = nearest_within(centre, trace.samples, found.low - 1, found.high + 1)
    whole = np.minimum(sample.astype(np.int64), len(trace.samples) - 2)
    place = trace.samples[whole] + (sample - whole)[:, None] * (
        trace.samples[whole + 1] - trace.samples[whole]
    )
    distance_m[_beyond_ends(centre, trace, sample)] = np.inf
    return Beside(trace, found.likeness, distance_m, place, sample, *turned(found, len(trace.samples)))


def centre_line(start: Floats, traces: Sequence[Trace], step_m: float, apart_m: float) -> Floats:
    """Give the (V, 3) line through the middle of the trips, beginning the search with `start`."""
    centre = evenly(start, step_m)
    for _ in range(MAX_ROUNDS):
        moved = _moved(centre, [beside(centre, trace, apart_m) for trace in traces], step_m, apart_m)
        shift_m = np.linalg.norm(moved - centre, axis=1).max()
        centre = evenly(_without_folds(moved, centre), step_m)
        if shift_m < AT_REST_M:
            break
    return centre


def _beyond_ends(centre: Floats, trace: Trace, sample: Floats) -> npt.NDArray[np.bool_]:
    """Tell which vertices lie before the trip's first place or after its last one, seen along the way."""
    along = _tangents(centre)
    before = (sample <= 0) & (((centre - trace.samples[0]) * along).sum(axis=1) < 0)
    after = (sample >= len(trace.samples) - 1) & (((centre - trace.samples[-1]) * along).sum(axis=1) > 0)
    beyond: npt.NDArray[np.bool_] = before | after
    return beyond


def _moved(centre: Floats, sides: Sequence[Beside], step_m: float, apart_m: float) -> Floats:
    """Move each vertex across the way to the robust mean of the trips that are near."""
    across = np.cross(_tangents(centre), centre / np.linalg.norm(centre, axis=1)[:, None])
    offset_m = np.array([((side.place - centre) * across).sum(axis=1) for side in sides])
    weight = np.array([_weights(side, apart_m) for side in sides])
    shift_m = _smoothed(robust_mean(offset_m, weight), max(1, round(SMOOTHED_M / step_m)))
    lon, lat = geodetic(*(centre + shift_m[:, None] * across).T)
    return geocentric_xyz(lon, lat)


def _weights(side: Beside, apart_m: float) -> Floats:
    samples = np.arange(len(side.trace.samples))
    from_fix_m = np.interp(side.sample, samples, side.trace.from_fix_m)
    return np.where(side.distance_m < apart_m, 1.0 / (1.0 + (from_fix_m / TRUST_M) ** 2), 0.0)


def robust_mean(values: Floats, weight: Floats) -> Floats:
    """Give the (V,) means of (T, V) values without those far from their median; 0 where no weight is.

    The median is weighted, and so is the mean of what lies within `ROBUST_DEVIATIONS` of it.
    """
    order = np.argsort(values, axis=0, kind="stable")
    ranked, share = np.take_along_axis(values, order, 0), np.take_along_axis(weight, order, 0)
    middle = _median(ranked, share)
    away = np.abs(ranked - middle)
    nearer = np.argsort(away, axis=0, kind="stable")
    spread = 1.4826 * _median(np.take_along_axis(away, nearer, 0), np.take_along_axis(share, nearer, 0))
    share = np.where(away <= ROBUST_DEVIATIONS * np.maximum(spread, LEAST_DEVIATION_M), share, 0.0)
    total = share.sum(axis=0)
    mean: Floats = np.where(total > 0, (share * ranked).sum(axis=0) / np.maximum(total, 1e-12), 0.0)
    return mean


def _median(ranked: Floats, share: Floats) -> Floats:
    """Give the weighted medians of sorted columns; of an even split the middle of the two."""
    rising = np.cumsum(share, axis=0)
    half = rising[-1] / 2
    lower = np.argmax(rising >= half * (1 - 1e-9), axis=0)
    upper = np.argmax(rising > half * (1 + 1e-9), axis=0)
    columns = np.arange(ranked.shape[1])
    middle: Floats = (ranked[lower, columns] + ranked[upper, columns]) / 2
    return middle


def _smoothed(values: Floats, reach: int) -> Floats:
    """Give running means over `reach` to both sides, fewer at the ends, twice.

    Once would turn waves of some lengths over, and moving by it again and again would raise them.
    """
    at = np.arange(len(values))
    side = np.minimum(np.minimum(at, at[::-1]), reach)
    for _ in range(2):
        total = np.append(0.0, np.cumsum(values))
        values = (total[at + side + 1] - total[at - side]) / (2 * side + 1)
    return values


def _tangents(line: Floats) -> Floats:
    """Give (V, 3) unit directions of travel, over the edges to both sides."""
    ahead = np.concatenate([line[1:], line[-1:]])
    behind = np.concatenate([line[:1], line[:-1]])
    step = ahead - behind
    tangents: Floats = step / np.maximum(np.linalg.norm(step, axis=1), 1e-9)[:, None]
    return tangents


def _without_folds(moved: Floats, before: Floats) -> Floats:
    """Drop vertices that moving carried past the one before, as on the inner side of a sharp turn."""
    onward = ((moved[1:] - moved[:-1]) * (before[1:] - before[:-1])).sum(axis=1) > 0
    kept: Floats = moved[np.append(np.ones(1, dtype=bool), onward)]
    return kept
