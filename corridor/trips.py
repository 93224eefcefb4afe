"""`split_trips`: one long recording cut into trips, at pauses and where the device stood.

Cleaning a trip is ``recording.py``; learning from several is ``learning/``.
"""

import math
from itertools import pairwise

import numpy as np

from corridor.batch import FixBatch
from corridor.compiled import compiled
from corridor.ellipsoid import Floats
from corridor.errors import TrackError
from corridor.frame import geocentric_xyz
from corridor.recording import STANDING_RADIUS_M, Ints

# A phone at home or in class wanders farther than one that waits for a bus.
STAYING_RADIUS_M = 2 * STANDING_RADIUS_M
# No bus waits so long at a stop, no recorder pauses so long in a tunnel; a school day is longer.
DEFAULT_GAP_S = 900.0
DEFAULT_STANDING_S = 600.0


def split_trips(
    batch: FixBatch, *, gap_s: float = DEFAULT_GAP_S, standing_s: float = DEFAULT_STANDING_S
) -> tuple[FixBatch, ...]:
    """Cut one device's recording into trips, in order of time.

    Parameters
    ----------
    batch
        The fixes of one device, in any order.
    gap_s
        A pause of more than this begins a new trip; infinite: none does.
    standing_s
        So long within `STAYING_RADIUS_M` of one fix is an end and a beginning: it is cut in its middle, and
        `clean_trip` cuts the rest. Infinite: standing is part of the trip.

    Returns
    -------
    tuple
        Trips of at least two fixes; whether there is a path in them `clean_trip` says.

    Raises
    ------
    TrackError
        Several devices, or a number that is not positive.
    """
    for word, value in (("gap_s", gap_s), ("standing_s", standing_s)):
        if not value > 0:
            raise TrackError(f"{word} is {value}; more than 0 is needed")
    if len(np.unique(batch.device)) > 1:
        raise TrackError("the recording is of several devices; choose one")
    ordered = batch.take(np.argsort(batch.time, kind="stable"))
    cuts = [np.flatnonzero(np.diff(ordered.time) > gap_s) + 1]
    if math.isfinite(standing_s):
        places = geocentric_xyz(ordered.lon, ordered.lat)
        cuts.append(_stands(places, ordered.time, STAYING_RADIUS_M, standing_s))
    bounds = np.unique(np.concatenate([[0], *cuts, [len(ordered)]])).astype(np.int64)
    pieces = [np.arange(start, stop) for start, stop in pairwise(bounds.tolist())]
    return tuple(ordered.take(rows) for rows in pieces if len(rows) > 1)


@compiled
def _stands(places: Floats, time: Floats, radius_m: float, least_s: float) -> Ints:
    """Give the row in the middle of each time of standing."""
    rows = len(time)
    middles = np.empty(rows, dtype=np.int64)
    found = 0
    first = 0
    while first < rows:
        last = first
        while last + 1 < rows:
            square = 0.0
            for axis in range(3):
                square += (places[last + 1, axis] - places[first, axis]) ** 2
            if square > radius_m * radius_m:
                break
            last += 1
        if time[last] - time[first] >= least_s:
            middle = first
            while time[middle] - time[first] < (time[last] - time[first]) / 2:
                middle += 1
            middles[found] = middle
            found += 1
            first = last + 1
        else:
            first += 1
    return middles[:found]
