"""A path made ready for measuring: densified, cut into stretches with a frame each, packed into arrays.

The loop over these arrays is ``kernel.py``. They hold no pointer to the path and index each other by plain
offsets, so that the arrays of many paths can be concatenated.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corridor.ellipsoid import Floats, axes, mean_radius_m
from corridor.frame import geocentric_xyz
from corridor.geodesic import azimuths_deg, densify, lengths_m
from corridor.index import SLACK_M, box_around, bulge_m
from corridor.path import Path

Ints = npt.NDArray[np.int64]

MAX_STRETCH_M = 20_000.0  # a plane is true to a millimetre over it (docs/decisions/0010)
MAX_STRETCH_SEGMENTS = 256  # 32 leaves, so that scanning their boxes stays cheap beside the rest
MAX_EDGE_M = 1_000.0  # beside the centre of a frame a straight geodesic bends 0.03 mm over it
LEAF_SEGMENTS = 8
# Beyond this turn the side of a segment's line no longer is the side of the path; any angle under 90 will do.
SHARP_TURN_DEG = 60.0


class Stretches(NamedTuple):
    """S stretches of L leaves of G segments, packed."""

    frame: Floats  # (S, 10) origin x y z, east x y z, north x y z, radius of the fitting sphere
    box: Floats  # (S, 6) geocentric, round all of the stretch
    first_leaf: Ints  # (S + 1,) offsets into leaf
    leaf: Floats  # (L, 4) min x, min y, max x, max y in the stretch's frame
    first_segment: Ints  # (L + 1,) offsets into the four below
    plane: Floats  # (G, 5) in the frame: start x y, step x y, 1 / step²
    span: Floats  # (G, 4) along_m and length_m by geodesic; sides (+1 right) of a sharp turn at start, end
    chord: Floats  # (G, 7) geocentric: start x y z, step x y z, 1 / step²
    start: Floats  # (G, 3) lon, lat, azimuth of travel


def cut(path: Path) -> Stretches:
    """Densify a path and cut it into packed stretches."""
    lon, lat = densify(path.lon, path.lat, MAX_EDGE_M)
    length_m = lengths_m(lon, lat)
    along_m = np.concatenate([[0.0], np.cumsum(length_m)])
    azimuth_deg, end_azimuth_deg = azimuths_deg(lon, lat)
    xyz = geocentric_xyz(lon, lat)

    first = _first_segments(along_m)
    frame = _frames(lon, lat, along_m, first)
    stretch = np.repeat(np.arange(len(frame)), np.diff(first))
    first_leaf, first_segment = _leaves(first)
    plane = _in_frames(xyz, frame, stretch)
    leaf_low, leaf_high = _plane_bounds(plane, first_segment)
    turn = _sharp_sides(azimuth_deg, end_azimuth_deg)
    return Stretches(
        frame=frame,
        box=_boxes(xyz, length_m, first),
        first_leaf=first_leaf,
        leaf=np.hstack([leaf_low, leaf_high]),
        first_segment=first_segment,
        plane=plane,
        span=np.stack([along_m[:-1], length_m, turn[:-1], turn[1:]], axis=1),
        chord=_with_step(xyz[:-1], xyz[1:]),
        start=np.stack([lon[:-1], lat[:-1], azimuth_deg], axis=1),
    )


def _first_segments(along_m: Floats) -> Ints:
    """Give each stretch's first segment, and the count of segments at the end."""
    first, segments = [0], len(along_m) - 1
    while first[-1] < segments:
        start = first[-1]
        reach = int(np.searchsorted(along_m, along_m[start] + MAX_STRETCH_M, side="right")) - 1
        first.append(min(max(reach, start + 1), start + MAX_STRETCH_SEGMENTS, segments))
    return np.array(first, dtype=np.int64)


def _frames(lon: Floats, lat: Floats, along_m: Floats, first: Ints) -> Floats:
    """Centre each stretch's frame on the vertex at half its length: half the length is then its reach."""
    middle_m = (along_m[first[:-1]] + along_m[first[1:]]) / 2
    centre = np.searchsorted(along_m, middle_m)
    rows = []
    for vertex in centre:
        place = float(lon[vertex]), float(lat[vertex])
        rows.append([*geocentric_xyz(*place)[0], *axes(*place)[:2].ravel(), mean_radius_m(place[1])])
    return np.array(rows)


def _boxes(xyz: Floats, length_m: Floats, first: Ints) -> Floats:
    boxes = []
    for start, end in pairwise(first):
        # An edge is an arc: it leaves the box of its ends by the bulge over half its length.
        grow_m = bulge_m(float(length_m[start:end].max()) / 2) + SLACK_M
        boxes.append(box_around(xyz[start : end + 1], grow_m))
    return np.array(boxes)


def _leaves(first: Ints) -> tuple[Ints, Ints]:
    starts = [np.arange(start, end, LEAF_SEGMENTS) for start, end in pairwise(first)]
    first_leaf = np.concatenate([[0], np.cumsum([len(leaves) for leaves in starts])])
    return first_leaf.astype(np.int64), np.append(np.concatenate(starts), first[-1]).astype(np.int64)


def _in_frames(xyz: Floats, frame: Floats, stretch: Ints) -> Floats:
    origin = frame[stretch, :3]
    plane_axes = frame[stretch, 3:9].reshape(-1, 2, 3)
    ends = [np.einsum("gij,gj->gi", plane_axes, end - origin) for end in (xyz[:-1], xyz[1:])]
    return _with_step(*ends)


def _with_step(start: Floats, end: Floats) -> Floats:
    step = end - start
    return np.hstack([start, step, 1 / (step * step).sum(axis=1, keepdims=True)])


def _plane_bounds(plane: Floats, first_segment: Ints) -> tuple[Floats, Floats]:
    start, end = plane[:, :2], plane[:, :2] + plane[:, 2:4]
    low = np.minimum.reduceat(np.minimum(start, end), first_segment[:-1])
    high = np.maximum.reduceat(np.maximum(start, end), first_segment[:-1])
    # A rounding more than the segments: leaves are skipped by these boxes, and none may be by chance.
    return low - SLACK_M, high + SLACK_M


def _sharp_sides(azimuth_deg: Floats, end_azimuth_deg: Floats) -> Floats:
    """Give for each vertex the outer side of a sharp turn, +1 right, -1 left; 0 where there is none; (V,)."""
    turn_deg = (azimuth_deg[1:] - end_azimuth_deg[:-1] + 180) % 360 - 180  # positive: clockwise
    outer = np.where(np.abs(turn_deg) > SHARP_TURN_DEG, -np.sign(turn_deg), 0.0)
    return np.concatenate([[0.0], outer, [0.0]])
