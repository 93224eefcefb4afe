"""A day of buses, each on its own planned path: the alarms are the known deviations, and no others."""

from pathlib import Path

import pytest

from benchmarks.buses import Verdict, judge, judge_with_grace, others, trips

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def verdicts(shared_data: Path) -> dict[float, list[Verdict]]:
    every = list(trips(shared_data / "traces"))
    assert len(every) == 68
    return {half_width_m: [judge(trip, half_width_m) for trip in every] for half_width_m in (50.0, 100.0)}


def test_beyond_100_m_the_one_trip_that_strays_is_told_once(verdicts: dict[float, list[Verdict]]) -> None:
    alarmed = {verdict.trip.name: len(verdict.alarms) for verdict in verdicts[100.0] if verdict.alarms}
    assert alarmed == {"301100": 1}  # round another block for ten minutes, up to 176 m off


def test_beyond_50_m_a_bus_that_laid_over_beside_its_first_stop_is_told_too(
    verdicts: dict[float, list[Verdict]],
) -> None:
    alarmed = {verdict.trip.name: len(verdict.alarms) for verdict in verdicts[50.0] if verdict.alarms}
    assert alarmed == {"301100": 1, "16117100": 1}


def test_with_grace_at_the_ends_the_trip_that_strays_is_the_only_alarm(
    verdicts: dict[float, list[Verdict]],
) -> None:
    told = [judge_with_grace(each.trip, 50.0, grace_m=100.0) for each in verdicts[50.0]]
    assert {each.trip.name: len(each.alarms) for each in told if each.alarms} == {"301100": 1}


@pytest.mark.parametrize(("half_width_m", "partings"), [(50.0, 31), (100.0, 19)])
def test_a_trip_on_the_path_of_others_is_found_within_three_fixes_of_surely_parting(
    verdicts: dict[float, list[Verdict]], half_width_m: float, partings: int
) -> None:
    astray = list(others([each.trip for each in verdicts[half_width_m]], half_width_m))
    assert len(astray) == partings
    assert [each.trip.name for each in astray if each.fixes > 3] == []


@pytest.mark.parametrize("half_width_m", [50.0, 100.0])
def test_no_alarm_rises_where_fewer_than_three_fixes_in_a_row_were_beyond(
    verdicts: dict[float, list[Verdict]], half_width_m: float
) -> None:
    wrong = [each.trip.name for each in verdicts[half_width_m] if each.alarms and each.longest_run < 3]
    assert wrong == []


def test_the_distance_of_an_alarm_is_the_known_one(verdicts: dict[float, list[Verdict]]) -> None:
    for verdict in (*verdicts[50.0], *verdicts[100.0]):
        for alarm in verdict.alarms:
            known_m = verdict.trip.known_distance_m[verdict.trip.batch.time == alarm.time]
            assert abs(known_m - alarm.distance_m).min() < 0.2  # known to a decimetre, in a projection


def test_every_trip_can_be_told_in_words(verdicts: dict[float, list[Verdict]]) -> None:
    for verdict in verdicts[50.0]:
        assert verdict.trip.name in next(verdict.lines())
        assert any("no alarm" in line for line in verdict.lines()) == (not verdict.alarms)
