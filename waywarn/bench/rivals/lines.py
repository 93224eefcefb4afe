"""Who else measures fixes against paths: the floor, shapely, its tree, GeoPandas, rtree, plain Python.

Slow ones take a sample of the fixes, whole devices, and say so.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from waywarn.bench.ground import Ints
from waywarn.bench.rivals import floor, great_circle
from waywarn.bench.rivals.plane import Plane
from waywarn.bench.rivals.rival import Answers, Rival, missing
from waywarn.bench.roads import HALF_WIDTH_M, Roads

# Fixes that arrays, trees and loops in Python are given, where paths have `USUAL` vertices; else fewer.
VECTORS, TREES, SINGLES = 100_000, 10_000, 1_000
USUAL = 200


def rivals(roads: Roads, plane: Plane) -> Iterator[Rival]:
    """Give everybody who needs nothing that waywarn does not."""
    every = np.arange(len(roads.batch))
    yield Rival("floor loop", Answers.DISTANCE, _floor(roads), every, "compiled, hand-minimal")
    yield from _shapely(roads, plane, sample(roads, VECTORS))
    yield from _trees(roads, plane, sample(roads, TREES))
    rows = sample(roads, SINGLES)
    yield Rival(
        "rtree + shapely", Answers.INSIDE, _point_by_point(roads, plane, rows), rows, "the obvious way"
    )
    yield Rival(
        "great circles", Answers.INSIDE, _great_circles(roads, rows), rows, "plain Python, as fleet trackers"
    )


def optional_rivals(roads: Roads, plane: Plane) -> Iterator[Rival | str]:
    """Give who is installed, and of the others what is missing."""
    if why := missing("geopandas"):
        yield f"GeoPandas sjoin_nearest: {why}"
    else:
        rows = sample(roads, TREES)
        yield Rival(
            "GeoPandas sjoin_nearest",
            Answers.NEAREST,
            _geopandas(roads, plane, rows),
            rows,
            "nearest of all paths",
        )


def sample(roads: Roads, count: int) -> Ints:
    """Give the rows of about `count` fixes, of long paths fewer: runs of 50, so that neighbours stay so."""
    affordable = max(50, for_usual_paths(roads, count))
    runs = np.arange(len(roads.batch)) // 50
    keep = max(1, -(-len(roads.batch) // affordable))
    rows: Ints = np.flatnonzero(runs % keep == 0)
    return rows


def for_usual_paths(roads: Roads, count: int) -> int:
    """Give so many fixes, or as many fewer as paths have more vertices than usual."""
    vertices = sum(len(path) for path in roads.paths) / len(roads.paths)
    return int(min(count, count * USUAL / vertices))


def _floor(roads: Roads) -> Callable[[], npt.NDArray[Any]]:
    packed, which, batch = floor.pack(roads.paths), roads.which, roads.batch
    out = np.empty((2, len(batch)))

    def run() -> npt.NDArray[Any]:
        floor.measure_floor(packed, which, batch.lon, batch.lat, out)
        distance_m: npt.NDArray[Any] = out[0]
        return distance_m

    return run


def _shapely(roads: Roads, plane: Plane, rows: Ints) -> Iterator[Rival]:
    import shapely

    lines = plane.lines(roads.paths)
    own = lines[roads.which[rows]]
    lon, lat = roads.batch.lon[rows], roads.batch.lat[rows]
    points = shapely.points(*plane.metres(lon, lat))

    def project() -> Any:
        return shapely.points(*plane.metres(lon, lat))

    yield Rival(
        "shapely distance",
        Answers.DISTANCE,
        lambda: shapely.distance(own, project()),
        rows,
        "prepared; projecting (PROJ tmerc) and making points included",
    )
    yield Rival(
        "shapely distance and along",
        Answers.DISTANCE,
        lambda: _both(own, project()),
        rows,
        "the same work: line_locate_point too",
    )
    yield Rival("  distance alone", Answers.DISTANCE, lambda: shapely.distance(own, points), rows, "prepared")
    yield Rival("  projecting alone", Answers.POINTS, project, rows, "and making points")
    yield Rival(
        "  dwithin alone",
        Answers.INSIDE,
        lambda: shapely.dwithin(own, points, HALF_WIDTH_M),
        rows,
        "prepared",
    )
    yield Rival(
        "  line_locate_point alone",
        Answers.ALONG,
        lambda: shapely.line_locate_point(own, points),
        rows,
    )


def _both(lines: Any, points: Any) -> npt.NDArray[Any]:
    import shapely

    shapely.line_locate_point(lines, points)
    distance_m: npt.NDArray[Any] = shapely.distance(lines, points)
    return distance_m


def _trees(roads: Roads, plane: Plane, rows: Ints) -> Iterator[Rival]:
    import shapely

    tree = shapely.STRtree(plane.lines(roads.paths))
    lon, lat, which = roads.batch.lon[rows], roads.batch.lat[rows], roads.which[rows]

    def within() -> Any:
        points = shapely.points(*plane.metres(lon, lat))
        point, path = tree.query(points, predicate="dwithin", distance=HALF_WIDTH_M)
        inside = np.zeros(len(rows), dtype=bool)
        inside[point[which[point] == path]] = True
        return inside

    def nearest() -> Any:
        points = shapely.points(*plane.metres(lon, lat))
        (point, _), distance_m = tree.query_nearest(points, return_distance=True, all_matches=False)
        out = np.empty(len(rows))
        out[point] = distance_m
        return out

    yield Rival("STRtree dwithin", Answers.INSIDE, within, rows, "all paths in reach")
    yield Rival("STRtree query_nearest", Answers.NEAREST, nearest, rows, "nearest of all paths")


def _geopandas(roads: Roads, plane: Plane, rows: Ints) -> Callable[[], npt.NDArray[Any]]:
    import geopandas

    lines = geopandas.GeoDataFrame(geometry=plane.lines(roads.paths))
    lon, lat = roads.batch.lon[rows], roads.batch.lat[rows]

    def run() -> npt.NDArray[Any]:
        points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(*plane.metres(lon, lat)))
        joined = points.sjoin_nearest(lines, distance_col="distance_m")
        found: npt.NDArray[Any] = joined[~joined.index.duplicated()]["distance_m"].to_numpy()
        return found

    return run


def _point_by_point(roads: Roads, plane: Plane, rows: Ints) -> Callable[[], npt.NDArray[Any]]:
    import rtree
    import shapely
    from shapely.prepared import prep

    lines = plane.lines(roads.paths)
    index = rtree.index.Index([(number, line.bounds, None) for number, line in enumerate(lines)])
    prepared = [prep(line.buffer(HALF_WIDTH_M, quad_segs=64)) for line in lines]
    places = list(zip(roads.batch.lon[rows].tolist(), roads.batch.lat[rows].tolist(), strict=True))
    which = roads.which[rows].tolist()

    def one(lon: float, lat: float, own: int) -> bool:
        x, y = plane.metres(lon, lat)
        box = (x - HALF_WIDTH_M, y - HALF_WIDTH_M, x + HALF_WIDTH_M, y + HALF_WIDTH_M)
        near = [
            number for number in index.intersection(box) if prepared[number].contains(shapely.Point(x, y))
        ]
        return own in near

    return lambda: np.array([one(*place, own) for place, own in zip(places, which, strict=True)])


def _great_circles(roads: Roads, rows: Ints) -> Callable[[], npt.NDArray[Any]]:
    ways = [list(zip(path.lon.tolist(), path.lat.tolist(), strict=True)) for path in roads.paths]
    lon, lat = roads.batch.lon[rows].tolist(), roads.batch.lat[rows].tolist()
    which = roads.which[rows].tolist()
    return lambda: np.array(
        [
            great_circle.inside(ways[own], HALF_WIDTH_M, x, y)
            for x, y, own in zip(lon, lat, which, strict=True)
        ]
    )
