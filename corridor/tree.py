"""The shape of a tree over leaves in order: laid out so that a loop walks it without a stack.

Nodes stand in pre-order; each knows where to go on if nothing below it matters. The boxes are ``pack.py``'s.
Leaves come in the order of a path, which needs no sorting; fences, which lie anyhow, have ``ball_tree.py``.
"""

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FAN_OUT = 4

Ints = npt.NDArray[np.int64]


class Shape(NamedTuple):
    """M nodes in pre-order."""

    skip: Ints  # (M,) the next node that is not below this one
    first_leaf: Ints  # (M,) leaves below: first_leaf[m] up to
    end_leaf: Ints  # (M,) ... but not with end_leaf[m]


@lru_cache(maxsize=1024)  # paths of a network have sizes alike
def tree_over(leaves: int) -> Shape:
    """Give the shape of a tree over so many leaves; a leaf is a node of its own.

    Examples
    --------
    >>> tree_over(3).skip.tolist(), tree_over(3).first_leaf.tolist(), tree_over(3).end_leaf.tolist()
    ([4, 2, 3, 4], [0, 0, 1, 2], [3, 1, 2, 3])
    """
    nodes: list[tuple[int, int, int]] = []
    _grow(nodes, 0, leaves, _height_of(leaves))
    skip, first, end = np.array(nodes, dtype=np.int64).T.copy()
    return Shape(skip, first, end)


def _height_of(leaves: int) -> int:
    height = 0
    while FAN_OUT**height < leaves:
        height += 1
    return height


def _grow(nodes: list[tuple[int, int, int]], first: int, end: int, height: int) -> None:
    here = len(nodes)
    nodes.append((0, first, end))
    if end - first > 1:
        below = min(FAN_OUT, -(-(end - first) // FAN_OUT ** (height - 1)))
        bounds = [first + (end - first) * child // below for child in range(below + 1)]
        for low, high in pairwise(bounds):
            _grow(nodes, low, high, height - 1)
    nodes[here] = (len(nodes), first, end)
