"""Several legal corridors of one rule, and what was skipped of a path: golden drives and what is refused."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from corridor import Corridor
from rules import Deviation, Engine, RuleError, Snapshot
from tests.rules.ground import START, corridor, fix, straight

# Two ways to school: both begin and end on the street; one goes round by the park, 400 m north.


@cache
def street() -> Corridor:
    return corridor((0, 0), (1000, 0), name="street")


@cache
def park() -> Corridor:
    return corridor((0, 0), (300, 0), (300, 400), (700, 400), (700, 0), (1000, 0), name="park")


DRIVES: dict[str, tuple[dict[str, Any], str]] = {
    "each way arrives, and so does who takes the second": (
        {},
        """
        0 0 0 10 | started street
        60 250 0 10 |
        120 300 350 10 |
        180 450 400 10 |
        240 700 350 10 |
        300 850 0 10 |
        330 950 0 10 | arrived park
        """,
    ),
    "off both ways the alarm names the nearer": (
        {},
        """
        0 0 0 10 | started street
        60 500 0 10 |
        70 500 300 10 |
        80 500 300 10 |
        90 500 300 10 | off_route park
        100 500 390 10 |
        110 500 400 10 | back_on_route park
        """,
    ),
    "who crosses over half-way has that share of the way behind": (
        {"corridor": [corridor((0, 0), (1000, 0), name="a"), corridor((500, 500), (500, -500), name="b")]},
        """
        0 0 0 10 | started a
        60 250 0 10 |
        120 490 0 10 |
        180 500 -150 10 |
        240 500 -300 10 |
        300 500 -450 10 | arrived b
        """,
    ),
    "at_start waits for the start of any of them": (
        {
            "starts": "at_start",
            "corridor": [corridor((0, 0), (1000, 0), name="a"), corridor((500, 0), (500, 500), name="b")],
        },
        """
        0 300 0 10 |
        60 499 0 10 | started a
        120 500 250 10 |
        180 500 450 10 | arrived b
        """,
    ),
    "a shortcut is told with what it left out, and arriving asks for the rest": (
        {"corridor": park(), "skip_m": 200},
        """
        0 0 0 10 | started
        60 250 0 10 |
        90 400 60 10 |
        95 500 60 10 |
        100 600 60 10 |
        120 750 0 10 | skipped shortcut 1300
        180 950 0 10 |
        """,
    ),
    "a jump with no fix beside the path is none": (
        {"corridor": park(), "skip_m": 200},
        """
        0 0 0 10 | started
        60 250 0 10 |
        70 750 0 10 | skipped jumped 1300
        """,
    ),
    "a detour that comes back to where it left skips nothing": (
        {"corridor": park(), "skip_m": 50},
        """
        0 0 0 10 | started
        60 250 0 10 |
        90 250 -100 10 |
        95 260 -100 10 |
        110 260 -100 10 | off_route
        120 260 0 10 |
        130 270 0 10 | back_on_route
        """,
    ),
    "the other legal way is no shortcut": (
        {"skip_m": 50},
        """
        0 0 0 10 | started street
        60 300 350 10 |
        100 500 400 10 |
        140 700 350 10 |
        170 800 0 10 |
        180 950 0 10 | arrived park
        """,
    ),
    "while the alarm is open a skip is told all the same": (
        {"corridor": park(), "skip_m": 200},
        """
        0 0 0 10 | started
        60 250 0 10 |
        90 400 90 10 |
        100 500 90 10 |
        110 600 90 10 | off_route
        120 750 0 10 | skipped shortcut 1300
        130 800 0 10 | back_on_route
        """,
    ),
}


def said(engine: Engine, line: str) -> str:
    seconds, east_m, north_m, accuracy_m = map(float, line.split())
    step = engine.step([fix(seconds, east_m, north_m, accuracy_m=accuracy_m)])
    assert [each.time for each in step.transitions] == [START + seconds] * len(step.transitions)
    words = []
    for each in step.transitions:
        of_skip = [str(each.reason), f"{each.value:.0f}"] if each.value is not None else []
        words.append(" ".join([str(each.kind), *([each.path] if each.path else []), *of_skip]))
    return "; ".join(words)


@pytest.mark.parametrize("name", DRIVES)
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "restored at every fix"])
def test_drive(name: str, cut: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    numbers, drive = DRIVES[name]
    rule = Deviation(**{"corridor": [street(), park()], "device": "anna", **numbers})
    engine = Engine([rule])
    for line in filter(None, map(str.strip, drive.splitlines())):
        where, _, expected = (part.strip() for part in line.partition("|"))
        if cut:
            before, engine = engine.snapshot(), Engine([rule])
            assert engine.restore(before) == ()
        assert said(engine, where) == expected, line


def test_one_corridor_names_no_path_and_has_one_row() -> None:
    engine = Engine([Deviation([street()], "anna")])
    (started,) = engine.step([fix(0, 0)]).transitions
    assert started.path is None
    assert len(engine.snapshot().rules) == 1


def test_the_first_is_the_corridor_and_a_copy_of_the_rule_keeps_all() -> None:
    rule = replace(Deviation([street(), park()], "anna"), device="ben")
    assert (rule.corridor, rule.corridors) == (street(), (street(), park()))
    assert replace(rule, corridor=park()).corridors == (park(),)
    assert rule.fingerprint != Deviation([park(), street()], "ben").fingerprint
    assert Deviation([street()], "ben").fingerprint == street().fingerprint


def test_another_set_of_corridors_begins_anew_and_says_so_once() -> None:
    engine = Engine([Deviation([street(), park()], "anna")])
    engine.step([fix(0, 0)])
    (note,) = Engine([Deviation([street(), straight()], "anna")]).restore(engine.snapshot())
    assert "its path or half width has changed" in note
    (note,) = Engine([Deviation(street(), "anna")]).restore(engine.snapshot())
    assert "its path or half width has changed" in note


def test_the_store_keeps_a_row_for_each_path_under_a_key_of_its_own() -> None:
    kept = Engine([Deviation([street(), park()], "anna", name="way")]).snapshot()
    assert [(key.rule, key.device) for key in kept.rules] == [("way", "anna"), ("way\x1f1", "anna")]
    assert isinstance(kept, Snapshot)


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ({"corridor": []}, "0 corridors; expected 1 to 32"),
        ({"corridor": ["street"]}, "corridor is 'street'; expected a Corridor"),
        ({"corridor": None}, "corridor is None; expected a Corridor"),
        ({"skip_m": 0}, "skip_m is 0"),
        ({"name": "a\x1f1"}, "unit separator"),
    ],
)
def test_what_cannot_be_is_refused(numbers: dict[str, Any], says: str) -> None:
    with pytest.raises(RuleError, match=says):
        Deviation(**{"corridor": street(), "device": "anna", **numbers})
