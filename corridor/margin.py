"""How far inside or outside a place is, where the half width is not one number for all of the path.

The corridor is the union of discs about the points of the path. A disc's radius is the half width there, on
the side of the segment that the place lies on; round the outside of a sharp bend, on the bend's outer side.
"""

import math

from corridor.compiled import compiled
from corridor.far import far_distance_m
from corridor.lanes import CLIMB, HEIGHT, LANES, SCALE, STEP_X, STEP_Y, X, Y
from corridor.nearest import PLANE_REACH_M, WIDER, chord_squared, gap2
from corridor.plane import Record, geocentric_of, to_plane, to_space
from corridor.side import side_of
from corridor.tables import (
    PackedCorridors,
    corridors_in,
    lanes_in,
    leaves_in,
    nodes_in,
    planes_in,
    segments_in,
    widths_in,
)

Margin = tuple[float, float, float]  # margin, the half width that it is against, both half widths there

# A plane measures places up to here from its centre: as far as a path in reach can be from it.
_IN_PLANE_M = PLANE_REACH_M + 11_000.0
_AGAINST = 90.0  # degrees between a course and the travel of a segment that is not meant


@compiled
def margin_of(  # noqa: PLR0917 (compiled)
    packed: PackedCorridors,
    which: int,
    lon: float,
    lat: float,
    course_deg: float,
    altitude_m: float,
    distance_m: float,
    nearest_slot: int,
) -> Margin:
    """Give the least margin of a place `distance_m` from the path, in a corridor that is not plain.

    `nearest_slot` is the segment nearest in the plane, -1: none is in its reach.
    """
    corridor = corridors_in(packed)[which]
    half_width_m = corridor["half_width_m"]
    margin = distance_m - half_width_m, half_width_m, 2.0 * half_width_m
    if corridor["first_width"] >= 0 or (corridor["directed"] and not math.isnan(course_deg)):
        margin = _least(packed, corridor, lon, lat, course_deg, nearest_slot)
    first, last = corridor["first_leaf"] * LANES, corridor["end_leaf"] * LANES - 1
    margin = _or_disc(packed, first, 0.0, lon, lat, corridor["start_grace_m"], margin)
    margin = _or_disc(packed, last, 1.0, lon, lat, corridor["end_grace_m"], margin)
    low_m, high_m = corridor["lowest_m"], corridor["highest_m"]
    beyond_m = max(low_m - altitude_m, altitude_m - high_m)
    if beyond_m > 0.0 and beyond_m > margin[0]:  # never where no altitude is stated: NaN
        margin = beyond_m, (high_m - low_m) / 2.0, high_m - low_m
    return margin


