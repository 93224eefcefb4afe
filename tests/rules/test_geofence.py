"""The geofence rule: short drives, its table, and random streams against the plain oracle."""

from functools import cache
from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import Fence, FenceSet, Fix
from rules import Engine, Geofence, Kind, RuleError, Snapshot, StateError, Transition, Window
from rules.fence_table import FENCE_MOVES, FENCE_TABLE, FenceInput, FencePhase, fence_table_as_markdown
from rules.machine import IGNORED, Move
from rules.state import MEMBER, STANDING
from tests.rules.fence_oracle import OracleFences, Said
from tests.rules.ground import START, fix, lon_lat, straight

DOCUMENT = Path(__file__).parents[2] / "docs" / "rules.md"
SCHOOL_M = 100.0


def circle(east_m: float, north_m: float, radius_m: float, name: str) -> Fence:
    return Fence.circle(*lon_lat(east_m, north_m), radius_m, name=name)


@cache
def school() -> FenceSet:
    return FenceSet([circle(0, 0, SCHOOL_M, "school")])


def said(engine: Engine, *fixes: Fix) -> list[str]:
    return [f"{t.time - START:g} {t.kind} {t.fence}" for t in engine.step(fixes).transitions]


def at(seconds: float, east_m: float, accuracy_m: float | None = 0.0, device: str = "anna") -> Fix:
    return fix(seconds, east_m, accuracy_m=accuracy_m, device=device)


def test_entering_and_leaving_are_said_once_each() -> None:
    engine = Engine([Geofence(school())])
    way = [at(0, 200), at(10, 101), at(20, 99), at(30, 0), at(40, 99), at(50, 101), at(60, 300)]
    assert said(engine, *way) == ["20 enter school", "50 exit school"]


def test_the_first_fix_inside_enters() -> None:
    assert said(Engine([Geofence(school())]), at(0, 0)) == ["0 enter school"]


def test_the_edge_is_inside() -> None:
    edge = at(0, 70)
    distance_m = float(Fence.circle(*lon_lat(0, 0), 1.0).distance_m(edge.lon, edge.lat)) + 1.0
    for radius_m, words in ((distance_m + 1e-4, ["0 enter f"]), (distance_m - 1e-4, [])):
        assert said(Engine([Geofence(circle(0, 0, radius_m, "f"))]), edge) == words


def test_a_transition_carries_its_evidence() -> None:
    engine = Engine([Geofence(school(), "anna", name="at school")])
    enter, exit_ = engine.step([at(0, 60), at(10, 150, accuracy_m=10.0)]).transitions
    assert (enter.rule, enter.device, enter.kind, enter.fence) == ("at school", "anna", Kind.ENTER, "school")
    assert (enter.along_track_m, enter.half_width_m, enter.episode) == (None, None, 1)
    assert enter.distance_m == pytest.approx(-40, abs=0.1)
    assert enter.probability == 0.0
    assert exit_.distance_m == pytest.approx(50, abs=0.1)
    assert exit_.probability == pytest.approx(1.0)
    assert exit_.episode == 1
    wire = exit_.as_json()
    assert wire["fence"] == "school"
    assert not {"along_track_m", "half_width_m"} & set(wire)


def test_many_fixes_and_some_time_can_be_asked_for() -> None:
    engine = Engine([Geofence(school(), confirm_fixes=2, confirm_s=20)])
    way = [at(0, 0), at(10, 0), at(20, 0), at(30, 150), at(40, 0), at(50, 150), at(60, 150), at(70, 150)]
    assert said(engine, *way) == ["20 enter school", "70 exit school"]


def test_a_run_is_counted_anew_after_a_silence() -> None:
    engine = Engine([Geofence(school(), confirm_fixes=2, silence_s=60)])
    assert said(engine, at(0, 0), at(100, 0), at(110, 0)) == ["110 enter school"]


def test_a_vague_fix_neither_enters_nor_leaves() -> None:
    engine = Engine([Geofence(school(), enter_probability=0.9, exit_probability=0.9)])
    vague = [at(0, 0, accuracy_m=3000), at(10, 0), at(20, 150, accuracy_m=3000), at(30, 0, accuracy_m=3000)]
    assert said(engine, *vague, at(40, 150)) == ["10 enter school", "40 exit school"]


