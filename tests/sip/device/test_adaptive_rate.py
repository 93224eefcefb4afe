"""The adaptive rate: its table, what it does on streets drawn by hand, and what it saves on real ones."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.thinning import STANDING_S, commuter, limerick, standing, thinned
from corridor.fix import Fix
from sip.device.adaptive_rate import TABLE, Act, AdaptiveRate, Pace, Seen, Standing, way_m
from sip.device.publish_policy import PublishPolicy
from sip.errors import CallerError

METRE = 1 / 111_319  # degrees of longitude at the equator, a hair over
RATE = AdaptiveRate()


def at(seconds: float, east_m: float, north_m: float = 0.0, *, accuracy_m: float | None = None) -> Fix:
    return Fix("anna", seconds, east_m * METRE, north_m * METRE, accuracy_m=accuracy_m)


def times(fixes: Sequence[Fix], rate: AdaptiveRate = RATE) -> list[float]:
    wants = rate.chooser()
    return [fix.time for fix in fixes if wants(fix)]


def straight(speed_mps: float, until_s: int) -> list[Fix]:
    return [
        replace(at(float(t), speed_mps * t), speed_mps=speed_mps, course_deg=90.0) for t in range(until_s + 1)
    ]


def test_each_pace_knows_what_to_do_with_each_sight() -> None:
    assert set(TABLE) == set(itertools.product(Pace, Seen))
    for (pace, seen), (following, act) in TABLE.items():
        assert following is not Pace.UNKNOWN
        if pace is Pace.UNKNOWN:
            assert (following, act) == (Pace.MOVING, Act.SEND)
        elif act is Act.HOLD:
            assert following is pace, seen  # no change is kept from the server


def test_straight_on_it_speaks_by_distance_and_time_alone() -> None:
    assert times(straight(20.0, 60)) == [0, 15, 30, 45, 60]  # 300 m
    assert times(straight(2.0, 180)) == [0, 60, 120, 180]


def test_a_turn_is_told_as_soon_as_it_is_off_the_expected_line() -> None:
    road = straight(10.0, 20)
    turned = [replace(at(20.0 + t, 200.0, 10.0 * t), speed_mps=10.0, course_deg=0.0) for t in range(1, 20)]
    assert times(road + turned)[1] == 22  # 20 m beside the line; the limit is 15


def test_standing_is_told_once_and_then_by_heartbeats() -> None:
    ride = straight(10.0, 30)
    rest = [replace(at(30.0 + t, 300.0), speed_mps=0.0) for t in range(1, 1_000)]
    told = [time for time in times(ride + rest) if time > 40]
    assert told[0] <= 125
    assert len(told) <= 1_000 / RATE.heartbeat_s + 2
    gaps = [b - a for a, b in itertools.pairwise(told)]
    assert max(gaps) == RATE.heartbeat_s


@pytest.mark.parametrize("step_s", [1, 10, 30])
def test_one_sign_of_life_that_is_lost_is_no_silence(step_s: int) -> None:
    usual_silence_s = 180  # of the silence rules of most presets
    told = times([replace(at(float(t), 0.0), speed_mps=0.0) for t in range(0, 3_600, step_s)])
    assert max(after - before for before, after in zip(told, told[2:], strict=False)) <= usual_silence_s


def test_going_on_after_a_stand_is_told_at_once() -> None:
    rest = [at(float(t), 0.0) for t in range(300)]
    going = [at(300.0 + t, 5.0 * (t + 1)) for t in range(10)]
    assert any(300 <= time <= 306 for time in times(rest + going))


def test_a_vague_place_is_no_movement() -> None:
    jumps = [at(10.0 * n, 80.0 * (n % 2), accuracy_m=100.0) for n in range(60)]
    assert len(times(jumps)) <= 600 / RATE.heartbeat_s + 2
    exact = [replace(fix, accuracy_m=5.0) for fix in jumps]
    assert len(times(exact)) > 50


def test_one_time_that_is_years_ahead_does_not_silence_the_device() -> None:
    years_s = 1_024 * 604_800.0  # the week number of GPS is 10 bits
    rest = [at(float(t), 0.0) for t in range(0, 600, 5)]
    wrong = replace(rest[1], time=rest[1].time + years_s)
    told = times([rest[0], wrong, *rest[1:]])
    assert told[:3] == [0.0, wrong.time, 5.0]
    assert told[3:] == times(rest[1:])[1:]


@pytest.mark.parametrize("seconds", [[0, 0, 0], [5, 4, 3], [0, 100, 100]])
def test_a_time_that_does_not_grow_is_never_told(seconds: list[int]) -> None:
    told = times([at(float(t), 1_000.0 * n) for n, t in enumerate(seconds)])
    assert told == sorted(set(told))


def test_numbers_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(CallerError, match="stand_m is -1"):
        AdaptiveRate(stand_m=-1)
    with pytest.raises(CallerError, match=r"heartbeat_s 10 is shorter than at_least_every_s 60; give 60"):
        AdaptiveRate(heartbeat_s=10)
    with pytest.raises(CallerError, match=r"heartbeat_s 75 .*; give 100 or more"):  # it was not given
        AdaptiveRate(at_least_every_s=100)


fixes = st.lists(
    st.tuples(
        st.floats(0.1, 400.0),
        st.floats(-179.0, 179.0),
        st.floats(-80, 80),
        st.one_of(st.none(), st.floats(0, 60)),
    ),
    max_size=40,
)


@given(fixes, st.integers(0, 40))
def test_it_can_be_cut_anywhere_and_is_never_silent_longer_than_a_heartbeat(
    steps: list[tuple[float, float, float, float | None]], cut: int
) -> None:
    clock = itertools.accumulate(step[0] for step in steps)
    track = [
        Fix("anna", 1e9 + t, lon, lat, speed_mps=speed, course_deg=90.0)
        for t, (_, lon, lat, speed) in zip(clock, steps, strict=True)
    ]
    standing, acts = Standing(), []
    for number, fix in enumerate(track):
        if number == cut:
            standing = replace(standing)  # all there is of it is a value
        standing, act = RATE.step(standing, fix)
        acts.append(act)
    told = [fix.time for fix, act in zip(track, acts, strict=True) if act is Act.SEND]
    assert told == times(track)
    if track:
        assert told[0] == track[0].time
    for before, fix in itertools.pairwise(track):
        newest = max(time for time in told if time <= before.time)
        if fix.time - newest >= RATE.heartbeat_s:
            assert fix.time in told


def test_the_way_is_measured_as_by_a_geodesic() -> None:
    from pyproj import Geod

    geod = Geod(ellps="WGS84")
    for lon, lat in [(16.37, 48.2), (179.999, -17.0), (0.0, 0.0), (-70.0, 70.0)]:
        for course in range(0, 360, 30):
            far_lon, far_lat, _ = geod.fwd(lon, lat, course, 5_000.0)
            east_m, north_m = way_m(Fix("a", 0, lon, lat), Fix("a", 0, far_lon, far_lat))
            assert math.hypot(east_m, north_m) == pytest.approx(5_000, rel=2e-3)
            off_deg = math.degrees(math.atan2(east_m, north_m)) - course
            assert (off_deg + 180) % 360 - 180 == pytest.approx(0, abs=0.3)


@pytest.mark.data
@pytest.mark.parametrize(("trips", "share", "p99_m"), [(limerick, 0.085, 15.0), (commuter, 0.122, 20.0)])
def test_on_real_ways_fewer_fixes_draw_a_truer_line(
    shared_data: Path, trips: Callable[[Path], list[list[Fix]]], share: float, p99_m: float
) -> None:
    recorded = trips(shared_data / "traces")
    adaptive, steady = thinned(recorded, RATE), thinned(recorded, PublishPolicy())
    assert adaptive.share < share
    assert adaptive.share < 0.95 * steady.share
    assert adaptive.p99_m < p99_m
    assert adaptive.p99_m < steady.p99_m


def test_a_phone_on_a_table_says_little_more_than_heartbeats() -> None:
    still = thinned(standing(), RATE)
    assert still.sent <= STANDING_S / RATE.heartbeat_s + 4
    assert still.sent < 0.82 * thinned(standing(), PublishPolicy()).sent
