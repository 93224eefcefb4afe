"""Fences packed into arrays of records: what the loops of ``fence_kernel.py`` walk over. No object per fence.

Laying boundaries out is ``fence_layout.py``; the tree over the fences ``ball_tree.py``.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from corridor.ball_tree import NODE
from corridor.compiled import compiled
from corridor.lent import Loan, borrowed

Ints = npt.NDArray[np.int64]
Records = npt.NDArray[Any]  # of one of the structured types below
Record = Any  # one of them, inside a compiled loop

# A fence in the order of the tree. A circle is its centre and radius over the surface; of a polygon it is a
# ball that holds all of its surface. `area` is -1 for a circle.
ENTRY = np.dtype([("x", "f8"), ("y", "f8"), ("z", "f8"), ("r", "f8"), ("fence", "i4"), ("area", "i4")])
# A polygon; where its rings and stretches end, the next one's begin. `north` counts the rings that go round
# the north pole with it inside.
AREA = np.dtype([("first_ring", "i4"), ("first_stretch", "i4"), ("north", "i4")])
# A ring in unwrapped degrees, closed, from its least longitude to its greatest: more than 360 degrees apart
# where it goes round the earth and over its own beginning.
RING = np.dtype([("west", "f8"), ("east", "f8"), ("first_vertex", "i4"), ("first_run", "i4")])
# A part of a boundary in a plane of its own: centre, sines and cosines of its place, radius of the ball about
# the centre that holds the part, and of the sphere that fits the earth there.
STRETCH = np.dtype(
    [(name, "f8") for name in ("x", "y", "z", "sin_lon", "cos_lon", "sin_lat", "cos_lat", "r", "earth_m")]
    + [("first_leaf", "i8")]
)
# Up to eight segments of a stretch, in a box that is rounded outwards.
LEAF = np.dtype([("x0", "f4"), ("y0", "f4"), ("x1", "f4"), ("y1", "f4"), ("first_point", "i4")])


# F fences lent to compiled loops (``lent.py``): the tables below by address, each with its length.
#
# ==========  =========================================================================================
# nodes       the tree over the entries, `ball_tree.NODE`
# entries     (F,) `ENTRY`
# entry_of    (F,) int32, where a fence stands among the entries
# areas       `AREA`; like rings, stretches and leaves with one row more, which ends the last
# rings       `RING`
# vertices    (V, 2) degrees
# runs        (U, 4) boxes round runs of edges of long rings, degrees: west, south, east, north
# stretches   `STRETCH`
# leaves      `LEAF`
# points      (P, 2) metres in the stretch's plane, each leaf with both its ends
# ==========  =========================================================================================
PackedFences = Loan


@compiled
def nodes_in(packed: PackedFences) -> Any:
    """Borrow the table."""
    return borrowed(packed["nodes"], packed["nodes_rows"], NODE)


@compiled
def entries_in(packed: PackedFences) -> Any:
    """Borrow the table."""
    return borrowed(packed["entries"], packed["entries_rows"], ENTRY)


@compiled
def areas_in(packed: PackedFences) -> Any:
    """Borrow the table."""
    return borrowed(packed["areas"], packed["areas_rows"], AREA)


@compiled
def rings_in(packed: PackedFences) -> Any:
    """Borrow the table."""
    return borrowed(packed["rings"], packed["rings_rows"], RING)


@compiled
def stretches_in(packed: PackedFences) -> Any:
    """Borrow the table."""
    return borrowed(packed["stretches"], packed["stretches_rows"], STRETCH)


@compiled
def leaves_in(packed: PackedFences) -> Any:
    """Borrow the table."""
    return borrowed(packed["leaves"], packed["leaves_rows"], LEAF)


@compiled
def vertices_in(packed: PackedFences) -> Any:
    """Borrow the table."""
    return borrowed(packed["vertices"], (packed["vertices_rows"], 2), np.float64)


@compiled
def points_in(packed: PackedFences) -> Any:
    """Borrow the table."""
    return borrowed(packed["points"], (packed["points_rows"], 2), np.float64)


@compiled
def runs_in(packed: PackedFences) -> Any:
    """Borrow the table."""
    return borrowed(packed["runs"], (packed["runs_rows"], 4), np.float64)


@compiled
def entry_of(packed: PackedFences, fence: int) -> int:
    """Give where a fence stands among the entries."""
    return int(borrowed(packed["entry_of"], packed["entry_of_rows"], np.int32)[fence])
