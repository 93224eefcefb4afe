"""The engine round the machine: timers, undo, saved rows, clocks, and what it refuses."""

import math

import numpy as np
import pytest

from corridor import Corridor, Fence, Fix, FixBatch
from rules import (
    Deviation,
    Discard,
    Engine,
    Geofence,
    Phase,
    RuleError,
    RuleKey,
    Snapshot,
    StateError,
    Window,
)
from rules.snapshot import LAYOUT
from rules.state import DEVICE_STATE, RULE_STATE
from tests.rules.ground import START, brief, fix, straight

MORNING = Window.parse("Thu 01:00-02:00", zone="Europe/Vienna")  # opens with START, closes an hour later
CLOSE = 3600.0


def rule(device: str = "anna", *, corridor: Corridor | None = None, **numbers: object) -> Deviation:
    return Deviation(corridor or straight(), device, **numbers)  # type: ignore[arg-type]  # free by intent


def astray(start_s: float = 0.0) -> list[Fix]:
    """Give fixes that start a rule and raise its alarm, 10 to 30 s after `start_s`."""
    return [fix(start_s, 100)] + [fix(start_s + seconds, 100, 90) for seconds in (10, 20, 30)]


def with_alarm(*, window: Window | None = None) -> Engine:
    engine = Engine([rule(window=window)])
    assert len(engine.step(astray()).transitions) == 2
    return engine


def phases(snapshot: Snapshot) -> list[Phase]:
    return [Phase(code) for code in snapshot.rule_rows["phase"]]


def test_rows_are_at_most_160_bytes() -> None:
    assert DEVICE_STATE.itemsize <= 160
    assert RULE_STATE.itemsize <= 160
    assert DEVICE_STATE.itemsize % 8 == RULE_STATE.itemsize % 8 == 0


# Windows and timers


def test_outside_its_window_a_rule_sleeps() -> None:
    engine = Engine([rule(window=MORNING)])
    assert engine.step(astray(-1000)).transitions == ()
    assert engine.step(astray(CLOSE)).transitions == ()
    assert phases(engine.snapshot()) == [Phase.NOT_STARTED]


def test_a_later_fix_closes_the_window_at_the_windows_own_time() -> None:
    engine = with_alarm(window=MORNING)
    ended = engine.step([fix(CLOSE + 500, 100, 90)]).transitions
    assert brief(ended) == [f"{CLOSE:g} ended window_closed of 10"]
    assert ended[0].distance_m == pytest.approx(90, abs=0.1)
    assert phases(engine.snapshot()) == [Phase.NOT_STARTED]


def test_the_instant_of_the_close_is_closed_already() -> None:
    engine = with_alarm(window=MORNING)
    assert brief(engine.step([fix(CLOSE, 100, 90)]).transitions) == [f"{CLOSE:g} ended window_closed of 10"]


def test_without_a_later_fix_a_timer_closes_the_window() -> None:
    engine = Engine([rule(window=MORNING)])
    assert engine.next_wake is None
    engine.step(astray(), now=START + 32)
    assert engine.next_wake == START + CLOSE + 2  # the last fix was 2 s under way
    assert engine.step((), now=START + CLOSE + 1.9).transitions == ()
    ended = engine.step((), now=START + CLOSE + 2).transitions
    assert brief(ended) == [f"{CLOSE:g} ended window_closed of 10"]
    assert engine.next_wake is None


def test_a_trip_published_years_later_is_not_closed_by_the_wall() -> None:
    years_s = 1e8
    engine = Engine([rule(window=MORNING)])
    engine.step(astray(), now=START + years_s)
    assert engine.next_wake == START + CLOSE + years_s - 30
    assert engine.step((), now=START + years_s + 10).transitions == ()


def test_a_device_whose_clock_is_ahead_is_not_closed_before_its_window() -> None:
    engine = Engine([rule(window=MORNING)])
    engine.step(astray(), now=START)
    assert engine.next_wake == START + CLOSE


def test_after_a_timer_closed_a_window_its_fixes_find_the_rule_asleep_until_the_next() -> None:
    window = Window.parse("daily 00:00-01:00", zone="UTC")
    engine = Engine([rule(window=window)])
    engine.step(astray(), now=START + 30)
    engine.step((), now=START + CLOSE)
    assert engine.step(astray(CLOSE - 100), now=START + CLOSE + 20).transitions == ()
    assert len(engine.step(astray(86_400), now=START + 86_430).transitions) == 2


def test_fixes_fire_no_timer() -> None:
    engine = Engine([rule("anna", window=MORNING), rule("ben")])
    engine.step(astray(), now=START + 30)
    late = START + CLOSE + 1000
    assert engine.step([fix(CLOSE + 900, 0, device="ben")], now=late).transitions[0].device == "ben"
    assert len(engine.step((), now=late).transitions) == 1


