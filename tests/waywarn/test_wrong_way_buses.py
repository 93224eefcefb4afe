"""A day of buses under wrong-way rules: each on its own path, and on that path turned round."""

from pathlib import Path

import pytest

from benchmarks.buses import RUN_START, Trip, trips
from benchmarks.eta import run_of
from corridor import Corridor
from corridor import Path as Way
from rules import Kind, Transition, WrongWay
from waywarn.history import decide

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def every(shared_data: Path) -> list[Trip]:
    return list(trips(shared_data / "traces"))


def said_of(trip: Trip, path: Way, half_width_m: float) -> list[Transition]:
    corridor = Corridor(path, half_width_m)
    rules = [WrongWay(corridor=corridor, device=device) for device in trip.batch.devices]
    return decide(rules, trip.batch, run_start=RUN_START).transitions


@pytest.mark.parametrize(("half_width_m", "trip_id"), [(50.0, "17744100"), (100.0, "2738100")])
def test_on_its_own_path_only_a_bus_that_went_back_to_its_first_stop_is_told(
    every: list[Trip], half_width_m: float, trip_id: str
) -> None:
    told = {trip.name: said for trip in every if (said := said_of(trip, trip.path, half_width_m))}
    assert set(told) == {trip_id}
    (wrong, right) = told[trip_id]
    assert (wrong.kind, right.kind) == (Kind.WRONG_WAY, Kind.RIGHT_WAY)
    assert wrong.along_track_m is not None
    assert wrong.along_track_m < 50.0


@pytest.mark.parametrize("half_width_m", [50.0, 100.0])
def test_on_the_path_turned_round_each_is_told_once(every: list[Trip], half_width_m: float) -> None:
    long = [trip for trip in every if (run := run_of(trip)) is not None and run.is_long]
    assert len(long) == 58
    for trip in long:
        turned = Way(trip.path.lon[::-1], trip.path.lat[::-1])
        kinds = [each.kind for each in said_of(trip, turned, half_width_m)]
        assert kinds.count(Kind.WRONG_WAY) == 1, trip.name
