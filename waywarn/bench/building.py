"""Row "build": fences frozen into a set, circles and polygons, beside shapely's tree over ready polygons."""

import numpy as np

from waywarn.bench.crossing import check, engines, events_said
from waywarn.bench.race import Contestant, race
from waywarn.bench.rivals.fences import shapes_of
from waywarn.bench.rows import Goal, Row, beside
from waywarn.bench.sizes import Size
from waywarn.bench.zones import Zones, make_zones

CIRCLES, POLYGONS, TREE = "waywarn, circles", "waywarn, polygons", "STRtree, polygons"
MOST_ROUNDS = 3
DEVICES, FIXES = 50, 5_000  # to check the set with
GOAL_S = 3.0  # for a million


def building_row(size: Size, rng: np.random.Generator) -> Row:
    """Check that what was frozen answers, then time freezing it."""
    circles, polygons = (
        make_zones(size.built_fences, DEVICES, FIXES, rng, circles=each) for each in (True, False)
    )
    for zones in (circles, polygons):
        check(zones, events_said(zones, engines(zones)().step(zones.batch).transitions), rng)
    count = size.built_fences
    timings = race(
        [
            Contestant(CIRCLES, lambda _: circles.freeze(), count),
            Contestant(POLYGONS, lambda _: polygons.freeze(), count, note="checked, and packed"),
            _tree(polygons),
        ],
        min(size.rounds, MOST_ROUNDS),
    )
    mine = timings.pop(CIRCLES)
    million_s = {name: each.unit_ns / 1e3 for name, each in ((CIRCLES, mine), (POLYGONS, timings[POLYGONS]))}
    return Row(
        key="build",
        title=f"{count:,} fences frozen into a set",
        unit="fence",
        entries=beside(mine, list(timings.values())),
        goals=tuple(
            Goal(f"a million fences: {name.split(', ')[1]}", seconds, GOAL_S, unit="s")
            for name, seconds in million_s.items()
        ),
        checked="what some devices then entered and left is what plain containment gives",
    )


def _tree(zones: Zones) -> Contestant:
    import shapely

    shapes = shapes_of(zones)
    return Contestant(TREE, lambda _: shapely.STRtree(shapes), len(shapes), note="the shapes made before")