def test_a_pattern_is_about_many_devices_and_a_name_about_one() -> None:
    engine = Engine([Geofence(school(), "van-*"), Geofence(school(), "anna", name="own")])
    seen = [at(0, 0, device=device) for device in ("van-1", "anna", "Van-2", "van-3")]
    step = engine.step(seen)
    assert [(t.rule, t.device) for t in step.transitions] == [
        ("geofence", "van-1"),
        ("own", "anna"),
        ("geofence", "van-3"),
    ]


def test_fences_of_one_rule_are_told_apart_and_leaving_comes_first() -> None:
    fences = [circle(300, 0, 100, "b"), circle(0, 0, 100, "a"), circle(0, 0, 50, "inner")]
    engine = Engine([Geofence(fences)])
    assert said(engine, at(0, 0)) == ["0 enter a", "0 enter inner"]
    assert said(engine, at(10, 300)) == ["10 exit a", "10 exit inner", "10 enter b"]


def test_at_the_close_of_its_window_a_rule_forgets_silently() -> None:
    window = Window.parse("daily 00:00-00:10, 00:20-00:30", zone="UTC")
    engine = Engine([Geofence(school(), window=window)])
    assert said(engine, at(0, 0), at(700, 0), at(1300, 0)) == ["0 enter school", "1300 enter school"]
    assert said(engine, at(1310, 200), at(1900, 0)) == ["1310 exit school"]


def test_what_is_no_fence_is_refused() -> None:
    with pytest.raises(RuleError, match="fences is empty"):
        Geofence([])
    with pytest.raises(RuleError, match="expected a Fence"):
        Geofence([straight()])  # type: ignore[list-item]  # wrong by intent
    with pytest.raises(RuleError, match="exit_probability is 0"):
        Geofence(school(), exit_probability=0.0)


def test_a_deviation_and_a_geofence_stand_side_by_side() -> None:
    from rules import Deviation

    engine = Engine([Geofence(school(), name="fence"), Deviation(straight(), "anna", name="way")])
    assert [t.rule for t in engine.step([at(0, 0)]).transitions] == ["fence", "way"]


# The table


@pytest.mark.parametrize(
    ("phase", "given"), list(product(FencePhase, FenceInput)), ids=lambda value: value.name
)
def test_every_pair_is_written_and_encoded(phase: FencePhase, given: FenceInput) -> None:
    move = FENCE_TABLE[phase][given]
    code = FENCE_MOVES[phase, given].tolist()
    if move is IGNORED:
        assert code == [-1, -1, -1, -1]
        return
    assert isinstance(move, Move)
    assert code[0] == move.phase
    if given in {FenceInput.STAYED, FenceInput.PASSED_THROUGH}:
        assert move.phase == phase  # an event, and no more
        return
    was_in, is_in = (
        phase in {FencePhase.IN, FencePhase.LEAVING},
        move.phase in {FencePhase.IN, FencePhase.LEAVING},
    )
    kinds = {(False, True): Kind.ENTER, (True, False): Kind.EXIT}
    assert move.kind == kinds.get((was_in, is_in))  # a side never changes silently


def test_the_document_shows_the_table() -> None:
    assert fence_table_as_markdown() in DOCUMENT.read_text(encoding="utf-8")


def test_rows_are_small() -> None:
    assert MEMBER.itemsize <= 40
    assert STANDING.itemsize <= 80


# Against the oracle

FENCES = (
    (0.0, 0.0, 100.0),
    (0.0, 0.0, 40.0),
    (150.0, 0.0, 100.0),
    (400.0, 30.0, 60.0),
    (450.0, 0.0, 15.0),
    (5000.0, 0.0, 3000.0),
)


@cache
def fences() -> tuple[Fence, ...]:
    return tuple(circle(*numbers, name=f"fence {at}") for at, numbers in enumerate(FENCES))


