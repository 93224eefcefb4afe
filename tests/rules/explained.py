"""Scenes whose explanations are kept in ``explanations.txt``; run as a program it writes them anew."""

import sys
from collections.abc import Iterator, Mapping

from corridor import Fence, FenceSet
from rules import (
    Arrival,
    Condition,
    Deviation,
    Discard,
    Engine,
    Geofence,
    Movement,
    Progress,
    Proximity,
    Silence,
    Speed,
    Window,
    WrongWay,
)
from rules.explaining.explain import explain
from rules.explaining.moment import Moment
from rules.explaining.standing import Standing
from rules.rule import Rule
from tests.rules.ground import LAT, LON, START, fix, straight

HOURS = Window.parse("Thu 00:00-00:05", zone="UTC")
SCHOOL = Fence.circle(LON, LAT, 100.0, name="school")

# A line of a scene is as in ``watch_drive.py``: seconds, east, north, accuracy, speed, course; or time alone.
# One of another device is not explained.
SCENES: Mapping[str, tuple[list[Rule], str]] = {
    "a detour from leaving to being back": (
        [Deviation(straight(), "anna")],
        """
        0 100 0 10
        10 110 60 10
        20 120 60 10
        25 130 60 10
        30 140 60 10
        40 150 60 10
        50 160 20 10
        60 170 20 10
        """,
    ),
    "far beyond doubt": (
        [Deviation(straight(), "anna", starts="at_once")],
        """
        0 100 200 10
        5 100 200 10
        """,
    ),
    "vague fixes change nothing, near the edge or far": (
        [Deviation(straight(), "anna")],
        """
        0 100 0 10
        10 110 45 10
        20 110 300 400
        30 110 60 10
        40 110 300 400
        300 110 60 10
        """,
    ),
    "not started, and started": (
        [Deviation(straight(), "anna", starts="at_start")],
        """
        0 500 90 10
        10 500 0 10
        20 50 0 10
        """,
    ),
    "the end is reached": (
        [Deviation(straight(), "anna")],
        """
        0 0 0 10
        300 500 0 10
        600 950 0 10
        700 990 0 10
        """,
    ),
    "the hours are over": (
        [Deviation(straight(), "anna", starts="at_once", confirm_fixes=1, confirm_s=0, window=HOURS)],
        """
        0 100 60 10
        310
        320 100 60 10
        """,
    ),
    "what is discarded": (
        [Deviation(straight(), "anna")],
        """
        0 100 0 10
        30 4300 0 10
        10 100 0 10
        10 100 0 10
        5 100 0 10
        100000 100 0 10
        """,
    ),
    "in and out of a fence": (
        [Geofence(SCHOOL, "anna", "at_school", confirm_fixes=2, confirm_s=10)],
        """
        0 300 0 10
        10 20 0 10
        20 20 0 10
        30 20 0 400
        40 150 0 10
        50 150 0 10
        """,
    ),
    "too fast, but not for long, then for long": (
        [Speed(device="anna", limit_mps=10.0)],
        """
        0 0 0 10 5
        10 100 0 10 12
        15 200 0 10 12
        20 300 0 10 12
        25 400 0 10 12
        30 500 0 10 9
        45 600 0 10 9
        """,
    ),
    "through a fence, and a long stay in it": (
        [Geofence(SCHOOL, "anna", "at_school", says=("enter", "cross", "dwell"), dwell_s=60.0)],
        """
        0 -300 0 10
        20 300 0 10
        40 20 0 10
        60 20 0 10
        200
        220 20 0 10
        """,
    ),
    "only in school": (
        [
            Geofence(SCHOOL, "anna", "at_school"),
            Speed(device="anna", limit_mps=3.0, condition=Condition("at_school", inside=True)),
            Deviation(straight(), "anna", condition=Condition("at_school", inside=True)),
        ],
        """
        0 300 0 10 5
        10 20 0 10 5
        """,
    ),
    "the wrong way": (
        [WrongWay(device="anna", corridor=straight(), confirm_fixes=2)],
        """
        0 300 0 5
        10 400 0 5
        20 370 0 5
        30 330 0 5
        40 300 0 5
        50 300 90 5
        60 400 0 5
        70 420 0 5
        """,
    ),
    "silence, vague fixes, and being heard again": (
        [Silence(device="anna")],
        """
        0 0 0 10
        100 0 0 200
        250 0 0 200
        400 0 0 200
        450 0 0 10
        650
        700 0 0 10
        """,
    ),
    "late for school": (
        [Arrival(device="anna", name="to_school", fences=FenceSet([SCHOOL]), window=HOURS)],
        """
        0 400 0 10
        310
        400 130 0 200
        410 50 0 10
        420 50 0 10
        """,
    ),
    "a parked bicycle is moved": (
        [Movement(device="anna", rest_s=60.0)],
        """
        0 0 0 10
        10 55 0 10
        20 80 0 10
        30 120 0 10
        40 125 0 10
        95 125 0 10
        """,
    ),
    "too far from a companion": (
        [Proximity(device="anna", other="ben", farther_m=100.0, confirm_fixes=2, confirm_s=0.0)],
        """
        0 0 0 10
        10 0 20 10 @ben
        11 0 0 10
        20 0 200 10 @ben
        21 0 0 10
        200 0 0 10
        """,
    ),
    "stalled on the way": (
        [Progress(device="anna", corridor=straight(), stall_s=60.0)],
        """
        0 0 0 10
        10 60 0 10
        20 100 0 10
        40 300 0 10
        50 310 0 10
        112 312 0 10
        120 400 0 10
        130 450 0 10
        140 450 90 10
        190 950 0 10
        """,
    ),
}


def told(name: str) -> str:
    """Write what is explained, line by line."""
    rules, story = SCENES[name]
    engine = Engine(rules, run_start=START + 3600.0)
    lines = [f"== {name}"]
    for line in filter(None, map(str.strip, story.splitlines())):
        lines.append(line)
        numbers, _, other = line.partition("@")
        moment = _moment(engine, numbers, other or "anna")
        lines += [] if other else _lines(rules, moment)
    return "\n".join(lines) + "\n"


def _moment(engine: Engine, line: str, device: str) -> Moment:
    seconds, *place = line.split()
    before = Standing.of(engine.snapshot(), "anna")
    time = START + float(seconds)
    if not place:
        said = engine.step((), now=time).transitions
        return Moment(before=before, after=Standing.of(engine.snapshot(), "anna"), time=time, said=said)
    east_m, north_m, accuracy_m, *stated = map(float, place)
    speed_mps = stated[0] if stated else None
    seen = fix(float(seconds), east_m, north_m, accuracy_m=accuracy_m, device=device, speed_mps=speed_mps)
    step = engine.step([seen])
    return Moment(
        before=before,
        after=Standing.of(engine.snapshot(), "anna"),
        time=time,
        fix=seen,
        discard=(None, *Discard)[int(step.discard[0])],
        said=step.transitions,
    )


def _lines(rules: list[Rule], moment: Moment) -> Iterator[str]:
    for each in explain(rules, moment):
        yield f"  {each.rule}: {each.before} -> {each.after}, {each.found}"
        yield from (f"    {why}" for why in each.why)


if __name__ == "__main__":
    sys.stdout.write("\n".join(map(told, SCENES)))
