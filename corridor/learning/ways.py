"""The line that most trips took, and the branches beside it that several took.

Alignment, averaging and partings are files of their own; widths and times come after.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corridor.ellipsoid import Floats
from corridor.learning.align import align, nearest_within
from corridor.learning.centre import Beside, beside, centre_line
from corridor.learning.parting import Parting, grouped, partings, typical
from corridor.learning.trace import Trace

SHARED = 0.5  # a trip that has less than half of its way in common with the others went elsewhere
MAX_CANDIDATES = 24  # trips that are compared with all others to find where to begin
MAX_SWAPS = 8  # each leaves more trips on the line than before
FAR_SHARE = 0.5  # a branch's own line is so much of `apart_m` from the main one somewhere
JOINED_M = 10.0  # a branch's own line ends where it is so near the main one

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """The lengths that decide: between two samples, and from where on two places have nothing in common."""

    step_m: float
    apart_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """Another way from one place of the main line to another.

    Parameters
    ----------
    parted
        The parts of trips that it was made from.
    line
        (V, 3) the whole way, along the main line but for the branch.
    main_vertex
        (V,) where on the main line each vertex is, with its fraction; NaN on the branch itself.
    """

    parted: tuple[Parting, ...]
    line: Floats
    main_vertex: Floats

    @property
    def trips(self) -> tuple[int, ...]:
        """Which trips took it."""
        return tuple(sorted({parting.trip for parting in self.parted}))


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """What trips have in common.

    Parameters
    ----------
    centre
        (V, 3) the main line.
    sides
        Each given trip beside it.
    kept
        (T,) which of them have enough in common with it.
    shared
        (T,) which part of its own way each trip has in common with the main line and the branches.
    branches
        From where they leave the line.
    alone
        Parts of kept trips that no other took.
    off
        For each trip the samples between which it is off the main line.
    """

    centre: Floats
    sides: tuple[Beside, ...]
    kept: npt.NDArray[np.bool_]
    shared: Floats
    branches: tuple[Branch, ...]
    alone: tuple[Parting, ...]
    off: tuple[tuple[tuple[int, int], ...], ...]


def find_ways(traces: Sequence[Trace], scale: Scale, *, least_branch_trips: int, progress: Progress) -> Ways:
    """Find the line through the middle of most trips, and the branches of at least `least_branch_trips`."""
    start, kin = _beginning(traces, scale, progress)
    line = traces[start].samples
    for swap in range(MAX_SWAPS + 1):
        centre = centre_line(line, [traces[trip] for trip in kin], scale.step_m, scale.apart_m)
        centre, sides = _supported(centre, traces, scale)
        progress(0.5 + 0.4 * (swap + 1) / (MAX_SWAPS + 1))
        found = [
            parting
            for trip, side in enumerate(sides)
            for parting in partings(centre, side, trip, step_m=scale.step_m, apart_m=scale.apart_m)
        ]
        groups, shared = _accepted(found, sides, scale, least_branch_trips)
        kept = shared >= SHARED
        group = next((each for each in groups if _is_main(each, centre, sides, kept, scale)), None)
        if group is None or swap == MAX_SWAPS:
            break
        line = spliced(centre, typical(group, sides, scale.apart_m), sides)
        kin = np.flatnonzero(kept).tolist()
    taken = {id(parting) for each in groups for parting in each}
    alone = tuple(each for each in found if kept[each.trip] and id(each) not in taken)
    made = (branch_of(centre, each, sides, scale) for each in groups)
    branches = tuple(branch for branch in made if branch is not None)
    off = tuple(tuple(each.off for each in found if each.trip == trip) for trip in range(len(sides)))
    return Ways(centre, tuple(sides), kept, shared, branches, alone, off)


def spliced(centre: Floats, parting: Parting, sides: Sequence[Beside]) -> Floats:
    """Give the line with a part of a trip in place of what it left out."""
    own = sides[parting.trip].trace.samples[parting.first : parting.last + 1]
    return np.concatenate([centre[: parting.leaves + 1], own, centre[parting.rejoins :]])


def branch_of(
    centre: Floats, group: Sequence[Parting], sides: Sequence[Beside], scale: Scale
) -> Branch | None:
    """Make a way of its own of a branch: its trips' own line where they are off the main one.

    None where that line is never far from the main one, as of trips that went to and fro beside it.
    """
    pick = typical(group, sides, scale.apart_m)
    traces = [sides[trip].trace for trip in sorted({parting.trip for parting in group})]
    line = centre_line(spliced(centre, pick, sides), traces, scale.step_m, scale.apart_m)
    found = align(line, centre, scale.apart_m)
    distance_m, where = nearest_within(line, centre, found.low - 1, found.high + 1)
    at = np.arange(len(line))
    off = np.flatnonzero(
        (distance_m >= FAR_SHARE * scale.apart_m) & (where >= pick.leaves - 1) & (where <= pick.rejoins + 1)
    )
    if not len(off):
        return None
    first, last = int(off[0]), int(off[-1])
    before = at[(at < first) & (distance_m <= JOINED_M)]
    after = at[(at > last) & (distance_m <= JOINED_M)]
    start = int(before[-1]) if len(before) and pick.leaves >= 0 else -1
    stop = int(after[0]) if len(after) and pick.rejoins < len(centre) else len(line)
    head = np.arange(int(where[start]) + 1 if start >= 0 else 0)
    tail = np.arange(int(np.ceil(where[stop])) if stop < len(line) else len(centre), len(centre))
    own = line[start + 1 : stop]
    return Branch(
        tuple(group),
        np.concatenate([centre[head], own, centre[tail]]),
        np.concatenate([head, np.full(len(own), np.nan), tail]),
    )


def _beginning(traces: Sequence[Trace], scale: Scale, progress: Progress) -> tuple[int, list[int]]:
    """Give the trip that most others are like, and those."""
    by_length = sorted(range(len(traces)), key=lambda trip: len(traces[trip].samples))
    first = max(0, (len(traces) - MAX_CANDIDATES) // 2)
    candidates = sorted(by_length[first : first + MAX_CANDIDATES])
    best: tuple[tuple[int, float], int, list[int]] = ((0, 0.0), candidates[0], [])
    for number, candidate in enumerate(candidates):
        own = traces[candidate].samples
        likeness = np.array([align(own, other.samples, scale.apart_m).likeness for other in traces])
        kin = np.flatnonzero(likeness >= SHARED).tolist()
        mark = (len(kin), round(float(likeness[kin].sum()), 9))
        if mark > best[0]:
            best = (mark, candidate, kin)
        progress(0.5 * (number + 1) / len(candidates))
    return best[1], best[2]


def _supported(centre: Floats, traces: Sequence[Trace], scale: Scale) -> tuple[Floats, list[Beside]]:
    """Cut the line's ends to where two trips are, and lay all trips beside it."""
    sides = [beside(centre, trace, scale.apart_m) for trace in traces]
    if len(traces) < 2:
        return centre, sides
    together = np.flatnonzero(sum((side.distance_m < scale.apart_m).astype(int) for side in sides) > 1)
    if len(together) < 2 or together[-1] - together[0] == len(centre) - 1:
        return centre, sides
    centre = centre[together[0] : together[-1] + 1]
    return centre, [beside(centre, trace, scale.apart_m) for trace in traces]


