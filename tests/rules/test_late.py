"""Late fixes: whatever the order of arrival, what stands is what the fixes in order of time say."""

from collections.abc import Iterable
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from corridor import Corridor, Fence, FenceSet, Fix, FixBatch, Path
from rules import (
    Arrival,
    Condition,
    Deviation,
    Engine,
    Geofence,
    Kind,
    Movement,
    Must,
    Progress,
    Proximity,
    RuleKey,
    Silence,
    Snapshot,
    Speed,
    Step,
    Transition,
    Window,
    WrongWay,
    net_history,
)
from rules.pairs import members_of
from rules.rule import Rule
from rules.snapshot import LAYOUT
from tests.rules.ground import START, fix, lon_lat, straight
from tests.rules.test_oracle import corridors, scenes

HORIZON_S = 900.0
TIMED = Corridor(Path(*zip(lon_lat(0, 0), lon_lat(1000, 0), strict=True), elapsed_s=[0, 200]), 40)
SCHOOL = FenceSet([Fence.circle(*lon_lat(500, 0), 200)])
HOURS = Window.parse("daily 00:01-00:04, 00:04-00:08, 00:09-00:13", zone="UTC")


def stands(transitions: list[Transition]) -> list[tuple[Any, ...]]:
    """Give what matters of a net history; which number an alarm has does not."""
    return sorted(
        (each.device, each.rule, each.time, each.kind, each.starts_at, each.closes_alarm)
        for each in net_history(transitions)
    )


def wire(transitions: Iterable[Transition]) -> list[dict[str, Any]]:
    return [each.as_json() for each in transitions]


def in_order(fixes: list[Fix], rules: list[Rule]) -> list[tuple[Any, ...]]:
    fixes = sorted(fixes, key=lambda each: each.time)
    return stands([*Engine(rules).step(fixes).transitions])


class Rules(list[Rule]):
    """Rules that are shown in a word: with their corridors they fill pages."""

    def __repr__(self) -> str:
        return f"{len(self)} rules"


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[Rule], list[Fix], list[int], set[int]]:
    """Give rules, fixes of distinct instants within the horizon, an order of arrival, and where it is cut."""
    rules, events = draw(scenes(legs=10))
    fixes: dict[tuple[str, float], Fix] = {}
    for event in events:
        if isinstance(event, Fix):
            fixes.setdefault((event.device_id, event.time), event)
    kept = [each for each in fixes.values() if each.time < START + HORIZON_S]
    order = draw(st.permutations(range(len(kept))))
    watches: list[Rule] = [
        Speed(device="anna", limit_mps=5.0, confirm_s=0.0),
        WrongWay(device="anna", corridor=corridors()[0], confirm_fixes=2),
        Progress(device="anna", corridor=TIMED, stall_s=60.0, points={"oak": 300.0, "bridge": 310.0}),
        Progress(device="anna", name="late", corridor=TIMED, stall_s=None, late_s=60.0),
        Geofence(Fence.circle(*lon_lat(300, 0), 150.0, name="yard"), "anna", name="yard", confirm_fixes=2),
        Speed(device="anna", name="in the yard", limit_mps=2.0, condition=Condition("yard", inside=True)),
        Deviation([corridors()[0], corridors()[2]], "anna", name="either", skip_m=100.0),
        Proximity(device="anna", other="ben", farther_m=200.0, confirm_fixes=1, confirm_s=0.0),
        Silence(device="anna", silence_s=60.0, vague_s=100.0),
        Movement(device="anna", move_m=30.0, rest_s=60.0),
        Movement(device="anna", name="parked", window=HOURS, confirm_fixes=1),
        *(Arrival(device="anna", name=str(must), must=must, fences=SCHOOL, window=HOURS) for must in Must),
    ]
    return Rules([*rules, *watches]), kept, list(order), draw(st.sets(st.integers(0, 80)))


@settings(max_examples=100, deadline=None)
@given(streams())
def test_any_order_of_arrival_comes_to_what_the_order_of_time_says(
    stream: tuple[list[Rule], list[Fix], list[int], set[int]],
) -> None:
    rules, fixes, order, cuts = stream
    engine = Engine(rules, late_horizon_s=HORIZON_S)
    said: list[Transition] = []
    batch: list[Fix] = []
    for at, number in enumerate(order):
        batch.append(fixes[number])
        if at in cuts or at == len(order) - 1:
            said += engine.step(batch).transitions
            batch = []
    assert stands(said) == in_order(fixes, rules)