@compiled
def _least(  # noqa: C901 (the walk and what is done at a leaf are one loop: a call would pass all tables)
    packed: PackedCorridors, corridor: Record, lon: float, lat: float, course_deg: float, nearest_slot: int
) -> Margin:
    """Give the least margin over all segments that a course allows; infinite where it allows none."""
    place = geocentric_of(lon, lat)
    least, half_width_m, width_m = math.inf, corridor["half_width_m"], 2.0 * corridor["half_width_m"]
    slot, fraction, stretch = -1, 0.0, -1
    east, north = 0.0, 0.0
    if nearest_slot >= 0 and not (
        corridor["directed"] and _is_against(segments_in(packed)[nearest_slot]["course_deg"], course_deg)
    ):
        # a first bound, below which hardly any other segment comes
        stretch = leaves_in(packed)[nearest_slot // LANES]["stretch"]
        east, north = to_plane(planes_in(packed)[stretch], lon, lat)
        least, half_width_m, width_m, _ = _of_segment(packed, corridor, nearest_slot, east, north)
    at, end = corridor["first_node"], corridor["end_node"]
    while at < end:
        node = nodes_in(packed)[at]
        allowed_m = least + node["widest_m"]
        if allowed_m < 0.0 or gap2(node, place) > allowed_m * allowed_m * WIDER:
            at = node["skip"]
            continue
        at += 1
        leaf = node["leaf"]
        if leaf < 0:
            continue
        if leaves_in(packed)[leaf]["stretch"] != stretch:
            stretch = leaves_in(packed)[leaf]["stretch"]
            east, north = to_plane(planes_in(packed)[stretch], lon, lat)
        near = east * east + north * north < _IN_PLANE_M * _IN_PLANE_M
        for other in range(leaf * LANES, leaf * LANES + leaves_in(packed)[leaf]["count"]):
            if corridor["directed"] and _is_against(segments_in(packed)[other]["course_deg"], course_deg):
                continue
            if near:
                margin_m, half_m, both_m, f = _of_segment(packed, corridor, other, east, north)
            else:
                margin_m, half_m, both_m, f = _of_far_segment(packed, corridor, other, lon, lat)
            if margin_m < least:
                least, half_width_m, width_m = margin_m, half_m, both_m
                slot, fraction = other if not near else -1, f
    if slot >= 0:
        least = far_distance_m(packed, slot, fraction, lon, lat)[0] - half_width_m
    return least, half_width_m, width_m


@compiled
def _is_against(travel_deg: float, course_deg: float) -> bool:
    return abs((course_deg - travel_deg + 180.0) % 360.0 - 180.0) > _AGAINST


@compiled
def _of_segment(
    packed: PackedCorridors, corridor: Record, slot: int, east: float, north: float
) -> tuple[float, float, float, float]:
    """Give margin, half width, both half widths, and the fraction along a segment where that is."""
    leaf, lane = slot // LANES, slot % LANES
    rows = lanes_in(packed)[leaf]
    x, y, step_x, step_y = rows[X, lane], rows[Y, lane], rows[STEP_X, lane], rows[STEP_Y, lane]
    square = 1.0 / rows[SCALE, lane]
    foot = ((east - x) * step_x + (north - y) * step_y) / square
    away_m = abs((east - x) * step_y - (north - y) * step_x) / math.sqrt(square)
    side = side_of(packed, slot, min(max(foot, 0.0), 1.0), east, north)
    start_m, end_m = _half_widths(packed, corridor, slot, side)
    fraction = _widest_view(foot, away_m, math.sqrt(square), end_m - start_m)
    radius_m = planes_in(packed)[leaves_in(packed)[leaf]["stretch"]]["radius_m"]
    chord2 = chord_squared(radius_m, east, north, x + fraction * step_x, y + fraction * step_y)
    distance_m = math.sqrt(chord2) * (1.0 + chord2 / (24.0 * radius_m * radius_m))
    half_width_m = start_m + fraction * (end_m - start_m)
    return distance_m - half_width_m, half_width_m, _both(packed, corridor, slot, fraction), fraction


@compiled
def _of_far_segment(
    packed: PackedCorridors, corridor: Record, slot: int, lon: float, lat: float
) -> tuple[float, float, float, float]:
    """Give the same by straight chords: which point it is, to some 0.3 %; the distance itself comes after."""
    leaf, lane = slot // LANES, slot % LANES
    rows = lanes_in(packed)[leaf]
    east, north, up = to_space(planes_in(packed)[leaves_in(packed)[leaf]["stretch"]], geocentric_of(lon, lat))
    dx, dy, dz = east - rows[X, lane], north - rows[Y, lane], up - rows[HEIGHT, lane]
    sx, sy, sz = rows[STEP_X, lane], rows[STEP_Y, lane], rows[CLIMB, lane]
    square = sx * sx + sy * sy + sz * sz
    foot = (dx * sx + dy * sy + dz * sz) / square
    away_m = math.sqrt(max(dx * dx + dy * dy + dz * dz - foot * foot * square, 0.0))
    side = far_distance_m(packed, slot, min(max(foot, 0.0), 1.0), lon, lat)[1]
    start_m, end_m = _half_widths(packed, corridor, slot, side)
    fraction = _widest_view(foot, away_m, math.sqrt(square), end_m - start_m)
    dx, dy, dz = dx - fraction * sx, dy - fraction * sy, dz - fraction * sz
    half_width_m = start_m + fraction * (end_m - start_m)
    distance_m = math.sqrt(dx * dx + dy * dy + dz * dz)
    return distance_m - half_width_m, half_width_m, _both(packed, corridor, slot, fraction), fraction


@compiled
def _widest_view(foot: float, away_m: float, length_m: float, wider_m: float) -> float:
    """Give the fraction along a segment where distance less half width is least.

    Moving u metres on from the foot takes the distance from a to sqrt(a² + u²) and the half width up by k u,
    with k = wider / length: least at u = a k / sqrt(1 - k²), or at the wider end where k >= 1.
    """
    k = wider_m / length_m
    if abs(k) >= 1.0:
        return 1.0 if k > 0.0 else 0.0
    return min(max(foot + away_m * k / (math.sqrt(1.0 - k * k) * length_m), 0.0), 1.0)


@compiled
def _half_widths(packed: PackedCorridors, corridor: Record, slot: int, side: float) -> tuple[float, float]:
    """Give the half widths at both ends of a segment, on one side."""
    if corridor["first_width"] < 0:
        return corridor["half_width_m"], corridor["half_width_m"]
    width = widths_in(packed)[corridor["first_width"] + slot - corridor["first_leaf"] * LANES]
    if side > 0.0:
        return width["right"][0], width["right"][1]
    return width["left"][0], width["left"][1]


@compiled
def _both(packed: PackedCorridors, corridor: Record, slot: int, fraction: float) -> float:
    right_start, right_end = _half_widths(packed, corridor, slot, 1.0)
    left_start, left_end = _half_widths(packed, corridor, slot, -1.0)
    start_m, end_m = right_start + left_start, right_end + left_end
    return start_m + fraction * (end_m - start_m)


@compiled
def _or_disc(  # noqa: PLR0917 (compiled)
    packed: PackedCorridors,
    slot: int,
    fraction: float,
    lon: float,
    lat: float,
    radius_m: float,
    margin: Margin,
) -> Margin:
    """Give the lesser of a margin and that of a disc about one end of a segment."""
    if radius_m == 0.0:
        return margin
    leaf, lane = slot // LANES, slot % LANES
    plane = planes_in(packed)[leaves_in(packed)[leaf]["stretch"]]
    east, north = to_plane(plane, lon, lat)
    if east * east + north * north < _IN_PLANE_M * _IN_PLANE_M:
        x = lanes_in(packed)[leaf, X, lane] + fraction * lanes_in(packed)[leaf, STEP_X, lane]
        y = lanes_in(packed)[leaf, Y, lane] + fraction * lanes_in(packed)[leaf, STEP_Y, lane]
        chord2 = chord_squared(plane["radius_m"], east, north, x, y)
        distance_m = math.sqrt(chord2) * (1.0 + chord2 / (24.0 * plane["radius_m"] * plane["radius_m"]))
    else:
        distance_m = far_distance_m(packed, slot, fraction, lon, lat)[0]
    inside_m = distance_m - radius_m
    return (inside_m, radius_m, 2.0 * radius_m) if inside_m < margin[0] else margin
