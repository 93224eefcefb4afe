"""The buffered polygon of a corridor in degrees, for maps and export; no decision looks at it.

Each stretch is buffered in its own frame. There it is also cut along the antimeridian, over the pole if need
be, so that in degrees no polygon crosses a seam (RFC 7946, 3.1.9) and all of them can be joined as a plane.
"""

import numpy as np
import shapely
from shapely.ops import split

from corridor.ellipsoid import Floats
from corridor.errors import PathError
from corridor.frame import LocalFrame
from corridor.stretch import Stretches
from corridor.terms import Terms

# A frame shrinks what is far from its centre: by 0.1 % at this distance.
MAX_DRAWN_HALF_WIDTH_M = 500_000.0
QUARTER_CIRCLE_SEGMENTS = 16  # the round caps stay within 0.12 % of the half width
# GeoJSON's edges are straight in degrees, the frame's are not: within this share of the half width.
_EDGE_TOLERANCE = 1e-3
_POLE_DEG = 90 - 1e-8  # 1 mm from the pole: the pole
_DECIMALS = 1e-8  # degrees; a millimetre
_M_PER_DEGREE = 111_000.0
# GEOS squares differences: digits after the micrometre (1e-250, say) only make it divide by nothing.
_METRE_DECIMALS = 6


def outline(line: Stretches, terms: Terms, half_widths_m: Floats | None, name: str) -> shapely.Geometry:
    """Give the Polygon or MultiPolygon of all places within a corridor, longitude first.

    `half_widths_m` are right and left at the vertices of the line; None: the same everywhere. Directions
    and altitudes are not drawn.

    Raises
    ------
    PathError
        The half width is over `MAX_DRAWN_HALF_WIDTH_M`.
    """
    half_width_m = max(terms.widest_m, *terms.grace_m)
    if half_width_m > MAX_DRAWN_HALF_WIDTH_M:
        raise PathError(
            f'corridor "{name}": half_width_m {half_width_m:g} is too wide to draw; '
            f"at most {MAX_DRAWN_HALF_WIDTH_M:g}"
        )
    pieces = [
        piece
        for stretch in range(len(line.plane))
        for piece in _in_own_degrees(
            _drawn(line, terms, half_widths_m, stretch), _frame(line, stretch), half_width_m
        )
    ]
    joined = shapely.set_precision(shapely.union_all(pieces), _DECIMALS)
    polygons = [part for part in shapely.get_parts(joined) if part.geom_type == "Polygon"]
    shape = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    return shapely.orient_polygons(shape)  # RFC 7946, 3.1.6: exteriors counter-clockwise


def _drawn(line: Stretches, terms: Terms, half_widths_m: Floats | None, stretch: int) -> shapely.Geometry:
    """Draw one stretch in its plane, with the discs of grace about the path's ends."""
    first, end = line.first[stretch], line.first[stretch + 1]
    start_m = line.start[first:end, :2].round(_METRE_DECIMALS)
    end_m = line.end[first:end, :2].round(_METRE_DECIMALS)
    if half_widths_m is None:
        parts = [_round(shapely.LineString(np.vstack([start_m, end_m[-1:]])), terms.widest_m)]
    else:
        widths_m = np.stack([half_widths_m[first:end], half_widths_m[first + 1 : end + 1]], axis=1)
        parts = [
            _side(start_m, end_m, widths_m[:, :, 0], 1.0),
            _side(start_m, end_m, widths_m[:, :, 1], -1.0),
        ]
    if terms.grace_m[0] and stretch == 0:
        parts.append(_round(shapely.Point(start_m[0]), terms.grace_m[0]))
    if terms.grace_m[1] and stretch == len(line.plane) - 1:
        parts.append(_round(shapely.Point(end_m[-1]), terms.grace_m[1]))
    return shapely.union_all(parts)


def _side(start_m: Floats, end_m: Floats, widths_m: Floats, sign: float) -> shapely.Geometry:
    """Draw one side of segments, right +1: round each the hull of the discs about its ends, cut along it."""
    discs = np.stack(
        [_round(shapely.points(ends), widths_m[:, end]) for end, ends in enumerate((start_m, end_m))], axis=1
    )
    step = (end_m - start_m) / np.linalg.norm(end_m - start_m, axis=1, keepdims=True)
    reach_m = 2 * widths_m.max(axis=1, keepdims=True)
    right = sign * reach_m * np.stack([step[:, 1], -step[:, 0]], axis=1)
    behind, ahead = start_m - reach_m * step, end_m + reach_m * step
    half_planes = shapely.polygons(np.stack([behind, ahead, ahead + right, behind + right], axis=1))
    hulls = shapely.convex_hull(shapely.multipolygons(discs))
    return shapely.union_all(shapely.intersection(hulls, half_planes))


