"""Margins where the half width changes: against brute force over the path; grace, direction and altitude."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corridor import Corridor, CorridorSet, LocalFrame, Path, PathError
from tests.corridor.geodesic_oracle import GEOD, Floats, _from_edge, _nearest_on_edge
from tests.corridor.places import Drive, drives

FRAME = LocalFrame(16.0, 48.0)
SHARP_DEG = 60.0


def corridor_of(xy_m: list[tuple[float, float]], half_width_m: Any, **terms: Any) -> Corridor:
    return Corridor(Path(*FRAME.from_enu(xy_m).T, name="school"), half_width_m, **terms)


def place_at(east_m: float, north_m: float) -> tuple[float, float]:
    lon, lat = FRAME.from_enu([east_m, north_m])[0].tolist()
    return lon, lat


def least_margin(drive: Drive, right_m: Floats, left_m: Floats) -> float:
    """Give the least of distance less half width over every edge, sampled finely and narrowed down."""
    azimuth, back, length_m = GEOD.inv(drive.lon[:-1], drive.lat[:-1], drive.lon[1:], drive.lat[1:])
    turn = (azimuth[1:] - back[:-1] - 180 + 180) % 360 - 180
    outer = np.concatenate([[0], np.where(np.abs(turn) > SHARP_DEG, -np.sign(turn), 0), [0]])
    assume((np.abs(np.abs(turn) - SHARP_DEG) > 0.01).all())
    margins = []
    for edge, whole_m in enumerate(length_m):
        start = float(drive.lon[edge]), float(drive.lat[edge]), float(azimuth[edge])
        away_m, foot_m, right = _nearest_on_edge(*start, whole_m, drive.at_lon, drive.at_lat)
        at_end = 0 if foot_m < 1e-4 else 1 if foot_m > whole_m - 1e-4 else -1
        if (right_m != left_m).any():  # the side must be plain: neither on the line nor by the end of an edge
            _, ahead = _from_edge(*start, np.array([foot_m]), drive.at_lon, drive.at_lat)
            assume(abs(away_m * math.sin(ahead[0])) > 0.01)
            assume(at_end < 0 or abs(math.cos(ahead[0]) * away_m) > 0.01)
        side = 1.0 if right else -1.0
        if at_end >= 0 and outer[edge + at_end]:
            side = outer[edge + at_end]
        width_m = (right_m if side > 0 else left_m)[edge : edge + 2]
        low, high = 0.0, float(whole_m)
        for samples in (2000, 100, 100, 100):
            s = np.linspace(low, high, samples)
            distance_m, _ = _from_edge(*start, s, drive.at_lon, drive.at_lat)
            margin_m = distance_m - np.interp(s, [0, whole_m], width_m)
            best = int(margin_m.argmin())
            low, high = s[max(best - 1, 0)], s[min(best + 1, samples - 1)]
        margins.append(margin_m.min())
    return float(min(margins))


widths = st.floats(0, 3).map(lambda power: float(10**power))


@settings(max_examples=200)
@given(drive=drives(nearest_m=0.01, farthest_m=1000), data=st.data(), both=st.booleans())
def test_the_margin_is_the_least_over_the_path(drive: Drive, data: st.DataObject, *, both: bool) -> None:
    right_m, left_m = (
        np.array(data.draw(st.lists(widths, min_size=len(drive.lon), max_size=len(drive.lon))))
        for _ in range(2)
    )
    left_m = right_m if both else left_m
    path = Path(drive.lon, drive.lat)
    offset = Corridor(path, right_m, left_half_width_m=left_m).measure(drive.at_lon, drive.at_lat)
    assert offset.margin_m == pytest.approx(least_margin(drive, right_m, left_m), abs=2e-3)
    assert offset.half_width_m <= offset.width_m <= right_m.max() + left_m.max() + 1e-9


@settings(max_examples=50)
@given(drives(nearest_m=39_000, farthest_m=10_000_000), st.data())
def test_far_away_the_margin_is_to_some_point_of_the_path_and_nearly_the_least(
    drive: Drive, data: st.DataObject
) -> None:
    right_m = np.array(data.draw(st.lists(widths, min_size=len(drive.lon), max_size=len(drive.lon))))
    offset = Corridor(Path(drive.lon, drive.lat), right_m).measure(drive.at_lon, drive.at_lat)
    truth_m = least_margin(drive, right_m, right_m)
    assert truth_m - 0.1 <= offset.margin_m <= truth_m + 0.01 * offset.distance_m


def test_equal_widths_in_a_list_are_as_one_width() -> None:
    one, many = (corridor_of([(0, 0), (0, 500), (300, 900)], width) for width in (40.0, [40.0, 40.0, 40.0]))
    for place in (place_at(20, 400), place_at(-300, 950), place_at(60, 600)):
        assert many.measure(*place).margin_m == pytest.approx(one.measure(*place).margin_m, abs=1e-9)


def test_a_corridor_that_widens_is_measured_against_the_half_width_there() -> None:
    corridor = corridor_of([(0, 0), (0, 1000)], [20.0, 220.0])
    offset = corridor.measure(*place_at(150, 500))
    # slope 0.2: least 150 * 0.2 / sqrt(0.96) = 30.6 m farther on
    assert offset.margin_m == pytest.approx(150 * math.sqrt(0.96) - 120, abs=0.01)
    assert offset.half_width_m == pytest.approx(126.12, abs=0.01)
    assert offset.width_m == pytest.approx(2 * offset.half_width_m)
    assert corridor.half_width_m == 220.0
    assert corridor.measure(*place_at(150, 500)).distance_m == pytest.approx(150, abs=1e-3)


def test_left_and_right_of_travel_have_half_widths_of_their_own() -> None:
    corridor = corridor_of([(0, 0), (0, 1000)], 10, left_half_width_m=100)
    right, left = corridor.measure(*place_at(50, 500)), corridor.measure(*place_at(-50, 500))
    assert (right.margin_m, left.margin_m) == pytest.approx((40, -50), abs=1e-3)
    assert (right.half_width_m, left.half_width_m) == (10, 100)
    assert right.width_m == left.width_m == 110


def test_a_wide_part_elsewhere_may_hold_what_a_narrow_nearest_part_does_not() -> None:
    corridor = corridor_of([(0, 0), (0, 1000), (300, 1000), (300, 0)], [20.0, 20.0, 280.0, 280.0])
    offset = corridor.measure(*place_at(100, 500))
    assert offset.distance_m == pytest.approx(100, abs=1e-3)
    assert offset.margin_m == pytest.approx(200 - 280, abs=1e-3)


def test_grace_discs_are_inside_too() -> None:
    corridor = corridor_of([(0, 0), (0, 1000)], 20, start_grace_m=150, end_grace_m=80)
    start, end = corridor.measure(*place_at(-100, 0)), corridor.measure(*place_at(0, 1060))
    assert (start.margin_m, start.half_width_m, start.width_m) == pytest.approx((-50, 150, 300), abs=1e-3)
    assert (end.margin_m, end.half_width_m) == pytest.approx((-20, 80), abs=1e-3)
    assert corridor.measure(*place_at(-100, 500)).margin_m == pytest.approx(80, abs=1e-3)


@pytest.mark.parametrize(
    ("course_deg", "inside"),
    [
        (None, True),
        (math.nan, True),
        (0, True),
        (89, True),
        (91, False),
        (269, False),
        (271, True),
        (180, False),
    ],
)
def test_a_course_against_travel_is_not_inside_a_directed_corridor(
    course_deg: float | None, *, inside: bool
) -> None:
    corridor = corridor_of([(0, 0), (0, 1000)], 20, directed=True)
    offset = corridor.measure(*place_at(5, 500), course_deg=course_deg)
    assert offset.distance_m == pytest.approx(5, abs=1e-3)
    assert offset.margin_m == (pytest.approx(-15, abs=1e-3) if inside else math.inf)


def test_on_an_out_and_back_way_a_directed_corridor_takes_the_leg_that_the_course_is_on() -> None:
    corridor = corridor_of([(0, 0), (0, 1000), (30, 1000), (30, 0)], 20, directed=True)
    assert corridor.measure(*place_at(5, 500), course_deg=180).margin_m == pytest.approx(5, abs=1e-3)
    assert corridor.measure(*place_at(5, 500), course_deg=0).margin_m == pytest.approx(-15, abs=1e-3)


@pytest.mark.parametrize(
    ("altitude_m", "margin_m"), [(None, -15), (100, -15), (50, -15), (49, 1), (160, 10), (math.nan, -15)]
)
def test_a_stated_altitude_outside_the_band_is_outside(altitude_m: float | None, margin_m: float) -> None:
    corridor = corridor_of([(0, 0), (0, 1000)], 20, altitude_m=(50, 150))
    offset = corridor.measure(*place_at(5, 500), altitude_m=altitude_m)
    assert offset.margin_m == pytest.approx(margin_m, abs=1e-3)
    assert offset.width_m == (40 if margin_m < 0 else 100)


def test_a_set_holds_corridors_of_all_kinds() -> None:
    way = [(0.0, 0.0), (0.0, 1000.0)]
    corridors = [
        corridor_of(way, 40),
        corridor_of(way, [20.0, 220.0]),
        corridor_of(way, 30, left_half_width_m=[1.0, 2.0], start_grace_m=100),
        corridor_of(way, 20, directed=True, altitude_m=(0, 50)),
    ]
    random = np.random.default_rng(3)
    which = random.integers(0, 4, 200)
    lon, lat = FRAME.from_enu(random.uniform((-300, -200), (300, 1200), (200, 2))).T
    numbers = {"course_deg": random.uniform(0, 360, 200), "altitude_m": random.uniform(-50, 100, 200)}
    together = CorridorSet(corridors).measure(which, lon, lat, **numbers)
    for row, number in enumerate(which):
        one = {name: float(values[row]) for name, values in numbers.items()}
        alone = corridors[number].measure(float(lon[row]), float(lat[row]), **one)
        assert [getattr(together, name)[row] for name in alone.__slots__] == [
            getattr(alone, name) for name in alone.__slots__
        ]


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"half_width_m": [40, 50, 60]}, "half_width_m has 3 numbers for 2 vertices"),
        ({"half_width_m": [40, -1]}, "half_width_m -1.0 at vertex 1 is not a positive number of metres"),
        ({"half_width_m": 40, "left_half_width_m": [1, math.nan]}, "left_half_width_m nan at vertex 1"),
        ({"half_width_m": 40, "start_grace_m": -1}, "start_grace_m -1 is not 0 or a positive number"),
        ({"half_width_m": 40, "end_grace_m": math.inf}, "end_grace_m inf is not"),
        ({"half_width_m": [40, [50]]}, "half_width_m is not one column of numbers"),
        ({"half_width_m": 40, "start_grace_m": 10**400}, "start_grace_m 10+ is not"),
        ({"half_width_m": 40, "altitude_m": ("a", 50)}, "altitude_m .* is not a lowest and a highest"),
        ({"half_width_m": 40, "altitude_m": 50}, "altitude_m 50 is not a lowest and a highest"),
        (
            {"half_width_m": 40, "altitude_m": (100, 50)},
            r"altitude_m \(100, 50\) is not a lowest and a highest",
        ),
    ],
)
def test_what_makes_no_corridor_is_refused_by_name(terms: dict[str, Any], message: str) -> None:
    with pytest.raises(PathError, match=f'corridor "school": {message}'):
        Corridor(Path([16.0, 16.1], [48.0, 48.0], name="school"), **terms)


def test_repeated_vertices_are_mentioned_where_widths_do_not_match() -> None:
    path = Path([16.0, 16.0, 16.1], [48.0, 48.0, 48.0])
    with pytest.raises(PathError, match=r"3 numbers for 2 vertices \(1 that repeated another were removed\)"):
        Corridor(path, [40, 40, 40])


def test_each_number_is_in_the_fingerprint() -> None:
    way = [(0.0, 0.0), (0.0, 1000.0)]
    plain = corridor_of(way, 40)
    assert plain.fingerprint == corridor_of(way, 40, left_half_width_m=40).fingerprint
    others: list[dict[str, Any]] = [
        {"half_width_m": [40.0, 41.0]},
        {"half_width_m": 40, "left_half_width_m": 41},
        {"half_width_m": 40, "start_grace_m": 1},
        {"half_width_m": 40, "end_grace_m": 1},
        {"half_width_m": 40, "directed": True},
        {"half_width_m": 40, "altitude_m": (0, 1)},
    ]
    prints = [corridor_of(way, **terms).fingerprint for terms in others]
    assert len({plain.fingerprint, *prints}) == 7
