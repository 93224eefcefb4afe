"""Where the way between two fixes crosses a fence's boundary, and in which direction.

The way is the straight segment in the plane that touches the earth half-way between the two fixes (a
``LocalFrame`` about the middle of their geodesic): a line through the plane's centre, so the geodesic itself.
"""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

import numpy as np

from corridor.ellipsoid import Floats
from corridor.errors import FixError
from corridor.fence_arrays import PackedFences
from corridor.frame import LocalFrame
from corridor.geodesic import wgs84
from corridor.lent import lent

# A plane that wide is no longer the ground: 1,000 km from its centre it is 4 km short along the way.
MAX_WAY_M = 2_000_000.0
_SAME_M = 1e-3  # crossings closer than that are one corner, and an end so close to the edge is on it
_ON_WAY_M = 1e-6  # who lies so near to the way lies on it: planes agree to nanometres
_HALVINGS = 60

Distance = Callable[[Floats, Floats], Floats]


class Direction(Enum):
    """Which way a boundary is crossed."""

    ENTER = "enter"
    EXIT = "exit"


class Crossing(NamedTuple):
    """One passage through a boundary.

    Parameters
    ----------
    fraction
        Of the way, 0 at its start and 1 at its end.
    direction
        In or out.
    lon, lat
        Where, in degrees.
    """

    fraction: float
    direction: Direction
    lon: float
    lat: float


class Way:
    """The straight way between two fixes."""

    def __init__(self, lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> None:
        azimuth_deg, _, self.length_m = wgs84().inv(lon_a, lat_a, lon_b, lat_b)
        if self.length_m > MAX_WAY_M:
            raise FixError(f"the way is {self.length_m / 1000:.0f} km long, over {MAX_WAY_M / 1000:.0f} km")
        lon, lat, _ = wgs84().fwd(lon_a, lat_a, azimuth_deg, self.length_m / 2)
        self.frame = LocalFrame(float(lon), float(lat))
        self.start, self.end = self.frame.to_enu([lon_a, lon_b], [lat_a, lat_b])[:, :2]

    def at(self, fraction: Floats) -> tuple[Floats, Floats]:
        """Give (N,) degrees at fractions of the way."""
        lon, lat = self.frame.from_enu(self.start + fraction[:, None] * (self.end - self.start)).T
        return lon, lat


def through_boundary(way: Way, packed: PackedFences) -> Floats:
    """Give where a way passes through the boundary of a polygon: ascending fractions; (N,).

    What only touches is no crossing: an end of an edge on the way counts as on its right, so that a corner
    counts once if the boundary goes on to the other side there, and twice or not at all if it turns back.
    Ways along an edge have the fence on their left, and are inside, or on their right, and only touch it.
    """
    start, end = _segments(way, packed)
    along = way.end - way.start
    left_of_start, left_of_end = (
        along[0] * (ends[:, 1] - way.start[1]) - along[1] * (ends[:, 0] - way.start[0])
        for ends in (start, end)
    )
    on_way = _ON_WAY_M * float(np.hypot(*along))
    passing = (left_of_start > on_way) != (left_of_end > on_way)
    start, end = start[passing], end[passing]
    share = np.clip(left_of_start[passing] / (left_of_start[passing] - left_of_end[passing]), 0.0, 1.0)
    meeting = start + share[:, None] * (end - start) - way.start
    fractions = np.sort(meeting @ along / (along @ along))
    inner: Floats = fractions[(fractions >= 0) & (fractions <= 1)]
    return _without_touches(inner, _SAME_M / way.length_m)


def _without_touches(fractions: Floats, same: float) -> Floats:
    """Leave out pairs at one place: in and out again."""
    kept: list[float] = []
    for fraction in fractions.tolist():
        if kept and fraction - kept[-1] <= same:
            kept.pop()
        else:
            kept.append(fraction)
    return np.array(kept)


def _segments(way: Way, packed: PackedFences) -> tuple[Floats, Floats]:
    """Give the boundary's segments near a way in its plane: (S, 2) starts and ends."""
    tables = lent(packed)
    stretches, leaves, points = tables["stretches"], tables["leaves"], tables["points"]
    per_leaf, per_stretch = np.diff(leaves["first_point"]), np.diff(stretches["first_leaf"])
    at = stretches[np.repeat(np.repeat(np.arange(len(per_stretch)), per_stretch), per_leaf)]
    px, py = points.T
    p2 = px * px + py * py
    up = -p2 / (2.0 * at["earth_m"] - p2 / (2.0 * at["earth_m"]))
    out = at["cos_lat"] * up - at["sin_lat"] * py
    xyz = np.stack(
        [
            at["x"] + at["cos_lon"] * out - at["sin_lon"] * px,
            at["y"] + at["sin_lon"] * out + at["cos_lon"] * px,
            at["z"] + at["sin_lat"] * up + at["cos_lat"] * py,
        ],
        axis=1,
    )
    offset = xyz - way.frame.origin_xyz
    near = (offset * offset).sum(axis=1) <= (way.length_m + 5_000.0) ** 2
    first = np.ones(len(points), dtype=bool)
    first[leaves["first_point"][:-1]] = False  # no segment ends where a leaf begins
    ends = np.flatnonzero(first & (near | np.roll(near, 1)))
    plane: Floats = offset @ way.frame.axes[:2].T
    return plane[ends - 1], plane[ends]


def through_circle(way: Way, distance_m: Distance) -> Floats:
    """Give where a way passes through a circle: ascending fractions, none or two of the whole line.

    On the way the distance to the centre falls and then rises, so the least is searched, and the edge on both
    sides of it.
    """
    low, high = 0.0, 1.0
    while high - low > 1e-9:
        thirds = np.linspace(low, high, 8)
        best = int(np.argmin(distance_m(*way.at(thirds))))
        low, high = float(thirds[max(best - 1, 0)]), float(thirds[min(best + 1, 7)])
    middle = (low + high) / 2
    signed = distance_m(*way.at(np.array([0.0, middle, 1.0])))
    if signed[1] >= 0:
        return np.empty(0)
    ends = [(end, middle) for end, outside in ((0.0, signed[0] > 0), (1.0, signed[2] > 0)) if outside]
    return np.array(sorted(_edge_between(way, distance_m, outer, inner) for outer, inner in ends))


def _edge_between(way: Way, distance_m: Distance, outer: float, inner: float) -> float:
    for _ in range(_HALVINGS):
        middle = (outer + inner) / 2
        if distance_m(*way.at(np.array([middle])))[0] > 0:
            outer = middle
        else:
            inner = middle
    return inner


def crossings(way: Way, fractions: Floats, *, starts_inside: bool, ends_inside: bool) -> list[Crossing]:
    """Give directions to the places where a way passes, in turn.

    An end that lies on the edge, to a millimetre, may make one passage too many or too few; the edge is
    inside, so that is settled at the end that is nearer to it.
    """
    inside = starts_inside
    if (len(fractions) % 2 == 1) == (starts_inside == ends_inside):
        fractions = _settled(fractions)
    lon, lat = way.at(fractions)
    found = []
    for fraction, x, y in zip(fractions.tolist(), lon.tolist(), lat.tolist(), strict=True):
        found.append(Crossing(fraction, Direction.EXIT if inside else Direction.ENTER, x, y))
        inside = not inside
    return found


def _settled(fractions: Floats) -> Floats:
    """Take away the passage nearest to an end, or where there is none, add one there."""
    if not len(fractions):
        return np.array([1.0])
    return fractions[1:] if fractions[0] < 1 - fractions[-1] else fractions[:-1]
