"""The compiled measuring loop: a row of degrees to the nearest point of a path.

Rows beyond the reach of a plane get their nearest segment and place on it; their distance is then a
geodesic, which ``far.py`` gives. Packing the path is ``stretch.py``.
"""

import math
from collections.abc import Callable
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled
from corridor.ellipsoid import Floats, geocentric
from corridor.stretch import Ints, Stretches

# A path within this of a fix is measured in the plane. A stretch reaches 10.5 km from its frame's centre at
# most, so no point is measured in a frame from more than 50 km away.
PLANE_REACH_M = 39_000.0
# Boxes bound chords exactly, measured chords are true to 2e-7 of themselves: none is skipped for that.
_WIDER = 1.0 + 1e-6

Place = tuple[float, float, float]  # geocentric x, y, z
_geocentric = cast("Callable[[float, float], Place]", compiled(geocentric))


class Candidates(NamedTuple):
    """Which stretches can hold the nearest point of a row, for chunks of rows.

    Row i's are ``stretch[first[c] : first[c + 1]]`` with ``c = i // rows``.
    """

    rows: int
    first: Ints  # (C + 1,)
    stretch: Ints


@compiled
def measure_rows(
    lon: Floats,
    lat: Floats,
    line: Stretches,
    candidates: Candidates,
    out: Floats,
    far: npt.NDArray[np.int64],
) -> int:
    """Measure N rows against one path, and count those that are far.

    Parameters
    ----------
    lon, lat
        (N,) degrees, finite and in range.
    line
        The path.
    candidates
        The stretches to look at; all of them will always do.
    out
        (3, N), filled with distance, signed cross-track and along-track metres; of a far row with nothing,
        the fraction along its segment, and along-track metres.
    far
        (N,), filled with the nearest segment of a far row, -1 for a near one.
    """
    # Arrays one by one: a loop that takes them from the tuple counts references at every row.
    frame, box, first_leaf, leaves = line.frame, line.box, line.first_leaf, line.leaf
    first_segment, plane, span = line.first_segment, line.plane, line.span
    stretch = candidates.stretch[0]
    leaf = first_leaf[stretch]
    far_rows = 0
    for row in range(len(lon)):
        place = _geocentric(lon[row], lat[row])
        chunk = row // candidates.rows
        low, high = candidates.first[chunk], candidates.first[chunk + 1]
        best = PLANE_REACH_M * PLANE_REACH_M
        segment = -1
        t = 0.0
        side = 1.0
        # The stretch and leaf of the row before come first: most rows stay there, and all else is pruned.
        hinted_stretch, hinted_leaf = stretch, leaf
        for at in range(low - 1, high):
            other = hinted_stretch if at < low else candidates.stretch[at]
            if at >= low and other == hinted_stretch:
                continue
            if _box_distance2(box, other, place) > best * _WIDER:
                continue
            point = _to_plane(frame, other, place)
            scope = (first_leaf[other], first_leaf[other + 1], hinted_leaf if at < low else -1)
            found, found_t, found_leaf = _nearest_in_plane(
                leaves, first_segment, plane, scope, point, best * _WIDER
            )
            if found < 0:
                continue
            chord2, found_side = _chord_and_side(plane, span, found, found_t, point, frame[other, 9])
            if chord2 < best or (chord2 == best and found < segment):
                best, segment, t, side = chord2, found, found_t, found_side
                stretch, leaf = other, found_leaf
        far[row] = -1
        if segment < 0:
            far_rows += 1
            segment, t, stretch = _nearest_in_space(line, hinted_stretch, candidates, chunk, place)
            leaf = first_leaf[stretch]
            far[row] = segment
            out[1, row] = t
        else:
            # Surface distance from the chord: s = c (1 + c² / 24 R²), 0.1 m at 40 km
            distance_m = math.sqrt(best) * (1.0 + best / (24.0 * frame[stretch, 9] * frame[stretch, 9]))
            out[0, row] = distance_m
            out[1, row] = side * distance_m
        out[2, row] = span[segment, 0] + t * span[segment, 1]
    return far_rows


@compiled
def first_bad_row(lon: Floats, lat: Floats) -> int:
    """Give the first row whose place is NaN, infinite or out of range, -1 if none is."""
    for row in range(len(lon)):
        if not (abs(lon[row]) <= 180.0 and abs(lat[row]) <= 90.0):
            return row
    return -1