KINDS: tuple[tuple[tuple[Kind, ...], float | None], ...] = (
    ((Kind.ENTER, Kind.EXIT), None),
    ((Kind.ENTER, Kind.EXIT), None),
    ((Kind.ENTER, Kind.EXIT, Kind.CROSS, Kind.DWELL), 25.0),
    ((Kind.CROSS,), None),
    ((Kind.DWELL, Kind.EXIT), 100.0),
)
WINDOWS = (None, None, Window.parse("daily 00:00-00:05, 00:07-00:12, 00:12-24:00", zone="UTC"))
RULES = st.builds(
    Geofence,
    st.sampled_from([fences(), fences()[:1], fences()[2:]]).map(list),
    st.sampled_from(["*", "anna", "b*"]),
    confirm_fixes=st.sampled_from([1, 1, 2, 3]),
    confirm_s=st.sampled_from([0.0, 15.0]),
    enter_probability=st.sampled_from([0.5, 0.5, 0.9, 0.1]),
    exit_probability=st.sampled_from([0.5, 0.5, 0.9]),
    silence_s=st.sampled_from([60.0, 180.0]),
    default_accuracy_m=st.sampled_from([None, 35.0]),
    window=st.sampled_from(WINDOWS),
)
FIXES = st.builds(
    tuple[str, float, float, float, float | None],
    st.tuples(
        st.sampled_from(["anna"] * 6 + ["ben"]),
        st.sampled_from([10.0] * 8 + [70.0, 300.0]),
        st.sampled_from([5.0, 20.0, 20.0, 60.0, 150.0, -20.0, -60.0, 0.0, 2000.0, -2000.0]),
        st.sampled_from([0.0, 0.0, 10.0, 60.0]),
        st.sampled_from([0.0, 0.0, 5.0, 10.0, 40.0, 300.0, None]),
    ),
)


def stream(steps: list[tuple[str, float, float, float, float | None]]) -> list[Fix]:
    time, east_m, out = 0.0, -200.0, []
    for device, every_s, east, north_m, accuracy_m in steps:
        time, east_m = time + every_s, east_m + east
        out.append(fix(time, east_m, north_m, accuracy_m=accuracy_m, device=device))
    return out


def brief(transitions: tuple[Transition, ...]) -> list[Said]:
    return [(t.rule, t.device, t.kind, t.fence, t.time, t.episode, t.starts_at) for t in transitions]


def cut(fixes: list[Fix], cuts: set[int]) -> list[list[Fix]]:
    marks = [0, *sorted(each for each in cuts if 0 < each < len(fixes)), len(fixes)]
    return [fixes[a:b] for a, b in pairwise(marks)]


def saved(snapshot: Snapshot) -> Snapshot:
    """Take a snapshot through bytes, as a store does."""
    return Snapshot.from_rows(
        snapshot.layout,
        [(name, row.tobytes()) for name, row in zip(snapshot.devices, snapshot.device_rows, strict=True)],
        [],
        zip(snapshot.memberships, snapshot.membership_rows, strict=True),
    )


@settings(max_examples=200, deadline=None)
@given(
    st.lists(RULES, min_size=1, max_size=2),
    st.lists(FIXES, min_size=1, max_size=60),
    st.sets(st.integers(0, 60)),
    st.tuples(st.sampled_from(KINDS), st.sampled_from(KINDS)),
    st.sampled_from([None, 0.0, 20.0, 200.0]),
)
def test_the_engine_says_what_the_oracle_says_however_the_stream_is_cut(
    rules: list[Geofence],
    steps: list[tuple[str, float, float, float, float | None]],
    cuts: set[int],
    kinds: tuple[tuple[tuple[Kind, ...], float | None], ...],
    timer_s: float | None,
) -> None:
    from dataclasses import replace

    rules = [
        replace(rule, name=f"rule {at}", says=says, dwell_s=dwell_s)
        for at, (rule, (says, dwell_s)) in enumerate(zip(rules, kinds, strict=False))
    ]
    engine = Engine(rules, max_speed_mps=1e6)
    plain = {
        (rule.name, device): OracleFences(rule, device, [fences()[number] for number in numbers(rule)])
        for rule in rules
        for device in ("anna", "ben")
        if rule.is_about(device)
    }
    saved_members: dict[object, bytes] = {}
    for run in cut(stream(steps), cuts):
        before = engine.snapshot()
        engine.undo(engine.step(run))
        assert engine.snapshot().membership_rows == before.membership_rows
        step = engine.step(run)
        expected = [
            word
            for each in run
            for (_, device), oracle in plain.items()
            if device == each.device_id
            for word in oracle.fold(each)
        ]
        assert brief(step.transitions) == expected
        saved_members |= zip(step.changed.memberships, step.changed.membership_rows, strict=True)
        now = engine.snapshot()
        for key, data in zip(now.memberships, now.membership_rows, strict=True):
            assert saved_members.get(key, data) == data
        fresh = Engine(rules, max_speed_mps=1e6)
        assert fresh.restore(saved(now)) == ()
        assert fresh.snapshot().membership_rows == now.membership_rows
        assert fresh.next_wake == engine.next_wake
        engine = fresh
        if timer_s is not None:  # the service's clock goes on
            until = run[-1].time + timer_s
            engine.undo(engine.step((), now=until))
            fired = engine.step((), now=until)
            stayed = [
                word
                for oracle in plain.values()
                for word in oracle.stay(until)
                if "dwell" in oracle.rule.says
            ]
            assert sorted(brief(fired.transitions), key=str) == sorted(stayed, key=str)
            saved_members |= zip(fired.changed.memberships, fired.changed.membership_rows, strict=True)


