"""The arrival rule: golden drives. School is a circle of 100 m at 1,000 m east; home one of 50 m at 0."""

from typing import Any

import pytest

from corridor import Fence, FenceSet, Fix
from rules import Arrival, Condition, Engine, Geofence, RuleError, Window
from tests.rules.ground import START, fix, lon_lat
from tests.rules.watch_drive import drive, told

TEN_TO_TWENTY_PAST = Window.parse("daily 00:10-00:20", zone="UTC")


def home_and_school() -> FenceSet:
    return FenceSet(
        [
            Fence.circle(*lon_lat(0, 0), 50, name="home"),
            Fence.circle(*lon_lat(1000, 0), 100, name="school"),
        ]
    )


def school() -> FenceSet:
    return FenceSet([Fence.circle(*lon_lat(1000, 0), 100, name="school")])


DRIVES: dict[str, tuple[dict[str, Any], str]] = {
    "a child that is at school by twenty past has arrived": (
        {},
        """
        0 0 0 10 |
        700 500 0 10 |
        900 950 0 10 | arrived seen_inside @900
        1000 0 0 10 |
        1300 |
        """,
    ),
    "it is late: told at the close, open until it comes": (
        {},
        """
        0 0 0 10 |
        700 500 0 10 |
        1199 |
        1200 | not_arrived deadline @1200
        1300 800 0 10 |
        1500 960 0 10 | made_good seen_inside @1500 of 1200
        1600 0 0 10 |
        """,
    ),
    "at the close it is too late already": (
        {},
        """
        700 500 0 10 |
        1200 1000 0 10 | not_arrived deadline @1200; made_good seen_inside @1200 of 1200
        """,
    ),
    "a child of which nothing was ever heard has not arrived": (
        {},
        """
        0 |
        1200 | not_arrived deadline @1200
        """,
    ),
    "it does not come at all: the next opening ends it, and asks anew": (
        {},
        """
        0 |
        1200 | not_arrived deadline @1200
        87000 | ended window_closed @87000 of 1200
        87100 1000 0 10 | arrived seen_inside @87100
        """,
    ),
    "who is there as the window opens has arrived, by the last fix if that is recent": (
        {},
        """
        0 0 0 10 |
        300 1000 0 10 |
        600 | arrived seen_inside @600
        1300 |
        """,
    ),
    "an old fix does not say where a child is": (
        {"recent_s": 250.0},
        """
        300 1000 0 10 |
        600 |
        1200 | not_arrived deadline @1200
        """,
    ),
    "too vague a fix is not there; two fixes where the rule asks for two": (
        {"confirm_fixes": 2, "inside_probability": 0.9},
        """
        700 1000 0 500 |
        710 1000 0 500 |
        720 1000 0 10 |
        730 1000 0 500 |
        740 1000 0 10 | arrived seen_inside @740
        """,
    ),
    "a run that spans the close goes on": (
        {"confirm_fixes": 2},
        """
        1190 1000 0 10 |
        1210 1000 0 10 | not_arrived deadline @1200; made_good seen_inside @1210 of 1200
        """,
    ),
    "who must leave, and has left, leaves nothing to say": (
        {"must": "leave"},
        """
        0 1000 0 10 |
        700 1000 0 10 |
        900 500 0 10 |
        1300 |
        """,
    ),
    "who has left and come back has not left": (
        {"must": "leave"},
        """
        700 500 0 10 |
        900 1000 0 10 |
        1200 | not_left deadline @1200
        1300 1000 0 10 |
        1500 500 0 10 | made_good seen_outside @1500 of 1200
        """,
    ),
    "who must leave and is not heard of has not left": (
        {"must": "leave"},
        """
        0 |
        1200 | not_left deadline @1200
        """,
    ),
    "who was out just before the opening, and is not heard of since, has left": (
        {"must": "leave"},
        """
        500 500 0 10 |
        1300 |
        """,
    ),
    "outside as the window opens, without any crossing seen: told at once, from the last fix": (
        {"must": "stay"},
        """
        0 0 0 10 |
        599 |
        600 | not_inside seen_outside @600
        700 500 0 10 |
        800 1000 0 10 | made_good seen_inside @800 of 600
        900 1000 0 500 |
        1000 500 0 10 | not_inside seen_outside @1000
        1300 | ended window_closed @1200 of 1000
        """,
    ),
    "outside as the window opens, but long not heard of: the first fix tells": (
        {"must": "stay", "recent_s": 100.0},
        """
        0 0 0 10 |
        600 |
        700 500 0 10 | not_inside seen_outside @700
        """,
    ),
    "any one of the fences will do": (
        {"must": "stay", "fences": home_and_school()},
        """
        500 0 0 10 |
        700 1000 0 10 |
        800 0 0 10 |
        900 500 0 10 | not_inside seen_outside @900
        """,
    ),
    "a fix that comes as the window opens is the one that decides": (
        {"must": "stay"},
        """
        590 0 0 10 |
        600 1000 0 10 |
        """,
    ),
    "stay needs no window": (
        {"must": "stay", "window": None, "confirm_fixes": 2},
        """
        0 1000 0 10 |
        100 500 0 10 |
        200 500 0 10 | not_inside seen_outside @200
        """,
    ),
    "where clocks go forward the deadline is that of the clock": (
        # 2026-03-29 in Vienna: 01:50 is 00:50 UTC, and twenty minutes later it is 03:10
        {"window": Window.parse("2026-03-29 01:50-03:10", zone="Europe/Vienna")},
        """
        7519799 500 0 10 |
        7520999 500 0 10 |
        7521000 | not_arrived deadline @7521000
        """,
    ),
    "where clocks go back it is the second time the clock shows it": (
        # 2026-10-25 in Vienna: 02:30 is 00:30 UTC, and 01:30 UTC again
        {"window": Window.parse("2026-10-25 02:30-02:45", zone="Europe/Vienna")},
        """
        25662600 500 0 10 |
        25663500 500 0 10 |
        25667099 |
        25667100 | not_arrived deadline @25667100
        """,
    ),
}


