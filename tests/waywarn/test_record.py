"""`waywarn record`: what it writes, what it says, and how it refuses."""

import json
from pathlib import Path

import pytest

from corridor import Path as Way
from tests.waywarn.command_line import run
from tests.waywarn.walks import START, write_walk


def test_a_trip_becomes_a_path_that_a_rule_can_use(tmp_path: Path) -> None:
    walk, output = write_walk(tmp_path / "walk.csv"), tmp_path / "school.geojson"
    ran = run("record", walk, "-o", output, "--name", "to school")
    assert (ran.exit_code, ran.stdout) == (0, "")
    feature = json.loads(output.read_text())
    properties = feature["properties"]
    assert (properties["name"], properties["recorded_from"]) == ("to school", "walk.csv")
    assert (properties["device"], properties["tolerance_m"]) == ("anna", 5.0)
    assert properties["started_at"] == "2026-01-01T08:00:00Z"
    assert len(properties["elapsed_s"]) == len(feature["geometry"]["coordinates"])
    path = Way.from_file(output)
    assert path.length_m == pytest.approx(199 * 7.0, abs=5)
    assert path.elapsed_s is not None
    assert path.elapsed_s[-1] == 199 * 5.0


def test_it_says_what_it_read_removed_and_wrote(tmp_path: Path) -> None:
    walk = write_walk(tmp_path / "walk.csv", extra="anna,,1,2,\nanna,2026-01-01T09:00:00Z,1,95,\n")
    ran = run("record", walk, "-o", tmp_path / "school.geojson")
    assert ran.exit_code == 0
    for said in (
        "200 fixes of 1 device",
        "accuracy_m from accuracy_m",
        "2 rows",
        "row 202: time is missing",
        "row 203: latitude 95.0 is outside [-90, 90]",
        "within 5 m of the path",
        "vertices, 1,39",
        "16 min 35 s from 2026-01-01T08:00:00Z",
        "school.geojson",
    ):
        assert said in ran.stderr


def test_one_device_of_several_is_chosen(tmp_path: Path) -> None:
    first = write_walk(tmp_path / "a.csv").read_text()
    second = write_walk(tmp_path / "b.csv", device="ben").read_text().partition("\n")[2]
    (tmp_path / "both.csv").write_text(first + second)
    output = tmp_path / "path.geojson"
    refused = run("record", tmp_path / "both.csv", "-o", output)
    assert refused.exit_code == 2
    assert "2 devices; choose one: 'anna', 'ben'; choose with --device" in refused.stderr
    assert not output.exists()
    for choice in (("--device", "ben"), ("--where", "device_id=ben")):
        assert run("record", tmp_path / "both.csv", "-o", output, *choice).exit_code == 0
        assert json.loads(output.read_text())["properties"]["device"] == "ben"
    unknown = run("record", tmp_path / "both.csv", "-o", output, "--device", "eve")
    assert unknown.exit_code == 2
    assert "no fix of device 'eve'; there are: 'anna', 'ben'" in unknown.stderr


def test_a_trip_is_chosen_by_its_time(tmp_path: Path) -> None:
    day = write_walk(tmp_path / "a.csv").read_text()
    next_day = write_walk(tmp_path / "b.csv", start=START + 86_400).read_text().partition("\n")[2]
    (tmp_path / "both.csv").write_text(day + next_day)
    output = tmp_path / "path.geojson"
    ran = run("record", tmp_path / "both.csv", "-o", output, "--since", "2026-01-02T00:00:00Z")
    assert ran.exit_code == 0
    assert "200 more are not of the chosen device or time" in ran.stderr
    assert json.loads(output.read_text())["properties"]["started_at"] == "2026-01-02T08:00:00Z"
    empty = run("record", tmp_path / "both.csv", "-o", output, "--until", "2025-01-01T00:00:00Z")
    assert empty.exit_code == 2
    assert "none of 400 fixes is between --since and --until" in empty.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.csv",), "nowhere.csv: it cannot be read: No such file"),
        (("walk.csv", "--where", "device_id"), "'device_id' is not COLUMN=TEXT"),
        (("walk.csv", "--where", "route=7"), "no column 'route' to select by"),
        (("walk.csv", "--naive-zone", "Nowhere/Land"), "'Nowhere/Land' is not a known time zone"),
        (("walk.csv", "--since", "yesterday"), "'yesterday' is not RFC 3339"),
        (("walk.csv", "--tolerance-m", "0"), "tolerance-m"),
        (("naive.csv",), "has no zone"),
        (("naive.csv",), "see --naive-zone"),
        (("standing.csv",), "stays within 25 m"),
        (("walk.csv", "-o", "no/such/folder.geojson"), "cannot be written: No such file"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    walk = write_walk(tmp_path / "walk.csv")
    (tmp_path / "naive.csv").write_text(walk.read_text().replace("Z,", ","))
    standing = [f"anna,2026-01-01T08:{minute:02}:00Z,16.3,48.2,8\n" for minute in range(60)]
    (tmp_path / "standing.csv").write_text("device_id,time,lon,lat,accuracy_m\n" + "".join(standing))
    output = () if "-o" in arguments else ("-o", "path.geojson")
    ran = run("record", *arguments, *output)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr


def test_naive_times_are_read_in_the_zone_given(tmp_path: Path) -> None:
    walk = write_walk(tmp_path / "walk.csv")
    walk.write_text(walk.read_text().replace("Z,", ","))
    output = tmp_path / "path.geojson"
    assert run("record", walk, "-o", output, "--naive-zone", "Europe/Vienna").exit_code == 0
    assert json.loads(output.read_text())["properties"]["started_at"] == "2026-01-01T07:00:00Z"
