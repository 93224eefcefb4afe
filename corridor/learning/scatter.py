"""How wide a corridor has to be: from how far the trips of each stretch lay from the line.

The engine judges fixes, so fixes are measured here, not the lines between them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeVar

import numpy as np

from corridor.ellipsoid import Floats
from corridor.learning.align import Ints, nearest_within
from corridor.learning.centre import Beside

Column = TypeVar("Column", Floats, Ints)

# What of a stretch holds a further trip: 99 of 100 of them.
COVERED = 0.99
# A few trips say little of one stretch: its scatter is drawn to that of all stretches, as if so many trips
# more had been seen with it (the moderated t of Smyth 2004). Chosen by measurement (docs/learning.md).
PRIOR_TRIPS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Scatter:
    """What S stretches of a line say.

    Parameters
    ----------
    distance_m
        (T, S) the farthest fix of each trip in each stretch; NaN where it has none.
    accuracy_m
        (S,) the median stated accuracy of the fixes, 0 where none states one.
    """

    distance_m: Floats
    accuracy_m: Floats

    @property
    def trips(self) -> Ints:
        """(S,) how many trips have a fix there."""
        counts: Ints = np.isfinite(self.distance_m).sum(axis=0)
        return counts

    @property
    def variance_m2(self) -> Floats:
        """(S,) mean square about the line; the line is the trips' own mean, hence one degree less."""
        trips = self.trips
        variance_m2: Floats = np.nansum(self.distance_m**2, axis=0) / np.maximum(trips - 1, 1)
        return variance_m2


def scatter_of(
    centre: Floats,
    sides: Sequence[Beside],
    off: Sequence[Sequence[tuple[int, int]]],
    *,
    step_m: float,
    stretch_m: float,
    apart_m: float,
) -> Scatter:
    """Measure the fixes that are together with the line, stretch by stretch.

    Parameters
    ----------
    off
        For each trip the samples between which it is on another way, or on its way there and back.
    """
    per_stretch = stretch_m / step_m
    stretches = max(1, round((len(centre) - 1) / per_stretch))
    farthest_m = np.full((len(sides), stretches), np.nan)
    accuracy_m: list[list[float]] = [[] for _ in range(stretches)]
    for trip, side in enumerate(sides):
        distance_m, where = fixes_beside(centre, side, off[trip])
        stretch = np.minimum((where / per_stretch).astype(np.int64), stretches - 1)
        for at in np.unique(stretch[distance_m < apart_m]):
            here = (stretch == at) & (distance_m < apart_m)
            farthest_m[trip, at] = distance_m[here].max()
            stated_m = side.trace.accuracy_m[here]
            accuracy_m[at] += stated_m[np.isfinite(stated_m)].tolist()
    return Scatter(farthest_m, np.array([float(np.median(each)) if each else 0.0 for each in accuracy_m]))


def fixes_beside(centre: Floats, side: Beside, off: Sequence[tuple[int, int]]) -> tuple[Floats, Floats]:
    """Give (F,) metres from the line, infinite where it is `off`, and where on it, for each fix of a trip."""
    trace = side.trace
    at = np.interp(np.arange(len(trace.xyz)), trace.sample_fix, np.arange(len(trace.samples)))
    sample = np.minimum(at.round().astype(np.int64), len(trace.samples) - 1)
    distance_m, where = nearest_within(trace.xyz, centre, side.low[sample] - 2, side.high[sample] + 2)
    for first, last in off:
        distance_m[(at > first) & (at < last)] = np.inf
    return distance_m, where


def half_widths_m(scatter: Scatter, prior_m2: float, *, least_m: float, most_m: float) -> Floats:
    """Give (S,) half widths: what holds a further trip in `COVERED` of cases.

    A prediction interval of Student's distribution with the trips' degrees of freedom and those of the
    prior. Fixes lie where they happen to, so a stretch takes the greatest variance and the most trips of
    itself and the two beside it. Never under `least_m` nor what half of the fixes say of their own
    accuracy, never over `most_m`.

    Parameters
    ----------
    prior_m2
        The mean variance over all stretches (`prior_variance_m2`).
    """
    trips = np.maximum(_with_neighbours(scatter.trips), 1)
    free = trips - 1
    variance_m2 = (PRIOR_TRIPS * prior_m2 + free * _with_neighbours(scatter.variance_m2)) / (
        PRIOR_TRIPS + free
    )
    factor = np.array([student_quantile((1 + COVERED) / 2, PRIOR_TRIPS + int(each)) for each in free])
    wide_m = factor * np.sqrt(variance_m2 * (1 + 1 / trips))
    half_m: Floats = np.minimum(np.maximum(wide_m, np.maximum(least_m, scatter.accuracy_m)), most_m)
    return half_m


def prior_variance_m2(scatter: Scatter) -> float:
    """Give the mean variance of the stretches that two trips or more have fixes in; 0 if there is none."""
    known = scatter.trips > 1
    return float(scatter.variance_m2[known].mean()) if known.any() else 0.0


def student_quantile(probability: float, freedom: int) -> float:
    """Give a quantile of Student's distribution (Abramowitz and Stegun 26.7.5: within 0.5 % from 4 on)."""
    z = NormalDist().inv_cdf(probability)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return z + math.fsum(term / freedom**power for power, term in enumerate(terms, start=1))


def _with_neighbours(values: Column) -> Column:
    """Give the greatest of each stretch and the two beside it."""
    padded = np.concatenate([values[:1], values, values[-1:]])
    greatest: Column = np.maximum(np.maximum(padded[:-2], padded[2:]), values)
    return greatest
