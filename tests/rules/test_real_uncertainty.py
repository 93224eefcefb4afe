"""Recorded fixes that state how vague they are: no alarm that this does not support, and vagueness told.

An alarm is *supported* if each of the fixes that confirmed it lies beyond the edge in question with the
rule's probability, by a plain computation from the fix's own circle or ellipse: geodesics, and the normal law
along the line to the nearest point of the edge. Phones state circles of 68 %; the seals' tags ellipses of one
standard deviation, of which the rules get the circle about the longer axis.
"""

import csv
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path as File
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as pq
import pytest
from pyproj import Geod

from corridor import Corridor, Fence, FenceSet, FixBatch, Path
from rules import Arrival, Deviation, Engine, Kind, Movement, Silence, Transition
from rules.rule import Rule
from tests.rules.ground import START
from tests.rules.timer_oracles import Seen, silence
from tests.rules.watch_drive import told

pytestmark = pytest.mark.data

WGS84 = Geod(ellps="WGS84")
ON_95 = math.sqrt(-2 * math.log(0.05))  # standard deviations that hold 95 % in the plane
PHONE_TO_95 = math.sqrt(math.log(0.05) / math.log(0.32))
NOT_STATED_M = 20.0  # where a phone says 0
SURE = 0.95


class Track(NamedTuple):
    """Fixes of one device, in order of time; axes and their azimuth are of one standard deviation."""

    name: str
    time: np.ndarray[Any, Any]
    lon: np.ndarray[Any, Any]
    lat: np.ndarray[Any, Any]
    major_m: np.ndarray[Any, Any]
    minor_m: np.ndarray[Any, Any]
    azimuth_deg: np.ndarray[Any, Any]
    scale_m: float  # of what is asked

    def batch(self) -> FixBatch:
        names = [self.name] * len(self.time)
        return FixBatch.from_columns(names, self.time, self.lon, self.lat, accuracy_m=self.major_m * ON_95)

    def sigma_m(self, row: int, azimuth_deg: float) -> float:
        """Give the standard deviation of a fix along a line."""
        turn = math.radians(azimuth_deg - self.azimuth_deg[row])
        return math.hypot(self.major_m[row] * math.cos(turn), self.minor_m[row] * math.sin(turn))


def _phone(file: File) -> Track:
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines(), delimiter=";"))
    time = [datetime.fromisoformat(row["tracked_at"][:19]).replace(tzinfo=UTC).timestamp() for row in rows]
    stated_m = np.array([float(row["accuracy"]) for row in rows])
    sigma_m = np.where(stated_m > 0, stated_m * PHONE_TO_95, NOT_STATED_M) / ON_95
    lon, lat = (np.array([float(row[key]) for row in rows]) for key in ("longitude", "latitude"))
    return _in_order(file.stem, np.array(time), lon, lat, sigma_m, sigma_m, np.zeros(len(rows)), 100.0)


def _seals(file: File) -> Iterator[Track]:
    table = pq.read_table(file)
    name = np.array(table["device_id"].to_pylist())
    time = table["time"].cast("int64").to_numpy() / 1e6
    keys = ("lon", "lat", "error_semimajor_axis", "error_semiminor_axis", "error_ellipse_orientation")
    columns = [table[key].to_numpy(zero_copy_only=False).astype(float) for key in keys]
    for device in sorted(set(name.tolist())):
        rows = (name == device) & np.isfinite(columns).all(axis=0)
        yield _in_order(device, time[rows], *(column[rows] for column in columns), 5_000.0)


def _in_order(name: str, time: Any, *rest: Any) -> Track:
    _, first = np.unique(time, return_index=True)
    lon, lat, major_m, minor_m, azimuth_deg, scale_m = rest
    axes = major_m[first], minor_m[first], azimuth_deg[first]
    return Track(name, time[first], lon[first], lat[first], *axes, scale_m)


@cache
def tracks(folder: File) -> tuple[Track, ...]:
    phones = [_phone(folder / f"{name}_accuracy.csv") for name in ("posmo", "google")]
    return (*phones, *_seals(folder / "seals_ellipses.parquet"))


class Watched(NamedTuple):
    """What the rules of a track are about."""

    home: tuple[float, float]
    fence_m: float
    path: Path
    half_width_m: float
    move_m: float


