"""Which stretches of a path can hold the nearest point of each row: exact, by the R-tree over their boxes.

Looking at the stretches is ``kernel.py``; making them ``stretch.py``.
"""

import numpy as np

from corridor.ellipsoid import Floats
from corridor.frame import geocentric_xyz
from corridor.index import SLACK_M, BoxIndex, distances_to_boxes_m
from corridor.kernel import Candidates
from corridor.stretch import Ints, Stretches

CHUNK_ROWS = 256
# The compiled loop tests so many boxes in the time of one R-tree query, so less work than that needs none.
# A path of one stretch never has more: its chunks of rows are larger than its boxes are many.
SCANNED_BOXES = 4096


class StretchIndex:
    """The stretches of one path, by place."""

    __slots__ = ("_all", "_box", "_centre", "_idle")

    def __init__(self, line: Stretches) -> None:
        self._box = line.box
        self._centre = line.frame[:, :3]  # each a vertex of the path
        self._all = np.arange(len(line.box), dtype=np.int64)
        # The R-tree serves one thread at a time. Taking it from this list and putting it back are single
        # steps to the interpreter; who finds the list empty looks at all stretches instead.
        self._idle: list[BoxIndex] = []
        if len(self._all) * CHUNK_ROWS > SCANNED_BOXES:
            self._idle.append(BoxIndex(enumerate(line.box)))

    def candidates(self, lon: Floats, lat: Floats) -> Candidates:
        """Give the stretches that rows of valid places may be nearest to."""
        rows = len(lon)
        if min(rows, CHUNK_ROWS) * len(self._all) <= SCANNED_BOXES:
            return self._everything(rows)
        try:
            boxes = self._idle.pop()
        except IndexError:
            return self._everything(rows)
        try:
            starts = range(0, rows, CHUNK_ROWS)
            chosen = [
                self._near(boxes, geocentric_xyz(lon[at : at + CHUNK_ROWS], lat[at : at + CHUNK_ROWS]))
                for at in starts
            ]
        finally:
            self._idle.append(boxes)
        first = np.concatenate([[0], np.cumsum([len(stretches) for stretches in chosen])])
        return Candidates(CHUNK_ROWS, first.astype(np.int64), np.concatenate(chosen))

    def _everything(self, rows: int) -> Candidates:
        return Candidates(max(rows, 1), np.array([0, len(self._all)]), self._all)

    def _near(self, boxes: BoxIndex, xyz: Floats) -> Ints:
        """Give the stretches of one chunk of (n, 3) places.

        Let all rows lie within r of their middle c, and some vertex of the path within u of c. Then a row's
        nearest point is within u + r of the row, so within u + 2 r of c; a box farther from c cannot hold it.
        """
        middle = xyz.mean(axis=0)
        radius_m = float(np.sqrt(((xyz - middle) ** 2).sum(axis=1).max()))
        vertex = self._centre[boxes.nearest(middle)]
        reach_m = float(np.sqrt(((vertex - middle) ** 2).sum())) + 2 * radius_m + SLACK_M
        touching = np.array(
            boxes.touching(np.concatenate([middle - reach_m, middle + reach_m])), dtype=np.int64
        )
        return touching[distances_to_boxes_m(middle, self._box[touching]) <= reach_m]
