"""Compiled: what one fix says of one fence by itself: surely enough inside, surely enough beyond its edge.

What follows is the machines': ``judge_fences.py`` and ``watch/arrival.py``.
"""

import math

from corridor.compiled import compiled
from corridor.fence_arrays import PackedFences
from corridor.fence_kernel import signed_distance_m
from corridor.fence_probability import probability_inside_one
from corridor.uncertainty import CONFIDENCE_95
from rules.verdict import probability_beyond


@compiled
def is_inside(
    fences: PackedFences, fence: int, lon: float, lat: float, accuracy_m: float, wanted: float
) -> bool:
    """Tell whether a fix that a fence contains is inside with the probability `wanted`.

    No more than exp(-d² / 2 s²) lies farther away than the nearest edge, in whatever direction.
    """
    if accuracy_m == 0.0:
        return True
    sigma_m = accuracy_m / CONFIDENCE_95
    depth = signed_distance_m(fences, fence, lon, lat) / sigma_m
    if 1.0 - math.exp(-0.5 * depth * depth) >= wanted:
        return True
    return bool(probability_inside_one(fences, fence, lon, lat, sigma_m) >= wanted)


@compiled
def is_beyond(distance_m: float, accuracy_m: float, wanted: float) -> bool:
    """Tell whether a fix outside by a distance is beyond the nearest edge with the probability `wanted`."""
    return bool(probability_beyond(distance_m, accuracy_m / CONFIDENCE_95) >= wanted)