def numbers(rule: Geofence) -> list[int]:
    names = [rule.fence_set.name(at) for at in range(len(rule.fence_set))]
    return [int(name.removeprefix("fence ")) for name in names]


# Saved rows


def test_other_fences_begin_anew_and_go_on_counting_visits() -> None:
    engine = Engine([Geofence(school())])
    said(engine, at(0, 0), at(10, 200), at(20, 0))
    moved = Engine([Geofence(circle(0, 0, 90, "school"))])
    assert moved.restore(engine.snapshot()) == (
        'rule "geofence" of device "anna" begins anew: its fences have changed',
    )
    (enter,) = moved.step([at(30, 0)]).transitions
    assert (enter.kind, enter.episode) == (Kind.ENTER, 3)


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: data[:10], lambda data: data + b"\0"])
def test_a_saved_row_that_is_not_whole_is_refused(spoil: object) -> None:
    engine = Engine([Geofence(school())])
    said(engine, at(0, 0))
    kept = engine.snapshot()
    (data,) = kept.membership_rows
    spoilt = Snapshot.from_rows(kept.layout, [], [], [(kept.memberships[0], spoil(data))])  # type: ignore[operator]
    with pytest.raises(StateError, match="bytes"):
        Engine([Geofence(school())]).restore(spoilt)


def test_an_engine_that_takes_over_other_fences_is_in_none_of_its_own() -> None:
    engine = Engine([Geofence(school())])
    said(engine, at(0, 0))
    other = Engine([Geofence(circle(0, 0, 90, "school"))])
    said(other, at(0, 0))
    other.restore(engine.snapshot())
    assert [each.kind for each in other.step([at(10, 0)]).transitions] == [Kind.ENTER]


def test_from_the_other_side_of_the_earth_a_device_enters() -> None:
    """A chord is much shorter than the way so far: no safe region may reach over a continent."""
    engine = Engine([Geofence(circle(0, 0, 1000, "school"))], max_speed_mps=1e9)
    for number, degrees in enumerate((20, 60, 120, 179)):
        there = Fix("anna", START + 2 * number, degrees, 0.0, accuracy_m=0.0)
        here = at(2 * number + 1, 0)
        assert [each.kind for each in engine.step([there, here]).transitions][-1] == Kind.ENTER


def test_undo_forgets_devices_that_were_new() -> None:
    engine = Engine([Geofence(school())])
    engine.undo(engine.step([at(0, 0, device=f"van {number}") for number in range(40)]))
    assert engine.snapshot().memberships == ()
    assert len(engine.step([at(0, 0, device="van 7")]).transitions) == 1


def test_a_device_in_very_many_fences() -> None:
    many = FenceSet([circle(number / 10, 0, 500, f"{number}") for number in range(300)])
    engine = Engine([Geofence(many)])
    assert len(engine.step([at(0, 0)]).transitions) == 300
    assert len(engine.step([at(600, 5000)]).transitions) == 300
