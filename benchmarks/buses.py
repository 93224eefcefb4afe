"""Every alarm over a day of city buses, each trip held to its own planned path, and why.

Not a race: the baseline is the known distance of each fix to its path, and a plain count of those
beyond the half width. Run as ``python -m benchmarks.buses FOLDER`` on the folder that holds the traces.
"""

import argparse
import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from corridor import Corridor, FixBatch, parse_instant, read_fixes
from corridor import Path as Way
from corridor.instant import format_instant
from corridor.uncertainty import NOT_STATED_M
from rules import Deviation, Kind, Transition
from waywarn.history import decide
from waywarn.presets import PRESETS, Preset

RUN_START = parse_instant("2026-03-01T00:00:00Z")  # after the data: none of its fixes is from the future
HALF_WIDTHS_M = (50.0, 100.0)
PARTED_FIXES = 3

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trip:
    """One trip: its fixes, the path it should keep to, and how far off each fix is known to be."""

    name: str
    batch: FixBatch
    path: Way
    known_distance_m: Floats  # (N,) computed with another library, in another projection


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the engine said of a trip, beside the plain count."""

    trip: Trip
    half_width_m: float
    transitions: tuple[Transition, ...]

    @property
    def alarms(self) -> list[Transition]:
        """The alarms that rose."""
        return [each for each in self.transitions if each.kind is Kind.OFF_ROUTE]

    @property
    def longest_run(self) -> int:
        """The most consecutive fixes known to be beyond the half width: the baseline."""
        return _longest_run(self.trip.known_distance_m > self.half_width_m)

    def lines(self) -> Iterator[str]:
        """Say it for people."""
        trip, beyond = self.trip, self.trip.known_distance_m > self.half_width_m
        yield (
            f"trip {trip.name}, {len(trip.batch)} fixes on {trip.path.name}: at most "
            f"{trip.known_distance_m.max():.0f} m off, {beyond.sum()} fixes beyond {self.half_width_m:g} m, "
            f"{self.longest_run} of them in a row"
        )
        for each in self.transitions:
            yield (
                f"    {format_instant(each.time)} {each.kind.value} ({each.reason.value}): "
                f"{each.distance_m:.0f} m off at {each.along_track_m:.0f} m"
                + (f", since {format_instant(each.starts_at)}" if each.kind is Kind.OFF_ROUTE else "")
            )
        if not self.alarms:
            yield f"    no alarm: {self._why_none()}"

    def _why_none(self) -> str:
        if self.longest_run < 3:
            return "never three fixes beyond in a row"
        time = self.trip.batch.time
        began = next((each.time for each in self.transitions if each.kind is Kind.STARTED), np.inf)
        beyond = self.trip.known_distance_m > self.half_width_m
        waiting = int((beyond & (time < began)).sum())
        if _longest_run(beyond & (time >= began)) < 3:
            return f"{waiting} of them before its first fix on the path"
        return f"{waiting} of them before its first fix on the path, too few sure ones after it"


@dataclass(frozen=True, slots=True)
class Astray:
    """A trip held to a path that it parts from: at which fix since the parting the alarm rose, from 1."""

    trip: Trip
    other: Way
    fixes: int  # since the first of three beyond the half width by more than a fix's uncertainty
    fixes_from_edge: int  # since the first of three beyond it at all


def _longest_run(flags: npt.NDArray[np.bool_]) -> int:
    return int((np.diff(np.flatnonzero(np.concatenate([[True], ~flags, [True]]))) - 1).max())


def trips(traces: Path) -> Iterator[Trip]:
    """Give every trip that has a planned path."""
    known: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with gzip.open(traces / "buses_distance_truth.csv.gz", "rt", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            known[row["trip_trip_id"]].append((parse_instant(row["t"]), float(row["dist_to_shape_m"])))
    for name, shape in sorted(_shapes(traces).items()):
        if name not in known:
            continue
        batch = read_fixes(traces / "buses.parquet", where={"trip_id": name}).batch
        distance_m = dict(known[name])
        path = Way.from_file(f"{traces / 'buses_paths.geojson'}#{shape}")
        yield Trip(name, batch, path, np.array([distance_m[time] for time in batch.time.tolist()]))


def judge(trip: Trip, half_width_m: float) -> Verdict:
    """Replay a trip with a car's numbers and the default start and end."""
    return Verdict(trip, half_width_m, tuple(_said(trip, Corridor(trip.path, half_width_m))))


