"""Boxes in geocentric space and the R-tree over them: no seam at the antimeridian, none at the poles.

For sets that change (``changing.py``); frozen ones are ``tree.py``, corridors, and ``ball_tree.py``, fences.
"""

from collections.abc import Iterable

from rtree import index

from corridor.ellipsoid import Floats

# Covers rounding: places computed along different ways agree to nanometres.
SLACK_M = 1e-3


class BoxIndex:
    """A changing set of numbered boxes, searched by place.

    One thread at a time: libspatialindex counts on it.

    Examples
    --------
    >>> import numpy as np
    >>> boxes = BoxIndex()
    >>> boxes.insert(7, np.array([0.0, 0, 0, 1, 1, 1]))
    >>> boxes.touching(np.array([0.5, 0.5, 0.5, 2, 2, 2]))
    [7]
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
