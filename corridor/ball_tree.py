"""Many balls in geocentric space as one flat tree: packed, frozen, walked forwards without a stack.

What the balls stand for, and the walk itself, is ``fence_kernel.py``. Balls, not boxes: a ball about a place
on the ground holds the whole surface patch, bulge and all, looks the same at every latitude, and its test is
the one that a circle needs anyway. Corridors have boxes (``tree.py``): each is searched alone, in the order
of its path, and a long thin run of segments fills a ball badly. The tree for a changing set is ``index.py``.
"""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled
from corridor.ellipsoid import Floats

Ints = npt.NDArray[np.int64]
Records = npt.NDArray[Any]  # of one of the structured types below

LEAF_BALLS = 4
FAN = 4
# Rows are 24 bytes, so that a node and the one after it share a cache line more often than not. Single
# precision is half a metre at the earth's surface: radii are rounded up by more.
NODE = np.dtype([("x", "f4"), ("y", "f4"), ("z", "f4"), ("r", "f4"), ("skip", "i4"), ("first", "i4")])
SINGLE_SLACK_M = 1.0
# A ball this many times the usual radius is kept apart, so that a hundred kilometres of airspace do not
# blow up every node above the school beside it.
APART = 8.0


def order_of(balls: Floats) -> Ints:
    """Give the order in which (F, 4) balls [x, y, z, radius] lie beside their neighbours; (F,)."""
    if not len(balls):
        return np.empty(0, dtype=np.int64)
    usual_m = max(float(np.median(balls[:, 3])), 1.0)
    size = np.ceil(np.log(np.maximum(balls[:, 3] / usual_m, 1.0)) / math.log(APART))
    size = np.maximum(size - 1.0, 0.0)
    order = np.argsort(size, kind="stable")
    for start, end in pairwise([0, *(np.flatnonzero(np.diff(size[order])) + 1).tolist(), len(order)]):
        _halve(balls, order[start:end])
    return order


def nodes_over(balls: Floats) -> Records:
    """Build the tree over balls that are in order already.

    Returns
    -------
    Nodes in the order of a walk: after a node come those below it, and ``skip`` is the first that does not.
    A leaf is a node whose ``skip`` is the next; its balls are ``first`` and up to `LEAF_BALLS` from there.
    """
    widths = [-(-len(balls) // LEAF_BALLS)]
    while widths[-1] > 1:
        widths.append(-(-widths[-1] // FAN))
    nodes = np.zeros(sum(widths), dtype=NODE)
    _fill_nodes(balls, np.array(widths, dtype=np.int64), nodes)
    return nodes


@compiled
def _halve(balls: Floats, order: Ints) -> None:
    """Cut balls in two across their longest side, and each part again, down to leaves.

    The first part holds as many leaves as a whole power of two, so that cuts fall between nodes.
    """
    pending = [(0, len(order))]
    while len(pending) > 0:
        start, end = pending.pop()
        if end - start <= LEAF_BALLS:
            continue
        part = LEAF_BALLS
        while part * 2 < end - start:
            part *= 2
        _select(balls, order, _longest_axis(balls, order[start:end]), (start, start + part, end))
        pending.append((start, start + part))
        pending.append((start + part, end))


@compiled
def _longest_axis(balls: Floats, order: Ints) -> int:
    longest, widest = 0, -1.0
    for axis in range(3):
        low, high = math.inf, -math.inf
        for i in order:
            low, high = min(low, balls[i, axis]), max(high, balls[i, axis])
        if high - low > widest:
            longest, widest = axis, high - low
    return longest


@compiled
def _select(balls: Floats, order: Ints, axis: int, scope: tuple[int, int, int]) -> None:
    """Put the least of a range before its middle, in any order (Hoare's selection)."""
    low, middle, high = scope[0], scope[1], scope[2] - 1
    while low < high:
        pivot = balls[order[(low + high) // 2], axis]
        i, j = low, high
        while i <= j:
            while balls[order[i], axis] < pivot:
                i += 1
            while balls[order[j], axis] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


@compiled
def _fill_nodes(balls: Floats, widths: Ints, nodes: Records) -> None:
    span = 1  # leaves below a node of this level
    for level in range(len(widths)):
        for i in range(widths[level]):
            start, end = i * span, min((i + 1) * span, widths[0])
            at, below, lower = 0, 0, 1
            for other in range(len(widths)):
                if other < level:
                    at += start // lower
                elif other > level:
                    at += start // lower + 1
                else:
                    at += i
                if other <= level:
                    below += -(-end // lower) - start // lower
                lower *= FAN
            first, last = start * LEAF_BALLS, min(end * LEAF_BALLS, len(balls))
            node = nodes[at]
            x, y, z, radius_m = _ball_about(balls, first, last)
            node["x"], node["y"], node["z"], node["r"] = x, y, z, radius_m + SINGLE_SLACK_M
            node["skip"], node["first"] = at + below, first
        span *= FAN


@compiled
def _ball_about(balls: Floats, first: int, last: int) -> tuple[float, float, float, float]:
    """Give the ball about the middle of the box round some balls."""
    low_x = low_y = low_z = math.inf
    high_x = high_y = high_z = -math.inf
    for i in range(first, last):
        r = balls[i, 3]
        low_x, high_x = min(low_x, balls[i, 0] - r), max(high_x, balls[i, 0] + r)
        low_y, high_y = min(low_y, balls[i, 1] - r), max(high_y, balls[i, 1] + r)
        low_z, high_z = min(low_z, balls[i, 2] - r), max(high_z, balls[i, 2] + r)
    x, y, z = (low_x + high_x) / 2, (low_y + high_y) / 2, (low_z + high_z) / 2
    radius_m = 0.0
    for i in range(first, last):
        dx, dy, dz = balls[i, 0] - x, balls[i, 1] - y, balls[i, 2] - z
        radius_m = max(radius_m, math.sqrt(dx * dx + dy * dy + dz * dz) + balls[i, 3])
    return x, y, z, radius_m