def _round(shape: shapely.Geometry, radius_m: float | Floats) -> shapely.Geometry:
    return shapely.buffer(shape, radius_m, quad_segs=QUARTER_CIRCLE_SEGMENTS)


def _in_own_degrees(
    buffered: shapely.Geometry, frame: LocalFrame, half_width_m: float
) -> list[shapely.Geometry]:
    tolerance_m = _EDGE_TOLERANCE * half_width_m
    reach_m = float(np.abs(buffered.bounds).max()) * np.sqrt(2)
    seam = _antimeridian(frame, reach_m)
    degrees = []
    for part in shapely.get_parts(buffered):  # GEOS may add a crumb to the buffer of a very short line
        if seam.intersects(part):
            pieces = split(part, seam).geoms
            degrees += [
                _in_degrees(piece, frame, tolerance_m, east=_is_east(piece, frame)) for piece in pieces
            ]
        else:
            degrees.append(_in_degrees(part, frame, tolerance_m, east=None))
    return degrees


def _frame(line: Stretches, stretch: int) -> LocalFrame:
    return LocalFrame(float(line.plane[stretch]["lon"]), float(line.plane[stretch]["lat"]))


def _antimeridian(frame: LocalFrame, reach_m: float) -> shapely.LineString:
    """Give the antimeridian near a frame; if a pole is within reach, on over it and along Greenwich."""
    pole = np.copysign(90.0, frame.lat)
    from_pole_deg, reach_deg = 90 - abs(frame.lat), 1.1 * reach_m / _M_PER_DEGREE
    far_deg = from_pole_deg + reach_deg
    if reach_deg < from_pole_deg:
        steps = np.linspace(from_pole_deg - reach_deg, far_deg, 401)
    else:
        steps = np.append(np.linspace(-far_deg, 0, 201), np.linspace(0, far_deg, 201)[1:])
    lon = np.where(steps > 0, 180.0, 0.0)
    enu_m = frame.to_enu(lon, pole - np.copysign(np.abs(steps), pole))
    behind = enu_m[:, 2].min() < -frame.radius_m / 2  # on the far side of the earth, which a plane folds
    return shapely.LineString() if behind else shapely.LineString(enu_m[:, :2].round(_METRE_DECIMALS))


def _is_east(piece: shapely.Geometry, frame: LocalFrame) -> bool:
    inside = shapely.point_on_surface(piece)
    return bool(frame.from_enu([inside.x, inside.y])[0, 0] >= 0)


def _in_degrees(
    piece: shapely.Geometry, frame: LocalFrame, tolerance_m: float, *, east: bool | None
) -> shapely.Geometry:
    rings = [
        _ring_in_degrees(
            *frame.from_enu(_densified(shapely.get_coordinates(ring)[:-1], frame, tolerance_m)).T, east=east
        )
        for ring in (piece.exterior, *piece.interiors)
    ]
    return shapely.make_valid(shapely.Polygon(rings[0], rings[1:]))


def _ring_in_degrees(lon: Floats, lat: Floats, *, east: bool | None) -> Floats:
    if east is not None:  # a vertex on the seam has the longitude of its own side
        sign = 1 if east else -1
        lon = np.where(sign * lon >= 0, lon, np.where(np.abs(lon) > 90, sign * 180.0, 0.0))
    ring: list[tuple[float, float]] = []
    for i in range(len(lon)):
        if abs(lat[i]) < _POLE_DEG:
            ring.append((lon[i], lat[i]))
        else:  # in degrees the pole is a line, from the neighbour's meridian to the other's
            pole = float(np.copysign(90.0, lat[i]))
            ring += [(lon[i - 1], pole), (lon[(i + 1) % len(lon)], pole)]
    return np.array(ring)


def _densified(xy_m: Floats, frame: LocalFrame, tolerance_m: float) -> Floats:
    """Put vertices into a ring's edges, so that drawn straight in degrees they stray less than tolerated.

    At p metres from a pole an edge of length e strays by e² / 8 p.
    """
    pole = shapely.Point(frame.to_enu(0.0, np.copysign(90.0, frame.lat))[0, :2].round(_METRE_DECIMALS))
    ends = np.roll(xy_m, -1, axis=0)
    step = ends - xy_m
    edges = shapely.linestrings(np.stack([xy_m, ends], axis=1))
    from_pole_m = np.maximum(shapely.distance(edges, pole), tolerance_m)
    pieces = np.ceil(np.hypot(*step.T) / np.sqrt(8 * from_pole_m * tolerance_m)).astype(np.int64)
    pieces = np.maximum(pieces, 1)
    edge = np.repeat(np.arange(len(pieces)), pieces)
    fraction = (np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)) / pieces[edge]
    dense_m: Floats = xy_m[edge] + fraction[:, None] * step[edge]
    return dense_m
