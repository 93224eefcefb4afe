"""Which stretches of a path can hold the nearest point of each row: exact, by the R-tree over their boxes.

Looking at the stretches is ``kernel.py``; making them ``stretch.py``.
"""

import math

import numpy as np

from corridor.ellipsoid import Floats
from corridor.index import SLACK_M, BoxIndex, distances_to_boxes_m
from corridor.kernel import Candidates, bounding_balls
from corridor.stretch import Ints, Stretches

CHUNK_ROWS = 256
# The compiled loop tests so many boxes in the time of one R-tree query with its preparation (60 us), so less
# work than that needs none: paths under 65 stretches, and single fixes on paths of any length.
SCANNED_BOXES = 16_384


class StretchIndex:
    """The stretches of one path, by place."""

    __slots__ = ("_all", "_bounds", "_box", "_centre", "_idle")

    def __init__(self, line: Stretches) -> None:
        self._box = line.box
        self._centre = line.frame[:, :3]  # each a vertex of the path
        self._all = np.arange(len(line.box), dtype=np.int64)
        self._bounds = np.array([0, len(line.box)], dtype=np.int64)
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
            chosen = [self._near(boxes, ball) for ball in bounding_balls(lon, lat, CHUNK_ROWS)]
        finally:
            self._idle.append(boxes)
        first = np.concatenate([[0], np.cumsum([len(stretches) for stretches in chosen])])
        return Candidates(CHUNK_ROWS, first.astype(np.int64), np.concatenate(chosen))

    def _everything(self, rows: int) -> Candidates:
        return Candidates(max(rows, 1), self._bounds, self._all)

    def _near(self, boxes: BoxIndex, ball: Floats) -> Ints:
        """Give the stretches of one chunk of places, which all lie in a ball [x, y, z, radius].

        Some vertex of the path lies within u of the ball's middle. Then the nearest point of a place is
        within u + radius of the place, so within u + 2 radius of the middle: a box farther away cannot hold
        it.
        """
        middle = ball[:3]
        vertex = self._centre[boxes.nearest(middle)]
        reach_m = math.dist(vertex, middle) + 2 * float(ball[3]) + SLACK_M
        touching = np.array(
            boxes.touching(np.concatenate([middle - reach_m, middle + reach_m])), dtype=np.int64
        )
        return touching[distances_to_boxes_m(middle, self._box[touching]) <= reach_m]
