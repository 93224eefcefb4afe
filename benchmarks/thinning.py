"""How many fixes the policies of a publisher send on recorded ways, and how far their line is off the whole.

``python -m benchmarks.thinning FOLDER`` with the recorded traces; the suite holds what it says.
"""

import argparse
import csv
import itertools
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corridor.fix import Fix
from corridor.instant import parse_instant
from corridor.tracks import read_fixes
from sip.device.adaptive_rate import AdaptiveRate, way_m
from sip.device.publish_policy import Policy, PublishPolicy, chosen_fixes

POLICIES: dict[str, Policy] = {"steady": PublishPolicy(), "adaptive": AdaptiveRate()}
STANDING_S = 8 * 3_600
NOISE_M = 2.5  # standard deviation of each axis, a receiver on a table by the window


@dataclass(frozen=True, slots=True)
class Thinned:
    """What a policy made of some trips; errors are of each fix to the piece that stands for its time."""

    fixes: int
    sent: int
    greatest_m: float
    p99_m: float
    mean_m: float

    @property
    def share(self) -> float:
        """Of the fixes, those that are sent."""
        return self.sent / self.fixes


def thinned(trips: Sequence[Sequence[Fix]], policy: Policy) -> Thinned:
    """Let a policy choose among the fixes of each trip."""
    errors_m: list[float] = []
    sent = 0
    for trip in trips:
        chosen = chosen_fixes(trip, policy)
        sent += len(chosen)
        errors_m += _errors_m(trip, chosen)
    return Thinned(
        len(errors_m), sent, max(errors_m), float(np.percentile(errors_m, 99)), float(np.mean(errors_m))
    )


def limerick(traces: Path) -> list[list[Fix]]:
    """Give the bus of Limerick: one trip, a fix each second."""
    batch = read_fixes(traces / "limerick_304.gpx", default_device="bus").batch
    return [sorted(batch, key=lambda fix: fix.time)]


def commuter(traces: Path) -> list[list[Fix]]:
    """Give a person's repeated ways."""
    batch = read_fixes(traces / "commuter.parquet").batch
    trips = []
    with (traces / "commuter_trips.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            start, end = parse_instant(row["start"]), parse_instant(row["end"])
            part = batch.take((batch.time >= start) & (batch.time <= end))
            trips.append(sorted(part, key=lambda fix: fix.time))
    return [trip for trip in trips if trip]


def standing() -> list[list[Fix]]:
    """Give a device that lies on a table for eight hours; drawn from a seeded generator."""
    rng = np.random.default_rng(2026)
    noise = rng.normal(0.0, [NOISE_M, NOISE_M, 0.1], (STANDING_S, 3)).tolist()
    return [
        [
            Fix("phone", 1e9 + n, 16.37 + east / 74_000, 48.2 + north / 111_200, None, 8.0, abs(speed))
            for n, (east, north, speed) in enumerate(noise)
        ]
    ]


def _errors_m(whole: Sequence[Fix], thin: Sequence[Fix]) -> Iterator[float]:
    pieces = list(itertools.pairwise(thin)) or [(thin[0], thin[0])]
    here = 0
    for fix in whole:
        while here + 1 < len(pieces) and pieces[here][1].time <= fix.time:
            here += 1
        start, end = pieces[here]
        (x, y), (east, north) = way_m(start, fix), way_m(start, end)
        length = east * east + north * north
        share = min(max((x * east + y * north) / length, 0.0), 1.0) if length else 0.0
        yield math.hypot(x - share * east, y - share * north)


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of the recorded traces")
    traces = parser.parse_args().folder
    print("| trips | policy | fixes | sent | share | greatest m | 99 % m | mean m |")
    print("|---|---|---|---|---|---|---|---|")
    recorded = {"bus": limerick(traces), "commuter": commuter(traces), "standing 8 h": standing()}
    for name, trips in recorded.items():
        for policy, each in POLICIES.items():
            got = thinned(trips, each)
            numbers = (
                f"{got.fixes:,} | {got.sent:,} | {got.share:.1%} | {got.greatest_m:.1f} | {got.p99_m:.1f}"
            )
            print(f"| {name} | {policy} | {numbers} | {got.mean_m:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
