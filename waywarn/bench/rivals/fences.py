"""Who else finds what fixes enter and leave: shapely's tree in two forms, GeoPandas and pandas.

Each takes all fixes at once, which a live stream cannot offer. Polygons are in degrees, as everybody's edges
are straight there; circles are in a projected plane.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from waywarn.bench.fence_oracle import Events, changes, next_is_same, ordered
from waywarn.bench.ground import Ints
from waywarn.bench.rivals.plane import projection
from waywarn.bench.rivals.rival import Answers, Rival, missing
from waywarn.bench.zones import Zones

TREES = 1_000_000  # fixes that trees are given


def fence_rivals(zones: Zones) -> Iterator[Rival | str]:
    """Give everybody who is installed, and of the others what is missing."""
    rows = sample(zones, TREES)
    if not zones.circles:  # a circle's reach differs by fence, and a tree of fences takes one for all
        note = "shapely, built before; making points and numpy set differences included"
        yield Rival("STRtree of fences", Answers.EVENTS, _tree_of_fences(zones, rows), rows, note)
    note = "shapely, built anew of each batch, which only history offers"
    yield Rival("STRtree of fixes", Answers.EVENTS, _tree_of_fixes(zones, rows), rows, note)
    if why := missing("geopandas"):
        yield f"GeoPandas sjoin: {why}"
    else:
        note = "and an outer merge of pandas; the frame of fences made before"
        yield Rival("GeoPandas sjoin", Answers.EVENTS, _geopandas(zones, rows), rows, note)


def sample(zones: Zones, count: int) -> Ints:
    """Give the rows of whole devices, about `count`."""
    keep = max(1, -(-len(zones.batch) // count))
    return zones.rows_of(np.arange(0, len(zones.batch.devices), keep))


def _tree_of_fences(zones: Zones, rows: Ints) -> Callable[[], Events]:
    import shapely

    tree, points = shapely.STRtree(shapes_of(zones)), _points(zones, rows)

    def run() -> Events:
        point, fence = tree.query(points(), predicate="intersects")
        return changes(zones, np.stack([rows[point], fence], axis=1))

    return run


def _tree_of_fixes(zones: Zones, rows: Ints) -> Callable[[], Events]:
    import shapely

    shapes, reach, points = shapes_of(zones), _reach(zones), _points(zones, rows)

    def run() -> Events:
        fence, point = shapely.STRtree(points()).query(shapes, **reach)
        return changes(zones, np.stack([rows[point], fence], axis=1))

    return run


def _geopandas(zones: Zones, rows: Ints) -> Callable[[], Events]:
    import geopandas

    shapes, reach, points = shapes_of(zones), _reach(zones), _points(zones, rows)
    fences = geopandas.GeoDataFrame({"fence": np.arange(len(shapes))}, geometry=shapes)

    def run() -> Events:
        fixes = geopandas.GeoDataFrame({"row": rows}, geometry=points())
        return _by_pandas(fences.sjoin(fixes, **reach)[["row", "fence"]], zones)

    return run


def _by_pandas(inside: Any, zones: Zones) -> Events:
    before = inside[next_is_same(zones)[inside["row"]]]
    both = inside.merge(before.assign(row=before["row"] + 1), how="outer", indicator=True)
    changed = both[both["_merge"] != "both"]
    what = np.where(changed["_merge"] == "left_only", 1, -1)
    return ordered(np.stack([changed["row"], changed["fence"], what], axis=1))


def shapes_of(zones: Zones) -> Any:
    """Give (F,) prepared polygons in degrees, or the centres of circles in metres."""
    import shapely

    if zones.circles:
        return shapely.points(*projection(zones.lon, zones.lat).transform(zones.lon, zones.lat))
    rings = shapely.linearrings(
        np.stack([zones.lon, zones.lat], axis=1),
        indices=np.repeat(np.arange(len(zones.first_vertex) - 1), np.diff(zones.first_vertex)),
    )
    polygons = shapely.polygons(rings)
    shapely.prepare(polygons)
    return polygons


def _reach(zones: Zones) -> dict[str, Any]:
    """Give what makes a query one of containment."""
    if zones.circles:
        return {"predicate": "dwithin", "distance": zones.radius_m}
    return {"predicate": "intersects"}


def _points(zones: Zones, rows: Ints) -> Callable[[], Any]:
    """Give what makes points of fixes, in the plane of the shapes."""
    import shapely

    lon, lat = zones.batch.lon[rows], zones.batch.lat[rows]
    if not zones.circles:
        return lambda: shapely.points(lon, lat)
    to_metres = projection(zones.lon, zones.lat).transform
    return lambda: shapely.points(*to_metres(lon, lat))