@pytest.mark.parametrize("story", DRIVES)
def test_drive(story: str) -> None:
    numbers, lines = DRIVES[story]
    drive(Arrival(**{"device": "anna", "fences": school(), "window": TEN_TO_TWENTY_PAST, **numbers}), lines)


def test_what_is_said_names_the_fence_and_how_late_it_was() -> None:
    engine = Engine([Arrival(device="anna", fences=home_and_school(), window=TEN_TO_TWENTY_PAST)])
    engine.step([fix(700, 500)])
    (missed,) = engine.step((), now=START + 1300).transitions
    assert (missed.fence, round(missed.distance_m)) == ("school", 400)
    assert missed.lon == fix(700, 500).lon
    (good,) = engine.step([fix(1500, 10)]).transitions
    assert (good.fence, good.value, good.as_json()["after_s"]) == ("home", 300.0, 300.0)


def test_a_deadline_of_which_nothing_is_known_names_no_fence_and_no_place() -> None:
    numbers = {"device": "anna", "fences": school(), "window": TEN_TO_TWENTY_PAST, "recent_s": 60.0}
    engine = Engine([Arrival(**numbers)])  # type: ignore[arg-type]  # numbers of many types
    engine.step([fix(0, 1000)])
    (missed,) = engine.step((), now=START + 1300).transitions
    assert (missed.fence, missed.as_json().get("distance_m")) == (None, None)


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ({"window": None}, "has no deadline: give a window, whose close it is"),
        ({"must": "go"}, "must is 'go'; expected one of arrive, leave, stay"),
        ({"fences": FenceSet([])}, "has no fence; give one at least"),
        ({"inside_probability": 0.0}, "inside_probability is 0.0; expected a number of more than 0"),
    ],
)
def test_what_cannot_be_asked_is_refused(numbers: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RuleError, match=sentence):
        Arrival(**{"device": "anna", "fences": school(), "window": TEN_TO_TWENTY_PAST, **numbers})


def test_what_was_missed_under_a_condition_is_asked_anew_at_the_next_opening() -> None:
    town = Geofence(Fence.circle(*lon_lat(500, 0), 800, name="town"), "anna", name="in_town")
    rule = Arrival(
        device="anna",
        fences=school(),
        window=TEN_TO_TWENTY_PAST,
        condition=Condition.parse("inside in_town"),
    )
    engine = Engine([town, rule])
    events: list[Fix | float] = [
        fix(0, 500),
        fix(700, 500),
        1200.0,
        87_000.0,
        fix(87_100, 1000),
        fix(87_200, 9000),
    ]
    said = [
        line
        for event in events
        for line in told(
            each
            for each in (
                engine.step([event]) if isinstance(event, Fix) else engine.step((), now=START + event)
            ).transitions
            if each.rule == "arrival"
        )
    ]
    assert said == [
        "not_arrived deadline @1200",
        "ended window_closed @87000 of 1200",
        "arrived seen_inside @87100",
    ]
