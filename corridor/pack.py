"""Corridors as flat arrays for compiled loops: leaves of eight segments, a tree of boxes over them.

All rows point to each other by number, so that the arrays of many corridors are laid end to end. Reading them
is ``nearest.py``'s and its callers'.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from corridor.ellipsoid import LEAST_RADIUS_M, Floats
from corridor.index import SLACK_M
from corridor.lanes import CLIMB, HEIGHT, LANES, ROWS, SCALE, STEP_X, STEP_Y, X, Y
from corridor.meets import lonely_leaves
from corridor.stretch import Ints, Records, Stretches
from corridor.tree import tree_over

CORRIDOR = np.dtype(
    [
        ("first_node", "<i8"),
        ("end_node", "<i8"),
        ("first_leaf", "<i8"),
        ("end_leaf", "<i8"),
        ("first_width", "<i8"),  # row in `Packed.width` of the first leaf's first segment; -1: none
        ("length_m", "<f8"),
        ("half_width_m", "<f8"),  # the widest
        ("start_grace_m", "<f8"),
        ("end_grace_m", "<f8"),
        ("lowest_m", "<f8"),  # band of altitudes; infinite: none
        ("highest_m", "<f8"),
        ("directed", "i1"),
        ("plain", "i1"),  # one half width for all of it, and none of the above
    ],
    align=True,
)
NODE = np.dtype(
    [
        ("low", "<f8", (3,)),  # geocentric box
        ("high", "<f8", (3,)),
        ("widest_m", "<f8"),
        ("start_m", "<f8"),  # along the path
        ("end_m", "<f8"),
        ("skip", "<i8"),
        ("leaf", "<i8"),  # -1: has nodes below
    ]
)
LEAF = np.dtype(
    [
        ("west", "<f8"),  # box in the stretch's plane
        ("south", "<f8"),
        ("east", "<f8"),
        ("north", "<f8"),
        ("stretch", "<i4"),
        ("before", "<i4"),  # the leaf next to it in the same stretch, or itself
        ("after", "<i4"),
        ("count", "<i4"),  # segments; the remaining lanes repeat the last of them
        ("lonely", "<i4"),  # 1: no other leg of the path is near (`meets.py`)
        ("spare", "<i4"),
    ]
)
SEGMENT = np.dtype(
    [
        ("along_m", "<f8"),
        ("length_m", "<f8"),
        ("course_deg", "<f4"),
        ("start_side", "i1"),  # outer side of a sharp turn at its ends, +1 right; 0: none
        ("end_side", "i1"),
    ],
    align=True,
)
# Half widths at a segment's ends.
WIDTH = np.dtype([("right", "<f8", (2,)), ("left", "<f8", (2,))])


class Packed(NamedTuple):
    """C corridors of L leaves."""

    corridor: Records  # (C,) CORRIDOR
    node: Records  # (M,) NODE
    leaf: Records  # (L,) LEAF
    lanes: Floats  # (L, ROWS, LANES) see `lanes.py`
    segment: Records  # (L * LANES,) SEGMENT: lane k of leaf l is row l * LANES + k
    width: Records  # (W,) WIDTH, for corridors that have several
    stretch: Records  # (S,) PLANE


def pack(line: Stretches, corridor: Records, half_widths_m: Floats | None) -> Packed:
    """Pack one corridor.

    Parameters
    ----------
    line
        Its path.
    corridor
        (1,) CORRIDOR with all that is not an offset.
    half_widths_m
        (G + 1, 2) right and left at the vertices of the densified path; None: one for all.
    """
    lane = _lanes(line.first)  # (L, LANES) segments
    leaves, stretch = len(lane), np.searchsorted(line.first, lane[:, 0], side="right") - 1
    width = np.empty(0 if half_widths_m is None else lane.size, WIDTH)
    widest_m = np.broadcast_to(corridor["half_width_m"], (leaves,))
    if half_widths_m is not None:
        at = lane.ravel()
        width["right"], width["left"] = (
            half_widths_m[np.stack([at, at + 1], axis=1), side] for side in (0, 1)
        )
        widest_m = np.maximum(width["right"], width["left"]).max(axis=1).reshape(leaves, LANES).max(axis=1)
    node = _nodes(line, lane, widest_m)
    leaf = _leaf_rows(line, lane, stretch)
    half_width_m = float(corridor["half_width_m"][0])
    leaf["lonely"] = lonely_leaves(node, lane, line.xyz, line.along_m, half_width_m)
    corridor["first_node"], corridor["end_node"] = 0, len(node)
    corridor["first_leaf"], corridor["end_leaf"] = 0, leaves
    corridor["first_width"] = -1 if half_widths_m is None else 0
    return Packed(
        corridor=corridor,
        node=node,
        leaf=leaf,
        lanes=_lane_rows(line, lane),
        segment=_segments(line, lane.ravel()),
        width=width,
        stretch=line.plane,
    )


def one_half_width_m(packed: Packed) -> float | None:
    """Give the half width that all corridors have, all along and on both sides; None if there is none."""
    first = packed.corridor[:1]
    same = packed.corridor["plain"].all() and (packed.corridor["half_width_m"] == first["half_width_m"]).all()
    return float(first["half_width_m"][0]) if same else None


def join(parts: Sequence[Packed]) -> Packed:
    """Lay packed corridors end to end."""
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    joined = Packed(*columns)
    counts = np.array([[len(column) for column in part] for part in parts])
    offset = dict(zip(Packed._fields, (np.cumsum(counts, axis=0) - counts).T, strict=True))
    for name, of in (("node", "node"), ("leaf", "leaf")):
        for end in ("first", "end"):
            joined.corridor[f"{end}_{name}"] += offset[of]
    varied = joined.corridor["first_width"] >= 0
    joined.corridor["first_width"][varied] += offset["width"][varied]
    size = dict(zip(Packed._fields, counts.T, strict=True))
    joined.node["skip"] += np.repeat(offset["node"], size["node"])
    ends = joined.node["leaf"] >= 0
    joined.node["leaf"][ends] += np.repeat(offset["leaf"], size["node"])[ends]
    for name in ("before", "after"):
        joined.leaf[name] += np.repeat(offset["leaf"], size["leaf"]).astype(np.int32)
    joined.leaf["stretch"] += np.repeat(offset["stretch"], size["leaf"]).astype(np.int32)
    return joined


def _lanes(first: Ints) -> Ints:
    """Give (L, LANES) segments; no leaf goes over the end of a stretch: there the last one is repeated."""
    leaves = -(-np.diff(first) // LANES)
    stretch = np.repeat(np.arange(len(leaves)), leaves)
    number = np.arange(len(stretch)) - np.repeat(np.cumsum(leaves) - leaves, leaves)
    lane: Ints = (first[stretch] + number * LANES)[:, None] + np.arange(LANES)
    return np.minimum(lane, first[stretch + 1][:, None] - 1)


def _lane_rows(line: Stretches, lane: Ints) -> Floats:
    start, step = line.start[lane], (line.end - line.start)[lane]
    rows = np.empty((len(lane), ROWS, LANES))
    rows[:, X], rows[:, Y], rows[:, HEIGHT] = np.moveaxis(start, -1, 0)
    rows[:, STEP_X], rows[:, STEP_Y], rows[:, CLIMB] = np.moveaxis(step, -1, 0)
    rows[:, SCALE] = 1 / (step[..., :2] ** 2).sum(axis=-1)
    return rows


def _leaf_rows(line: Stretches, lane: Ints, stretch: Ints) -> Records:
    leaf = np.zeros(len(lane), LEAF)
    ends = np.concatenate([line.start[lane, :2], line.end[lane, :2]], axis=1)
    # A rounding more than the segments: leaves are skipped by these boxes, and none may be by chance.
    leaf["west"], leaf["south"] = (ends.min(axis=1) - SLACK_M).T
    leaf["east"], leaf["north"] = (ends.max(axis=1) + SLACK_M).T
    number = np.arange(len(lane))
    same = np.concatenate([[False], stretch[1:] == stretch[:-1], [False]])
    leaf["stretch"] = stretch
    leaf["before"] = number - same[:-1]
    leaf["after"] = number + same[1:]
    leaf["count"] = lane[:, -1] - lane[:, 0] + 1
    return leaf


def _nodes(line: Stretches, lane: Ints, widest_m: Floats) -> Records:
    # An edge is an arc: it leaves the box of its ends by the bulge over half its length.
    length_m = np.diff(line.along_m)
    grow_m = (length_m[lane].max(axis=1) / 2) ** 2 / (2 * LEAST_RADIUS_M) + SLACK_M
    ends = np.concatenate([line.xyz[lane], line.xyz[lane + 1]], axis=1)
    shape = tree_over(len(lane))
    node = np.empty(len(shape.skip), NODE)
    node["low"] = _over(np.minimum, ends.min(axis=1) - grow_m[:, None], shape.first_leaf, shape.end_leaf)
    node["high"] = _over(np.maximum, ends.max(axis=1) + grow_m[:, None], shape.first_leaf, shape.end_leaf)
    node["widest_m"] = _over(np.maximum, np.asarray(widest_m), shape.first_leaf, shape.end_leaf)
    node["start_m"] = line.along_m[lane[shape.first_leaf, 0]]
    node["end_m"] = line.along_m[lane[shape.end_leaf - 1, -1] + 1]
    node["skip"] = shape.skip
    node["leaf"] = np.where(shape.end_leaf - shape.first_leaf == 1, shape.first_leaf, -1)
    return node


def _over(extreme: np.ufunc, values: Floats, first: Ints, end: Ints) -> Floats:
    """Give the least or greatest of ``values[first[m] : end[m]]`` for each m."""
    padded = np.concatenate([values, values[-1:]])  # reduceat wants all its bounds inside
    found: Floats = extreme.reduceat(padded, np.stack([first, end], axis=1).ravel(), axis=0)[::2]
    return found


def _segments(line: Stretches, segment: Ints) -> Records:
    rows = np.empty(len(segment), SEGMENT)
    rows["along_m"], rows["length_m"] = line.along_m[segment], np.diff(line.along_m)[segment]
    rows["course_deg"] = line.course_deg[segment]
    rows["start_side"], rows["end_side"] = line.turn[segment], line.turn[segment + 1]
    return rows
