"""A fence that is passed through between two fixes, and one in which a device stays: golden drives."""

from typing import Any

import pytest

from corridor import Fence
from rules import Engine, Geofence, Kind, RuleError, Window
from tests.rules.ground import START, fix, lon_lat

CORNERS = ((99, -50), (101, -50), (101, 50), (99, 50), (99, -50))
GATE = Fence.polygon([[lon_lat(*corner) for corner in CORNERS]], name="gate")
YARD = Fence.circle(*lon_lat(500, 0), 100, name="yard")
ALL: dict[str, Any] = {"says": ("enter", "exit", "cross", "dwell"), "dwell_s": 60.0}

# A line is ``seconds east north accuracy | what is said`` or ``seconds | what is said`` where no fix comes.
DRIVES: dict[str, tuple[dict[str, Any], str]] = {
    "a gate two metres wide is crossed with the course, though no fix lies in it": (
        {"says": ["cross"]},
        """
        0 0 0 0 |
        10 60 0 0 |
        20 140 0 0 | cross gate @20 1 course 90
        30 60 0 0 | cross gate @30 2 course 270
        40 60 80 0 |
        50 140 80 0 |
        60 140 51 0 |
        70 60 45 0 | cross gate @70 3 course 266
        """,
    ),
    "who is seen in a fence enters it and does not cross it": (
        ALL,
        """
        0 350 0 0 |
        10 500 0 0 | enter yard @10 1
        20 650 0 0 | exit yard @20 1
        30 350 0 0 | cross yard @30 2 course 270
        """,
    ),
    "a vague fix crosses nothing, nor does who was silent": (
        {"says": ["cross"], "exit_probability": 0.9, "silence_s": 60},
        """
        0 60 0 0 |
        10 140 0 100 |
        20 60 0 0 |
        90 140 0 0 |
        100 60 0 0 | cross gate @100 1 course 270
        """,
    ),
    "a way that only grazes a fence is believed as surely as one is asked to be inside": (
        {"says": ["cross"], "enter_probability": 0.9},
        """
        0 350 98 10 |
        10 650 98 10 |
        20 350 60 10 | cross yard @20 1 course 263
        """,
    ),
    "a stay is said once a visit, at its time, whether a fix comes then or not": (
        ALL,
        """
        0 350 0 0 |
        10 450 0 0 | enter yard @10 1
        69 460 0 0 |
        71 470 0 0 | dwell yard @70 1 for 60
        200 470 0 0 |
        210 350 0 0 | exit yard @210 1
        220 450 0 0 | enter yard @220 2
        279 |
        281 | dwell yard @280 2 for 60
        300 |
        310 450 0 0 |
        """,
    ),
    "a fix at the very instant is preceded by the stay, and who left before has not stayed": (
        ALL,
        """
        0 450 0 0 | enter yard @0 1
        60 350 0 0 | dwell yard @60 1 for 60; exit yard @60 1
        70 450 0 0 | enter yard @70 2
        100 350 0 0 | exit yard @100 2
        200 |
        """,
    ),
    "a stay that the close of the window cuts short is none": (
        {**ALL, "window": Window.parse("daily 00:00-00:01, 00:02-00:10", zone="UTC")},
        """
        10 450 0 0 | enter yard @10 1
        100 |
        130 450 0 0 | enter yard @130 2
        191 | dwell yard @190 2 for 60
        """,
    ),
}


@pytest.mark.parametrize("name", DRIVES)
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "undone and restored at every line"])
def test_drive(name: str, cut: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    numbers, drive = DRIVES[name]
    rule = Geofence([GATE, YARD], "anna", **numbers)
    engine = Engine([rule])
    for line in filter(None, map(str.strip, drive.splitlines())):
        where, _, expected = (part.strip() for part in line.partition("|"))
        seconds, *place = map(float, where.split())
        seen = [fix(seconds, place[0], place[1], accuracy_m=place[2])] if place else []
        now = None if place else START + seconds
        if cut:
            wake = engine.next_wake
            engine.undo(engine.step(seen, now=now))
            assert engine.next_wake == wake
            before, engine = engine.snapshot(), Engine([rule])
            assert engine.restore(before) == ()
            assert engine.next_wake == wake
        assert said(engine, seen, now) == expected, line


def said(engine: Engine, seen: list[Any], now: float | None) -> str:
    words = []
    for each in engine.step(seen, now=now).transitions:
        word = f"{each.kind} {each.fence} @{each.time - START:g} {each.episode}"
        if each.kind is Kind.CROSS:
            word += f" course {each.value:.0f}"
        elif each.kind is Kind.DWELL:
            word += f" for {each.value:g}"
            assert each.value == each.limit == each.time - each.starts_at
        words.append(word)
    return "; ".join(words)


def test_the_device_s_lag_is_added_to_the_timer_of_a_stay() -> None:
    engine = Engine([Geofence(YARD, "anna", **ALL)])
    engine.step([fix(0, 500)], now=START + 7)
    assert engine.next_wake == START + 67
    assert engine.step((), now=START + 66).transitions == ()
    (stayed,) = engine.step((), now=START + 67).transitions
    assert (stayed.time, stayed.lon) == (START + 60, lon_lat(500, 0)[0])
    assert engine.next_wake is None


def test_a_late_fix_takes_back_a_stay() -> None:
    engine = Engine([Geofence(YARD, "anna", **ALL)], late_horizon_s=600)
    engine.step([fix(0, 500), fix(50, 500), fix(70, 500)])
    revised = engine.step([fix(30, 350), fix(40, 350)]).transitions
    assert (Kind.RETRACTED, Kind.DWELL) in {(each.kind, each.revises) for each in revised}
    (stayed,) = engine.step([fix(120, 500)]).transitions
    assert (stayed.kind, stayed.time) == (Kind.DWELL, START + 110)


def test_where_nobody_asks_no_timer_is_kept() -> None:
    engine = Engine([Geofence(YARD)])
    engine.step([fix(0, 500)])
    assert engine.next_wake is None


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ({"says": []}, "says is"),
        ({"says": ["off_route"]}, "expected some of enter, exit, cross, dwell"),
        ({"says": "enter"}, "says is 'enter'"),
        ({"says": ["dwell"]}, "dwell_s is None"),
        ({"dwell_s": 60}, "go together"),
        ({"says": ["dwell"], "dwell_s": 0}, "dwell_s is 0"),
    ],
)
def test_what_cannot_be_is_refused(numbers: dict[str, Any], says: str) -> None:
    with pytest.raises(RuleError, match=says):
        Geofence(YARD, **numbers)
