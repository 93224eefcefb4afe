"""Polygons that a file cut at the antimeridian, joined again; and parts that lie over each other, refused.

RFC 7946, 3.1.9 asks writers to cut there. A fence has no edge where only the map has one.
"""

from collections.abc import Callable, Sequence

import numpy as np
import shapely

from corridor.ellipsoid import Floats
from corridor.errors import FenceError

Ring = Floats  # (V, 2) longitude and latitude, closed
Polygon = list[Ring]


def joined(polygons: list[Polygon], says: Callable[[str], str]) -> list[Polygon]:
    """Join what a seam cuts, and check how rings lie to each other.

    Rings come checked one by one. Those that go round a pole are not compared with others.

    Raises
    ------
    FenceError
        A hole leaves its exterior, or parts overlap or share an edge.
    """
    if sum(map(len, polygons)) == 1 or any(_turns(ring) for polygon in polygons for ring in polygon):
        return polygons
    shapes = _side_by_side(polygons)
    if sum(_touches_seam(polygon) for polygon in polygons) > 1:
        whole = shapely.union_all([shape for shape in shapes if shape.is_valid])
        if len(shapely.get_parts(whole)) < len(shapes):
            return [_rings(part) for part in shapely.get_parts(whole)]
    reason = shapely.is_valid_reason(shapely.MultiPolygon(shapes))
    if reason != "Valid Geometry":
        raise FenceError(says(_in_words(reason)))
    return polygons


def _in_words(reason: str) -> str:
    kind, _, place = reason.partition("[")
    near = "near " + ", ".join(f"{float(number):.7g}" for number in place.rstrip("]").split())
    if kind.startswith("Hole"):
        return f"has a hole outside its exterior {near}"
    if kind.startswith(("Nested", "Interior")):
        return f"has rings within each other or cut apart {near}"
    return f"has rings that cross, overlap or share an edge {near}"


def _side_by_side(polygons: Sequence[Polygon]) -> list[shapely.Polygon]:
    """Make shapes of polygons, each unwrapped and moved to where its neighbours are."""
    shapes: list[shapely.Polygon] = []
    middle = None
    for polygon in polygons:
        rings = [_unwrapped(ring) for ring in polygon]
        middle = middle if middle is not None else _middle(rings[0])
        moved = [_near(rings[0], middle)]
        moved += [_near(hole, _middle(moved[0])) for hole in rings[1:]]
        shapes.append(shapely.Polygon(moved[0], moved[1:]))
    return shapes


def _near(ring: Ring, middle: float) -> Ring:
    turns = np.round((middle - _middle(ring)) / 360.0)
    moved: Ring = ring + np.array([360.0 * turns, 0.0])
    return moved


def _middle(ring: Ring) -> float:
    return float(ring[:, 0].min() + ring[:, 0].max()) / 2


def _unwrapped(ring: Ring) -> Ring:
    steps = np.diff(ring[:, 0])
    shift = 360.0 * np.cumsum((steps < -180).astype(int) - (steps > 180).astype(int))
    return np.stack([ring[:, 0] + np.concatenate([[0.0], shift]), ring[:, 1]], axis=1)


def _turns(ring: Ring) -> bool:
    unwrapped = _unwrapped(ring)
    return bool(abs(unwrapped[-1, 0] - unwrapped[0, 0]) > 359.0)


def _touches_seam(polygon: Polygon) -> bool:
    return bool((np.abs(polygon[0][:, 0]) == 180.0).any())


def _rings(shape: shapely.Polygon) -> Polygon:
    return [
        np.stack([(xy[:, 0] + 180.0) % 360.0 - 180.0, xy[:, 1]], axis=1)
        if np.abs(xy[:, 0]).max() > 180
        else xy
        for xy in (np.asarray(ring.coords) for ring in (shape.exterior, *shape.interiors))
    ]


def off_the_seam(ring: Ring) -> Ring:
    """Take away what runs along the antimeridian to a pole and back: a map's edge, not the fence's."""
    open_ring = ring[:-1]
    away = np.flatnonzero(np.abs(open_ring[:, 0]) != 180.0)
    if not len(away) or len(away) == len(open_ring) or not (ring[0] == ring[-1]).all():
        return ring
    kept: list[Floats] = []
    for vertex in np.roll(open_ring, -int(away[0]), axis=0):
        while len(kept) > 1 and _on_seam(kept[-1]) and _is_spike(kept[-2], kept[-1], vertex):
            kept.pop()
        if not (kept and _same(kept[-1], vertex) and not (kept[-1] == vertex).all()):
            kept.append(vertex)
    return np.array([*kept, kept[0]])


def _is_spike(before: Floats, tip: Floats, after: Floats) -> bool:
    at_pole = abs(tip[1]) == 90.0 and _on_seam(before) and _on_seam(after)
    return at_pole or (_same(before, after) and not (before == after).all())


def _on_seam(vertex: Floats) -> bool:
    return bool(abs(vertex[0]) == 180.0)


def _same(one: Floats, other: Floats) -> bool:
    if one[1] != other[1]:
        return False
    return bool(one[0] == other[0] or abs(one[1]) == 90.0 or (_on_seam(one) and _on_seam(other)))
