"""What two sets of rules say of the same fixes: what appears, what vanishes, what moves, and how far."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rules import Deviation, Engine, Kind, Transition
from rules.rule import Rule
from tests.rules.ground import START, corridor, fix
from tests.waywarn.command_line import run
from tests.waywarn.walks import write_walk
from waywarn.comparing import Change, compare

CORRIDOR = corridor((0, 0), (2000, 0))


def drive() -> list[Transition]:
    return said(Deviation(CORRIDOR, "anna"))


def said(*rules: Rule) -> list[Transition]:
    """Two detours, of a minute and of 25 seconds."""
    off = {*range(100, 160, 5), *range(300, 326, 5)}
    fixes = [fix(each, each, 60.0 if each in off else 0.0) for each in range(0, 500, 5)]
    return list(Engine(rules).step(fixes).transitions)


def test_the_same_rules_differ_in_nothing() -> None:
    comparison = compare(drive(), drive())
    assert comparison.differences == ()
    assert comparison.unchanged == 3  # started, and two alarms


def test_an_alarm_that_comes_later_has_moved_and_one_that_never_comes_has_vanished() -> None:
    slow = said(Deviation(CORRIDOR, "anna", confirm_s=30.0))
    comparison = compare(drive(), slow)
    assert [(each.change, each.told.kind, each.moved_s) for each in comparison.differences] == [
        (Change.MOVED, "off_route", 10.0),
        (Change.VANISHED, "off_route", None),
    ]
    assert comparison.unchanged == 1
    assert comparison.differences[0].end_moved_s == 0.0


def test_backwards_what_vanished_appears() -> None:
    comparison = compare(said(Deviation(CORRIDOR, "anna", confirm_s=30.0)), drive())
    assert [(each.change, each.moved_s) for each in comparison.differences] == [
        (Change.MOVED, -10.0),
        (Change.APPEARED, None),
    ]


def test_a_rule_of_another_name_is_another_rule() -> None:
    comparison = compare(drive(), said(Deviation(CORRIDOR, "anna", name="way")))
    assert comparison.unchanged == 0
    assert (comparison.count(Change.APPEARED), comparison.count(Change.VANISHED)) == (3, 3)


def test_late_fixes_are_taken_in_before_it_is_compared() -> None:
    rule = Deviation(CORRIDOR, "anna")
    fixes = [fix(each, each, 60.0 if 100 <= each < 160 else 0.0) for each in range(0, 300, 5)]
    in_order = Engine([rule]).step(fixes).transitions
    late = Engine([rule], late_horizon_s=900.0)
    shuffled = [*late.step(fixes[:20] + fixes[25:]).transitions, *late.step(fixes[20:25]).transitions]
    assert compare(in_order, shuffled).differences == ()


def test_an_alarm_that_is_still_open_has_no_end() -> None:
    rule = Deviation(CORRIDOR, "anna")
    fixes = [fix(each, each, 60.0 if each >= 100 else 0.0) for each in range(0, 200, 5)]
    [difference] = compare((), Engine([rule]).step(fixes).transitions[1:]).differences
    assert difference.told.time == START + 120
    wire = difference.as_json()
    assert {key: each for key, each in wire.items() if key.startswith(("after", "before"))} == {
        "after_starts_at": "2026-01-01T00:01:40Z",
        "after_time": "2026-01-01T00:02:00Z",
    }


@pytest.fixture
def files(tmp_path: Path) -> Path:
    run("record", write_walk(tmp_path / "recorded.csv"), "-o", tmp_path / "school.geojson")
    for name, confirm_s in (("one", 20), ("other", 40)):
        (tmp_path / f"{name}.toml").write_text(
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
path = "school.geojson"
half_width_m = 40
confirm_s = {confirm_s}
""",
            encoding="utf-8",
        )
    return write_walk(tmp_path / "walk.csv", away_m=60)


def test_the_command_writes_what_differs_and_counts_the_rest(files: Path) -> None:
    folder = files.parent
    ran = run("replay", "-c", folder / "one.toml", "--diff", folder / "other.toml", files)
    assert ran.exit_code == 0
    [line] = map(json.loads, ran.stdout.splitlines())
    assert line == {
        "change": "moved",
        "device": "anna",
        "rule": "way_to_school",
        "kind": "off_route",
        "before_starts_at": "2026-01-01T08:05:30Z",
        "before_time": "2026-01-01T08:05:50Z",
        "before_ends_at": "2026-01-01T08:11:10Z",
        "after_starts_at": "2026-01-01T08:05:30Z",
        "after_time": "2026-01-01T08:06:10Z",
        "after_ends_at": "2026-01-01T08:11:10Z",
        "moved_s": 20.0,
        "end_moved_s": 0.0,
    }
    assert "compared  0 appeared, 0 vanished, 1 moved, 2 unchanged" in ran.stderr


def test_rules_that_say_the_same_write_nothing(files: Path) -> None:
    config = files.parent / "one.toml"
    ran = run("replay", "-c", config, "--diff", config, files)
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert "3 unchanged" in ran.stderr


def test_an_alarm_is_the_same_one_under_one_path_and_under_several() -> None:
    far = corridor((0, -500), (2000, -500), name="far")
    one, several = Deviation(CORRIDOR, "anna", name="way"), Deviation([CORRIDOR, far], "anna", name="way")
    comparison = compare(said(one), said(several))
    assert comparison.differences == ()
    assert comparison.unchanged == 3


def test_points_of_a_path_that_are_passed_are_not_each_other() -> None:
    (home,) = (each for each in drive() if each.kind is Kind.STARTED)
    first, second = (replace(home, kind=Kind.PASSED, path=point) for point in ("bridge", "church"))
    assert {each.change for each in compare([first], [second]).differences} == {"appeared", "vanished"}
