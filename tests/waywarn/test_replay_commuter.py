"""A person's repeated ways: what strays from the recorded trip is told, what keeps to it is not.

Labels are by geometry alone (the data folder's README); a plain count of fixes beyond 100 m agrees with them.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waywarn.command_line import run

pytestmark = pytest.mark.data

ALARM = ("--half-width-m", "100", "--confirm-fixes", "3", "--confirm-s", "10")
WHOLE_TRIP = ("--starts", "at_once", "--ends", "never")  # several stray at the very start


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8") as stream:
        yield from csv.DictReader(stream)


def test_strong_deviations_are_told_and_followers_on_the_way_are_not(
    shared_data: Path, tmp_path: Path
) -> None:
    traces = shared_data / "traces"
    fixes = traces / "commuter.parquet"
    times = {row["trip"]: (row["start"], row["end"]) for row in _rows(traces / "commuter_trips.csv")}

    def chosen(trip: str) -> tuple[str, ...]:
        start, end = times[trip]
        return ("--since", start, "--until", end)

    found: dict[str, list[tuple[str, bool]]] = {}
    for row in _rows(traces / "commuter_truth.csv"):
        path = tmp_path / f"{row['reference']}.geojson"
        if not path.exists():
            assert run("record", fixes, "-o", path, *chosen(row["reference"])).exit_code == 0
        ran = run("replay", "--path", path, *ALARM, *WHOLE_TRIP, fixes, *chosen(row["follower"]))
        assert ran.exit_code == 0, ran.stderr
        found.setdefault(row["verdict"], []).append((row["follower"], "off_route" in ran.kinds))

    strong, on_route = found["deviates_strong"], found["on_route"]
    assert len(strong) == len(on_route) == 10
    assert [trip for trip, alarmed in strong if not alarmed] == []
    assert [trip for trip, alarmed in on_route if alarmed] == []
