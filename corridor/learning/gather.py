"""Corridors from the ways that trips have in common: widths, times, and the evidence in words and numbers.

Finding the ways is ``ways.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from corridor.corridor import Corridor
from corridor.ellipsoid import Floats
from corridor.learned import Branching, Evidence, Learned, LeftOut, LeftOutReason, Parted, Width
from corridor.learning.centre import beside
from corridor.learning.scatter import Scatter, half_widths_m, prior_variance_m2, scatter_of
from corridor.learning.timing import median_elapsed_s
from corridor.learning.trace import degrees
from corridor.learning.ways import Branch, Scale, Ways
from corridor.path import Path
from corridor.simplify import shape_vertices


@dataclass(frozen=True, slots=True)
class Numbers:
    """What `learn` was told."""

    name: str
    apart_m: float
    least_half_width_m: float
    stretch_m: float
    tolerance_m: float


def learned_from(ways: Ways, scale: Scale, numbers: Numbers, left_out: Sequence[LeftOut]) -> Learned:
    """Give widths and times to the ways that were found, and say what was kept and why."""
    rows = np.flatnonzero(ways.kept).tolist()
    kept, off = [ways.sides[trip] for trip in rows], [ways.off[trip] for trip in rows]
    scatter = scatter_of(
        ways.centre, kept, off, step_m=scale.step_m, stretch_m=numbers.stretch_m, apart_m=scale.apart_m
    )
    prior_m2 = prior_variance_m2(scatter)
    widths_m = _widths_m(scatter, prior_m2, numbers)
    fine_m = _between(widths_m, len(ways.centre))
    main = _corridor(ways.centre, fine_m, median_elapsed_s(kept, scale.apart_m), len(widths_m), numbers)
    made = [
        _branch_corridor(branch, number, ways, (fine_m, prior_m2), (scale, numbers))
        for number, branch in enumerate(ways.branches, start=2)
    ]
    evidence = Evidence(
        used=tuple(sorted(side.trace.trip for side in kept)),
        left_out=tuple(sorted([*left_out, *_elsewhere(ways)], key=lambda each: each.trip)),
        branches=tuple(_branching(branch, ways, scale) for branch in ways.branches),
        alone=tuple(_parted(ways, scale)),
        widths=_told(widths_m, scatter, main.length_m),
    )
    counts = (len(kept), *(len(branch.trips) for branch in ways.branches))
    return Learned((main, *made), counts, evidence)


def _widths_m(scatter: Scatter, prior_m2: float, numbers: Numbers) -> Floats:
    return half_widths_m(scatter, prior_m2, least_m=numbers.least_half_width_m, most_m=numbers.apart_m)


def _between(widths_m: Floats, count: int) -> Floats:
    """Give (V,) half widths: a stretch's in its middle, changing evenly from one to the next."""
    middles = (np.arange(len(widths_m)) + 0.5) * (count - 1) / len(widths_m)
    return np.interp(np.arange(count), middles, widths_m)


def _corridor(line: Floats, fine_m: Floats, elapsed_s: Floats, stretches: int, numbers: Numbers) -> Corridor:
    """Keep the vertices that carry the shape or the widths."""
    lon, lat = degrees(line)
    keep = shape_vertices(lon, lat, numbers.tolerance_m)
    middles = (np.arange(stretches) + 0.5) * (len(line) - 1) / stretches
    keep[middles.round().astype(np.int64)] = True
    path = Path(lon[keep], lat[keep], elapsed_s=elapsed_s[keep], name=numbers.name)
    return Corridor(path, half_width_m=fine_m[keep])


def _branch_corridor(
    branch: Branch,
    number: int,
    ways: Ways,
    main: tuple[Floats, float],
    told: tuple[Scale, Numbers],
) -> Corridor:
    """Give a branch its own trips' width where it is off the main line, and that line's elsewhere."""
    (fine_m, prior_m2), (scale, numbers) = main, told
    sides = [beside(branch.line, ways.sides[trip].trace, scale.apart_m) for trip in branch.trips]
    scatter = scatter_of(
        branch.line,
        sides,
        [()] * len(sides),
        step_m=scale.step_m,
        stretch_m=numbers.stretch_m,
        apart_m=scale.apart_m,
    )
    own_m = _between(_widths_m(scatter, prior_m2, numbers), len(branch.line))
    on_main = np.isfinite(branch.main_vertex)
    main_m = np.interp(np.where(on_main, branch.main_vertex, 0.0), np.arange(len(fine_m)), fine_m)
    return _corridor(
        branch.line,
        np.where(on_main, main_m, own_m),
        median_elapsed_s(sides, scale.apart_m),
        scatter.distance_m.shape[1],
        replace(numbers, name=f"{numbers.name}, way {number}"),
    )


def _elsewhere(ways: Ways) -> list[LeftOut]:
    return [
        LeftOut(
            side.trace.trip,
            LeftOutReason.ELSEWHERE,
            f"{max(0.0, shared) * 100:.0f} % of its way is in common with the others",
        )
        for side, shared, kept in zip(ways.sides, ways.shared, ways.kept, strict=True)
        if not kept
    ]


def _branching(branch: Branch, ways: Ways, scale: Scale) -> Branching:
    own = np.flatnonzero(np.isnan(branch.main_vertex))
    on_main = branch.main_vertex[np.isfinite(branch.main_vertex)]
    before = on_main[on_main < own[0]] if len(own) else on_main
    after = branch.main_vertex[own[-1] + 1 :] if len(own) else on_main[:0]
    trips = tuple(sorted(ways.sides[trip].trace.trip for trip in branch.trips))
    return Branching(
        trips,
        float(before[-1] if len(before) else 0.0) * scale.step_m,
        float(after[0] if len(after) else len(ways.centre) - 1) * scale.step_m,
        len(own) * scale.step_m,
    )


def _parted(ways: Ways, scale: Scale) -> list[Parted]:
    last = len(ways.centre) - 1
    alone = [
        Parted(
            ways.sides[each.trip].trace.trip,
            max(each.leaves, 0) * scale.step_m,
            min(each.rejoins, last) * scale.step_m,
            each.length_m,
        )
        for each in ways.alone
    ]
    return sorted(alone, key=lambda each: (each.trip, each.leaves_m))


def _told(widths_m: Floats, scatter: Scatter, length_m: float) -> tuple[Width, ...]:
    ends_m = np.linspace(0.0, length_m, len(widths_m) + 1)
    return tuple(
        Width(float(start_m), float(stop_m), float(wide_m), int(trips), float(np.sqrt(variance_m2)))
        for start_m, stop_m, wide_m, trips, variance_m2 in zip(
            ends_m[:-1], ends_m[1:], widths_m, scatter.trips, scatter.variance_m2, strict=True
        )
    )
