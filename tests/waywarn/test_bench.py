"""`waywarn bench`: small sizes run, wrong answers are found, the same seed is the same work."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from corridor import Corridor, CorridorSet
from rules import Engine
from waywarn.bench.crossing import check as check_events
from waywarn.bench.crossing import check_rival as check_events_of_rival
from waywarn.bench.deciding import check, rules_of
from waywarn.bench.fence_oracle import changes, events_of
from waywarn.bench.harness import ROWS, Run
from waywarn.bench.machine import describe
from waywarn.bench.measuring import check_ours, check_rival, measure
from waywarn.bench.oracle import wgs84
from waywarn.bench.race import Contestant, race
from waywarn.bench.rivals.cluster import cluster
from waywarn.bench.rivals.fences import fence_rivals
from waywarn.bench.rivals.plane import Plane
from waywarn.bench.rivals.postgis import postgis_rivals
from waywarn.bench.rivals.rival import Answers, Rival
from waywarn.bench.roads import HALF_WIDTH_M, Roads, make_roads, read_stream
from waywarn.bench.rows import WrongAnswerError
from waywarn.bench.sizes import SIZES, Size
from waywarn.bench.zones import make_zones
from waywarn.commands.bench import ROW_NAMES, bench

TINY = replace(
    SIZES["small"],
    rounds=1,
    devices=6,
    fixes=1_200,
    corridors=3,
    vertices=30,
    movers=5,
    moves=500,
    fences=100,
    growth_vertices=(20, 40),
    growth_fences=(50, 100),
    resident_devices=200,
    built_fences=100,
    singles=50,
    off_share=0.1,
)
_APP = typer.Typer(pretty_exceptions_enable=False)
_APP.command()(bench)


@pytest.fixture(scope="module")
def roads() -> Roads:
    return make_roads(TINY, np.random.default_rng(7))


def corridors(roads: Roads) -> list[Corridor]:
    return [Corridor(path, HALF_WIDTH_M) for path in roads.paths]


def tiny_options() -> list[str]:
    given = {"devices": 6, "fix-count": 600, "corridors": 3, "vertices": 30, "movers": 5, "moves": 200}
    return [part for key, value in given.items() for part in (f"--{key}", str(value))]


def test_the_command_prints_tables_and_goals_and_writes_what_it_measured(tmp_path: Path) -> None:
    file, picture = tmp_path / "bench.json", tmp_path / "growth.png"
    options = [
        "--size",
        "small",
        "--no-postgis",
        "--rounds",
        "1",
        "--only",
        "measure",
        "--only",
        "vertices",
        *tiny_options(),
    ]
    ran = CliRunner().invoke(
        _APP, [*options, "--json", str(file), "--plot", str(picture)], catch_exceptions=False
    )
    assert ran.exit_code == 0, ran.output
    for words in ("measure: ", "floor loop", "theirs / ours", "checked: ", "goals", "at least 25 x"):
        assert words in ran.output
    report = json.loads(file.read_text())
    assert {"schema", "machine", "seed", "size_name", "size", "stream", "rows"} == set(report)
    assert report["seed"] == 1
    assert report["size"]["devices"] == 6
    assert [row["key"] for row in report["rows"]] == ["measure", "vertices"]
    entry = report["rows"][0]["entries"][1]
    assert {"name", "units", "first_s", "best_s", "median_s", "rounds", "note", "unit_ns", "ratio"} == set(
        entry
    )
    assert 0 < entry["best_s"] <= entry["median_s"]
    assert {"text", "value", "bound", "at_least", "unit", "met"} == set(report["rows"][0]["goals"][0])
    assert len(report["rows"][1]["curves"][0]["points"]) == len(SIZES["small"].growth_vertices)
    with Image.open(picture) as drawn:
        assert drawn.width > 500


def test_a_row_that_does_not_exist_is_named_with_those_that_do() -> None:
    ran = CliRunner().invoke(_APP, ["--only", "flying"])
    assert ran.exit_code == 2
    assert "flying" in ran.output
    assert "measure" in ran.output


def test_the_command_names_all_rows_there_are() -> None:
    assert tuple(ROWS) == ROW_NAMES


def test_the_machine_is_described_without_its_name() -> None:
    machine = describe()
    assert {"processor", "cores", "memory_gb", "system", "python", "versions", "geos"} == set(machine)
    assert "numpy" in machine["versions"]


def test_the_same_seed_is_the_same_work() -> None:
    one, same, other = (Run(TINY, seed).roads().batch for seed in (3, 3, 4))
    assert np.array_equal(one.lon, same.lon)
    assert np.array_equal(one.lat, same.lat)
    assert not np.array_equal(one.lon, other.lon)


def test_as_many_fixes_stray_and_arrive_late_as_is_asked() -> None:
    size = replace(TINY, fixes=60_000, late_share=0.1)
    roads = make_roads(size, np.random.default_rng(1))
    margin_m = measure(CorridorSet(corridors(roads)), roads).margin_m
    assert 0.04 < (margin_m > 0).mean() < 0.1
    earlier = (np.diff(roads.batch.time) < 0) & (np.diff(roads.batch.device) == 0)
    assert 0.07 < earlier.mean() < 0.11


@pytest.mark.parametrize("key", ROWS)
def test_every_row_runs_and_is_checked(key: str) -> None:
    row = ROWS[key](Run(TINY, 5, postgis=False))
    assert row.key == key
    assert row.checked
    assert row.goals
    assert ("PostGIS: left out" in row.absent) == (key in {"polygons", "circles"})


@pytest.mark.parametrize("shift_m", [0.0, 0.01])
def test_an_answer_that_is_off_by_a_centimetre_is_found(roads: Roads, shift_m: float) -> None:
    offset = measure(CorridorSet(corridors(roads)), roads)
    wrong = replace(offset, distance_m=offset.distance_m + shift_m)
    rng = np.random.default_rng(1)
    if not shift_m:
        assert check_ours(roads, wrong, rng) < 0.001
        return
    with pytest.raises(WrongAnswerError, match="expected"):
        check_ours(roads, wrong, rng)


def test_a_place_along_that_is_elsewhere_is_found(roads: Roads) -> None:
    offset = measure(CorridorSet(corridors(roads)), roads)
    wrong = replace(offset, along_track_m=offset.along_track_m + 30.0)
    with pytest.raises(WrongAnswerError, match="there it is"):
        check_ours(roads, wrong, np.random.default_rng(1))


def test_a_rival_that_answers_something_else_is_found(roads: Roads) -> None:
    offset, plane = measure(CorridorSet(corridors(roads)), roads), Plane(roads.paths)
    rows = np.arange(len(roads.batch))
    right = Rival("right", Answers.DISTANCE, lambda: offset.distance_m, rows)
    wrong = Rival("wrong", Answers.DISTANCE, lambda: offset.distance_m * 1.01 + 0.1, rows)
    nothing = Rival("nothing", Answers.DISTANCE, lambda: offset.distance_m * np.nan, rows)
    check_rival(right, roads, offset, plane)
    along = Rival("along", Answers.ALONG, lambda: offset.along_track_m, rows)
    check_rival(along, roads, offset, plane)
    elsewhere = replace(along, name="elsewhere", run=lambda: offset.along_track_m + 100.0)
    for each in (wrong, nothing, elsewhere):
        with pytest.raises(WrongAnswerError, match=f"{each.name}: .* answers differ"):
            check_rival(each, roads, offset, plane)


def test_a_transition_that_is_missing_or_late_is_found(roads: Roads) -> None:
    rules = rules_of(roads, corridors(roads), TINY.accuracy_m)
    batch = roads.batch
    said = Engine(rules, run_start=float(batch.time.max())).step(batch).transitions
    rng = np.random.default_rng(1)
    assert check(roads, said, TINY.accuracy_m, rng) == 6
    assert len(said) > 2
    for wrong in (said[1:], (replace(said[0], time=said[0].time + 5.0), *said[1:])):
        with pytest.raises(WrongAnswerError, match="transitions of 'device"):
            check(roads, wrong, TINY.accuracy_m, rng)


@pytest.mark.parametrize("shape", ["polygons", "circles"])
def test_an_event_too_many_or_too_few_is_found(shape: str) -> None:
    zones = make_zones(200, 10, 2_000, np.random.default_rng(3), circles=shape == "circles")
    rows = np.arange(len(zones.batch))
    events = events_of(zones, rows)
    rng = np.random.default_rng(1)
    assert len(events) > 20
    assert check_events(zones, events, rng) == 10
    added, turned = np.concatenate([events, [[5, 3, 1]]]), events * np.array([1, 1, -1])
    for wrong in (events[1:], added, turned):
        with pytest.raises(WrongAnswerError, match="fence"):
            check_events(zones, wrong, rng)
    for rival in fence_rivals(zones):
        assert isinstance(rival, Rival)
        check_events_of_rival(zones, rival, events)
        with pytest.raises(WrongAnswerError, match=f"{rival.name} says that"):
            check_events_of_rival(zones, rival, events[:-1])


def test_a_rival_may_differ_for_a_fix_on_the_edge_and_we_may_not() -> None:
    way = make_zones(1, 1, 2, np.random.default_rng(1), circles=True)
    lon, lat = way.batch.lon, way.batch.lat
    edge_m = wgs84().inv(lon[0], lat[0], lon[1], lat[1])[2] - 0.05  # the second fix is 5 cm outside
    zones = replace(way, lon=lon[:1], lat=lat[:1], radius_m=np.array([edge_m]))
    truth, lenient = np.array([[0, 0, 1], [1, 0, -1]]), np.array([[0, 0, 1]])
    assert events_of(zones, np.arange(2)).tolist() == truth.tolist()
    check_events_of_rival(zones, Rival("lenient", Answers.EVENTS, lambda: lenient, np.arange(2)), truth)
    with pytest.raises(WrongAnswerError, match=r"left fence 0; it lies 0\.050 m"):
        check_events(zones, lenient, np.random.default_rng(1))


def test_a_device_that_starts_inside_enters_and_what_follows_is_its_own() -> None:
    zones = make_zones(1, 2, 6, np.random.default_rng(1), circles=True)
    inside = np.array([[0, 0], [1, 0], [4, 0], [5, 0]])  # rows 0 to 2 are one device's, 3 to 5 the other's
    assert changes(zones, inside).tolist() == [[0, 0, 1], [2, 0, -1], [4, 0, 1]]


@pytest.mark.peer
@pytest.mark.parametrize("shape", ["polygons", "circles"])
def test_postgis_says_the_same_and_leaves_nothing_behind(shape: str) -> None:
    zones = make_zones(100, 5, 500, np.random.default_rng(3), circles=shape == "circles")
    events = events_of(zones, np.arange(len(zones.batch)))
    with cluster() as server:
        if server.why:
            pytest.skip(f"PostGIS: {server.why}")
        folder = Path(server.connection.info.host)
        rivals = list(postgis_rivals(server, zones))
        for rival in rivals:
            assert isinstance(rival, Rival)
            check_events_of_rival(zones, rival, events)
    assert len(rivals) == 2
    assert not folder.exists()


def test_postgres_that_is_not_wanted_is_said_to_be_left_out() -> None:
    zones = make_zones(10, 2, 20, np.random.default_rng(3), circles=True)
    with cluster(wanted=False) as server:
        assert list(postgis_rivals(server, zones)) == ["PostGIS: left out"]


def test_real_fixes_are_held_to_the_paths_of_their_own_trips_and_fenced_about(tmp_path: Path) -> None:
    made = make_roads(replace(TINY, fixes=600), np.random.default_rng(2)).batch
    file = tmp_path / "ride.csv"
    lines = [
        f"{made.devices[code]},{time},{lon:.7f},{lat:.7f}"
        for code, time, lon, lat in zip(made.device, made.time, made.lon, made.lat, strict=True)
    ]
    file.write_text("\n".join(["device_id,time,lon,lat", *lines]))
    run = Run(TINY, 1, read_stream(file), postgis=False)
    assert len(run.roads().paths) == 6
    for key in ("decide", "circles"):
        assert ROWS[key](run).checked


def test_contestants_take_turns_and_the_first_call_is_told_apart() -> None:
    calls: list[str] = []
    ready = itertools.count(1)
    timings = race(
        [
            Contestant("a", lambda got: calls.append(f"a{got}"), 10, lambda: next(ready)),
            Contestant("b", lambda _: calls.append("b"), 5),
        ],
        rounds=2,
    )
    assert calls == ["a1", "b", "a2", "b", "a3", "b"]
    assert timings["a"].rounds == 2
    assert timings["a"].unit_ns == pytest.approx(1e9 * timings["a"].best_s / 10)


def test_named_sizes_grow() -> None:
    def total(size: Size) -> int:
        return size.fixes + size.moves + size.fences

    small, quick, full = SIZES.values()
    assert total(small) < total(quick) < total(full)
    assert (full.fixes, full.corridors, full.vertices, full.movers, full.fences) == (
        2_000_000,
        1_000,
        200,
        2_000,
        100_000,
    )
