"""Where a path meets itself: which leaves have another leg so near that a fix could lie on either.

Everywhere else the nearest point is where the device is along the path, and ``progress.py`` need not look.
"""

import math

import numpy as np

from corridor.compiled import compiled
from corridor.ellipsoid import Floats
from corridor.stretch import Ints, Records

# A fix lies at most a half width from its own leg, and is held to another at most two away from it.
_REACH_HALF_WIDTHS = 3.0
# Along the path, what is nearer than this is the same leg: `progress` allows as much for noise.
_SAME_LEG_HALF_WIDTHS = 4.0
_TURN_BACK = 0.0  # cosine of the turn at a vertex, from which on both its edges come near each other


@compiled
def lonely_leaves(node: Records, lane: Ints, xyz: Floats, along_m: Floats, half_width_m: float) -> Ints:
    """Tell for each leaf, 1 or 0, whether no other leg of its path is near.

    Parameters
    ----------
    node
        The tree over the leaves.
    lane
        (L, LANES) segments of each leaf.
    xyz, along_m
        (V, 3) and (V,) vertices in space, and along the path.
    half_width_m
        The widest.
    """
    reach_m = _REACH_HALF_WIDTHS * half_width_m
    lonely = np.ones(len(lane), dtype=np.int64)
    for own in range(len(node)):
        leaf = node[own]["leaf"]
        if leaf < 0:
            continue
        at = 0
        while at < len(node) and lonely[leaf] == 1:
            if _apart2(node[own], node[at]) > reach_m * reach_m:
                at = node[at]["skip"]
                continue
            other = node[at]["leaf"]
            if other >= leaf and _meet(lane[leaf], lane[other], xyz, along_m, half_width_m):
                lonely[leaf] = lonely[other] = 0
            at += 1
    return lonely


@compiled
def _meet(own: Ints, others: Ints, xyz: Floats, along_m: Floats, half_width_m: float) -> bool:
    """Tell whether two leaves, or two parts of one, come near each other without being next to each other."""
    reach_m = _REACH_HALF_WIDTHS * half_width_m
    for i in own:
        for j in others:
            if j == i + 1 and _cosine(xyz, i, j) < _TURN_BACK:
                return True
            if along_m[j] - along_m[i + 1] < _SAME_LEG_HALF_WIDTHS * half_width_m:
                continue
            halves_m = (along_m[i + 1] - along_m[i] + along_m[j + 1] - along_m[j]) / 2.0
            if _middles_apart_m(xyz, i, j) - halves_m <= reach_m:
                return True
    return False


@compiled
def _middles_apart_m(xyz: Floats, i: int, j: int) -> float:
    square = 0.0
    for axis in range(3):
        apart = xyz[i, axis] + xyz[i + 1, axis] - xyz[j, axis] - xyz[j + 1, axis]
        square += apart * apart
    return 0.5 * math.sqrt(square)


@compiled
def _cosine(xyz: Floats, i: int, j: int) -> float:
    """Give the cosine of the turn between two segments, but for a factor that is positive."""
    dot = 0.0
    for axis in range(3):
        dot += (xyz[i + 1, axis] - xyz[i, axis]) * (xyz[j + 1, axis] - xyz[j, axis])
    return dot


@compiled
def _apart2(a: Records, b: Records) -> float:
    square = 0.0
    for axis in range(3):
        gap = max(a["low"][axis] - b["high"][axis], b["low"][axis] - a["high"][axis])
        square += gap * gap if gap > 0.0 else 0.0
    return square