def _accepted(
    found: Sequence[Parting], sides: Sequence[Beside], scale: Scale, least_branch_trips: int
) -> tuple[list[list[Parting]], Floats]:
    """Give the groups that are branches, and which part of its way each trip shares with line and branches.

    Who never was on the line before a branch, or is not after it, has to share half of his way with it:
    else trips in the other direction would be branches.
    """
    count = len(sides[0].distance_m)
    way_m = np.array([(len(side.trace.samples) - 1) * scale.step_m for side in sides])
    shared = np.ones(len(sides))
    for parting in found:
        shared[parting.trip] -= parting.length_m / way_m[parting.trip]
    able = [each for each in found if not each.is_free(count) or shared[each.trip] >= SHARED]
    groups = [
        group
        for group in grouped(able, sides, scale.apart_m)
        if len({parting.trip for parting in group}) >= least_branch_trips
    ]
    for parting in (each for group in groups for each in group):
        shared[parting.trip] += parting.length_m / way_m[parting.trip]
    return groups, shared


def _is_main(
    group: Sequence[Parting],
    centre: Floats,
    sides: Sequence[Beside],
    kept: npt.NDArray[np.bool_],
    scale: Scale,
) -> bool:
    """Tell whether more trips took a branch than the line beside it; or whether it prolongs the line."""
    near = max(1, round(2 * scale.apart_m / scale.step_m))
    first = min(parting.leaves for parting in group)
    last = max(parting.rejoins for parting in group)
    if first < 0 and last <= near:
        return True
    if last >= len(centre) and first >= len(centre) - near:
        return True
    beside_branch = slice(max(first, 0), min(last + 1, len(centre)))
    on_line = sum(
        bool(kept[trip]) and float((side.distance_m[beside_branch] < scale.apart_m).mean()) > SHARED
        for trip, side in enumerate(sides)
    )
    return len({parting.trip for parting in group}) > on_line