def test_a_window_in_which_nothing_started_needs_no_timer() -> None:
    engine = Engine([rule(window=MORNING)])
    engine.step([fix(0, 0, 500)])
    assert engine.next_wake is None


def test_an_arrival_is_forgotten_at_the_next_opening() -> None:
    engine = Engine([rule(window=Window.parse("daily 00:00-01:00", zone="UTC"))])
    trip = [fix(0, 0), fix(60, 500), fix(120, 1000)]
    again = [fix(86_400 + each.time - START, (each.lon - 16) * 74626) for each in trip]
    said = brief(engine.step(trip).transitions) + brief(engine.step(again).transitions)
    assert [line.split()[1] for line in said] == ["started", "arrived", "started", "arrived"]


def test_timers_without_a_time_do_nothing() -> None:
    engine = with_alarm(window=MORNING)
    step = engine.step(())
    assert (step.transitions, step.changed.rules, len(step.discard)) == ((), (), 0)


# Discards


def test_future_is_judged_against_now_else_against_the_runs_start_else_not() -> None:
    seen = [fix(121, 100)]
    assert Engine([rule()]).step(seen, now=START).discard_counts[Discard.FUTURE] == 1
    assert Engine([rule()]).step(seen, now=START + 1).discard_counts[Discard.FUTURE] == 0
    assert Engine([rule()], run_start=START).step(seen).discard_counts[Discard.FUTURE] == 1
    assert Engine([rule()], run_start=START).step(seen, now=START + 1).discard_counts[Discard.FUTURE] == 0
    assert Engine([rule()]).step(seen).discard_counts[Discard.FUTURE] == 0


def test_a_future_fix_never_moves_the_watermark() -> None:
    engine = Engine([rule()])
    step = engine.step([fix(0, 0), fix(500, 0), fix(10, 10)], now=START)
    assert step.discard.tolist() == [0, 1 + list(Discard).index(Discard.FUTURE), 0]


def test_many_future_fixes_in_a_row_say_once_that_the_clock_is_wrong() -> None:
    engine = Engine([rule()])
    ahead = [engine.step([fix(900 + at, 0)], now=START).wrong_clocks for at in range(7)]
    assert ahead == [(), (), (), (), ("anna",), (), ()]
    engine.step([fix(0, 0)], now=START)
    again = engine.step([fix(900 + at, 0) for at in range(5)], now=START)
    assert again.wrong_clocks == ("anna",)


def test_a_device_without_a_rule_has_its_discards_too() -> None:
    engine = Engine([rule()])
    step = engine.step([fix(0, 0, device="zoe"), fix(0, 0, device="zoe")])
    assert step.discard_counts[Discard.DUPLICATE] == 1
    assert step.changed.devices == ("zoe",)


def test_the_speed_limit_is_configurable() -> None:
    leap = [fix(0, 0), fix(10, 2000)]
    assert Engine([rule()]).step(leap).discard_counts[Discard.IMPLAUSIBLE] == 1
    assert Engine([rule()], max_speed_mps=250).step(leap).discard_counts[Discard.IMPLAUSIBLE] == 0


def test_a_plausible_move_over_the_antimeridian_is_plausible() -> None:
    there = Fix("anna", START, 179.9999, 10.0)
    here = Fix("anna", START + 1, -179.9999, 10.0)
    assert Engine([rule()]).step([there, here]).discard.tolist() == [0, 0]


# Batches


def test_more_is_said_than_the_kernel_holds_at_once() -> None:
    devices = 1500
    rules = [rule(f"d{number}", corridor=way) for way in [straight()] for number in range(devices)]
    fixes = [
        Fix(f"d{number}", each.time, each.lon, each.lat, accuracy_m=10)
        for each in [*astray(), fix(40, 100), fix(50, 100)]
        for number in range(devices)
    ]
    said = Engine(rules).step(fixes).transitions
    assert len(said) == 3 * devices
    assert [each.device for each in said[:devices]] == [f"d{number}" for number in range(devices)]


def test_a_batch_of_few_rows_of_many_devices_makes_rows_only_for_those() -> None:
    many = FixBatch.from_columns(
        [f"d{number}" for number in range(100)], [START] * 100, [16.0] * 100, [48.0] * 100
    )
    engine = Engine([])
    engine.step(many.take([7, 9]))
    assert engine.snapshot().devices == ("d7", "d9")


def test_an_engine_without_rules_or_fixes_says_nothing() -> None:
    engine = Engine([])
    assert engine.step((), now=START).transitions == ()
    assert engine.step([fix(0, 0)]).transitions == ()
    assert engine.next_wake is None


# Undo


