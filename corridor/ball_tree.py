"""Many balls in geocentric space as one flat tree: packed, frozen, walked forwards without a stack.

What the balls stand for, and the walk itself, is ``fence_kernel.py``. Balls, not boxes: a ball about a place
on the ground holds the whole surface patch, bulge and all, looks the same at every latitude, and its test is
the one that a circle needs anyway. The tree for a changing set is ``index.py``.
"""

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled
from corridor.ellipsoid import Floats, geocentric

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
_CURVE_BITS = 24  # a cell of the curve is a metre

_Place = tuple[float, float, float]
place_of = cast("Callable[[float, float], _Place]", compiled(geocentric))


def order_of(balls: Floats) -> Ints:
    """Give the order in which (F, 4) balls [x, y, z, radius] lie beside their neighbours; (F,)."""
    if not len(balls):
        return np.empty(0, dtype=np.int64)
    usual_m = max(float(np.median(balls[:, 3])), 1.0)
    size = np.ceil(np.log(np.maximum(balls[:, 3] / usual_m, 1.0)) / math.log(APART)).astype(np.int64)
    keys = _curve_keys(balls) + (np.minimum(np.maximum(size - 1, 0), 7) << 3 + 2 * _CURVE_BITS)
    return np.argsort(keys, kind="stable")


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
def _curve_keys(balls: Floats) -> Ints:
    """Give the cells of balls on a Hilbert curve over each side of a cube round the earth."""
    keys = np.empty(len(balls), dtype=np.int64)
    cells = 1 << _CURVE_BITS
    for i in range(len(balls)):
        x, y, z = balls[i, 0], balls[i, 1], balls[i, 2]
        if abs(x) >= abs(y) and abs(x) >= abs(z):
            face, major, u, v = 0, x, y, z
        elif abs(y) >= abs(z):
            face, major, u, v = 2, y, z, x
        else:
            face, major, u, v = 4, z, x, y
        face += major < 0.0
        column = min(int((u / abs(major) + 1.0) * 0.5 * cells), cells - 1)
        row = min(int((v / abs(major) + 1.0) * 0.5 * cells), cells - 1)
        key = face
        side = cells >> 1
        while side > 0:
            right, upper = (column & side) > 0, (row & side) > 0
            key = key * 4 + (3 * right ^ upper)
            if not upper:  # the curve's lower quarters are turned
                if right:
                    column, row = cells - 1 - column, cells - 1 - row
                column, row = row, column
            side >>= 1
        keys[i] = key
    return keys


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
