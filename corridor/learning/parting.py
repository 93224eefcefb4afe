"""Where trips part from the line through the middle, and which of them parted together.

What a group that parted together becomes, a branch or the line itself, is decided in ``ways.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corridor.ellipsoid import Floats
from corridor.learning.align import align, nearest_within
from corridor.learning.centre import Beside

ALIKE = 0.6  # two partings that share so much of their way are one branch


@dataclass(frozen=True, slots=True)
class Parting:
    """A part of a trip that has left the centre line.

    Parameters
    ----------
    trip
        Which trip beside the line.
    first, last
        Samples of the trip: the last one together before, the first one together after; or the trip's ends.
    leaves, rejoins
        Vertices of the line there; -1 and V where the trip never was on it before, or is not after.
    length_m
        How long the part is.
    off
        Samples of the trip between which it leaves and comes back: nearest to the line just before and after.
    """

    trip: int
    first: int
    last: int
    leaves: int
    rejoins: int
    length_m: float
    off: tuple[int, int]

    def is_free(self, count: int) -> bool:
        """Tell whether it has an end that is not on the line of `count` vertices."""
        return self.leaves < 0 or self.rejoins >= count


def partings(centre: Floats, side: Beside, trip: int, *, step_m: float, apart_m: float) -> list[Parting]:
    """Give the parts of a trip that are `apart_m` from the line, or leave out as much of it."""
    samples = side.trace.samples
    distance_m, where = nearest_within(samples, centre, side.low - 1, side.high + 1)
    least = max(1, round(apart_m / step_m))
    spans = [
        (max(start - 1, 0), min(stop, len(samples) - 1))
        for start, stop in _runs(distance_m >= apart_m, least, least)
    ]
    missed = np.isfinite(side.distance_m) & (side.distance_m >= apart_m)
    for start, stop in _runs(missed, least, 1):
        on = np.sort(side.sample[[max(start - 1, 0), min(stop, len(centre) - 1)]])
        spans.append((int(on[0]), min(int(np.ceil(on[1])), len(samples) - 1)))
    found = []
    for first, last in _merged(spans):
        never_before = distance_m[first] >= apart_m
        never_after = distance_m[last] >= apart_m
        leaves = -1 if never_before else int(where[first])
        rejoins = len(centre) if never_after else int(np.ceil(where[last]))
        rejoins = max(rejoins, leaves)
        is_free = never_before or never_after  # then what it leaves out is only a late start or an early end
        if last - first >= least or (not is_free and rejoins - leaves >= least):
            off = _leaving(distance_m, first, last, 2 * least)
            found.append(Parting(trip, first, last, leaves, rejoins, (last - first) * step_m, off))
    return found


def grouped(found: Sequence[Parting], sides: Sequence[Beside], apart_m: float) -> list[list[Parting]]:
    """Put partings together that took the same way, in the order of where they leave the line."""
    groups: list[list[Parting]] = []
    for parting in sorted(found, key=lambda each: (each.leaves, each.rejoins, each.trip)):
        for group in groups:
            if any(_alike(parting, other, sides, apart_m) for other in group):
                group.append(parting)
                break
        else:
            groups.append([parting])
    return groups


def typical(group: Sequence[Parting], sides: Sequence[Beside], apart_m: float) -> Parting:
    """Give the parting that is most like the others of its group."""
    parts = [_samples(parting, sides) for parting in group]
    sums = [sum(align(part, other, apart_m).likeness for other in parts) for part in parts]
    return group[int(np.argmax(np.round(sums, 9)))]


def _alike(one: Parting, other: Parting, sides: Sequence[Beside], apart_m: float) -> bool:
    overlap = min(one.rejoins, other.rejoins) - max(one.leaves, other.leaves)
    if overlap < 0 or (one.leaves < 0) != (other.leaves < 0):
        return False
    return align(_samples(one, sides), _samples(other, sides), apart_m).likeness >= ALIKE


def _samples(parting: Parting, sides: Sequence[Beside]) -> Floats:
    return sides[parting.trip].trace.samples[parting.first : parting.last + 1]


def _leaving(distance_m: Floats, first: int, last: int, reach: int) -> tuple[int, int]:
    """Give the samples next to a part at which the trip is nearest to the line, at most `reach` away."""
    before = distance_m[max(0, first - reach) : first + 1][::-1]
    after = distance_m[last : last + reach + 1]
    return first - int(np.argmin(before)), last + int(np.argmin(after))


def _runs(flags: npt.NDArray[np.bool_], least: int, gap: int) -> list[tuple[int, int]]:
    """Give start and stop of runs of at least `least`, those over gaps of less than `gap` joined."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    runs: list[tuple[int, int]] = []
    for start, stop in edges.reshape(-1, 2).tolist():
        if runs and start - runs[-1][1] < gap:
            runs[-1] = (runs[-1][0], stop)
        else:
            runs.append((start, stop))
    return [(start, stop) for start, stop in runs if stop - start >= least]


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
