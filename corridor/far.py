"""Places too far for a plane: the point nearest straight through the earth, and the geodesic to it."""

import math

from corridor.compiled import compiled
from corridor.ellipsoid import ECCENTRICITY_SQUARED
from corridor.inverse import geodesic_m
from corridor.lanes import CLIMB, HEIGHT, LANES, STEP_X, STEP_Y, X, Y
from corridor.nearest import WIDER, gap2
from corridor.plane import Place, from_space, geocentric_of, to_space
from corridor.tables import (
    PackedCorridors,
    corridors_in,
    lanes_in,
    leaves_in,
    nodes_in,
    planes_in,
    segments_in,
)


@compiled
def far_nearest(packed: PackedCorridors, which: int, lon: float, lat: float) -> tuple[int, float]:
    """Give the segment nearest by straight chord, as a row of `Packed.segment`, and the fraction along it."""
    place = geocentric_of(lon, lat)
    corridor = corridors_in(packed)[which]
    at, end = corridor["first_node"], corridor["end_node"]
    best, slot, fraction = math.inf, -1, 0.0
    while at < end:
        node = nodes_in(packed)[at]
        if gap2(node, place) > best * WIDER:
            at = node["skip"]
            continue
        at += 1
        if node["leaf"] >= 0:
            s, f, chord2 = _in_leaf(packed, node["leaf"], place)
            if chord2 < best:
                best, slot, fraction = chord2, s, f
    return slot, fraction


@compiled
def far_distance_m(
    packed: PackedCorridors, slot: int, fraction: float, lon: float, lat: float
) -> tuple[float, float]:
    """Give the geodesic from a point of a segment, and the side of the segment that a place is on."""
    leaf, lane = slot // LANES, slot % LANES
    rows = lanes_in(packed)[leaf]
    plane = planes_in(packed)[leaves_in(packed)[leaf]["stretch"]]
    foot = from_space(
        plane,
        (
            rows[X, lane] + fraction * rows[STEP_X, lane],
            rows[Y, lane] + fraction * rows[STEP_Y, lane],
            rows[HEIGHT, lane] + fraction * rows[CLIMB, lane],
        ),
    )
    x, y, z = foot
    foot_lon = math.degrees(math.atan2(y, x))
    foot_lat = math.degrees(math.atan2(z, (1 - ECCENTRICITY_SQUARED) * math.hypot(x, y)))
    ahead = from_space(
        plane, (rows[X, lane] + rows[STEP_X, lane], rows[Y, lane] + rows[STEP_Y, lane], rows[HEIGHT, lane])
    )
    behind = from_space(plane, (rows[X, lane], rows[Y, lane], rows[HEIGHT, lane]))
    side = _side(foot, behind, ahead, geocentric_of(lon, lat))
    segment = segments_in(packed)[slot]
    if fraction == 0.0 and segment["start_side"] != 0:
        side = float(segment["start_side"])
    elif fraction == 1.0 and segment["end_side"] != 0:
        side = float(segment["end_side"])
    return geodesic_m(foot_lon, foot_lat, lon, lat), side


@compiled
def _in_leaf(packed: PackedCorridors, leaf: int, place: Place) -> tuple[int, float, float]:
    rows = lanes_in(packed)[leaf]
    x, y, z = to_space(planes_in(packed)[leaves_in(packed)[leaf]["stretch"]], place)
    best, slot, fraction = math.inf, -1, 0.0
    for lane in range(leaves_in(packed)[leaf]["count"]):
        dx, dy, dz = x - rows[X, lane], y - rows[Y, lane], z - rows[HEIGHT, lane]
        sx, sy, sz = rows[STEP_X, lane], rows[STEP_Y, lane], rows[CLIMB, lane]
        f = min(max((dx * sx + dy * sy + dz * sz) / (sx * sx + sy * sy + sz * sz), 0.0), 1.0)
        dx, dy, dz = dx - f * sx, dy - f * sy, dz - f * sz
        chord2 = dx * dx + dy * dy + dz * dz
        if chord2 < best:
            best, slot, fraction = chord2, leaf * LANES + lane, f
    return slot, fraction, best


@compiled
def _side(foot: Place, behind: Place, ahead: Place, place: Place) -> float:
    """Give 1.0 where a place is right of the plane through a segment and the earth's middle, else -1.0."""
    sx, sy, sz = ahead[0] - behind[0], ahead[1] - behind[1], ahead[2] - behind[2]
    right_x, right_y, right_z = (
        sy * foot[2] - sz * foot[1],
        sz * foot[0] - sx * foot[2],
        sx * foot[1] - sy * foot[0],
    )
    dx, dy, dz = place[0] - foot[0], place[1] - foot[1], place[2] - foot[2]
    return 1.0 if dx * right_x + dy * right_y + dz * right_z >= 0.0 else -1.0
