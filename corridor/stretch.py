"""A path cut into stretches of segments, each in a plane of its own where straight lines are true.

What compiled loops walk over is packed from this by ``pack.py``; maps are drawn from it by ``outline.py``.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corridor.ellipsoid import Floats
from corridor.frame import geocentric_xyz
from corridor.geodesic import densify, edges
from corridor.path import Path
from corridor.plane import planes_about, planes_to_space

Ints = npt.NDArray[np.int64]
Records = npt.NDArray[np.void]

MAX_STRETCH_M = 20_000.0  # a plane is true to a millimetre over it (docs/decisions/0010)
MAX_EDGE_M = 1_000.0  # beside the centre of a plane a straight geodesic bends 0.03 mm over it
# Beyond this turn the side of a segment's line no longer is the side of the path; any angle under 90 will do.
SHARP_TURN_DEG = 60.0


class Stretches(NamedTuple):
    """S stretches of G segments; segment g goes from vertex g to g + 1 of the densified path."""

    plane: Records  # (S,) PLANE
    first: Ints  # (S + 1,) first segment of each stretch
    xyz: Floats  # (G + 1, 3) geocentric
    along_m: Floats  # (G + 1,) by geodesic
    course_deg: Floats  # (G,) direction of travel in the middle of the segment
    turn: Floats  # (G + 1,) outer side of a sharp turn at the vertex, +1 right; 0: none
    start: Floats  # (G, 3) east, north and up of each segment's ends in its stretch's plane
    end: Floats  # (G, 3)


def cut(path: Path) -> Stretches:
    """Densify a path and cut it into stretches."""
    lon, lat = densify(path.lon, path.lat, MAX_EDGE_M)
    length_m, azimuth_deg, end_azimuth_deg = edges(lon, lat)
    along_m = np.concatenate([[0.0], np.cumsum(length_m)])
    xyz = geocentric_xyz(lon, lat)
    first = _first_segments(along_m)
    centre = _centres(along_m, first)
    plane = planes_about(lon[centre], lat[centre])
    stretch = np.repeat(np.arange(len(plane)), np.diff(first))
    bend_deg = (end_azimuth_deg - azimuth_deg + 180) % 360 - 180
    return Stretches(
        plane=plane,
        first=first,
        xyz=xyz,
        along_m=along_m,
        course_deg=(azimuth_deg + bend_deg / 2) % 360,
        turn=_sharp_sides(azimuth_deg, end_azimuth_deg),
        start=planes_to_space(plane[stretch], xyz[:-1]),
        end=planes_to_space(plane[stretch], xyz[1:]),
    )


def _first_segments(along_m: Floats) -> Ints:
    """Give each stretch's first segment, and the count of segments at the end."""
    first, segments = [0], len(along_m) - 1
    while first[-1] < segments:
        start = first[-1]
        reach = int(np.searchsorted(along_m, along_m[start] + MAX_STRETCH_M, side="right")) - 1
        first.append(min(max(reach, start + 1), segments))
    return np.array(first, dtype=np.int64)


def _centres(along_m: Floats, first: Ints) -> Ints:
    """Give the vertex at half the length of each stretch: half the length is then the plane's reach."""
    return np.searchsorted(along_m, (along_m[first[:-1]] + along_m[first[1:]]) / 2)


def _sharp_sides(azimuth_deg: Floats, end_azimuth_deg: Floats) -> Floats:
    """Give for each vertex the outer side of a sharp turn, +1 right, -1 left; 0 where there is none; (V,)."""
    turn_deg = (azimuth_deg[1:] - end_azimuth_deg[:-1] + 180) % 360 - 180  # positive: clockwise
    outer = np.where(np.abs(turn_deg) > SHARP_TURN_DEG, -np.sign(turn_deg), 0.0)
    return np.concatenate([[0.0], outer, [0.0]])