def test_undo_forgets_devices_that_the_step_brought() -> None:
    engine = Engine([rule()])
    before = engine.snapshot()
    engine.undo(engine.step([fix(0, 0, device=f"new {number}") for number in range(40)]))
    assert engine.snapshot().devices == before.devices == ("anna",)
    assert engine.step([fix(0, 0, device="new 3")]).discard.tolist() == [0]


def test_steps_are_undone_newest_first() -> None:
    engine = Engine([rule()])
    first, second = engine.step([fix(0, 0)]), engine.step([fix(10, 0)])
    with pytest.raises(StateError, match="step 1 cannot be undone; the newest is 2"):
        engine.undo(first)
    engine.undo(second)
    engine.undo(first)
    with pytest.raises(StateError):
        engine.undo(first)


def test_undo_puts_a_timer_back() -> None:
    engine = with_alarm(window=MORNING)
    engine.undo(engine.step((), now=START + CLOSE))
    assert engine.next_wake == START + CLOSE
    assert len(engine.step((), now=START + CLOSE).transitions) == 1


class Broken(Window):
    """A window that cannot be asked, as when there is no memory."""

    def openings(self, block: int) -> tuple[tuple[float, float], ...]:
        raise MemoryError(block)


def test_a_step_that_fails_leaves_no_trace() -> None:
    engine = Engine([rule(window=Broken.parse("Thu 01:00-02:00", zone="UTC"))])
    before = engine.snapshot()
    with pytest.raises(MemoryError):
        engine.step([fix(0, 0), fix(0, 0, device="ben")])
    after = engine.snapshot()
    assert (after.devices, after.device_rows.tobytes()) == (before.devices, before.device_rows.tobytes())
    assert after.rule_rows.tobytes() == before.rule_rows.tobytes()


# Saved rows


def test_restored_elsewhere_an_alarm_is_still_open_and_ends_once() -> None:
    engine = Engine([rule("zoe"), rule()])
    assert engine.restore(with_alarm().snapshot()) == ()
    assert engine.orphans == ()
    assert brief(engine.step([fix(40, 100), fix(50, 100)]).transitions) == [
        "50 back_on_route well_inside of 10"
    ]


def test_another_geometry_begins_anew_and_the_open_alarm_is_not_forgotten() -> None:
    engine = Engine([rule(corridor=straight(50))])
    (note,) = engine.restore(with_alarm().snapshot())
    assert note.startswith(
        'rule "deviation" of device "anna" begins anew: its path or half width has changed'
    )
    assert note.endswith("; its alarm 1 was open and must be ended")
    assert engine.orphans == (RuleKey("deviation", "anna", rule().fingerprint),)
    assert phases(engine.snapshot()) == [Phase.NOT_STARTED]
    raised = engine.step(astray(100)).transitions[-1]
    assert raised.episode == 2  # no alarm has the fingerprint of an older one


def test_other_numbers_with_the_same_geometry_keep_the_state() -> None:
    engine = Engine([rule(confirm_fixes=9)])
    assert engine.restore(with_alarm().snapshot()) == ()
    assert phases(engine.snapshot()) == [Phase.OFF_ROUTE]


def test_a_rule_that_is_gone_is_named_with_its_alarm() -> None:
    engine = Engine([rule("ben")])
    (note,) = engine.restore(with_alarm().snapshot())
    assert "is not configured any more: its state is dropped; its alarm 1 was open" in note
    assert [key.device for key in engine.orphans] == ["anna"]


def test_a_foreign_layout_keeps_episode_and_alarm_and_nothing_else() -> None:
    ours = with_alarm().snapshot()
    foreign = Snapshot.from_rows(
        "older", [("anna", b"anything")], [(ours.rules[0], ours.rule_rows[0].tobytes()[:11])]
    )
    engine = Engine([rule()])
    of_devices, of_rule = engine.restore(foreign)
    why = f"saved in layout older, this is {LAYOUT}"
    assert of_devices == f"the devices' newest fixes are forgotten: they were {why}"
    assert why in of_rule
    assert of_rule.endswith("; its alarm 1 was open and must be ended")
    assert engine.orphans == ours.rules
    assert engine.step(astray()).transitions[-1].episode == 2


def test_a_rule_that_lost_its_window_is_never_closed_by_the_old_one() -> None:
    engine = Engine([rule()])
    engine.restore(with_alarm(window=MORNING).snapshot())
    assert engine.next_wake is None
    assert engine.step([fix(CLOSE + 10, 100, 90)]).transitions == ()


def test_a_step_before_a_restore_cannot_be_undone() -> None:
    engine = Engine([rule()])
    step = engine.step(astray())
    engine.restore(engine.snapshot())
    with pytest.raises(StateError):
        engine.undo(step)


