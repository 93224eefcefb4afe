"""What can be done about a bad line: each repair said, and nothing else changed."""

import json
from pathlib import Path as File

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor import Path, PathError, TrackError
from corridor.repair import Reading, read_either_way, repair_path
from corridor.tracks import PathVertices, read_fixes, read_path

NAN = float("nan")
GOOD = [(16.0, 48.0), (16.001, 48.001), (16.002, 48.001), (16.003, 48.002)]


def line(*places: tuple[float, float]) -> PathVertices:
    lon, lat = np.array(places).T
    return PathVertices(lon, lat, 10.0 * np.arange(len(places), dtype=np.float64), "way")


def mended(*places: tuple[float, float]) -> tuple[list[tuple[float, float]], list[str]]:
    repaired, repairs = repair_path(line(*places))
    return list(zip(repaired.lon.tolist(), repaired.lat.tolist(), strict=True)), [
        str(each) for each in repairs
    ]


def test_a_good_line_is_left_as_it_is() -> None:
    assert mended(*GOOD) == (GOOD, [])


def test_what_is_no_number_is_left_out_with_its_time() -> None:
    repaired, (repair,) = repair_path(line(GOOD[0], (NAN, 48.0), *GOOD[1:]))
    assert repaired.time is not None
    assert repaired.time.tolist() == [0, 20, 30, 40]
    assert str(repair) == "vertex 2: (nan, 48) is no place; it is left out"


def test_a_line_with_all_its_coordinates_swapped_is_turned() -> None:
    places, said = mended((-37.8, 144.96), (-37.81, 144.97), (-37.82, 144.99))
    assert places == [(144.96, -37.8), (144.97, -37.81), (144.99, -37.82)]
    (repair,) = said
    assert repair == (
        "all 3 vertices: latitude 144.96 is outside [-90, 90]; longitude and latitude change places: "
        "vertex 1 is (-37.8, 144.96) and becomes (144.96, -37.8)"
    )


def test_a_line_of_which_only_some_latitudes_show_the_swap_is_turned_whole() -> None:
    places, said = mended((24.0, 89.99), (24.0, 90.01), (24.01, 90.02))
    assert places == [(89.99, 24.0), (90.01, 24.0), (90.02, 24.01)]
    assert said[0].startswith("all 3 vertices: latitude 90.01")


def test_a_single_swapped_vertex_is_turned_alone() -> None:
    places, said = mended((144.96, -37.8), (-37.81, 144.97), (144.99, -37.82))
    assert places == [(144.96, -37.8), (144.97, -37.81), (144.99, -37.82)]
    (repair,) = said
    assert repair == (
        "vertex 2: latitude 144.97 is outside [-90, 90]; longitude and latitude change places: "
        "(-37.81, 144.97) becomes (144.97, -37.81)"
    )


def test_longitudes_counted_to_360_become_those_of_the_same_meridian() -> None:
    places, said = mended((179.99, -17.0), (180.01, -17.0), (180.02, -17.0))
    assert np.allclose(places, [(179.99, -17.0), (-179.99, -17.0), (-179.98, -17.0)])
    assert (
        said[0] == "vertex 2: longitude 180.01 is outside [-180, 180]; it becomes -179.99, the same meridian"
    )


def test_what_cannot_be_a_place_either_way_is_left_out() -> None:
    places, said = mended(*GOOD[:2], (1e6, 2.0), *GOOD[2:])
    assert places == GOOD
    assert said == ["vertex 3: (1000000, 2) is out of range; it is left out"]


def test_a_jump_splits_the_line_and_the_longest_piece_is_kept() -> None:
    places, said = mended((-70.0, 48.0), (-70.001, 48.0), *GOOD)
    assert places == GOOD
    (repair,) = said
    assert repair == (
        "the line: vertex 3 is 6,056 km from the one before it; "
        "the longest piece, vertices 3 to 6, is kept and the rest left out"
    )


def test_a_line_of_which_nothing_is_left_is_refused_with_what_was_tried() -> None:
    with pytest.raises(PathError, match=r"1 vertices would be left.*vertex 1: \(nan, nan\) is no place"):
        repair_path(line((NAN, NAN), (16.0, 48.0)))


numbers = st.floats(-400, 400) | st.sampled_from([NAN, float("inf"), 90.0, 180.0, 0.0])


@given(places=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=12))
def test_whatever_the_line_what_comes_out_is_a_line_that_needs_no_repair(
    places: list[tuple[float, float]],
) -> None:
    try:
        repaired, _ = repair_path(line(*places))
    except PathError:
        return
    again, repairs = repair_path(repaired)
    assert repairs == ()
    assert again.lon.tolist() == repaired.lon.tolist()
    assert (np.abs(repaired.lon) <= 180).all()
    assert (np.abs(repaired.lat) <= 90).all()


def test_reading_names_the_vertex_of_a_jump_and_gives_it_unchecked_on_demand(tmp_path: File) -> None:
    file = tmp_path / "way.geojson"
    file.write_text(json.dumps({"type": "LineString", "coordinates": [[16, 48], [16.1, 48], [-70, 48]]}))
    with pytest.raises(
        PathError, match=r"way\.geojson: vertex 3: 6,\d+ km from the one before it, over 1,000 km"
    ):
        Path.from_file(file)
    assert len(read_path(file, check=False).lon) == 3


def tracks(lon: str, lat: str, tmp_path: File) -> tuple[Reading, Reading]:
    file = tmp_path / "walk.csv"
    rows = "".join(f"anna,2026-01-01T08:00:0{n}Z,{lon},{lat}\n" for n in range(3))
    file.write_text(f"device_id,time,lon,lat\n{rows}")
    return lambda: read_fixes(file), lambda: read_fixes(file, exchanged=True)


def test_fixes_are_read_as_they_are_if_that_makes_more_of_them_places(tmp_path: File) -> None:
    read, repairs = read_either_way(*tracks("16.3", "48.2", tmp_path))
    assert (read.batch.lat[0], repairs) == (48.2, ())


def test_fixes_with_latitudes_over_90_are_read_exchanged_and_it_is_said(tmp_path: File) -> None:
    read, (repair,) = read_either_way(*tracks("-37.8", "144.96", tmp_path))
    assert (read.batch.lon[0], read.batch.lat[0]) == (144.96, -37.8)
    assert "(-37.8, 144.96) becomes (144.96, -37.8)" in str(repair)


def test_fixes_that_are_no_places_either_way_are_refused_as_they_are(tmp_path: File) -> None:
    with pytest.raises(TrackError, match=r"latitude 500"):
        read_either_way(*tracks("100", "500", tmp_path))
