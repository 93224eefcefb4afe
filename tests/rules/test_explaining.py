"""Explanations: golden texts of every kind, and that they never say otherwise than the engine did."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import Fix
from rules import Deviation, Discard, Engine, Geofence, Kind, Speed, WrongWay
from rules.errors import StateError
from rules.explaining.explain import CHANGED, NOT_KEPT, explain
from rules.explaining.explanation import Explanation, Found
from rules.explaining.measured import WORDS
from rules.explaining.moment import Moment
from rules.explaining.standing import Standing
from rules.rule import Rule
from rules.snapshot import Snapshot
from rules.watch.kinds import WATCHES
from tests.rules.explained import SCENES, SCHOOL, told
from tests.rules.ground import START, fix, straight
from tests.rules.test_oracle import RUN_START, scenes

GOLDEN = Path(__file__).with_name("explanations.txt")
WATCHED: tuple[Rule, ...] = (
    Speed(device="anna", limit_mps=5.0, confirm_s=0.0),
    WrongWay(device="anna", corridor=straight(), confirm_fixes=2),
    Geofence(SCHOOL, "anna"),
)


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_explained_in_these_words(name: str) -> None:
    """Where words change on purpose: ``python -m tests.rules.explained > tests/rules/explanations.txt``."""
    assert told(name).strip() == _golden()[name]


def test_every_watching_kind_has_words() -> None:
    assert set(WATCHES) <= set(WORDS)


@settings(max_examples=60, deadline=None)
@given(scenes(legs=8), st.sampled_from([(), WATCHED]))
def test_phases_and_alarms_of_an_explanation_are_what_the_engine_said(
    scene: tuple[list[Rule], list[Fix | float]], watched: tuple[Rule, ...]
) -> None:
    rules, events = [*scene[0], *watched], scene[1]
    engine = Engine(rules, run_start=RUN_START)
    for event in events:
        device = event.device_id if isinstance(event, Fix) else "anna"
        before = Standing.of(engine.snapshot(), device)
        step = engine.step([event]) if isinstance(event, Fix) else engine.step((), now=event)
        said = tuple(each for each in step.transitions if each.device == device)
        after = Standing.of(engine.snapshot(), device)
        time, seen = (event.time, event) if isinstance(event, Fix) else (event, None)
        discard = (None, *Discard)[int(step.discard[0])] if seen else None
        moment = Moment(before=before, after=after, time=time, fix=seen, discard=discard, said=said)
        for each in explain(rules, moment):
            agrees(each, moment)


def agrees(each: Explanation, moment: Moment) -> None:
    said = [one for one in moment.said if one.rule == each.rule]
    assert each.why
    assert list(each.said) == [one.kind for one in said]
    opened, closed = sum(one.opens_alarm for one in said), sum(one.closes_alarm for one in said)
    assert each.alarm_was_open + opened - closed == each.alarm_open
    several = each.why[0].startswith(("decided together", "the held fixes"))
    if not several and each.found in {Found.UNKNOWN, Found.DISCARDED, Found.ASLEEP}:
        assert set(each.said) <= {Kind.ENDED}
    if several:
        return
    if Kind.OFF_ROUTE in each.said:
        assert each.found is Found.OUTSIDE
    if Kind.BACK_ON_ROUTE in each.said:
        assert each.found is Found.INSIDE
    if each.found in {Found.OUTSIDE, Found.HOLDS} and each.after in {"leaving", "raising"}:
        assert each.run is not None
        assert not each.run.is_enough


def test_a_rule_that_has_changed_since_is_not_explained_by_what_it_is_now() -> None:
    narrow, wide = Speed(device="anna", limit_mps=5.0), Speed(device="anna", limit_mps=6.0)
    engine = Engine([narrow])
    before = Standing.of(engine.snapshot(), "anna")
    engine.step([fix(0, 0)])
    moment = Moment(before=before, after=Standing.of(engine.snapshot(), "anna"), time=START, fix=fix(0, 0))
    other = Speed(device="anna", name="another", limit_mps=6.0)
    assert [each.why for each in explain([wide, other], moment)] == [(CHANGED,), (NOT_KEPT,)]


def test_a_late_fix_is_told_of_the_newest_that_was_decided_with_it() -> None:
    rule = Deviation(straight(), "anna")
    engine = Engine([rule], late_horizon_s=900.0)
    engine.step([fix(0, 0), fix(100, 100, 60.0), fix(110, 110, 60.0), fix(125, 110, 60.0)])
    before = Standing.of(engine.snapshot(), "anna")
    said = engine.step([fix(115, 110)]).transitions
    after = Standing.of(engine.snapshot(), "anna")
    moment = Moment(before=before, after=after, time=START + 115, fix=fix(115, 110), said=said)
    [each] = explain([rule], moment)
    assert each.said == (Kind.RETRACTED,)
    assert (each.before, each.after) == ("off_route", "leaving")
    assert "told of the newest, of 2026-01-01T00:02:05Z" in each.why[0]
    assert each.found is Found.OUTSIDE


def test_rows_of_another_layout_are_not_read() -> None:
    with pytest.raises(StateError, match="saved in layout older"):
        Standing.of(Snapshot.from_rows("older", [], []), "anna")


def test_an_explanation_in_json_leaves_out_what_is_not_known() -> None:
    rule = Speed(device="anna", limit_mps=5.0)
    standing = Standing.of(Engine([rule]).snapshot(), "anna")
    moment = Moment(before=standing, after=standing, time=START)
    [why] = explain([rule], moment)
    assert why.as_json() == {
        "device": "anna",
        "rule": "speed",
        "found": "no_fix",
        "before": "asleep",
        "after": "asleep",
        "alarm_open": False,
        "said": [],
        "why": ["no fix came, and no timer of the rule was due"],
    }


def _golden() -> dict[str, str]:
    scenes = GOLDEN.read_text(encoding="utf-8").split("\n== ")
    pairs = (scene.removeprefix("== ").partition("\n") for scene in scenes)
    return {name.strip(): f"== {name}\n{text}".strip() for name, _, text in pairs}
