"""The index gives exactly the boxes that a look at all of them gives, and boxes hold the whole surface."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import Corridor, Path
from corridor.candidates import CHUNK_ROWS, SCANNED_BOXES, StretchIndex
from corridor.ellipsoid import Floats
from corridor.frame import geocentric_xyz
from corridor.index import BoxIndex, box_around, bulge_m, distances_to_boxes_m
from corridor.kernel import Candidates, first_bad_row, measure_rows
from corridor.stretch import (
    LEAF_SEGMENTS,
    MAX_EDGE_M,
    MAX_STRETCH_M,
    MAX_STRETCH_SEGMENTS,
    Stretches,
    cut,
)
from tests.corridor.geodesic_oracle import GEOD
from tests.corridor.places import latitudes, longitudes, ways

corners = st.tuples(*[st.floats(-100, 100)] * 3)
boxes = st.tuples(corners, st.tuples(*[st.floats(0, 50)] * 3)).map(
    lambda pair: np.array([*pair[0], *(low + size for low, size in zip(*pair, strict=True))])
)


@given(st.lists(boxes, min_size=1, max_size=30), boxes, st.sets(st.integers(0, 29)))
def test_the_index_finds_what_a_look_at_all_boxes_finds(
    stored: list[Floats], asked: Floats, gone: set[int]
) -> None:
    index = BoxIndex(enumerate(stored))
    for key in gone & set(range(len(stored))):
        index.delete(key)
    left = [key for key in range(len(stored)) if key not in gone]
    touching = [
        key for key in left if (stored[key][:3] <= asked[3:]).all() and (asked[:3] <= stored[key][3:]).all()
    ]
    assert len(index) == len(left)
    assert index.touching(asked) == touching
    if left:
        nearest = distances_to_boxes_m(asked[:3], np.array([stored[key] for key in left]))
        assert nearest[left.index(index.nearest(asked[:3]))] == pytest.approx(nearest.min())


def test_a_number_is_used_once_and_only_a_known_one_is_deleted() -> None:
    index = BoxIndex([(1, np.array([0.0, 0, 0, 1, 1, 1]))])
    with pytest.raises(KeyError, match="box 1 is in the index already"):
        index.insert(1, np.array([0.0, 0, 0, 1, 1, 1]))
    with pytest.raises(KeyError):
        index.delete(2)


@given(longitudes, latitudes, st.floats(10, 500_000), st.floats(0, 1), st.floats(0, 360))
def test_a_box_round_a_circle_holds_the_surface_in_its_middle(
    lon: float, lat: float, radius_m: float, share: float, bearing: float
) -> None:
    around = np.linspace(0, 360, 72, endpoint=False)
    full = np.ones(72)
    rim_lon, rim_lat, _ = GEOD.fwd(lon * full, lat * full, around, radius_m * full)
    # between two of 72 points the rim itself bulges outwards, by r (1 - cos 2.5°)
    box = box_around(geocentric_xyz(rim_lon, rim_lat), bulge_m(radius_m) + radius_m * 1e-3)
    x, y, _ = GEOD.fwd(lon, lat, bearing, radius_m * share)
    assert distances_to_boxes_m(geocentric_xyz(x, y)[0], box[None, :])[0] == 0


@given(ways(longest_edge_m=300_000), st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_every_point_of_a_path_lies_in_the_box_of_its_stretch(
    way: tuple[Floats, Floats], shares: list[float]
) -> None:
    line = cut(Path(*way))
    azimuth, _, length_m = GEOD.inv(way[0][:-1], way[1][:-1], way[0][1:], way[1][1:])
    for share in shares:
        edge = int(share * len(length_m) * 0.999)
        s = length_m[edge] * (share * 7 % 1)
        lon, lat, _ = GEOD.fwd(way[0][edge], way[1][edge], azimuth[edge], s)
        assert distances_to_boxes_m(geocentric_xyz(lon, lat)[0], line.box).min() == 0


@given(ways(longest_edge_m=300_000))
def test_stretches_are_short_enough_and_join_without_a_gap(way: tuple[Floats, Floats]) -> None:
    path = Path(*way)
    line = cut(path)
    first = line.first_segment[line.first_leaf]
    along_m = np.append(line.span[:, 0], path.length_m)
    assert np.diff(along_m[first]).max() <= MAX_STRETCH_M
    assert np.diff(first).max() <= MAX_STRETCH_SEGMENTS
    assert np.diff(line.first_segment).max() <= LEAF_SEGMENTS
    assert line.span[:, 1].max() <= MAX_EDGE_M + 1e-6
    assert first[-1] == len(line.plane)
    np.testing.assert_allclose(line.span[:-1, 0] + line.span[:-1, 1], line.span[1:, 0], atol=1e-6)
    ends = line.chord[:, :3] + line.chord[:, 3:6]
    np.testing.assert_allclose(ends[:-1], line.chord[1:, :3], atol=1e-6)


def test_many_vertices_on_a_short_way_are_cut_by_their_count() -> None:
    lon = np.linspace(16.0, 16.1, 5001)
    line = cut(Path(lon, np.full(5001, 48.0)))
    assert len(line.frame) == 20


def long_corridor() -> Corridor:
    """Once round the earth in a spiral over the antimeridian: hundreds of stretches."""
    turns = np.linspace(0, 1, 200)
    lon = (turns * 360 + 180) % 360 - 180
    return Corridor(Path(lon, -70 + 20 * turns), half_width_m=40)


CORRIDOR = long_corridor()
LINE: Stretches = CORRIDOR._line


@settings(max_examples=30)
@given(
    st.tuples(longitudes, latitudes),
    st.sampled_from([1e-4, 0.01, 1.0, 180.0]),
    st.integers(0, 2**32 - 1),
    st.integers(1, 600),
)
def test_the_candidates_of_the_index_give_the_answers_of_all_stretches(
    place: tuple[float, float], spread_deg: float, seed: int, rows: int
) -> None:
    random = np.random.default_rng(seed)
    lon = (place[0] + random.uniform(-1, 1, rows) * spread_deg + 180) % 360 - 180
    lat = np.clip(place[1] + random.uniform(-1, 1, rows) * spread_deg / 2, -90, 90)
    index = StretchIndex(LINE)
    chosen = index.candidates(lon, lat)
    everything = Candidates(rows, np.array([0, len(LINE.box)]), np.arange(len(LINE.box)))
    assert chosen.rows == (CHUNK_ROWS if rows * len(LINE.box) > SCANNED_BOXES else rows)
    np.testing.assert_array_equal(measured(lon, lat, chosen), measured(lon, lat, everything))


def measured(lon: Floats, lat: Floats, candidates: Candidates) -> Floats:
    out, far = np.zeros((3, len(lon))), np.empty(len(lon), dtype=np.int64)
    measure_rows(lon, lat, LINE, candidates, out, far)
    return np.vstack([out, far])


def test_rows_that_lie_together_need_few_stretches() -> None:
    lon, lat = np.linspace(0.0, 0.1, 200), np.full(200, -70.0)
    assert len(LINE.box) > 500
    assert len(StretchIndex(LINE).candidates(lon, lat).stretch) < 20


def test_a_second_thread_that_finds_the_index_taken_looks_at_everything() -> None:
    index = StretchIndex(LINE)
    taken = index._idle.pop()
    lon, lat = np.linspace(0.0, 0.1, 200), np.full(200, -70.0)
    assert len(index.candidates(lon, lat).stretch) == len(LINE.box)
    index._idle.append(taken)
    assert len(index.candidates(lon, lat).stretch) < 20


def test_a_short_path_has_no_index_to_ask() -> None:
    assert not StretchIndex(cut(Path([16.0, 16.1], [48.0, 48.0])))._idle


@pytest.mark.parametrize(
    ("lon", "lat", "row"),
    [
        ([0.0, 180.0, -180.0], [90.0, -90.0, 0.0], -1),
        ([0.0, np.nan], [0.0, 0.0], 1),
        ([0.0, 0.0], [np.inf, 0.0], 0),
        ([0.0, -180.1], [0.0, 0.0], 1),
        ([], [], -1),
    ],
)
def test_the_first_row_that_is_no_place_is_found(lon: list[float], lat: list[float], row: int) -> None:
    assert first_bad_row(np.array(lon), np.array(lat)) == row
