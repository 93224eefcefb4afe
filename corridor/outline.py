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


def outline(line: Stretches, half_width_m: float, name: str) -> shapely.Geometry:
    """Give the Polygon or MultiPolygon of all places within the half width, longitude first.

    Raises
    ------
    PathError
        The half width is over `MAX_DRAWN_HALF_WIDTH_M`.
    """
    if half_width_m > MAX_DRAWN_HALF_WIDTH_M:
        raise PathError(
            f'corridor "{name}": half_width_m {half_width_m:g} is too wide to draw; '
            f"at most {MAX_DRAWN_HALF_WIDTH_M:g}"
        )
    pieces = [
        piece
        for stretch in range(len(line.plane))
        for piece in _stretch_in_degrees(line, stretch, half_width_m)
    ]
    joined = shapely.set_precision(shapely.union_all(pieces), _DECIMALS)
    polygons = [part for part in shapely.get_parts(joined) if part.geom_type == "Polygon"]
    shape = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    return shapely.orient_polygons(shape)  # RFC 7946, 3.1.6: exteriors counter-clockwise


def _stretch_in_degrees(line: Stretches, stretch: int, half_width_m: float) -> list[shapely.Geometry]:
    frame = _frame(line, stretch)
    first, end = line.first[stretch], line.first[stretch + 1]
    start, last = line.start[first:end, :2], line.end[end - 1, :2]
    buffered = shapely.buffer(
        shapely.LineString(np.vstack([start, last]).round(_METRE_DECIMALS)),
        half_width_m,
        quad_segs=QUARTER_CIRCLE_SEGMENTS,
    )
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
