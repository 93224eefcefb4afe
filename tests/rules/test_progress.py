"""The progress rule: golden drives, what it refuses, and going on from saved state."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import Corridor, Path
from rules import Engine, Progress, RuleError, Snapshot, Transition, Window
from tests.rules.ground import START, corridor, fix, lon_lat
from tests.rules.watch_drive import drive, told


def timed(*stops: tuple[float, float], half_width_m: float = 40) -> Corridor:
    """Give a corridor to the east from (metres, seconds) of its vertices."""
    lon, lat = zip(*(lon_lat(east_m, 0) for east_m, _ in stops), strict=True)
    return Corridor(Path(lon, lat, elapsed_s=[time_s for _, time_s in stops]), half_width_m)


MILE = timed((0, 0), (1000, 600), (2000, 1200))  # 1.67 m/s
MORNING = Window.parse("daily 00:00-02:00", zone="UTC")

DRIVES: dict[str, tuple[dict[str, Any], str]] = {
    "a trip starts where it was last seen at its first place, and arrives": (
        {"late_s": 300.0},
        """
        0 0 0 10 |
        300 5 0 10 |
        330 55 0 10 |
        360 105 0 10 | started first_inside @360
        600 500 0 10 |
        900 1000 0 10 |
        1400 1850 0 10 |
        1500 1950 0 10 | arrived end_reached @1500
        1600 2000 0 10 |
        2500 2000 0 10 |
        """,
    ),
    "within 30 m for five minutes is stalled; two fixes elsewhere are moving": (
        {},
        """
        0 0 0 10 |
        60 100 0 10 |
        120 200 0 10 | started first_inside @120
        180 300 0 10 |
        240 400 0 10 |
        300 420 0 10 |
        400 390 0 10 |
        500 440 0 10 |
        539 400 0 10 |
        540 400 0 10 | stalled stayed @540
        600 700 0 10 |
        660 400 0 10 |
        720 460 0 10 |
        780 480 0 10 | moving confirmed @780 of 240
        840 560 0 10 |
        """,
    ),
    "at the end nothing stalls, and before the start neither": (
        {},
        """
        0 0 0 10 |
        400 0 0 10 |
        800 0 0 10 |
        860 400 0 10 |
        920 900 0 10 | started first_inside @920
        980 1400 0 10 |
        1040 1910 0 10 | arrived end_reached @1040
        1400 1910 0 10 |
        1800 1910 0 10 |
        """,
    ),
    "off the path and too vague say nothing, but time goes on": (
        {},
        """
        0 0 0 10 |
        60 100 0 10 |
        120 200 0 10 | started first_inside @120
        200 200 300 10 |
        300 900 300 10 |
        400 900 0 81 |
        420 210 0 10 | stalled stayed @420
        """,
    ),
    "expected five minutes late is late, and half of that on time again": (
        {"late_s": 300.0},
        """
        0 0 0 10 |
        60 100 0 10 |
        120 200 0 10 | started first_inside @120
        300 300 0 10 |
        330 350 0 10 |
        360 370 0 10 | late confirmed @360
        390 400 0 10 |
        420 500 0 10 |
        450 700 0 10 | on_time confirmed @450 of 360
        480 800 0 10 |
        """,
    ),
    "who sends nothing is late when the plan and the allowance are over": (
        {"late_s": 300.0},
        """
        0 0 0 10 |
        60 100 0 10 |
        120 200 0 10 | started first_inside @120
        1499 |
        1500 | late deadline @1500
        1600 1950 0 10 | arrived end_reached @1600 of 1500
        """,
    ),
    "the timer fires before a fix that comes later": (
        {"late_s": 300.0, "stall_s": None},
        """
        0 0 0 10 |
        60 100 0 10 |
        120 200 0 10 | started first_inside @120
        1600 600 0 10 | late deadline @1500
        """,
    ),
    "with a departure the plan begins on the clock, and who still stands at the start is late": (
        {"late_s": 300.0, "departs": "00:05", "window": MORNING},
        """
        0 0 0 10 |
        300 0 0 10 |
        599 0 0 10 |
        600 0 0 10 | late confirmed @600
        660 400 0 10 | on_time confirmed @660 of 600
        720 800 0 10 |
        780 1200 0 10 |
        900 1950 0 10 | arrived end_reached @900
        """,
    ),
    "with a departure silence at the start is late too": (
        {"late_s": 300.0, "departs": "00:05", "window": MORNING},
        """
        0 0 0 10 |
        1799 |
        1801 | late deadline @1800
        7201 | ended window_closed @7200 of 1800
        """,
    ),
    "points are told once, in order, when passed; what lies behind the start is not": (
        {"points": {"bridge": 1000.0, "oak": 500.0, "home": 50.0}, "late_s": 300.0},
        """
        0 100 0 10 |
        60 300 0 10 |
        120 600 0 10 | started first_inside @120; passed reached @120
        180 1100 0 10 | passed reached @180
        240 900 0 10 |
        300 1100 0 10 |
        """,
    ),
    "without times points are told and nothing is late": (
        {"corridor": corridor((0, 0), (2000, 0)), "points": {"bridge": 1000.0}},
        """
        0 0 0 10 |
        60 300 0 10 |
        120 600 0 10 | started first_inside @120
        180 1100 0 10 | passed reached @180
        """,
    ),
    "an alarm at a time: late is not said to stall besides": (
        {"late_s": 60.0},
        """
        0 0 0 10 |
        60 100 0 10 |
        120 200 0 10 | started first_inside @120
        200 200 0 10 | late confirmed @200
        400 200 0 10 |
        600 200 0 10 |
        """,
    ),
    "half an hour away from the end the rule waits for the next trip": (
        {},
        """
        0 0 0 10 |
        60 400 0 10 |
        120 800 0 10 | started first_inside @120
        180 1950 0 10 | arrived end_reached @180
        240 1950 300 10 |
        2040 1000 300 10 |
        2100 0 0 10 |
        2160 200 0 10 |
        2220 400 0 10 | started first_inside @2220
        """,
    ),
    "who comes from the end has not started": (
        {},
        """
        0 1990 0 10 |
        300 1990 0 10 |
        600 1980 0 10 |
        """,
    ),
}


@pytest.mark.parametrize("story", DRIVES)
def test_drive(story: str) -> None:
    numbers, lines = DRIVES[story]
    drive(Progress(**{"corridor": MILE, "device": "anna", **numbers}), lines)


def said_of(rule: Progress, *fixes: tuple[float, float]) -> list[Transition]:
    engine = Engine([rule])
    return [each for seconds, east_m in fixes for each in engine.step([fix(seconds, east_m)]).transitions]


def test_a_passed_point_tells_its_name_how_late_it_was_there_and_when_the_end_is_reached() -> None:
    rule = Progress(corridor=MILE, device="anna", points={"bridge": 1000.0})
    passed = said_of(rule, (0, 0), (300, 250), (600, 500), (1200, 1000.1), (1260, 1050))[-1]
    assert passed.path == "bridge"
    pace = (1200 + 600) / (600 + 600)
    assert passed.as_json()["late_s"] == pytest.approx(600, abs=0.1)
    assert passed.eta == pytest.approx(START + 1200 + 600 * pace, abs=0.2)


def test_what_is_measured_stands_beside_what_is_allowed() -> None:
    rule = Progress(corridor=MILE, device="anna", late_s=300.0)
    *_, stalled, moving = said_of(rule, (0, 0), (60, 100), (120, 200), (440, 210), (500, 500), (530, 550))
    assert (stalled.value, stalled.limit) == (320.0, 300.0)
    assert (moving.value, moving.limit) == (410.0, 300.0)
    late = said_of(rule, (0, 0), (60, 100), (120, 200), (300, 240), (420, 280))[-1]
    assert {"late_s", "limit_s"} < set(late.as_json())
    assert late.value is not None
    assert late.value > (late.limit or 0.0) == 300.0
    assert late.eta == pytest.approx(START + 1200 + late.value, abs=0.1)


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ({"corridor": corridor((0, 0), (500, 0)), "late_s": 60.0}, "late_s is 60, but path has no times"),
        ({"departs": "7:10", "window": MORNING}, "departs is '7:10'; expected a time of day as 07:10"),
        ({"departs": "07:10"}, "departs needs a window: it is in the window's time zone"),
        ({"points": {"oak": 2500.0}}, 'point "oak": along_m is 2500.0; expected a number of at least 0'),
        ({"points": {f"p{at}": float(at) for at in range(251)}}, "251 points; at most 250 are counted"),
        ({"stall_s": 0.0}, "stall_s is 0.0; expected a number of more than 0"),
    ],
)
def test_what_cannot_be_is_refused(numbers: dict[str, Any], says: str) -> None:
    with pytest.raises(RuleError, match=f'rule "progress" of device "anna": {says}'.replace(".", r"\.")):
        Progress(**{"corridor": MILE, "device": "anna", **numbers})


STEPS = st.lists(
    st.tuples(
        st.sampled_from([30.0] * 6 + [10.0, 120.0, 400.0]),
        st.sampled_from([50.0, 50.0, 50.0, 20.0, 0.0, 0.0, -60.0, 300.0]),
        st.sampled_from([0.0] * 12 + [38.0, 300.0]),
        st.sampled_from([10.0] * 6 + [40.0, 400.0]),
        st.integers(1, 6),
    ),
    min_size=3,
    max_size=20,
)
RULES = (
    Progress(corridor=MILE, device="anna", late_s=120.0, points={"oak": 500.0, "bridge": 1000.0}),
    Progress(corridor=MILE, device="anna", name="stall", stall_s=100.0),
    Progress(corridor=MILE, device="anna", name="bus", late_s=60.0, departs="00:03", window=MORNING),
)


@settings(max_examples=100, deadline=None)
@given(STEPS, st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60), max_size=3))
def test_a_trip_cut_and_restored_anywhere_goes_on_the_same(
    steps: list[tuple[float, float, float, float, int]], cuts: set[int], timers: set[int]
) -> None:
    whole, cut = Engine(RULES), Engine(RULES)
    time = along_m = 0.0
    number = 0
    for every_s, step_m, aside_m, accuracy_m, count in steps:
        for _ in range(count):
            time, along_m, number = time + every_s, along_m + step_m, number + 1
            if number in cuts:
                cut = restored(cut)
            if number in timers:
                now = START + time - every_s / 2
                assert told(cut.step((), now=now).transitions) == told(whole.step((), now=now).transitions)
                assert cut.next_wake == whole.next_wake
            seen = fix(time, along_m, aside_m, accuracy_m=accuracy_m)
            assert wire(cut.step([seen]).transitions) == wire(whole.step([seen]).transitions)
    assert cut.snapshot().watch_rows.tobytes() == whole.snapshot().watch_rows.tobytes()


def wire(transitions: tuple[Transition, ...]) -> list[dict[str, str | float | int]]:
    return [each.as_json() for each in transitions]


def restored(engine: Engine) -> Engine:
    saved = engine.snapshot()
    rows = [(key, row.tobytes()) for key, row in zip(saved.watches, saved.watch_rows, strict=True)]
    devices = [(name, row.tobytes()) for name, row in zip(saved.devices, saved.device_rows, strict=True)]
    fresh = Engine(RULES)
    assert fresh.restore(Snapshot.from_rows(saved.layout, devices, [], [], rows)) == ()
    return fresh
