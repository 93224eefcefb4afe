"""Random streams: the engine says what the plain oracle says, however the stream is cut."""

import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import Corridor, Fix
from rules import Deviation, Discard, Engine, Snapshot, Transition, Window
from tests.rules.ground import START, corridor, fix
from tests.rules.oracle import Oracle, Said

RUN_START = START + 3000.0


CORNERS = (
    ((0.0, 0.0), (1000.0, 0.0)),
    ((0.0, 0.0), (300.0, 0.0), (300.0, 300.0), (0.0, 300.0), (0.0, 0.0)),  # a loop
    ((0.0, 0.0), (400.0, 0.0), (400.0, 90.0), (0.0, 90.0)),  # out and back
    ((0.0, 0.0), (300.0, 0.0), (500.0, 200.0), (700.0, 0.0), (1000.0, 0.0)),  # round a part of the first
)


@cache
def corridors() -> tuple[Corridor, ...]:
    return tuple(
        corridor(*corners, half_width_m=w, name=name)
        for corners, w, name in zip(CORNERS, (40, 30, 35, 45), "abcd", strict=True)
    )


WINDOWS = (
    None,
    None,
    None,
    Window.parse("daily 00:00-00:05, 00:07-00:12, 00:12-00:20, 00:21-24:00", zone="UTC"),
)


@dataclass(frozen=True)
class Leg:
    """Some fixes of one device, one after the other, along a path; `count` 0 is a timer."""

    device: str
    count: int
    every_s: float
    along_m: float | None  # None: go on from where it is
    step_m: float
    north_m: float
    accuracy_m: float | None


NUMBERS: dict[str, st.SearchStrategy[Any]] = {
    "confirm_fixes": st.sampled_from([1, 2, 3]),
    "confirm_s": st.sampled_from([0.0, 15.0, 20.0]),
    "starts": st.sampled_from(["on_path", "at_start", "at_once"]),
    "ends": st.sampled_from(["at_end", "at_end", "never"]),
    "silence_s": st.sampled_from([60.0, 180.0]),
    "clear_probability": st.sampled_from([0.1, 0.35]),
    "default_accuracy_m": st.sampled_from([None, 35.0]),
    "window": st.sampled_from(WINDOWS),
    "skip_m": st.sampled_from([None, 1.0, 150.0]),
}
LEGS = st.builds(
    Leg,
    device=st.sampled_from(["anna"] * 12 + ["ben", "carl"]),
    count=st.sampled_from([4, 12, 12, 4, 4, 3, 2, 1, 0]),
    every_s=st.sampled_from([10.0] * 12 + [5.0, 20.0, 60.0, 250.0, 1000.0, 0.0, -30.0]),
    along_m=st.sampled_from([None] * 16 + [0.0, 50.0, 290.0, 950.0, 60_000.0]),
    step_m=st.sampled_from([60.0] * 5 + [100.0, 100.0, 20.0, 0.0, -40.0]),
    north_m=st.sampled_from([0.0] * 10 + [20.0, 33.0, 39.0, 55.0, 90.0, 150.0, 300.0, 5000.0]),
    accuracy_m=st.sampled_from([10.0] * 12 + [0.0, 5.0, 30.0, 65.0, 400.0, 5000.0, None]),
)


@st.composite
def scenes(draw: st.DrawFn, legs: int) -> tuple[list[Deviation], list[Fix | float]]:
    """Give rules, most of them about the path that is driven, and the fixes and timers of a drive."""
    driven = draw(st.integers(0, 3))
    legal = st.lists(st.sampled_from([driven, driven, 0, 0, 1, 2, 3]), min_size=1, max_size=3, unique=True)
    rules = [
        Deviation(
            [corridors()[number] for number in draw(legal)],
            draw(st.sampled_from(["anna", "anna", "ben"])),
            name=f"rule {number}",
            **{key: draw(values) for key, values in NUMBERS.items()},
        )
        for number in range(draw(st.integers(1, 3)))
    ]
    return rules, events(draw(st.lists(LEGS, min_size=3, max_size=legs)), driven)


def events(legs: list[Leg], driven: int) -> list[Fix | float]:
    """Give fixes, and timers as the time at which they fire."""
    out: list[Fix | float] = []
    time, along_m = 0.0, 0.0
    for leg in legs:
        if not leg.count:
            out.append(START + time + leg.every_s)
        along_m = along_m if leg.along_m is None else leg.along_m
        for _ in range(leg.count):
            time = max(time + leg.every_s, 0.0)
            east_m, north_m = point(CORNERS[driven], along_m)
            out.append(fix(time, east_m, north_m + leg.north_m, accuracy_m=leg.accuracy_m, device=leg.device))
            along_m += leg.step_m
    return out


