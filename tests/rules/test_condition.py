"""Rules that are judged only while their device is inside, or outside, of a geofence rule's fences."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import Fence, Fix
from rules import Condition, Deviation, Engine, Geofence, RuleError, Speed, Window
from rules.rule import Rule
from tests.rules.ground import START, brief, fix, lon_lat, straight
from tests.rules.oracle import Oracle
from tests.rules.test_oracle import RUN_START, Leg, corridors, events, runs
from tests.rules.test_oracle import brief as words


def circle(east_m: float, radius_m: float) -> Fence:
    return Fence.circle(*lon_lat(east_m, 0), radius_m, name=f"at {east_m:g}")


def school(device: str = "anna", **numbers: Any) -> Geofence:
    return Geofence(circle(500, 200), device, name="at school", **numbers)


INSIDE, OUTSIDE = Condition.parse("inside at school"), Condition.parse("outside at school")

DRIVES: dict[str, tuple[dict[str, Any], str]] = {
    "in the fence it is judged, out of it it sleeps": (
        {"condition": INSIDE},
        """
        0 100 0 10 |
        10 250 300 10 |
        20 350 0 10 | started first_inside
        30 400 90 10 |
        40 410 90 10 |
        50 420 90 10 | off_route confirmed
        60 800 90 10 | ended condition_over of 30
        70 900 300 10 |
        """,
    ),
    "outside of the fence is what can be asked for too": (
        {"condition": OUTSIDE},
        """
        0 100 0 10 | started first_inside
        10 350 0 10 |
        20 500 90 10 |
        30 500 90 10 |
        40 500 90 10 |
        50 800 0 10 | started first_inside
        60 990 90 10 |
        """,
    ),
    "the condition begins and ends with what the geofence rule says, confirmed": (
        {"condition": INSIDE, "confirm": {"confirm_fixes": 2}},
        """
        0 350 0 10 |
        10 400 0 10 | started first_inside
        20 450 90 10 |
        30 460 90 10 |
        40 470 90 10 | off_route confirmed
        50 800 90 10 |
        60 800 90 10 | ended condition_over of 20
        """,
    ),
    "a geofence rule that sleeps has the device in no fence": (
        {
            "condition": INSIDE,
            "confirm": {"window": Window.parse("daily 00:00-00:01, 00:02-24:00", zone="UTC")},
        },
        """
        0 400 0 10 | started first_inside
        50 420 0 10 |
        70 440 0 10 |
        130 460 0 10 | started first_inside
        """,
    ),
}


@pytest.mark.parametrize("name", DRIVES)
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "restored at every fix"])
def test_drive(name: str, cut: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    numbers, drive = DRIVES[name]
    of_fence = {"confirm": {}, **numbers}.pop("confirm")
    own = {key: value for key, value in numbers.items() if key != "confirm"}
    rules: list[Rule] = [school(**of_fence), Deviation(straight(), "anna", **own)]
    engine = Engine(rules)
    for line in filter(None, map(str.strip, drive.splitlines())):
        where, _, expected = (part.strip() for part in line.partition("|"))
        seconds, east_m, north_m, accuracy_m = map(float, where.split())
        if cut:
            before, engine = engine.snapshot(), Engine(rules)
            assert engine.restore(before) == ()
        step = engine.step([fix(seconds, east_m, north_m, accuracy_m=accuracy_m)])
        said = brief(each for each in step.transitions if each.rule == "deviation")
        assert said == ([f"{seconds:g} {expected}"] if expected else []), line


def test_a_window_is_closed_by_no_timer_while_the_condition_does_not_hold() -> None:
    window = Window.parse("daily 00:00-01:00", zone="UTC")
    engine = Engine([school(), Deviation(straight(), "anna", condition=INSIDE, window=window)])
    engine.step([fix(0, 400)])
    assert engine.next_wake == START + 3600
    engine.step([fix(60, 900)])
    assert engine.next_wake is None


def test_a_watching_rule_has_conditions_too() -> None:
    engine = Engine(
        [school(), Speed(device="anna", limit_mps=5, confirm_fixes=1, confirm_s=0, condition=INSIDE)]
    )
    fast = [fix(t, x, speed_mps=9.0) for t, x in ((0, 100), (10, 400), (20, 500), (40, 900), (50, 990))]
    said = [each for each in engine.step(fast).transitions if each.rule == "speed"]
    assert brief(said) == ["10 speeding confirmed", "40 ended condition_over of 10"]


def test_a_name_may_be_that_of_one_geofence_rule_for_each_device() -> None:
    rules: list[Rule] = [
        rule
        for number in range(40)
        for rule in (school(f"van {number}"), Deviation(straight(), f"van {number}", condition=INSIDE))
    ]
    step = Engine(rules).step([fix(0, 500, device="van 33"), fix(0, 0, device="van 34")])
    assert [(each.rule, each.device) for each in step.transitions] == [
        ("at school", "van 33"),
        ("deviation", "van 33"),
    ]


def test_a_condition_on_a_rule_that_does_not_watch_the_device_is_refused() -> None:
    for others in ([], [school("ben")], [Deviation(straight(), "anna", name="at school")]):
        with pytest.raises(RuleError, match='no geofence rule "at school" watches device "anna"'):
            Engine([*others, Deviation(straight(), "anna", condition=INSIDE)])


def test_more_names_than_bits_are_refused() -> None:
    fences = [Geofence(circle(0, 9), "anna", name=f"fence {number}") for number in range(33)]
    ways = [
        Deviation(
            straight(), "anna", name=f"way {number}", condition=Condition(f"fence {number}", inside=True)
        )
        for number in range(33)
    ]
    assert len(Engine([*fences, *ways[:32]]).rules) == 65
    with pytest.raises(RuleError, match="over 32 geofence rules"):
        Engine([*fences, *ways])


def test_what_is_no_condition_is_refused() -> None:
    with pytest.raises(RuleError, match="expected a Condition"):
        Deviation(straight(), "anna", condition="inside at school")  # type: ignore[arg-type]  # wrong by intent


# Against the oracles


NEAR = st.builds(
    Leg,
    device=st.sampled_from(["anna"] * 6 + ["ben"]),
    count=st.sampled_from([1, 2, 4, 8]),
    every_s=st.sampled_from([10.0] * 8 + [60.0, 250.0]),
    along_m=st.sampled_from([None] * 8 + [0.0, 400.0]),
    step_m=st.sampled_from([60.0, 60.0, 20.0, 150.0, -60.0]),
    north_m=st.sampled_from([0.0] * 4 + [55.0, 90.0, 300.0]),
    accuracy_m=st.sampled_from([10.0] * 6 + [0.0, 65.0, 400.0]),
)
OF_FENCES = st.fixed_dictionaries(
    {
        "confirm_fixes": st.sampled_from([1, 1, 2]),
        "window": st.sampled_from([None, Window.parse("daily 00:00-00:05, 00:07-24:00", zone="UTC")]),
    }
)


def after(seen: list[Fix], at: int) -> tuple[list[Fix], list[Fix]]:
    return seen[:at], seen[at:]


@settings(max_examples=120, deadline=None)
@given(
    st.lists(NEAR, min_size=2, max_size=10),
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.booleans()), min_size=1, max_size=3),
    st.tuples(OF_FENCES, OF_FENCES),
    st.sets(st.integers(0, 60)),
)
def test_the_engine_says_what_the_oracles_say_however_the_stream_is_cut(
    legs: list[Leg],
    asked: list[tuple[str, bool]],
    of_fences: tuple[dict[str, Any], dict[str, Any]],
    cuts: set[int],
) -> None:
    areas = {"a": [circle(100, 80), circle(300, 150)], "b": [circle(500, 60)]}
    geofences = [
        (Geofence(area, "*", name=name, **numbers), area)
        for (name, area), numbers in zip(areas.items(), of_fences, strict=True)
    ]
    ways = [
        Deviation(corridors()[0], "anna", name=f"way {n}", condition=Condition(name, inside=inside))
        for n, (name, inside) in enumerate(asked)
    ]
    rules: list[Rule] = [*(rule for rule, _ in geofences), *ways]
    oracle, engine = Oracle(ways, geofences, run_start=RUN_START), Engine(rules, run_start=RUN_START)
    for run in runs(events(legs, 0), cuts):
        assert isinstance(run, list)
        engine.undo(engine.step(run))
        before, engine = engine.snapshot(), Engine(rules, run_start=RUN_START)
        assert engine.restore(before) == ()
        step = engine.step(run)
        ours = tuple(each for each in step.transitions if each.rule.startswith("way"))
        assert words(ours) == oracle.fold(run, None)[0]