@pytest.mark.parametrize("length", [0, 3, RULE_STATE.itemsize - 1, RULE_STATE.itemsize + 1])
def test_a_row_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(StateError, match=f"has {length} bytes"):
        Snapshot.from_rows(LAYOUT, [], [(RuleKey("a", "b", "c"), bytes(length))])
    with pytest.raises(StateError, match="cut off"):
        Snapshot.from_rows("older", [], [(RuleKey("a", "b", "c"), bytes(3))])


def test_a_phase_that_does_not_exist_is_refused() -> None:
    with pytest.raises(StateError, match="phase 255"):
        Snapshot.from_rows(LAYOUT, [], [(RuleKey("a", "b", "c"), b"\xff" * RULE_STATE.itemsize)])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("held", 3),
        ("held", 255),
        ("time", math.nan),
        ("time", math.inf),
        ("lon", math.nan),
        ("lag_s", math.inf),
    ],
)
def test_a_device_row_that_no_engine_saves_is_refused(field: str, value: float) -> None:
    rows = with_alarm().snapshot().device_rows
    rows[field] = value
    with pytest.raises(StateError, match="'anna' is none"):
        Snapshot.from_rows(LAYOUT, [("anna", rows[0].tobytes())], [])


@pytest.mark.parametrize("field", ["window_closes", "last_time", "progress_m"])
def test_a_rule_row_that_no_engine_saves_is_refused(field: str) -> None:
    kept = with_alarm().snapshot()
    kept.rule_rows[field] = math.nan
    with pytest.raises(StateError, match="is none"):
        Snapshot.from_rows(LAYOUT, [], [(kept.rules[0], kept.rule_rows[0].tobytes())])


@pytest.mark.parametrize("leaf", [-(2**31), 1, 2**31 - 1])
@pytest.mark.parametrize("number", [math.nan, math.inf, -1e300])
def test_a_memory_that_is_none_reads_nothing_beyond_its_corridor(leaf: int, number: float) -> None:
    engine = with_alarm()
    kept = engine.snapshot()
    memory = kept.rule_rows["memory"]
    memory["leaf"], memory["x"], memory["along_m"] = leaf, math.nan, number
    engine.restore(kept)
    assert engine.step([fix(40, 100, 90)]).discard.tolist() == [0]


def test_only_rows_that_changed_are_given_to_the_store() -> None:
    engine = Engine([rule(), rule(name="asleep", window=Window.parse("Mon 07:00-08:00", zone="UTC"))])
    step = engine.step([fix(0, 0)])
    assert [key.rule for key in step.changed.rules] == ["deviation"]
    assert np.array_equal(step.changed.device_rows, engine.snapshot().device_rows)


# What is refused


def test_two_rules_of_one_name_and_device_are_refused() -> None:
    with pytest.raises(RuleError, match='device "anna" has two rules "deviation"'):
        Engine([rule(), rule(corridor=straight(50))])
    Engine([rule(), rule("ben"), rule(name="other")])


def test_a_pattern_and_a_device_that_it_takes_in_are_refused_under_one_name() -> None:
    """Their visits would be saved under one key."""
    near, far = (Fence.circle(lon, 48.0, 100.0) for lon in (16.0, 17.0))
    for wide, narrow in [("*", "anna"), ("*", "van *"), ("van ?", "van 7")]:
        for devices in [(wide, narrow), (narrow, wide)]:
            with pytest.raises(RuleError, match='has two rules "geofence"'):
                Engine([Geofence(fence, device) for fence, device in zip((near, far), devices, strict=True)])
    with pytest.raises(RuleError, match='device "anna" has two rules "deviation"'):
        Engine([rule(), Geofence(near, "*", name="deviation")])
    Engine([Geofence(near, "van *"), Geofence(far, "bus *"), Geofence(far, "*", name="far")])


def test_where_two_patterns_of_one_name_meet_the_first_judges() -> None:
    fence = Fence.circle(16.0, 48.0, 100.0, name="yard")
    engine = Engine([Geofence(fence, "a*"), Geofence(fence, "*b")])
    seen = [Fix(device, START, 16.0, 48.0, accuracy_m=0.0) for device in ("a", "ab", "b")]
    assert [each.device for each in engine.step(seen).transitions] == ["a", "ab", "b"]


@pytest.mark.parametrize("speed", [0.0, -1.0, math.inf, math.nan])
def test_a_speed_limit_that_is_none_is_refused(speed: float) -> None:
    with pytest.raises(RuleError, match="max_speed_mps"):
        Engine([], max_speed_mps=speed)


@pytest.mark.parametrize("now", [math.nan, math.inf])
def test_a_time_that_is_none_is_refused(now: float) -> None:
    with pytest.raises(StateError, match="finite"):
        Engine([]).step((), now=now)
