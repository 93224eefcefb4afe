"""PostGIS: fixes joined with fences by a GiST index in one query, and asked for fix by fix.

The server is ``cluster.py``. Edges are inside, as with everybody; circles are geodesic (geography).
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from waywarn.bench.fence_oracle import Events, ordered
from waywarn.bench.ground import Floats, Ints
from waywarn.bench.rivals.cluster import Server
from waywarn.bench.rivals.fences import sample
from waywarn.bench.rivals.rival import Answers, Rival
from waywarn.bench.zones import RADIUS_M, Zones

BULK, SINGLE = "PostGIS, one join", "PostGIS, fix by fix"
JOINED, SINGLES = 50_000, 1_000  # fixes of the one and the other

_JOIN = """
WITH inside AS MATERIALIZED (
    SELECT fix.id, fix.device, fence.id AS fence FROM fixes fix JOIN fences fence ON {within}
), before AS MATERIALIZED (
    SELECT next.id, inside.fence FROM inside
    JOIN fixes next ON next.id = inside.id + 1 AND next.device = inside.device
)
(SELECT id, fence, 1 FROM (SELECT id, fence FROM inside EXCEPT SELECT id, fence FROM before) entered)
UNION ALL
(SELECT id, fence, -1 FROM (SELECT id, fence FROM before EXCEPT SELECT id, fence FROM inside) gone)
"""
_POINT = "ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)"
_FIND_POLYGONS = f"SELECT id FROM fences WHERE ST_Intersects(shape, {_POINT})"  # noqa: S608 (our own words alone)
# The index needs one reach for all circles; those it finds too many are then measured.
_FIND_CIRCLES = f"""
SELECT id FROM fences
WHERE ST_DWithin(shape, {_POINT}::geography, {RADIUS_M[1]})
  AND ST_DWithin(shape, {_POINT}::geography, radius_m)
"""  # noqa: S608 (as above)


def postgis_rivals(server: Server, zones: Zones) -> Iterator[Rival | str]:
    """Load fences and fixes; give the join of all, and the question of each fix."""
    if server.why:
        yield f"PostGIS: {server.why}"
        return
    joined, single = sample(zones, JOINED), sample(zones, SINGLES)[:SINGLES]
    _load(server.connection, zones, joined)
    what = "ST_DWithin on geography" if zones.circles else "ST_Intersects"
    note = f"{what} with GiST, EXCEPT; fixes loaded before, one process"
    yield Rival(BULK, Answers.EVENTS, _join(server.connection, zones), joined, note)
    note = "a prepared query each, sets compared in Python"
    yield Rival(SINGLE, Answers.EVENTS, _fix_by_fix(server.connection, zones, single), single, note)


def _join(connection: Any, zones: Zones) -> Callable[[], Events]:
    within = "ST_Intersects(fence.shape, fix.place)"
    if zones.circles:
        within = "ST_DWithin(fix.place, fence.shape, fence.radius_m)"
    query = _JOIN.format(within=within)
    return lambda: _events(connection.execute(query).fetchall())


def _fix_by_fix(connection: Any, zones: Zones, rows: Ints) -> Callable[[], Events]:
    query = _FIND_CIRCLES if zones.circles else _FIND_POLYGONS
    batch = zones.batch
    fixes = list(
        zip(
            rows.tolist(),
            batch.device[rows].tolist(),
            batch.lon[rows].tolist(),
            batch.lat[rows].tolist(),
            strict=True,
        )
    )

    def run() -> Events:
        inside: dict[int, set[int]] = {}
        events = []
        for row, device, lon, lat in fixes:
            found = connection.execute(query, {"lon": lon, "lat": lat}, prepare=True).fetchall()
            now, before = {fence for (fence,) in found}, inside.get(device, set())
            events += [(row, fence, 1) for fence in now - before] + [
                (row, fence, -1) for fence in before - now
            ]
            inside[device] = now
        return _events(events)

    return run


def _events(rows: list[tuple[int, int, int]]) -> Events:
    return ordered(np.array(rows, dtype=np.int64).reshape(-1, 3))


def _load(connection: Any, zones: Zones, rows: Ints) -> None:
    """Fill both tables and index them."""
    shape, place = ("geography(Point, 4326)",) * 2 if zones.circles else ("geometry", "geometry")
    connection.execute("DROP TABLE IF EXISTS fences, fixes")
    connection.execute(f"CREATE TABLE fences (id int PRIMARY KEY, shape {shape}, radius_m float8)")
    connection.execute(f"CREATE TABLE fixes (id int PRIMARY KEY, device int, place {place})")
    shapes, batch = _shapes(zones), zones.batch
    radius_m: Floats = zones.radius_m if zones.circles else np.zeros(len(shapes))
    fences = zip(range(len(shapes)), shapes, radius_m.tolist(), strict=True)
    fixes = zip(
        rows.tolist(), batch.device[rows].tolist(), _points(batch.lon[rows], batch.lat[rows]), strict=True
    )
    for table, records in (("fences", fences), ("fixes", fixes)):
        with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            for record in records:
                copy.write_row(record)
    connection.execute("CREATE INDEX ON fences USING gist (shape)")
    connection.execute("CREATE INDEX ON fixes USING gist (place)")
    connection.execute("ANALYZE fences, fixes")


def _shapes(zones: Zones) -> npt.NDArray[Any]:
    """Give (F,) centres or polygons in degrees, as hexadecimal EWKB."""
    import shapely

    if zones.circles:
        return _points(zones.lon, zones.lat)
    rings = shapely.linearrings(
        np.stack([zones.lon, zones.lat], axis=1),
        indices=np.repeat(np.arange(len(zones.first_vertex) - 1), np.diff(zones.first_vertex)),
    )
    return _ewkb(shapely.polygons(rings))


def _points(lon: Floats, lat: Floats) -> npt.NDArray[Any]:
    import shapely

    return _ewkb(shapely.points(lon, lat))


def _ewkb(shapes: Any) -> npt.NDArray[Any]:
    import shapely

    text: npt.NDArray[Any] = shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)
    return text