class Kept:
    """What a store keeps: rows, fixes that were judged or held, what was said; and an engine from it."""

    def __init__(self, rules: list[Rule]) -> None:
        self.rules = rules
        self.devices: dict[str, bytes] = {}
        self.corridors: dict[RuleKey, bytes] = {}
        self.fences: dict[RuleKey, bytes] = {}
        self.watches: dict[RuleKey, bytes] = {}
        self.marks: dict[str, bytes] = {}
        self.fixes: list[Fix] = []
        self.said: list[Transition] = []

    def commit(self, fixes: list[Fix], step: Step) -> None:
        changed = step.changed
        self.devices |= zip(changed.devices, (row.tobytes() for row in changed.device_rows), strict=True)
        self.corridors |= zip(changed.rules, (row.tobytes() for row in changed.rule_rows), strict=True)
        self.watches |= zip(changed.watches, (row.tobytes() for row in changed.watch_rows), strict=True)
        self.fences |= zip(changed.memberships, changed.membership_rows, strict=True)
        self.marks |= zip(changed.marked, changed.marks, strict=True)
        self.fixes += [each for each, code in zip(fixes, step.discard, strict=True) if code in {0, 4}]
        self.said += step.transitions

    def engine(self) -> Engine:
        engine = Engine(self.rules, late_horizon_s=HORIZON_S)
        saved = Snapshot.from_rows(
            LAYOUT,
            self.devices.items(),
            self.corridors.items(),
            self.fences.items(),
            self.watches.items(),
            self.marks.items(),
        )
        assert engine.restore(saved) == ()
        for device, after, _ in engine.tails:
            heard = members_of(device)
            fixes = [each for each in self.fixes if each.device_id in heard and each.time > after]
            said = [each for each in self.said if each.device in heard and each.time > after]
            assert engine.recall(device, FixBatch.from_fixes(fixes), said)
        return engine


@settings(max_examples=40, deadline=None, phases=[Phase.generate])  # shrinking takes minutes
@given(streams())
def test_a_restart_between_any_two_batches_changes_nothing_of_what_is_said(
    stream: tuple[list[Rule], list[Fix], list[int], set[int]],
) -> None:
    rules, fixes, order, cuts = stream
    whole, kept = Engine(rules, late_horizon_s=HORIZON_S), Kept(rules)
    batch: list[Fix] = []
    for at, number in enumerate(order):
        batch.append(fixes[number])
        if at in cuts or at == len(order) - 1:
            step = kept.engine().step(batch)
            assert wire(step.transitions) == wire(whole.step(batch).transitions)
            kept.commit(batch, step)
            batch = []


def detour(*seconds: int) -> list[Fix]:
    """Give fixes of a walk that is off its path from second 100 to 190."""
    return [fix(each, each, 90.0 if 100 <= each < 190 else 0.0) for each in seconds]


def test_a_fix_that_refutes_an_alarm_retracts_it() -> None:
    engine = Engine([Deviation(straight(), "anna")], late_horizon_s=HORIZON_S)
    raised = engine.step(detour(0, 10, 100, 110, 125)).transitions
    assert [each.kind for each in raised] == [Kind.STARTED, Kind.OFF_ROUTE]
    step = engine.step([fix(115, 115, 0.0)])
    assert [(each.kind, each.revises, each.revises_time) for each in step.transitions] == [
        (Kind.RETRACTED, Kind.OFF_ROUTE, START + 125)
    ]
    engine.undo(step)
    again = engine.step([fix(115, 115, 0.0)])
    assert again.transitions == step.transitions


def test_a_fix_that_brings_an_alarm_forward_amends_it_under_its_number() -> None:
    engine = Engine([Deviation(straight(), "anna")], late_horizon_s=HORIZON_S)
    engine.step(detour(0, 10, 110, 120, 130))
    said = engine.step(detour(100)).transitions
    assert [(each.kind, each.revises, each.time - START, each.starts_at - START) for each in said] == [
        (Kind.AMENDED, Kind.OFF_ROUTE, 120, 100)
    ]
    assert said[0].episode == 1


