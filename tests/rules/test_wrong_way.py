"""The wrong-way rule: golden drives, a plain oracle, and going on from saved state."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import Corridor, Fix
from rules import Engine, WrongWay
from tests.rules.ground import START, corridor, fix, path, straight
from tests.rules.watch_drive import drive

OUT_AND_BACK = corridor((0, 0), (500, 0), (500, 30), (0, 30), half_width_m=40)

DRIVES: dict[str, tuple[dict[str, Any], str]] = {
    "three fixes surely 50 m behind the farthest place raise; as many ahead of where it turned clear": (
        {},
        """
        0 300 0 10 |
        10 400 0 10 |
        20 350 0 10 |
        30 331 0 10 |
        40 329 0 10 |
        50 310 0 10 |
        60 290 0 10 | wrong_way confirmed @60
        70 250 0 10 |
        80 300 0 10 |
        90 321 0 10 |
        100 340 0 10 |
        110 360 0 10 | right_way confirmed @110 of 40
        120 420 0 10 |
        """,
    ),
    "whoever goes home after all is told of once, however far": (
        {},
        """
        0 400 0 10 |
        10 320 0 10 |
        20 240 0 10 |
        30 160 0 10 | wrong_way confirmed @30
        40 80 0 10 |
        50 0 0 10 |
        60 0 0 10 |
        """,
    ),
    "noise at a stop is no way back, the larger it is stated the less": (
        {"confirm_fixes": 1},
        """
        0 400 0 30 |
        10 440 0 30 |
        20 380 0 30 |
        30 430 0 30 |
        40 372 0 30 |
        50 445 0 30 |
        60 360 0 30 |
        """,
    ),
    "a fix vaguer than what is asked neither counts nor resets": (
        {},
        """
        0 400 0 10 |
        10 320 0 10 |
        20 320 0 60 |
        30 310 0 10 |
        40 900 0 3000 |
        50 300 0 10 | wrong_way confirmed @50
        """,
    ),
    "a course along the path says that it goes on, and a course against it that it does not": (
        {},
        """
        0 400 0 10 10 90 |
        10 300 0 10 10 90 |
        20 290 0 10 10 90 |
        30 280 0 10 10 90 |
        40 270 0 10 10 270 |
        50 260 0 10 10 149 |
        60 250 0 10 10 270 |
        70 240 0 10 10 270 |
        80 230 0 10 10 151 | wrong_way confirmed @80
        90 330 0 10 10 270 |
        100 340 0 10 10 90 |
        110 350 0 10 10 90 |
        120 360 0 10 10 90 | right_way confirmed @120 of 60
        """,
    ),
    "the course of a device that stands is noise": (
        {},
        """
        0 400 0 10 10 90 |
        10 300 0 10 0.2 90 |
        20 300 0 10 0.4 90 |
        30 300 0 10 0 45 | wrong_way confirmed @30
        """,
    ),
    "what it went back off the path does not count, nor what nobody saw": (
        {},
        """
        0 400 0 10 |
        10 350 200 10 |
        20 250 200 10 |
        30 150 0 10 |
        40 170 0 10 |
        50 190 0 10 |
        60 210 0 10 |
        300 0 0 10 |
        310 20 0 10 |
        320 40 0 10 |
        330 60 0 10 |
        """,
    ),
    "one outlier on the way back costs one step": (
        {},
        """
        0 400 0 10 |
        10 370 0 10 |
        20 340 0 10 |
        30 320 200 10 |
        40 290 0 10 |
        50 260 0 10 |
        60 230 0 10 |
        70 200 0 10 | wrong_way confirmed @70
        """,
    ),
    "out and back the way home is not wrong, and turning on it is": (
        {"corridor": OUT_AND_BACK},
        """
        0 200 0 10 |
        10 350 0 10 |
        20 490 5 10 |
        30 440 28 10 |
        40 390 30 10 |
        50 340 30 10 |
        60 290 30 10 |
        70 240 30 10 |
        80 190 30 10 |
        90 240 30 10 |
        100 290 30 10 |
        110 310 30 10 |
        120 330 30 10 | wrong_way confirmed @120
        """,
    ),
    "a directed corridor is one for this rule too": (
        {"corridor": Corridor(path((0, 0), (1000, 0)), 40, directed=True)},
        """
        0 400 0 10 10 90 |
        10 320 0 10 10 270 |
        20 310 0 10 10 270 |
        30 300 0 10 10 270 | wrong_way confirmed @30
        """,
    ),
    "a wide corridor asks for its half width": (
        {"corridor": straight(100)},
        """
        0 400 0 10 |
        10 310 0 10 |
        20 300 0 10 |
        30 290 0 10 |
        40 279 0 10 |
        50 270 0 10 |
        60 260 0 10 | wrong_way confirmed @60
        """,
    ),
}


@pytest.mark.parametrize("story", DRIVES)
def test_drive(story: str) -> None:
    numbers, lines = DRIVES[story]
    drive(WrongWay(**{"corridor": straight(), "device": "anna", **numbers}), lines)


def test_the_evidence_is_how_far_back_it_is_and_what_was_allowed() -> None:
    engine = Engine([WrongWay(corridor=straight(), device="anna", confirm_fixes=1)])
    (said,) = engine.step([fix(0, 400), fix(10, 300)]).transitions
    assert said.as_json()["back_m"] == pytest.approx(90, abs=0.01)
    assert said.as_json()["limit_m"] == 50.0
    assert said.along_track_m == pytest.approx(300, abs=0.01)


@dataclass
class Oracle:
    """The rule once more, for a straight path, an object for each fix."""

    rule: WrongWay
    raised: bool = False
    kept_m: float | None = None
    before_m: float | None = None
    seen_since: bool = False  # on the path at the fix before that could be judged
    last: Fix | None = None
    run: list[tuple[bool, float]] = field(default_factory=list)
    since: float = 0.0

    def fold(self, seen: Fix, along_m: float, aside_m: float) -> list[str]:
        if self.last is not None and seen.time - self.last.time > self.rule.silence_s:
            self.run, self.seen_since = [], False
        self.last = seen
        assert seen.accuracy_m is not None
        vague_m, limit_m = seen.accuracy_m, max(self.rule.back_m, self.rule.corridor.half_width_m)
        if vague_m > limit_m:
            return []
        margin_m = aside_m - self.rule.corridor.half_width_m
        if margin_m > 0:
            self.seen_since = self.seen_since and margin_m <= vague_m
            return []
        if self.kept_m is not None and self.before_m is not None and not self.seen_since:
            self.kept_m += along_m - self.before_m
        self.before_m, self.seen_since = along_m, True
        return self.judge(seen, along_m, vague_m, limit_m)

    def judge(self, seen: Fix, along_m: float, vague_m: float, limit_m: float) -> list[str]:
        way = -1 if self.raised else 1
        sure_m = along_m - way * vague_m
        if self.kept_m is None or way * sure_m > way * self.kept_m:
            self.kept_m = sure_m
        turned_m = way * (self.kept_m - along_m)
        against = seen.course_deg is not None and abs((seen.course_deg - 90 + 180) % 360 - 180) > 60
        denied = seen.course_deg is not None and against == self.raised
        if turned_m + vague_m < limit_m or denied:
            turned = False
        elif turned_m - vague_m >= limit_m:
            turned = True
        else:
            return []
        if self.run and self.run[-1][0] != turned:
            self.run = []
        self.run.append((turned, seen.time))
        if not turned or len(self.run) < self.rule.confirm_fixes:
            return []
        if seen.time - self.run[0][1] < self.rule.confirm_s:
            return []
        said = "right_way" if self.raised else "wrong_way"
        self.since = self.since if self.raised else self.run[0][1]
        self.raised = not self.raised
        self.kept_m = along_m + vague_m if self.raised else along_m - vague_m
        self.run = [(False, time) for _, time in self.run]  # the same fixes now say that it has not turned
        return [f"{said} @{seen.time - START:g} of {self.since - START:g}"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from([10.0] * 8 + [60.0, 200.0]),
        st.sampled_from([60.0, 60.0, 30.0, 5.0, -5.0, -30.0, -60.0, -60.0]),
        st.sampled_from([0.0] * 12 + [38.0, 45.0, 300.0]),
        st.sampled_from([0.71, 5.13, 10.37, 10.37, 10.37, 30.92, 55.0, 400.0]),
        st.sampled_from([None] * 6 + [90.0, 270.0, 145.0]),
        st.integers(1, 5),
    ),
    min_size=3,
    max_size=30,
)


LONG = corridor(*((east_m, 0) for east_m in range(0, 20_001, 500)))  # short edges: straight in degrees too


@settings(max_examples=150, deadline=None)
@given(STEPS, st.sampled_from([1, 2, 3]), st.sampled_from([0.0, 20.0]), st.sets(st.integers(0, 60)))
def test_the_rule_says_what_a_plain_oracle_says_also_from_saved_state(
    steps: list[tuple[float, float, float, float, float | None, int]],
    confirm_fixes: int,
    confirm_s: float,
    cuts: set[int],
) -> None:
    rule = WrongWay(corridor=LONG, device="anna", confirm_fixes=confirm_fixes, confirm_s=confirm_s)
    engine, oracle = Engine([rule]), Oracle(rule)
    time, along_m, number = 0.0, 10_000.25, 0
    for every_s, step_m, aside_m, accuracy_m, course_deg, count in steps:
        for _ in range(count):
            time, along_m, number = time + every_s, along_m + step_m, number + 1
            seen = fix(time, along_m, aside_m, accuracy_m=accuracy_m, course_deg=course_deg)
            if number in cuts:
                saved, engine = engine.snapshot(), Engine([rule])
                assert engine.restore(saved) == ()
            said = engine.step([seen]).transitions
            assert [
                f"{each.kind} @{each.time - START:g} of {each.starts_at - START:g}" for each in said
            ] == oracle.fold(seen, along_m, aside_m)
