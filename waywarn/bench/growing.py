"""Rows of growth: what a fix costs as paths get longer, and as fences get more.

The density about each device stays the same, so that an engine that looks at all would show it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from corridor import Corridor, CorridorSet
from waywarn.bench.measuring import NAME, check_ours, measure
from waywarn.bench.race import Contestant, Timing, race
from waywarn.bench.rivals.lines import sample
from waywarn.bench.rivals.plane import Plane
from waywarn.bench.roads import HALF_WIDTH_M, Roads, make_roads
from waywarn.bench.rows import Curve, Entry, Goal, Row, beside
from waywarn.bench.sizes import Size
from waywarn.bench.table import small_length

SHAPELY = "shapely distance"
MOST_CORRIDORS, MOST_FIXES = 50, 200_000  # at every length of path
SHAPELY_FIXES = 2_000
GOAL = 1.5


def vertices_row(size: Size, rng: np.random.Generator) -> Row:
    """Measure on longer and longer paths, the fixes as many and as far apart."""
    small = replace(
        size,
        corridors=min(size.corridors, MOST_CORRIDORS),
        devices=min(size.devices, MOST_CORRIDORS),
        fixes=min(size.fixes, MOST_FIXES),
    )
    contestants: list[Contestant] = []
    worst_m = 0.0
    for vertices in size.growth_vertices:
        roads = make_roads(small, rng, vertices=vertices)
        corridors = CorridorSet([Corridor(path, HALF_WIDTH_M) for path in roads.paths])
        worst_m = max(worst_m, check_ours(roads, measure(corridors, roads), rng))
        contestants += [_ours(roads, corridors, vertices), _shapely(roads, vertices)]
    timings = race(contestants, size.rounds)
    low, high = size.growth_vertices[0], size.growth_vertices[-1]
    ours, theirs = (curve(who, size.growth_vertices, timings) for who in (NAME, SHAPELY))
    return Row(
        key="vertices",
        title=f"growth: {low:,} to {high:,} vertices a path, {small.corridors} paths",
        unit="fix",
        entries=in_pairs((NAME, SHAPELY), size.growth_vertices, timings),
        goals=(Goal(f"a fix at {high:,} vertices against {low:,}", growth(ours), GOAL),),
        checked=f"a sample at each length within {small_length(worst_m)} of geodesics",
        curves=(ours, theirs),
        axis="vertices a path",
    )


def curve(who: str, sizes: Sequence[int], timings: Mapping[str, Timing]) -> Curve:
    """Give what a unit costs somebody at each size."""
    return Curve(who, tuple((float(size), timings[_name(who, size)].unit_ns) for size in sizes))


def growth(ours: Curve) -> float:
    """Give the last point of a curve by its first."""
    return ours.points[-1][1] / ours.points[0][1]


def in_pairs(who: tuple[str, str], sizes: Sequence[int], timings: Mapping[str, Timing]) -> tuple[Entry, ...]:
    """Put ours and theirs of each size together, with the ratio there."""
    return tuple(
        entry
        for size in sizes
        for entry in beside(timings[_name(who[0], size)], [timings[_name(who[1], size)]])
    )


def _name(who: str, count: int) -> str:
    return f"{who}, {count:,}"


def _ours(roads: Roads, corridors: CorridorSet, vertices: int) -> Contestant:
    return Contestant(_name(NAME, vertices), lambda _: measure(corridors, roads), len(roads.batch))


def _shapely(roads: Roads, vertices: int) -> Contestant:
    import shapely

    plane = Plane(roads.paths)
    rows = sample(roads, SHAPELY_FIXES)
    own = plane.lines(roads.paths)[roads.which[rows]]
    points = shapely.points(*plane.metres(roads.batch.lon[rows], roads.batch.lat[rows]))
    return Contestant(
        _name(SHAPELY, vertices),
        lambda _: shapely.distance(own, points),
        len(rows),
    )
