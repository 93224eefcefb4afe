"""The proximity rule: golden drives of two devices, and late fixes of either."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import Fix
from rules import Engine, Proximity, RuleError, Transition
from tests.rules.ground import fix
from tests.rules.test_late import HORIZON_S, stands
from tests.rules.watch_drive import told

DRIVES: dict[str, tuple[dict[str, Any], str]] = {
    "a child that falls behind its companion is told once, and when it has caught up": (
        {"farther_m": 100.0},
        """
        anna 0 0 0 10 |
        ben 0 0 0 10 |
        anna 10 0 0 10 |
        ben 10 150 0 10 |
        anna 20 0 0 10 |
        ben 20 160 0 10 |
        anna 30 0 0 10 | too_far confirmed @30
        ben 30 170 0 10 |
        anna 40 150 0 10 |
        ben 50 170 0 10 |
        anna 60 165 0 10 | distance_ok confirmed @60 of 10
        """,
    ),
    "two that should keep apart": (
        {"nearer_m": 50.0, "confirm_fixes": 2, "confirm_s": 0.0},
        """
        anna 0 0 0 5 |
        ben 0 200 0 5 |
        ben 10 20 0 5 |
        anna 20 0 0 5 | too_near confirmed @20
        """,
    ),
    "fixes of two that are too far apart in time are not compared": (
        {"farther_m": 100.0, "confirm_fixes": 1, "confirm_s": 0.0},
        """
        anna 0 0 0 10 |
        ben 61 500 0 10 |
        anna 122 0 0 10 |
        ben 180 500 0 10 | too_far confirmed @180
        """,
    ),
    "what both accuracies leave open is unknown": (
        {"farther_m": 100.0, "confirm_fixes": 1, "confirm_s": 0.0},
        """
        anna 0 0 0 80 |
        ben 0 150 0 80 |
        ben 10 500 0 80 | too_far confirmed @10
        ben 20 150 0 80 |
        """,
    ),
}


def rule(**numbers: Any) -> Proximity:
    return Proximity(device="anna", other="ben", **numbers)


@pytest.mark.parametrize("story", DRIVES)
def test_drive(story: str) -> None:
    numbers, lines = DRIVES[story]
    engine = Engine([rule(**numbers)])
    for line in filter(None, map(str.strip, lines.splitlines())):
        seen, _, said = line.partition("|")
        device, *place = seen.split()
        seconds, east_m, north_m, accuracy_m = map(float, place)
        step = engine.step([fix(seconds, east_m, north_m, accuracy_m=accuracy_m, device=device)])
        assert step.discard.tolist() == [0], line
        assert told(step.transitions) == [each for each in [said.strip()] if each], line


def test_it_says_of_whom_and_how_far() -> None:
    engine = Engine([rule(farther_m=100.0, confirm_fixes=1, confirm_s=0.0)])
    (said,) = engine.step([fix(0, 0), fix(0, 300, device="ben")]).transitions
    wire = said.as_json()
    assert (wire["device"], wire["other"], wire["kind"]) == ("anna", "ben", "too_far")
    assert wire["apart_m"] == pytest.approx(300, abs=0.1)
    assert wire["limit_m"] == 100.0


def test_a_rule_about_one_device_alone_is_refused() -> None:
    with pytest.raises(RuleError, match="other is the device itself"):
        Proximity(device="anna", other="anna", farther_m=10.0)
    with pytest.raises(RuleError, match="exactly one of farther_m and nearer_m"):
        Proximity(device="anna", other="ben")


WALKS = st.lists(
    st.tuples(st.sampled_from(["anna", "ben"]), st.integers(0, 60), st.integers(0, 300)),
    min_size=4,
    max_size=40,
    unique_by=lambda step: step[:2],
)


@settings(max_examples=100, deadline=None)
@given(WALKS, st.randoms(use_true_random=False), st.sets(st.integers(0, 40)))
def test_any_order_of_arrival_comes_to_what_the_order_of_time_says(
    walk: list[tuple[str, int, int]], random: Any, cuts: set[int]
) -> None:
    fixes = [fix(10.0 * at, east_m, device=device) for device, at, east_m in walk]
    rules = [rule(farther_m=100.0, confirm_fixes=2, confirm_s=0.0)]
    arrival = list(fixes)
    random.shuffle(arrival)
    engine = Engine(rules, late_horizon_s=HORIZON_S)
    said: list[Transition] = []
    batch: list[Fix] = []
    for at, each in enumerate(arrival):
        batch.append(each)
        if at in cuts or at == len(arrival) - 1:
            step = engine.step(batch)
            engine.undo(step)
            said += engine.step(batch).transitions
            batch = []
    in_order = Engine(rules).step(sorted(fixes, key=lambda each: (each.time, each.device_id)))
    assert stands(said) == stands([*in_order.transitions])


def test_an_alarm_of_two_that_is_forgotten_does_not_come_back_with_a_late_fix() -> None:
    rule = Proximity(device="anna", other="ben", farther_m=100.0, confirm_fixes=1, confirm_s=0.0)
    engine = Engine([rule], late_horizon_s=HORIZON_S)
    engine.step([fix(0, 0, 0, device="anna"), fix(0, 200, 0, device="ben")])
    (alarm,) = engine.open_alarms
    engine.forget(alarm)
    engine.step([fix(-10, 0, 0, device="anna")])
    assert alarm not in engine.open_alarms