def judge_with_grace(trip: Trip, half_width_m: float, grace_m: float) -> Verdict:
    """Replay a trip in a corridor with discs of grace about the ends of its path."""
    corridor = Corridor(trip.path, half_width_m, start_grace_m=grace_m, end_grace_m=grace_m)
    return Verdict(trip, half_width_m, tuple(_said(trip, corridor)))


def judge_astray(trip: Trip, other: Way, half_width_m: float) -> Astray | None:
    """Hold a trip to another path; None if it was never on it, or never left it for good."""
    corridor = Corridor(other, half_width_m)
    said = _said(trip, corridor)
    began = next((each.time for each in said if each.kind is Kind.STARTED), np.inf)
    time, first = np.unique(trip.batch.time, return_index=True)
    margin_m = corridor.measure(trip.batch.lon[first], trip.batch.lat[first]).margin_m[time >= began]
    time = time[time >= began]
    beyond, surely = (_first_run(margin_m > each_m) for each_m in (0.0, NOT_STATED_M))
    if surely is None or beyond is None:
        return None
    alarm = next((each.time for each in said if each.kind is Kind.OFF_ROUTE), np.inf)
    found = int(np.searchsorted(time, alarm))
    return Astray(trip, other, found - surely + 1, found - beyond + 1)


def _first_run(flags: npt.NDArray[np.bool_]) -> int | None:
    """Give the first of the first `PARTED_FIXES` in a row."""
    runs = np.convolve(flags, np.ones(PARTED_FIXES), "valid") == PARTED_FIXES if len(flags) else flags
    return int(runs.argmax()) if runs.any() else None


def _said(trip: Trip, corridor: Corridor) -> list[Transition]:
    numbers: dict[str, Any] = {**PRESETS[Preset.CAR]["deviation"]}
    numbers.pop("half_width_m")
    rules = [Deviation(corridor, device, **numbers) for device in trip.batch.devices]
    return decide(rules, trip.batch, run_start=RUN_START).transitions


def _shapes(traces: Path) -> Mapping[str, str]:
    with (traces / "buses_trips.csv").open(encoding="utf-8") as stream:
        return {row["trip_id"]: row["shape_id"] for row in csv.DictReader(stream)}


def others(every: Sequence[Trip], half_width_m: float) -> Iterator[Astray]:
    """Hold each trip to every path but its own."""
    paths = {trip.path.fingerprint: trip.path for trip in every}
    for trip in every:
        for fingerprint, path in paths.items():
            if fingerprint != trip.path.fingerprint and (astray := judge_astray(trip, path, half_width_m)):
                yield astray


def main(traces: Path) -> None:
    """Print every alarm, and every trip that went beyond the half width without one."""
    every = list(trips(traces))
    for half_width_m in HALF_WIDTHS_M:
        verdicts = [judge(trip, half_width_m) for trip in every]
        alarms = sum(len(verdict.alarms) for verdict in verdicts)
        baseline = sum(verdict.longest_run >= 3 for verdict in verdicts)
        print(f"\nhalf width {half_width_m:g} m: {alarms} alarms over {len(every)} trips")
        print(f"baseline: {baseline} trips have three fixes in a row beyond it")
        for verdict in verdicts:
            if verdict.alarms or verdict.longest_run:
                print(*verdict.lines(), sep="\n")
        print(*_of_astray(list(others(every, half_width_m))), sep="\n")


def _of_astray(astray: Sequence[Astray]) -> Iterator[str]:
    yield f"\n{len(astray)} times a trip parts from a path of others that it was on; the alarm rose at fix"
    for since, fixes in (
        ("surely beyond", [each.fixes for each in astray]),
        ("beyond at all", [each.fixes_from_edge for each in astray]),
    ):
        yield f"    {dict(sorted(Counter(fixes).items()))}, counted from the first {since}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder that holds the traces")
    main(parser.parse_args().folder)