def watched(track: Track) -> Watched:
    """Give a fence round where the device mostly is, and a straight path between two of its fixes."""
    home = float(np.median(track.lon)), float(np.median(track.lat))
    ends = [len(track.time) // 4, 3 * len(track.time) // 4]
    path = Path(track.lon[ends], track.lat[ends])
    return Watched(home, 4 * track.scale_m, path, 2 * track.scale_m, track.scale_m)


def rules_of(track: Track) -> list[Rule]:
    about = watched(track)
    fence = FenceSet([Fence.circle(*about.home, about.fence_m, name="home")])
    return [
        Deviation(Corridor(about.path, about.half_width_m), track.name, starts="at_once", ends="never"),
        Arrival(device=track.name, must="stay", fences=fence, outside_probability=SURE, confirm_fixes=2),
        Movement(device=track.name, move_m=about.move_m),
        Silence(device=track.name, silence_s=7200.0, vague_s=1800.0, vague_m=track.scale_m),
    ]


def decided(track: Track) -> tuple[Transition, ...]:
    """Decide over a track; whatever its speed, each fix is judged."""
    step = Engine(rules_of(track), max_speed_mps=1e6).step(track.batch())
    assert not step.discard.any()
    return step.transitions


def _beyond(track: Track, row: int, centre: tuple[float, float], radius_m: float) -> float:
    """Give the probability that a fix is beyond a circle's edge, along the line from its centre."""
    _, azimuth_deg, away_m = WGS84.inv(*centre, track.lon[row], track.lat[row])
    return NormalDist().cdf((away_m - radius_m) / track.sigma_m(row, azimuth_deg))


def _off_path(about: Watched) -> Callable[[Track, int], float]:
    lon, lat, length_m = about.path.lon, about.path.lat, about.path.length_m
    between = WGS84.npts(lon[0], lat[0], lon[1], lat[1], 1999)
    line_lon, line_lat = map(np.array, zip((lon[0], lat[0]), *between, (lon[1], lat[1]), strict=True))
    assert length_m / 2000 < about.half_width_m  # near enough to each other to find the nearest

    def beyond(track: Track, row: int) -> float:
        here_lon, here_lat = np.full(2001, track.lon[row]), np.full(2001, track.lat[row])
        azimuth_deg, _, away_m = WGS84.inv(line_lon, line_lat, here_lon, here_lat)
        at = int(np.argmin(away_m))
        sigma_m = track.sigma_m(row, float(azimuth_deg[at]))
        return NormalDist().cdf((float(away_m[at]) - about.half_width_m) / sigma_m)

    return beyond


def _moved(track: Track, about: Watched, alarm: Transition) -> int:
    """Count the fixes of the run that are surely away from where the device stood.

    That is the fix before the run from which the deciding one lies as far as was said.
    """
    assert alarm.value is not None
    first, last = np.searchsorted(track.time, [alarm.starts_at, alarm.time]).tolist()
    most = 0
    for kept in range(first):
        if abs(_away(track, kept, last)[0] - alarm.value) > 1e-5 * alarm.value:  # a chord is a little shorter
            continue
        away = [_away(track, kept, row) for row in range(first, last + 1)]
        sure = [
            NormalDist().cdf((away_m - about.move_m) / sigma_m) >= SURE - 1e-3 for away_m, sigma_m in away
        ]
        most = max(most, sum(sure) if sure[0] and sure[-1] else 0)
    return most


def _away(track: Track, kept: int, row: int) -> tuple[float, float]:
    """Give how far two fixes are apart, and the standard deviation of that along the line between them."""
    azimuth_deg, _, away_m = WGS84.inv(track.lon[kept], track.lat[kept], track.lon[row], track.lat[row])
    return away_m, math.hypot(track.sigma_m(kept, azimuth_deg), track.sigma_m(row, azimuth_deg))


def _confirming(track: Track, alarm: Transition, surely: Callable[[int], float]) -> list[float]:
    """Give the probabilities of the fixes of the run that are sure by the plain computation."""
    rows = np.flatnonzero((track.time >= alarm.starts_at) & (track.time <= alarm.time)).tolist()
    return [probability for probability in map(surely, rows) if probability >= SURE - 1e-3]


@pytest.mark.parametrize("number", range(5))
def test_each_alarm_is_supported_by_what_its_fixes_state(shared_data: File, number: int) -> None:
    track = tracks(shared_data / "traces")[number]
    about, off_path = watched(track), _off_path(watched(track))
    alarms = [each for each in decided(track) if each.opens_alarm]
    for alarm in alarms:
        if alarm.kind is Kind.OFF_ROUTE:
            sure = _confirming(track, alarm, lambda row: off_path(track, row))
            assert len(sure) >= (2 if alarm.reason == "beyond_doubt" else 3), alarm
        elif alarm.kind is Kind.NOT_INSIDE:
            sure = _confirming(track, alarm, lambda row: _beyond(track, row, about.home, about.fence_m))
            assert len(sure) >= 2, alarm
        elif alarm.kind is Kind.MOVED:
            assert _moved(track, about, alarm) >= 2, alarm
    kinds = {alarm.kind for alarm in alarms}
    assert kinds >= {Kind.OFF_ROUTE, Kind.MOVED}, kinds


@pytest.mark.parametrize("number", range(5))
def test_vague_for_long_is_told_where_a_plain_computation_finds_it(shared_data: File, number: int) -> None:
    track = tracks(shared_data / "traces")[number]
    rule = rules_of(track)[-1]
    assert isinstance(rule, Silence)
    time = track.time - START
    seen = [Seen(*each) for each in zip(time, np.zeros(len(time)), track.major_m * ON_95, strict=True)]
    expected = list(silence(rule, seen, (seen[0].time, math.inf), seen[-1].time))
    assert told(each for each in decided(track) if each.rule == "silence") == expected
    # the first of the phones is never so vague for half an hour
    assert any("too_vague" in line for line in expected) == (track.name != "posmo_accuracy")
