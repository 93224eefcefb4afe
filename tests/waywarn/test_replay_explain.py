"""`waywarn replay --explain`: why a rule did what it did of one fix of a file."""

import json
import re
from pathlib import Path

import pytest

from tests.waywarn.command_line import run
from tests.waywarn.walks import write_walk


@pytest.fixture
def school(tmp_path: Path) -> Path:
    path = tmp_path / "school.geojson"
    assert run("record", write_walk(tmp_path / "recorded.csv"), "-o", path).exit_code == 0
    return path


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    return write_walk(tmp_path / "walk.csv", away_m=60)


def explained(school: Path, walk: Path, whom: str, *options: str) -> str:
    ran = run("replay", "--path", school, "--half-width-m", "40", "--explain", whom, *options, walk)
    assert ran.exit_code == 0, ran.stderr
    return ran.stdout


def test_a_fix_of_a_detour_is_explained_with_what_its_run_lacks(school: Path, walk: Path) -> None:
    assert explained(school, walk, "anna@2026-01-01T08:05:43Z") == (
        "anna, fix of 2026-01-01T08:05:40Z (16.30560, 48.20054, accuracy 8 m), the newest until then\n"
        "  deviation: leaving -> leaving\n"
        "      OUTSIDE: 60 m from the path, 40 m allowed, accuracy 8 m: "
        "outside with over 99.9 % (needs 95 %)\n"
        "      3 of 3 fixes outside over 10 of 20 s: not long enough yet\n"
    )


def test_the_fix_that_raised_is_explained_and_those_behind_it_play_no_part(school: Path, walk: Path) -> None:
    whole = explained(school, walk, "anna@2026-01-01T08:05:50Z")
    assert "leaving -> off route" in whole
    assert (
        "said off_route (often and long enough outside): 5 fixes outside (3 needed) over 20 of 20 s" in whole
    )
    lines = walk.read_text().splitlines(keepends=True)
    walk.write_text("".join(lines[: 1 + 71]))
    assert explained(school, walk, "anna@2026-01-01T08:05:50Z") == whole


def test_in_json_each_rule_is_an_object(school: Path, walk: Path) -> None:
    line = json.loads(explained(school, walk, "anna@2026-01-01T08:05:50Z", "--json"))
    assert line["time"] == "2026-01-01T08:05:50Z"
    assert (line["rule"], line["found"], line["before"], line["after"]) == (
        "deviation",
        "outside",
        "leaving",
        "off_route",
    )
    assert (line["fixes"], line["needed_fixes"], line["lasted_s"], line["said"]) == (5, 3, 20, ["off_route"])


def test_a_discarded_fix_says_why(school: Path, tmp_path: Path) -> None:
    late = "anna,2026-01-01T08:16:36Z,16.4,48.3,8\n"
    walk = write_walk(tmp_path / "walk.csv", extra=late)
    why = explained(school, walk, "anna@2026-01-01T09:00:00Z")
    assert re.search(r"discarded: implausible, \d+\.\d km in 1 s \([\d,]+ m/s\) from the last fix", why)


def test_without_a_fix_until_then_nothing_can_be_explained(school: Path, walk: Path) -> None:
    for whom in ("anna@2026-01-01T07:00:00Z", "ben@2026-01-01T08:05:50Z"):
        ran = run("replay", "--path", school, "--explain", whom, walk)
        assert ran.exit_code == 2
        assert "there is no fix of device" in ran.stderr


@pytest.mark.parametrize("whom", ["anna", "@2026-01-01T08:00:00Z", "anna@noon"])
def test_whom_and_when_must_be_named(school: Path, walk: Path, whom: str) -> None:
    ran = run("replay", "--path", school, "--explain", whom, walk)
    assert ran.exit_code == 2
    assert "DEVICE@TIME" in ran.stderr
