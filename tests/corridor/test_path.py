"""Paths are valid by construction, or say what is wrong with them."""

import math
from pathlib import Path as FilePath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from corridor import Path, PathError
from corridor.path import MAX_LENGTH_M

GEOD = Geod(ellps="WGS84")

GPX = """<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="hand">
<trk><trkseg>{points}</trkseg></trk></gpx>"""


def test_length_is_the_sum_of_geodesics() -> None:
    path = Path([16.0, 16.1, 16.1], [48.0, 48.0, 48.1])
    assert path.length_m == pytest.approx(GEOD.line_length([16.0, 16.1, 16.1], [48.0, 48.0, 48.1]))


def test_repeated_vertices_are_removed_with_their_times_and_counted() -> None:
    path = Path([16.0, 16.0, 16.1, 16.1, 16.0], [48.0] * 5, elapsed_s=[0, 5, 60, 70, 120], name="school")
    assert path.lon.tolist() == [16.0, 16.1, 16.0]
    assert path.elapsed_s is not None
    assert path.elapsed_s.tolist() == [0, 60, 120]
    assert path.repeats_removed == 2


def test_one_place_with_two_spellings_is_a_repeat() -> None:
    assert Path([180.0, -180.0, 179.0], [0.0, 0.0, 0.0]).repeats_removed == 1
    assert Path([5.0, 77.0, 77.0], [90.0, 90.0, 89.0]).repeats_removed == 1


@pytest.mark.parametrize(("lon", "count"), [([], 0), ([16.0], 1), ([16.0, 16.0, 16.0], 1)])
def test_fewer_than_two_distinct_vertices_are_refused_by_name(lon: list[float], count: int) -> None:
    with pytest.raises(PathError, match=f'path "school" needs two distinct vertices; it has {count}'):
        Path(lon, [48.0] * len(lon), name="school")


@pytest.mark.parametrize(
    ("lon", "lat", "message"),
    [
        ([16.0, 16.1], [48.0, 95.0], r'path "school" vertex 1: latitude 95.0 is outside \[-90, 90\]'),
        ([16.0, math.nan], [48.0, 48.0], 'path "school" vertex 1: longitude is nan'),
        ([math.inf, 16.0], [48.0, 48.0], 'path "school" vertex 0: longitude is inf'),
        ([16.0, 16.1], [48.0], r"different lengths: \[2, 1\]"),
        ([[16.0, 16.1]], [[48.0, 48.0]], "shape"),
        (["east", "west"], [48.0, 48.0], "a longitude that is not a number"),
    ],
)
def test_a_bad_vertex_is_named(lon: list[float], lat: list[float], message: str) -> None:
    with pytest.raises(PathError, match=message):
        Path(lon, lat, name="school")


@pytest.mark.parametrize("times", [[0, 10, 5], [0, math.nan, 5], [math.inf, 1, 2]])
def test_times_that_run_backwards_are_refused(times: list[float]) -> None:
    with pytest.raises(PathError, match="runs backwards"):
        Path([16.0, 16.1, 16.2], [48.0] * 3, elapsed_s=times)


def test_a_path_too_long_for_any_journey_is_refused() -> None:
    turns = np.arange(8) % 2
    with pytest.raises(PathError, match="over 100000 km"):
        Path(turns * 170.0, turns * 0.0)
    assert MAX_LENGTH_M == 100_000_000


def test_a_path_cannot_be_changed() -> None:
    path = Path([16.0, 16.1], [48.0, 48.0])
    with pytest.raises(ValueError, match="read-only"):
        path.lon[0] = 17.0
    with pytest.raises(AttributeError):
        path.name = "other"  # type: ignore[misc]  # what mypy forbids must fail when run, too


def test_the_callers_array_stays_the_callers() -> None:
    lon = np.array([16.0, 16.1])
    path = Path(lon, [48.0, 48.0])
    lon[0] = 99.0
    assert path.lon[0] == 16.0


@given(st.lists(st.floats(-80, 80), min_size=3, max_size=6, unique_by=lambda lat: round(lat, 3)))
def test_the_fingerprint_tells_geometries_apart_and_nothing_else(lat: list[float]) -> None:
    lon = [10.0] * len(lat)
    path = Path(lon, lat)
    assert path.fingerprint == Path(lon, lat, elapsed_s=range(len(lat)), name="other").fingerprint
    assert path.fingerprint != Path(lon[1:], lat[1:]).fingerprint
    assert path.fingerprint != Path(lon[::-1], lat[::-1]).fingerprint


def test_the_fingerprint_does_not_know_minus_zero() -> None:
    assert Path([0.0, 1.0], [0.0, 0.0]).fingerprint == Path([-0.0, 1.0], [0.0, -0.0]).fingerprint


def write_gpx(folder: FilePath, points: list[tuple[float, float, str]]) -> FilePath:
    file = folder / "school.gpx"
    texts = [f'<trkpt lat="{lat}" lon="{lon}">{time}</trkpt>' for lon, lat, time in points]
    file.write_text(GPX.format(points="".join(texts)), encoding="utf-8")
    return file


def test_a_file_gives_its_name_and_times(tmp_path: FilePath) -> None:
    times = [f"<time>2026-01-05T07:4{minute}:00Z</time>" for minute in range(3)]
    file = write_gpx(tmp_path, [(16.0, 48.0, times[0]), (16.1, 48.0, times[1]), (16.2, 48.0, times[2])])
    path = Path.from_file(file)
    assert path.name == "school.gpx"
    assert path.lon.tolist() == [16.0, 16.1, 16.2]
    assert path.elapsed_s is not None
    assert path.elapsed_s.tolist() == [0.0, 60.0, 120.0]


def test_a_file_with_times_running_backwards_is_a_path_without_times(tmp_path: FilePath) -> None:
    early, late = "<time>2026-01-05T07:40:00Z</time>", "<time>2026-01-05T07:41:00Z</time>"
    path = Path.from_file(write_gpx(tmp_path, [(16.0, 48.0, late), (16.1, 48.0, early)]))
    assert path.elapsed_s is None


def test_a_file_of_one_place_is_named(tmp_path: FilePath) -> None:
    with pytest.raises(PathError, match=r"school\.gpx"):
        Path.from_file(write_gpx(tmp_path, [(16.0, 48.0, ""), (16.0, 48.0, "")]))


def test_a_file_that_is_not_there_is_named(tmp_path: FilePath) -> None:
    with pytest.raises(PathError, match=r"nowhere\.gpx"):
        Path.from_file(tmp_path / "nowhere.gpx")
