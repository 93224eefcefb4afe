"""How far off the expected arrival of a bus is half-way, each trip left out of what was learned.

The planned paths have no times. Those used here are learned from the other trips on the same path: the mean
time over each 100 m, added up. Not a race: beside the formula stand plainer ones, and the weights that it
could have had. Run as ``python -m benchmarks.eta FOLDER`` on the folder that holds the traces.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.buses import Trip, trips
from corridor import Corridor, expected_at
from corridor import Path as Way
from corridor.expected import AS_RECORDED, vertices_m

HALF_WIDTH_M = 50.0
CELL_M = 100.0
LEAST_OTHERS = 5  # trips that were seen over a cell; with fewer no time is learned for it
LEAST_S = 1200.0  # a trip seen for less has no middle to speak of
LEAST_M = 4000.0
STANDS_M = 70.0  # as far from its first place a trip has set out: 30 m, and 20 m of accuracy at both places
SHARES = (0.0, 0.1, 0.25, 0.5, 1.0)  # of the path's time, as the weight with which the pace is drawn to 1
AT_LAST_M = 30.0  # so near the last place it is there: noise at a terminus creeps on

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Run:
    """What was seen of a trip on its path: places along it, never back, and when; from setting out on."""

    trip: Trip
    along_m: Floats
    time: Floats

    @property
    def middle(self) -> int:
        """The first fix at half of the length that was seen."""
        return int(np.searchsorted(self.along_m, (self.along_m[0] + self.along_m[-1]) / 2))

    @property
    def is_long(self) -> bool:
        """Whether enough of it was seen."""
        gone_m, spent_s = np.ptp(self.along_m), np.ptp(self.time)
        return bool(spent_s >= LEAST_S and gone_m >= LEAST_M)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What was expected half-way of the last place at which a trip was seen."""

    run: Run
    by: dict[str, float]  # seconds too late, by formula
    remaining_s: float


def run_of(trip: Trip) -> Run | None:
    """Follow a trip along its path; None where hardly a fix is on it."""
    fixes = trip.batch
    order = np.argsort(fixes.time, kind="stable")
    time = fixes.time[order]
    where = Corridor(trip.path, HALF_WIDTH_M).follow(fixes.lon[order], fixes.lat[order], time)
    on = where.margin_m <= 0.0
    along_m, time = np.maximum.accumulate(where.along_track_m[on]), time[on]
    gone = np.flatnonzero(along_m > along_m[:1] + STANDS_M)
    arrived = np.flatnonzero(along_m >= along_m[-1:] - AT_LAST_M)
    if not len(gone) or arrived[0] <= gone[0]:
        return None
    return Run(trip, along_m[gone[0] - 1 : arrived[0] + 1], time[gone[0] - 1 : arrived[0] + 1])


def with_times(way: Way, others: Sequence[Run]) -> tuple[Way, float, float] | None:
    """Give the path with learned times, and the part of it for which there are any; None where none are."""
    edges_m = np.arange(0.0, way.length_m + CELL_M, CELL_M)
    at = np.array([np.interp(edges_m, run.along_m, run.time, np.nan, np.nan) for run in others])
    cells_s = np.diff(at.reshape(-1, len(edges_m)), axis=1)
    known = np.isfinite(cells_s).sum(axis=0) >= LEAST_OTHERS
    if not known.any():
        return None
    first, last = np.flatnonzero(known)[[0, -1]]
    mean_s = np.array(
        [np.nanmean(cell) if each else 0.0 for cell, each in zip(cells_s.T, known, strict=True)]
    )
    elapsed_s = np.interp(vertices_m(way), edges_m, np.concatenate([[0.0], np.cumsum(mean_s)]))
    return Way(way.lon, way.lat, elapsed_s=elapsed_s, name=way.name), edges_m[first], edges_m[last + 1]


def forecast(run: Run, others: Sequence[Run]) -> Forecast | None:
    """Say half-way when the last place will be reached, with what was learned of the others."""
    learned = with_times(run.trip.path, others)
    if learned is None:
        return None
    way, from_m, until_m = learned
    seen = (run.along_m >= from_m) & (run.along_m <= until_m)
    inner = Run(run.trip, run.along_m[seen], run.time[seen])
    if len(inner.time) < 3 or not inner.is_long:
        return None
    at = inner.middle
    begun_m, begun, end_m = inner.along_m[0], inner.time[0], inner.along_m[-1]
    here_m, now = inner.along_m[at], inner.time[at]
    (expected,) = expected_at(way, here_m, now, begun_m=begun_m, begun=begun, to_m=end_m)
    begun_s, here_s, end_s = np.interp([begun_m, here_m, end_m], vertices_m(way), _times(way))
    by = {"expected_at": float(expected)}
    for share in SHARES:
        weight_s = share * np.ptp(_times(way))
        pace = (now - begun + weight_s) / (here_s - begun_s + weight_s)
        by[f"weight {share:g}"] = now + (end_s - here_s) * pace
    by["as recorded"] = now + end_s - here_s
    by["even speed so far"] = now + (end_m - here_m) * (now - begun) / (here_m - begun_m)
    truth = inner.time[-1]
    return Forecast(inner, {name: when - truth for name, when in by.items()}, truth - now)


def forecasts(traces: Path) -> tuple[list[Forecast], list[str]]:
    """Give the forecast of every trip, and the names of trips of which too little was seen."""
    runs: dict[str, list[Run]] = defaultdict(list)
    out, too_little = [], []
    for trip in trips(traces):
        run = run_of(trip)
        if run is None:
            too_little.append(trip.name)
        else:
            runs[trip.path.fingerprint].append(run)
    for same in runs.values():
        for run in same:
            said = forecast(run, [other for other in same if other is not run])
            if said is None:
                too_little.append(run.trip.name)
            else:
                out.append(said)
    return out, sorted(too_little)


def table(said: Sequence[Forecast]) -> Iterator[str]:
    """Write the errors by formula, in Markdown."""
    remaining_s = np.array([each.remaining_s for each in said])
    yield "| formula | error: median | 90 % within | worst | of what was left: median | 90 % within | bias |"
    yield "|---|---|---|---|---|---|---|"
    for name in said[0].by:
        late_s = np.array([each.by[name] for each in said])
        error_s, share = np.abs(late_s), np.abs(late_s) / remaining_s
        yield (
            f"| {name} | {np.median(error_s):.0f} s | {np.quantile(error_s, 0.9):.0f} s "
            f"| {error_s.max():.0f} s | {np.median(share):.1%} | {np.quantile(share, 0.9):.1%} "
            f"| {np.median(late_s):+.0f} s |"
        )


def main(traces: Path) -> None:
    """Print the table, and what was left out."""
    said, too_little = forecasts(traces)
    spent = [np.ptp(each.run.time) / 60 for each in said]
    left = [each.remaining_s / 60 for each in said]
    print(
        f"{len(said)} trips, in the median {np.median(spent):.0f} min, {np.median(left):.0f} min of them left"
    )
    print(f"left out, too little seen of them: {len(too_little)} ({', '.join(too_little)})")
    print(f"expected_at draws its pace to 1 with a weight of {AS_RECORDED:g} of the path's time\n")
    print(*table(said), sep="\n")


def _times(way: Way) -> Floats:
    assert way.elapsed_s is not None
    return way.elapsed_s


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder that holds the traces")
    main(parser.parse_args().folder)
