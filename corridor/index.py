"""Boxes in geocentric space and the R-tree over them: no seam at the antimeridian, none at the poles.

For sets that change (``changing.py``); frozen ones are ``tree.py``, corridors, and ``ball_tree.py``, fences.
"""

from collections.abc import Iterable

import numpy as np
from rtree import index

from corridor.ellipsoid import LEAST_RADIUS_M, Floats

# Covers rounding: places computed along different ways agree to nanometres.
SLACK_M = 1e-3


def bulge_m(radius_m: float) -> float:
    """Give how far the earth's surface rises over a disc of that radius: r² / 2R, rounded up.

    Examples
    --------
    >>> round(bulge_m(10_000.0), 2)
    7.89
    """
    return radius_m * radius_m / (2 * LEAST_RADIUS_M)


def box_around(xyz_m: Floats, grow_m: float) -> Floats:
    """Give the box [min x, y, z, max x, y, z] about (N, 3) points, grown on all sides; (6,)."""
    return np.concatenate([xyz_m.min(axis=0) - grow_m, xyz_m.max(axis=0) + grow_m])


def distances_to_boxes_m(point: Floats, boxes: Floats) -> Floats:
    """Give the least distance of a (3,) point to what lies in each of (N, 6) boxes; 0 inside."""
    outside = np.maximum(np.maximum(boxes[:, :3] - point, point - boxes[:, 3:]), 0.0)
    distance_m: Floats = np.sqrt((outside * outside).sum(axis=1))
    return distance_m


class BoxIndex:
    """A changing set of numbered boxes, searched by place.

    One thread at a time: libspatialindex counts on it.

    Examples
    --------
    >>> boxes = BoxIndex()
    >>> boxes.insert(7, np.array([0.0, 0, 0, 1, 1, 1]))
    >>> boxes.touching(np.array([0.5, 0.5, 0.5, 2, 2, 2])), boxes.nearest(np.array([9.0, 9, 9]))
    ([7], 7)
    >>> boxes.delete(7)
    >>> boxes.touching(np.array([0.5, 0.5, 0.5, 2, 2, 2]))
    []
    """

    def __init__(self, boxes: Iterable[tuple[int, Floats]] = ()) -> None:
        self._tree = index.Index(properties=index.Property(dimension=3), interleaved=True)
        self._boxes: dict[int, Floats] = {}
        for key, box in boxes:
            self.insert(key, box)

    def __len__(self) -> int:
        return len(self._boxes)

    def insert(self, key: int, box: Floats) -> None:
        """Add a (6,) box under a number that is free."""
        if key in self._boxes:
            raise KeyError(f"box {key} is in the index already")
        self._tree.insert(key, box)
        self._boxes[key] = box

    def delete(self, key: int) -> None:
        """Remove a box; KeyError if there is none of that number."""
        self._tree.delete(key, self._boxes.pop(key))

    def touching(self, box: Floats) -> list[int]:
        """Give the numbers of all boxes that overlap or touch a (6,) box, ascending."""
        return sorted(self._tree.intersection(box))

    def nearest(self, point: Floats) -> int:
        """Give the number of a box nearest to a (3,) point (the lowest of equals)."""
        return min(self._tree.nearest(np.concatenate([point, point]), 1))