def point(corners: tuple[tuple[float, float], ...], along_m: float) -> tuple[float, float]:
    """Give the place so far along the corners, beyond the last one in its direction."""
    for at, (a, b) in enumerate(pairwise(corners)):
        length_m = math.dist(a, b)
        if along_m <= length_m or at == len(corners) - 2:
            share = along_m / length_m
            return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
        along_m -= length_m
    raise AssertionError(corners)


def brief(transitions: tuple[Transition, ...]) -> list[Said]:
    return [
        (
            *(t.rule, t.device, t.kind, t.reason, t.time, t.episode, t.starts_at, t.closes_alarm),
            *(t.path, t.value),
        )
        for t in transitions
    ]


def words(codes: list[int]) -> list[str]:
    return ["" if not code else tuple(Discard)[code - 1].value for code in codes]


def same(a: Snapshot, b: Snapshot) -> bool:
    return (
        (a.devices, a.rules) == (b.devices, b.rules)
        and a.device_rows.tobytes() == b.device_rows.tobytes()
        and a.rule_rows.tobytes() == b.rule_rows.tobytes()
    )


def runs(stream: list[Fix | float], cuts: set[int]) -> list[list[Fix] | float]:
    """Cut a stream before the positions `cuts`, and round each timer."""
    out: list[list[Fix] | float] = []
    for at, event in enumerate(stream):
        if isinstance(event, float):
            out.append(event)
        elif out and isinstance(out[-1], list) and at not in cuts:
            out[-1].append(event)
        else:
            out.append([event])
    return out


NOW = st.sampled_from([None, None, None, START + 600.0, START + 9000.0])


@settings(max_examples=300, deadline=None)
@given(
    scenes(legs=24),
    NOW,
    st.sets(st.integers(0, 80)),
)
def test_the_engine_says_what_the_oracle_says_however_the_stream_is_cut(
    scene: tuple[list[Deviation], list[Fix | float]], now: float | None, cuts: set[int]
) -> None:
    rules, stream = scene
    oracle = Oracle(rules, run_start=RUN_START)
    engine = Engine(rules, run_start=RUN_START)
    for run in runs(stream, cuts):
        if isinstance(run, float):
            assert brief(engine.step((), now=run).transitions) == oracle.fire(run)
            continue
        step = engine.step(run, now=now)
        said, discards = oracle.fold(run, now)
        assert words(step.discard.tolist()) == discards
        assert brief(step.transitions) == said


@settings(max_examples=150, deadline=None)
@given(
    scenes(legs=16),
    NOW,
    st.sets(st.integers(0, 60)),
)
def test_a_stream_cut_saved_undone_and_restored_anywhere_goes_on_the_same(
    scene: tuple[list[Deviation], list[Fix | float]], now: float | None, cuts: set[int]
) -> None:
    rules, stream = scene
    whole, cut = Engine(rules, run_start=RUN_START), Engine(rules, run_start=RUN_START)
    for run in runs(stream, cuts):
        fixes, wall = ((), run) if isinstance(run, float) else (run, now)
        before = cut.snapshot()
        cut.undo(cut.step(fixes, now=wall))
        assert same(cut.snapshot(), before)
        fresh = Engine(rules, run_start=RUN_START)
        assert fresh.restore(saved(before)) == ()
        assert same(fresh.snapshot(), before)
        assert fresh.next_wake == cut.next_wake
        cut = fresh
        step = cut.step(fixes, now=wall)
        assert brief(step.transitions) == brief(whole.step(fixes, now=wall).transitions)
        assert same(cut.snapshot(), applied(before, step.changed))
    assert same(cut.snapshot(), whole.snapshot())


def saved(snapshot: Snapshot) -> Snapshot:
    """Take a snapshot through bytes, as a store does."""
    return Snapshot.from_rows(
        snapshot.layout,
        [(name, row.tobytes()) for name, row in zip(snapshot.devices, snapshot.device_rows, strict=True)],
        [(key, row.tobytes()) for key, row in zip(snapshot.rules, snapshot.rule_rows, strict=True)],
    )


def applied(before: Snapshot, changed: Snapshot) -> Snapshot:
    """Upsert changed rows into a snapshot, as a store does."""
    devices = dict(zip(before.devices, (row.tobytes() for row in before.device_rows), strict=True))
    devices |= zip(changed.devices, (row.tobytes() for row in changed.device_rows), strict=True)
    rules = dict(zip(before.rules, (row.tobytes() for row in before.rule_rows), strict=True))
    rules |= zip(changed.rules, (row.tobytes() for row in changed.rule_rows), strict=True)
    return Snapshot.from_rows(before.layout, devices.items(), rules.items())