def test_an_alarm_that_stands_keeps_its_number_though_one_before_it_is_retracted() -> None:
    engine = Engine([Deviation(straight(), "anna")], late_horizon_s=HORIZON_S)
    first = engine.step([fix(0, 0), *(fix(s, s, 90.0) for s in (10, 20, 35)), fix(40, 40), fix(50, 50)])
    assert [each.episode for each in first.transitions if each.kind is Kind.OFF_ROUTE] == [1]
    second = engine.step([*(fix(s, s, 90.0) for s in (60, 70, 80))]).transitions
    assert [(each.kind, each.episode) for each in second] == [(Kind.OFF_ROUTE, 2)]
    third = engine.step([fix(15, 15), fix(25, 25)]).transitions
    assert [(each.kind, each.revises, each.episode) for each in third] == [
        (Kind.RETRACTED, Kind.OFF_ROUTE, 1)
    ]
    ended = engine.step([fix(90, 90), fix(100, 100)]).transitions
    assert [(each.kind, each.episode) for each in ended] == [(Kind.BACK_ON_ROUTE, 2)]


def test_a_fix_of_a_window_that_a_timer_has_closed_is_judged_in_it() -> None:
    window = Window.parse("daily 00:00-00:02", zone="UTC")
    rule = Deviation(straight(), "anna", window=window, starts="at_once", confirm_s=15.0)
    engine = Engine([rule], late_horizon_s=HORIZON_S)
    engine.step(detour(0, 10, 100), now=START + 100)
    assert engine.next_wake == START + 120
    assert engine.step((), now=START + 121).transitions == ()
    said = engine.step([fix(105, 105, 90.0), fix(119, 119, 90.0)], now=START + 122).transitions
    assert [(each.kind, each.time - START) for each in said] == [(Kind.OFF_ROUTE, 119), (Kind.ENDED, 120)]


def test_a_fix_beyond_the_horizon_is_late_and_changes_nothing() -> None:
    engine = Engine([Deviation(straight(), "anna")], late_horizon_s=100.0)
    engine.step([fix(310, 0), fix(500, 100)])
    before = engine.snapshot()
    step = engine.step([fix(399, 0, 500.0)])
    assert step.discard.tolist() == [1]
    assert step.transitions == ()
    after = engine.snapshot()
    after.device_rows["late"] = 0
    assert after.device_rows.tobytes() == before.device_rows.tobytes()
    assert engine.step([fix(400, 0, 500.0)]).discard.tolist() == [0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 90), st.booleans()), min_size=5, max_size=80), st.data())
def test_a_long_stream_that_is_a_little_out_of_order_is_settled_as_it_goes(
    walk: list[tuple[int, bool]], data: st.DataObject
) -> None:
    time, fixes = 0, []
    for step_s, off in walk:
        time += 1 + step_s
        fixes.append(fix(time, time / 10, 90.0 if off else 0.0))
    rules: list[Rule] = [Deviation(straight(), "anna", starts="at_once", silence_s=600.0)]
    jitter = data.draw(st.lists(st.integers(0, 290), min_size=len(fixes), max_size=len(fixes)))
    arrival = sorted(range(len(fixes)), key=lambda at: fixes[at].time + jitter[at])
    engine = Engine(rules, late_horizon_s=300.0)
    said: list[Transition] = []
    for at in arrival:
        step = engine.step([fixes[at]])
        engine.undo(step)
        assert engine.step([fixes[at]]).transitions == step.transitions
        said += step.transitions
    assert stands(said) == in_order(fixes, rules)


def test_a_device_that_came_with_an_undone_step_is_forgotten() -> None:
    engine = Engine([Speed(device="anna", limit_mps=14.0)], late_horizon_s=HORIZON_S)
    engine.step([Fix("anna", START, *lon_lat(0, 0))])
    engine.undo(engine.step([Fix("ben", START, *lon_lat(0, 0))]))
    step = engine.step([Fix("anna", START + 10.0, *lon_lat(0, 0))])
    assert step.discard.tolist() == [0]
    assert engine.snapshot().marked == ("anna",)
    assert engine.step([Fix("carl", START, *lon_lat(0, 0))]).changed.marked == ("carl",)
