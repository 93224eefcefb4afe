"""`waywarn replay`: one JSON object for each transition, and a summary beside it."""

from pathlib import Path

import pytest

from corridor.instant import format_instant
from tests.waywarn.command_line import Ran, run
from tests.waywarn.walks import FIXES, START, write_walk
from waywarn import history

KEYS = {"device", "rule", "kind", "time", "lon", "lat", "distance_m", "probability", "reason"}


@pytest.fixture
def school(tmp_path: Path) -> Path:
    path = tmp_path / "school.geojson"
    assert run("record", write_walk(tmp_path / "recorded.csv"), "-o", path).exit_code == 0
    return path


def test_a_walk_on_the_path_starts_and_arrives(tmp_path: Path, school: Path) -> None:
    ran = run("replay", "--path", school, "--half-width-m", "40", write_walk(tmp_path / "walk.csv"))
    assert (ran.exit_code, ran.kinds) == (0, ["started", "arrived"])
    assert f"judged    {FIXES} fixes under 1 rule: 1 started, 1 arrived" in ran.stderr


def test_a_straying_walk_raises_one_alarm_and_ends_it(tmp_path: Path, school: Path) -> None:
    walk = write_walk(tmp_path / "walk.csv", away_m=150)
    ran = run("replay", "--path", school, "--half-width-m", "40", walk)
    assert ran.kinds == ["started", "off_route", "back_on_route", "arrived"]
    alarm = ran.transitions[1]
    assert alarm.keys() >= KEYS
    assert alarm["distance_m"] == pytest.approx(150, abs=1)
    assert alarm["starts_at"] == format_instant(START + 5 * (FIXES // 3))


def test_every_device_of_the_file_is_held_to_the_path(tmp_path: Path, school: Path) -> None:
    first = write_walk(tmp_path / "a.csv", away_m=150).read_text()
    second = write_walk(tmp_path / "b.csv", device="ben", away_m=150).read_text().partition("\n")[2]
    (tmp_path / "both.csv").write_text(first + second)
    ran = run("replay", "--path", school, "--half-width-m", "40", tmp_path / "both.csv")
    assert [each["device"] for each in ran.transitions if each["kind"] == "off_route"] == ["anna", "ben"]
    only = run("replay", "--path", school, "--half-width-m", "40", "--device", "ben", tmp_path / "both.csv")
    assert {each["device"] for each in only.transitions} == {"ben"}


def test_options_reach_the_rule(tmp_path: Path, school: Path) -> None:
    walk = write_walk(tmp_path / "walk.csv", away_m=150)
    options = ("--starts", "at_once", "--ends", "never", "--confirm-fixes", "10", "--confirm-s", "120")
    ran = run("replay", "--path", school, "--half-width-m", "100", *options, walk)
    assert ran.kinds == ["off_route", "back_on_route"]
    assert ran.transitions[0]["half_width_m"] == 100
    assert ran.transitions[0]["time"] == format_instant(START + 5 * (FIXES // 3) + 120)


def test_a_stated_probability_and_accuracy_reach_the_rule(tmp_path: Path, school: Path) -> None:
    walk = write_walk(tmp_path / "walk.csv", away_m=150)
    walk.write_text(walk.read_text().replace(",8\n", ",\n"))  # no accuracy stated
    options = ("replay", "--path", school, "--half-width-m", "100", "--starts", "at_once")
    assert "off_route" in run(*options, "--accuracy-m", "10", walk).kinds
    assert "off_route" not in run(*options, "--accuracy-m", "200", walk).kinds
    assert "off_route" in run(*options, "--accuracy-m", "200", "--raise-probability", "0.6", walk).kinds


def test_a_preset_gives_numbers_and_options_win(tmp_path: Path, school: Path) -> None:
    walk = write_walk(tmp_path / "walk.csv", away_m=150)
    assert "off_route" in run("replay", "--path", school, "--preset", "child", walk).kinds
    truck = run("replay", "--path", school, "--preset", "truck", walk)
    assert "off_route" not in truck.kinds
    narrow = run("replay", "--path", school, "--preset", "truck", "--half-width-m", "30", walk)
    assert "off_route" in narrow.kinds


def test_the_chunks_make_no_difference(tmp_path: Path, school: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = write_walk(tmp_path / "walk.csv", away_m=150)
    whole = run("replay", "--path", school, walk)
    monkeypatch.setattr(history, "CHUNK", 7)
    assert run("replay", "--path", school, walk).stdout == whole.stdout


def test_what_was_refused_and_not_judged_is_said(tmp_path: Path, school: Path) -> None:
    last = write_walk(tmp_path / "walk.csv").read_text().splitlines()[-1]
    extra = f"{last}\nanna,2999-01-01T08:00:00Z,16.3,48.2,8\nanna,x,1,2,\n"
    ran = run("replay", "--path", school, write_walk(tmp_path / "walk.csv", extra=extra))
    assert ran.exit_code == 0
    assert "row 204: time 'x' is not RFC 3339" in ran.stderr
    assert "1 duplicate" in ran.stderr
    assert "1 future" in ran.stderr
    assert "time from time, lon from lon" in ran.stderr


def test_a_file_with_its_newest_fix_first_is_sorted_on_demand(tmp_path: Path, school: Path) -> None:
    walk = write_walk(tmp_path / "walk.csv", away_m=150)
    header, *rows = walk.read_text().splitlines()
    walk.write_text("\n".join([header, *reversed(rows)]))
    ran = run("replay", "--path", school, "--late-horizon-s", "0", walk)
    assert "199 late" in ran.stderr
    assert "try --order time" in ran.stderr
    assert "off_route" in run("replay", "--path", school, walk).kinds
    assert "off_route" in run("replay", "--path", school, "--order", "time", walk).kinds


def test_the_rules_of_a_configuration_are_used(tmp_path: Path, school: Path) -> None:
    (tmp_path / "waywarn.toml").write_text(
        f"""
[service]
store = "waywarn.sqlite"
[sip]
domain = "example.org"
listen = ["udp:127.0.0.1:0"]
[devices.anna]
password = "invented"
[rules.way_to_school]
kind = "deviation"
device = "anna"
path = "{school.name}"
half_width_m = 40
""",
        encoding="utf-8",
    )
    walk = write_walk(tmp_path / "walk.csv", away_m=150)
    ran = run("replay", "-c", tmp_path / "waywarn.toml", walk)
    assert ran.exit_code == 0, ran.stderr
    assert ran.kinds == ["started", "off_route", "back_on_route", "arrived"]
    assert {each["rule"] for each in ran.transitions} == {"way_to_school"}
    other = run("replay", "-c", tmp_path / "waywarn.toml", write_walk(tmp_path / "b.csv", device="ben"))
    assert (other.exit_code, other.stdout) == (0, "")
    assert "for 1 of 1 devices: ben" in other.stderr


def test_a_picture_is_drawn_on_demand(tmp_path: Path, school: Path) -> None:
    walk, picture = write_walk(tmp_path / "walk.csv", away_m=150), tmp_path / "drive.png"
    ran = run("replay", "--path", school, "--plot", picture, walk)
    assert ran.exit_code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    unwritable = run("replay", "--path", school, "--plot", tmp_path / "no" / "drive.png", walk)
    assert (unwritable.exit_code, "cannot be written" in unwritable.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("walk.csv",), "give --path or --fences or both, or --config alone"),
        (("--path", "school.geojson", "-c", "waywarn.toml", "walk.csv"), "or --config alone"),
        (("-c", "waywarn.toml", "--half-width-m", "9", "walk.csv"), "stands in the configuration file"),
        (("-c", "waywarn.toml", "walk.csv"), "waywarn.toml"),
        (("-c", "waywarn.toml", "--fences", "a.geojson", "walk.csv"), "or --config alone"),
        (("--fences", "a.geojson", "--half-width-m", "9", "walk.csv"), "it says something of a path"),
        (("--fences", "nowhere.geojson", "walk.csv"), "nowhere.geojson"),
        (("--path", "nowhere.gpx", "walk.csv"), "nowhere.gpx: it cannot be read: No such file"),
        (("--path", "school.geojson", "nowhere.csv"), "nowhere.csv: it cannot be read"),
        (("--path", "school.geojson", "--half-width-m", "-1", "walk.csv"), "half_width_m -1"),
        (("--path", "school.geojson", "--confirm-fixes", "0", "walk.csv"), "confirm_fixes is 0"),
        (("--path", "school.geojson", "--raise-probability", "0.1", "walk.csv"), "clear_probability"),
        (("--path", "school.geojson", "--max-speed-mps", "0", "walk.csv"), "max_speed_mps is 0"),
        (("--path", "school.geojson", "--preset", "rocket", "walk.csv"), "rocket"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_says_why(
    tmp_path: Path, school: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(school.parent)
    monkeypatch.setenv("COLUMNS", "200")
    write_walk(tmp_path / "walk.csv")
    ran = run("replay", *arguments)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr


FENCES = """{"type": "FeatureCollection", "features": [
    {"type": "Feature", "properties": {"name": "start", "radius_m": 60},
     "geometry": {"type": "Point", "coordinates": [16.3, 48.2]}},
    {"type": "Feature", "properties": {"name": "corner"}, "geometry": {"type": "Polygon", "coordinates":
     [[[16.309, 48.1995], [16.310, 48.1995], [16.310, 48.2005], [16.309, 48.2005], [16.309, 48.1995]]]}}]}"""


def said(ran: Ran) -> list[tuple[str, str, str]]:
    return [(each["device"], each["kind"], each["fence"]) for each in ran.transitions]


def test_fences_are_told_of_without_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "yards.geojson").write_text(FENCES)
    ran = run("replay", "--fences", tmp_path / "yards.geojson", write_walk(tmp_path / "walk.csv"))
    assert ran.exit_code == 0, ran.stderr
    assert said(ran) == [
        ("anna", "enter", "start"),
        ("anna", "exit", "start"),
        ("anna", "enter", "corner"),
        ("anna", "exit", "corner"),
    ]
    first = ran.transitions[0]
    assert first.keys() >= KEYS | {"fence"}
    assert "half_width_m" not in first
    assert first["distance_m"] == pytest.approx(-60, abs=0.1)
    assert "under 1 rule: 2 enter, 2 exit" in ran.stderr
    one = run("replay", "--fences", f"{tmp_path / 'yards.geojson'}#corner", tmp_path / "walk.csv")
    assert {fence for _, _, fence in said(one)} == {"corner"}


def test_a_path_and_fences_stand_side_by_side_and_are_drawn(tmp_path: Path, school: Path) -> None:
    (tmp_path / "yards.geojson").write_text(FENCES)
    walk, picture = write_walk(tmp_path / "walk.csv", away_m=150), tmp_path / "drive.png"
    options = ("--path", school, "--fences", tmp_path / "yards.geojson", "--plot", picture)
    ran = run("replay", *options, walk)
    assert ran.exit_code == 0, ran.stderr
    assert sorted(set(ran.kinds)) == ["arrived", "back_on_route", "enter", "exit", "off_route", "started"]
    assert picture.read_bytes().startswith(b"\x89PNG")
    alone = tmp_path / "fences.png"
    assert run("replay", "--fences", tmp_path / "yards.geojson", "--plot", alone, walk).exit_code == 0
    assert alone.read_bytes().startswith(b"\x89PNG")


def test_a_path_whose_coordinates_are_swapped_is_refused_with_its_vertex(tmp_path: Path) -> None:
    swapped = tmp_path / "way.geojson"
    swapped.write_text('{"type": "LineString", "coordinates": [[-37.8, 144.9], [-37.8, 145.0]]}')
    ran = run("replay", "--path", swapped, write_walk(tmp_path / "walk.csv"))
    assert ran.exit_code == 2
    assert "vertex 1: latitude 144.9 is outside [-90, 90]" in ran.stderr