@compiled
def bounding_balls(lon: Floats, lat: Floats, rows: int) -> Floats:
    """Give (C, 4) geocentric middle and radius of each chunk of that many rows."""
    balls = np.zeros((-(-len(lon) // rows), 4))
    for chunk in range(len(balls)):
        start, end = chunk * rows, min((chunk + 1) * rows, len(lon))
        ball = balls[chunk]
        for row in range(start, end):
            place = _geocentric(lon[row], lat[row])
            for axis in range(3):
                ball[axis] += place[axis] / (end - start)
        for row in range(start, end):
            x, y, z = _geocentric(lon[row], lat[row])
            away = math.sqrt((x - ball[0]) ** 2 + (y - ball[1]) ** 2 + (z - ball[2]) ** 2)
            ball[3] = max(ball[3], away)
    return balls


@compiled
def _gap(low: float, high: float, at: float) -> float:
    """Give how far a number lies outside an interval; spelt out, as three-way max takes twice the time."""
    below, above = low - at, at - high
    gap = below if below > above else above
    return gap if gap > 0.0 else 0.0


@compiled
def _box_distance2(box: Floats, at: int, place: Place) -> float:
    x, y, z = place
    dx = _gap(box[at, 0], box[at, 3], x)
    dy = _gap(box[at, 1], box[at, 4], y)
    dz = _gap(box[at, 2], box[at, 5], z)
    return dx * dx + dy * dy + dz * dz


@compiled
def _to_plane(frame: Floats, stretch: int, place: Place) -> tuple[float, float]:
    x, y, z = place
    dx, dy, dz = x - frame[stretch, 0], y - frame[stretch, 1], z - frame[stretch, 2]
    east = frame[stretch, 3] * dx + frame[stretch, 4] * dy + frame[stretch, 5] * dz
    north = frame[stretch, 6] * dx + frame[stretch, 7] * dy + frame[stretch, 8] * dz
    return east, north


@compiled
def _nearest_in_plane(
    leaves: Floats,
    first_segment: Ints,
    plane: Floats,
    scope: tuple[int, int, int],
    point: tuple[float, float],
    limit: float,
) -> tuple[int, float, int]:
    """Give the nearest segment within the squared limit or -1, the fraction along it, its leaf.

    `scope` is the stretch's first leaf, the end of its leaves, and the leaf to try first (-1: none).
    """
    px, py = point
    low, high, hinted = scope
    best = limit
    segment, t, leaf = -1, 0.0, hinted
    for at in range(low - 1, high):
        other = hinted if at < low else at
        if other < 0 or (at >= low and other == hinted):
            continue
        dx = _gap(leaves[other, 0], leaves[other, 2], px)
        dy = _gap(leaves[other, 1], leaves[other, 3], py)
        if dx * dx + dy * dy > best:
            continue
        least, where, fraction = math.inf, -1, 0.0
        for i in range(first_segment[other], first_segment[other + 1]):
            ex, ey = px - plane[i, 0], py - plane[i, 1]
            sx, sy = plane[i, 2], plane[i, 3]
            s = (ex * sx + ey * sy) * plane[i, 4]
            s = s if s > 0.0 else 0.0
            s = s if s < 1.0 else 1.0
            ex, ey = ex - s * sx, ey - s * sy
            d2 = ex * ex + ey * ey
            if d2 < least:
                least, where, fraction = d2, i, s
        # Equals go to the earlier segment, whatever the order in which leaves are looked at.
        if least < best or (least == best and where < segment):
            best, segment, t, leaf = least, where, fraction, other
    return segment, t, leaf


@compiled
def _chord_and_side(
    plane: Floats, span: Floats, segment: int, t: float, point: tuple[float, float], radius_m: float
) -> tuple[float, float]:
    """Give the squared chord from a point to its foot, and the side that the point is on (+1 right)."""
    px, py = point
    sx, sy = plane[segment, 2], plane[segment, 3]
    fx, fy = plane[segment, 0] + t * sx, plane[segment, 1] + t * sy
    ex, ey = px - fx, py - fy
    # The plane foreshortens what points to its centre: by 1.2 mm on a kilometre, 10 km out. The surface falls
    # off by r² / 2R, so the drop between both ends gives back the true chord.
    p2, f2 = px * px + py * py, fx * fx + fy * fy
    drop = (p2 - f2) / (2.0 * radius_m - (p2 + f2) / (2.0 * radius_m))
    side = 1.0 if sx * ey - sy * ex <= 0.0 else -1.0
    # Round the outside of a sharp bend one may be on the other side of the segment's line.
    if t == 0.0 and span[segment, 2] != 0.0:
        side = span[segment, 2]
    elif t == 1.0 and span[segment, 3] != 0.0:
        side = span[segment, 3]
    return ex * ex + ey * ey + drop * drop, side


@compiled
def _nearest_in_space(
    line: Stretches, hinted: int, candidates: Candidates, chunk: int, place: Place
) -> tuple[int, float, int]:
    """Give the segment nearest by straight chord through the earth, the fraction along it, its stretch."""
    x, y, z = place
    low, high = candidates.first[chunk], candidates.first[chunk + 1]
    best = math.inf
    segment, t, stretch = -1, 0.0, hinted
    for at in range(low - 1, high):
        other = hinted if at < low else candidates.stretch[at]
        if at >= low and (other == hinted or _box_distance2(line.box, other, place) > best * _WIDER):
            continue
        first = line.first_segment[line.first_leaf[other]]
        last = line.first_segment[line.first_leaf[other + 1]]
        for i in range(first, last):
            ex, ey, ez = x - line.chord[i, 0], y - line.chord[i, 1], z - line.chord[i, 2]
            sx, sy, sz = line.chord[i, 3], line.chord[i, 4], line.chord[i, 5]
            s = min(max((ex * sx + ey * sy + ez * sz) * line.chord[i, 6], 0.0), 1.0)
            ex, ey, ez = ex - s * sx, ey - s * sy, ez - s * sz
            d2 = ex * ex + ey * ey + ez * ez
            if d2 < best or (d2 == best and i < segment):
                best, segment, t, stretch = d2, i, s, other
    return segment, t, stretch
