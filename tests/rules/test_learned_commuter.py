"""A person's repeated ways, each trip left out in turn: what was learned from the others holds it.

And tells of every trip that strays. Labels are by geometry alone (the data folder's README).
"""

import csv
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from corridor import FixBatch, Learned, learn, read_fixes
from rules import Deviation, Engine, Kind

pytestmark = pytest.mark.data

# As tests/waywarn/test_replay_commuter.py holds followers to one recorded trip. One that strays does so
# for five fixes in 14 s, at its start: no confirmation over 20 s can tell of it.
CONFIRMED = {"confirm_fixes": 3, "confirm_s": 10.0}
WHOLE_TRIP = {"starts": "at_once", "ends": "never"}
GROUPS = ("u001_g0", "u001_g1", "u001_g2")


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8") as stream:
        yield from csv.DictReader(stream)


@cache
def _trips(traces: Path) -> dict[str, FixBatch]:
    batch = read_fixes(traces / "commuter.parquet").batch
    trips = {}
    for row in _rows(traces / "commuter_trips.csv"):
        start, end = (datetime.fromisoformat(row[key]).timestamp() for key in ("start", "end"))
        trips[row["trip"]] = batch.take((batch.time >= start) & (batch.time <= end))
    return trips


def _group(traces: Path, group: str) -> tuple[list[str], list[str]]:
    """Give the trips that keep to one way, the recorded one first, and those that stray."""
    rows = [row for row in _rows(traces / "commuter_truth.csv") if row["group"] == group]
    keep = [rows[0]["reference"], *(row["follower"] for row in rows if row["verdict"] == "on_route")]
    return keep, [row["follower"] for row in rows if row["verdict"] == "deviates_strong"]


def _is_told(learned: Learned, trip: FixBatch) -> bool:
    """Tell whether a trip raises an alarm on every corridor that it might have kept to."""
    device = trip.devices[trip.device[0]]

    def off_route(rule: Deviation) -> bool:
        engine = Engine([rule], run_start=float(trip.time.max()))
        return any(each.kind is Kind.OFF_ROUTE for each in engine.step(trip).transitions)

    return all(
        off_route(Deviation(corridor, device, **CONFIRMED, **WHOLE_TRIP))  # type: ignore[arg-type]  # words are taken
        for corridor in learned.corridors
    )


@pytest.mark.parametrize("group", GROUPS)
def test_the_trip_left_out_is_quiet_and_every_strong_deviation_is_told(shared_data: Path, group: str) -> None:
    traces = shared_data / "traces"
    trips = _trips(traces)
    keep, stray = _group(traces, group)
    for left_out in keep:
        learned = learn([trips[trip] for trip in keep if trip != left_out])
        assert learned.trip_counts == (len(keep) - 1,)
        widths_m = np.array([width.half_width_m for width in learned.evidence.widths])
        assert 45 <= np.median(widths_m) <= 100
        assert not _is_told(learned, trips[left_out]), left_out
        assert [trip for trip in stray if not _is_told(learned, trips[trip])] == [], left_out


def test_sixteen_buses_of_one_route_are_one_corridor(shared_data: Path) -> None:
    """Fixes are 24 s apart and trips begin and end anywhere on the route."""
    by_trip: dict[str, list[tuple[float, float, float]]] = {}
    for row in _rows(shared_data / "traces" / "liverpool_bus14.csv"):
        time = datetime.fromisoformat(row["timestamp"] + "+00:00").timestamp()
        by_trip.setdefault(row["trip_id"], []).append((time, float(row["longitude"]), float(row["latitude"])))
    trips = [
        FixBatch.from_columns([name] * len(rows), *np.array(rows).T) for name, rows in sorted(by_trip.items())
    ]
    learned = learn(trips)
    assert learned.trip_counts == (16,)
    assert learned.main.length_m > 9_000
    widths_m = np.array([width.half_width_m for width in learned.evidence.widths])
    assert np.median(widths_m) <= 40
    inside = [float((learned.main.measure(trip.lon, trip.lat).margin_m <= 0).mean()) for trip in trips]
    assert np.median(inside) > 0.99
