"""Which way round rings run: turned so that the inside is on their left, whatever a file says.

RFC 7946 asks for that and forgives what does not; the mass of a distribution in a polygon counts on it.
"""

import numpy as np

from corridor.compiled import compiled
from corridor.ellipsoid import Floats
from corridor.fence_arrays import Ints
from corridor.parity import edges_north
from corridor.rings import Rings


def turned(rings: Rings) -> Rings:
    """Turn rings round whose inside is on their right."""
    vertices = np.stack([rings.lon, rings.lat], axis=1)
    _turn(vertices, rings.first_vertex, rings.first_ring, rings.turns)
    return rings._replace(lon=vertices[:, 0].copy(), lat=vertices[:, 1].copy())


def nested(rings: Rings) -> list[list[list[list[float]]]]:
    """Give the rings of one polygon as GeoJSON's MultiPolygon: each exterior with the holes in it."""
    vertices = np.stack([rings.lon, rings.lat], axis=1)
    depths = _depths(vertices, rings.first_vertex, rings.turns)
    texts = [
        np.stack([(own[:, 0] + 180.0) % 360.0 - 180.0, own[:, 1]], axis=1).tolist()
        if np.abs(own[:, 0]).max() > 180.0
        else own.tolist()
        for own in np.split(vertices, rings.first_vertex[1:-1])
    ]
    count = len(texts)
    exteriors = [ring for ring in range(count) if depths[ring].sum() % 2 == 0]
    holes: dict[int, list[int]] = {ring: [] for ring in exteriors}
    for ring in set(range(count)) - set(exteriors):
        around = [other for other in exteriors if depths[ring, other]]
        holes[max(around, key=lambda other: int(depths[other].sum()))].append(ring)
    return [[texts[ring], *(texts[hole] for hole in sorted(holes[ring]))] for ring in exteriors]


@compiled
def _depths(vertices: Floats, first_vertex: Ints, turns: Ints) -> Ints:
    """Tell for each ring (row) in which others (columns) it lies; (R, R) of 0 and 1."""
    bounds = _bounds(vertices, first_vertex)
    out = np.zeros((len(turns), len(turns)), dtype=np.int64)
    for ring in range(len(turns)):
        for other in range(len(turns)):
            if other != ring:
                out[ring, other] = _is_within(vertices, first_vertex, bounds, turns[other], ring, other)
    return out


@compiled
def _turn(vertices: Floats, first_vertex: Ints, first_ring: Ints, turns: Ints) -> None:
    bounds = _bounds(vertices, first_vertex)
    for area in range(len(first_ring) - 1):
        for ring in range(first_ring[area], first_ring[area + 1]):
            within = 0
            for other in range(first_ring[area], first_ring[area + 1]):
                if other != ring:
                    within += _is_within(vertices, first_vertex, bounds, turns[other], ring, other)
            first, end = first_vertex[ring], first_vertex[ring + 1]
            if _runs_left(vertices, first, end, turns[ring]) != (within % 2 == 0):
                for i in range((end - first) // 2):
                    for axis in range(2):
                        kept = vertices[first + i, axis]
                        vertices[first + i, axis] = vertices[end - 1 - i, axis]
                        vertices[end - 1 - i, axis] = kept


@compiled
def _bounds(vertices: Floats, first_vertex: Ints) -> Floats:
    out = np.empty((len(first_vertex) - 1, 4))
    for ring in range(len(out)):
        own = vertices[first_vertex[ring] : first_vertex[ring + 1]]
        out[ring, 0], out[ring, 1] = own[:, 0].min(), own[:, 1].min()
        out[ring, 2], out[ring, 3] = own[:, 0].max(), own[:, 1].max()
    return out


@compiled
def _is_within(
    vertices: Floats, first_vertex: Ints, bounds: Floats, turn: int, ring: int, other: int
) -> bool:
    """Tell whether a ring lies inside another, which does not cross it; `turn` is the other's."""
    if turn == 0 and (bounds[ring, 1] < bounds[other, 1] or bounds[ring, 3] > bounds[other, 3]):
        return False
    west = bounds[other, 0]
    for vertex in range(first_vertex[ring], first_vertex[ring + 1]):
        lat = vertices[vertex, 1]
        lon = west + (vertices[vertex, 0] - west) % 360.0
        if turn == 0 and not (lon <= bounds[other, 2] and bounds[other, 1] <= lat <= bounds[other, 3]):
            return False
        count = 0
        while lon <= bounds[other, 2] and count >= 0:  # as in `parity.side_of_area`
            more = edges_north(vertices, first_vertex[other], first_vertex[other + 1] - 1, lon, lat)
            count = count + more if more >= 0 else -1
            lon += 360.0
        if count >= 0:  # else the vertex touches the other ring, and another one must tell
            return bool((count + (turn > 0)) % 2)
    return False


@compiled
def _runs_left(vertices: Floats, first: int, end: int, turn: int) -> bool:
    """Tell whether a ring has on its left what it goes round."""
    if turn != 0:
        return bool((vertices[end - 1, 0] > vertices[first, 0]) == (turn > 0))
    twice = 0.0
    for i in range(first, end - 1):
        x, y = vertices[i, 0] - vertices[first, 0], vertices[i, 1] - vertices[first, 1]
        twice += x * (vertices[i + 1, 1] - vertices[first, 1]) - y * (vertices[i + 1, 0] - vertices[first, 0])
    return twice > 0.0
