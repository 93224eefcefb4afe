"""Rows of growth: what a fix costs as paths get longer, and as fences get more.

The density about each device stays the same, so that an engine that looks at all would show it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from corridor import CorridorSet
from waywarn.bench.crossing import check, check_rival, crossing, engines, events_said
from waywarn.bench.measuring import NAME, check_ours, corridors_of, measure
from waywarn.bench.race import Contestant, Timing, race
from waywarn.bench.rivals.fences import fence_rivals
from waywarn.bench.rivals.lines import sample
from waywarn.bench.rivals.plane import Plane
from waywarn.bench.rivals.rival import Rival
from waywarn.bench.roads import Roads, make_roads
from waywarn.bench.rows import Curve, Entry, Goal, Row, beside
from waywarn.bench.sizes import Size
from waywarn.bench.table import small_length
from waywarn.bench.zones import make_zones

SHAPELY = "shapely distance"
TREE = "STRtree of fences"
MOST_CORRIDORS, MOST_FIXES = 50, 200_000  # at every length of path
SHAPELY_FIXES = 20_000
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
        corridors = CorridorSet(corridors_of(roads))
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


def fences_row(size: Size, rng: np.random.Generator) -> Row:
    """Wander among more and more fences in a larger and larger square."""
    contestants: list[Contestant] = []
    for count in size.growth_fences:
        zones = make_zones(count, size.movers, min(size.moves, MOST_FIXES), rng, circles=False)
        said = events_said(zones, engines(zones)().step(zones.batch).transitions)
        check(zones, said, rng)
        tree = next(each for each in fence_rivals(zones) if isinstance(each, Rival) and each.name == TREE)
        check_rival(zones, tree, said)
        contestants += [
            replace(crossing(zones), name=_name(NAME, count)),
            replace(tree.contestant(), name=_name(TREE, count), note=""),
        ]
    timings = race(contestants, size.rounds)
    low, high = size.growth_fences[0], size.growth_fences[-1]
    ours, theirs = (curve(who, size.growth_fences, timings) for who in (NAME, TREE))
    return Row(
        key="fences",
        title=f"growth: {low:,} to {high:,} polygons, as dense about each of {size.movers:,} devices",
        unit="fix",
        entries=in_pairs((NAME, TREE), size.growth_fences, timings),
        goals=(Goal(f"a fix among {high:,} fences against {low:,}", growth(ours), GOAL),),
        checked="what some devices entered and left, at each number, is what plain containment gives",
        curves=(ours, theirs),
        axis="fences",
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
