"""The floor: the least compiled loop that gives a distance and a place along, with every honest trick.

Geocentric metres, one plane a corridor, leaf boxes of eight segments, the device's last leaf first. No ends
of the earth, no far places, no widths, no sides, no memory: what it leaves out is what an engine is for.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from corridor import LocalFrame, Path
from corridor.compiled import compiled
from corridor.geodesic import lengths_m
from waywarn.bench.ground import Floats, Ints

_LEAF = 8
_A, _E2 = 6_378_137.0, (2 - 1 / 298.257223563) / 298.257223563


class Floor(NamedTuple):
    """All corridors, packed."""

    frame: Floats  # (P, 9) origin x, y, z; east and north axes
    first_leaf: Ints  # (P + 1,)
    box: Floats  # (L, 4) low x, low y, high x, high y
    first_segment: Ints  # (L + 1,)
    segment: Floats  # (S, 7) x, y, dx, dy, 1 / length², length, metres before it


def pack(paths: Sequence[Path]) -> Floor:
    """Pack paths, each in one plane about its middle vertex."""
    frames, boxes, segments = [], [], []
    leaves, counts = [0], [0]
    for path in paths:
        frame = LocalFrame(float(path.lon[len(path) // 2]), float(path.lat[len(path) // 2]))
        xy = frame.to_enu(path.lon, path.lat)[:, :2]
        edge, length_m = np.diff(xy, axis=0), lengths_m(path.lon, path.lat)
        before_m = np.cumsum(length_m) - length_m
        squared = (edge * edge).sum(axis=1)
        segments.append(np.column_stack([xy[:-1], edge, 1 / squared, length_m, before_m]))
        for start in range(0, len(edge), _LEAF):
            part = xy[start : start + _LEAF + 1]
            boxes.append(np.concatenate([part.min(axis=0), part.max(axis=0)]))
            counts.append(counts[-1] + len(part) - 1)
        leaves.append(len(boxes))
        frames.append(np.concatenate([frame.origin_xyz, *frame.axes[:2]]))
    return Floor(
        np.array(frames), np.array(leaves), np.array(boxes), np.array(counts), np.concatenate(segments)
    )


@compiled
def measure_floor(floor: Floor, which: Ints, lon: Floats, lat: Floats, out: Floats) -> None:
    """Fill (2, N) `out` with distances and places along."""
    frame, first_leaf, box = floor.frame, floor.first_leaf, floor.box
    first_segment, segment = floor.first_segment, floor.segment
    corridor, leaf = -1, -1
    for row in range(len(lon)):
        if which[row] != corridor:
            corridor = which[row]
            leaf = first_leaf[corridor]
        sin_lat, cos_lat = math.sin(lat[row] * (math.pi / 180)), math.cos(lat[row] * (math.pi / 180))
        normal = _A / math.sqrt(1 - _E2 * sin_lat * sin_lat)
        dx = normal * cos_lat * math.cos(lon[row] * (math.pi / 180)) - frame[corridor, 0]
        dy = normal * cos_lat * math.sin(lon[row] * (math.pi / 180)) - frame[corridor, 1]
        dz = normal * (1 - _E2) * sin_lat - frame[corridor, 2]
        px = frame[corridor, 3] * dx + frame[corridor, 4] * dy + frame[corridor, 5] * dz
        py = frame[corridor, 6] * dx + frame[corridor, 7] * dy + frame[corridor, 8] * dz
        best, along = math.inf, 0.0
        hinted = leaf
        for at in range(first_leaf[corridor] - 1, first_leaf[corridor + 1]):
            other = hinted if at < first_leaf[corridor] else at
            if at == hinted:
                continue
            left, right = box[other, 0] - px, px - box[other, 2]
            below, above = box[other, 1] - py, py - box[other, 3]
            gx = left if left > right else right
            gy = below if below > above else above
            gx = gx if gx > 0.0 else 0.0
            gy = gy if gy > 0.0 else 0.0
            if gx * gx + gy * gy >= best:
                continue
            for i in range(first_segment[other], first_segment[other + 1]):
                ex, ey = px - segment[i, 0], py - segment[i, 1]
                t = (ex * segment[i, 2] + ey * segment[i, 3]) * segment[i, 4]
                t = t if t > 0.0 else 0.0
                t = t if t < 1.0 else 1.0
                ex, ey = ex - t * segment[i, 2], ey - t * segment[i, 3]
                d2 = ex * ex + ey * ey
                if d2 < best:
                    best, leaf = d2, other
                    along = segment[i, 6] + t * segment[i, 5]
        out[0, row] = math.sqrt(best)
        out[1, row] = along
