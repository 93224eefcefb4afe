"""Packed corridors: boxes hold the whole path, stretches join, many are the same as one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import Corridor, CorridorSet, Path, PathError
from corridor.compiled import compiled
from corridor.ellipsoid import Floats
from corridor.frame import LocalFrame, geocentric_xyz
from corridor.lanes import LANES, X, Y
from corridor.places import first_bad_row
from corridor.plane import PLANE, Record, planes_about, to_plane
from corridor.stretch import MAX_EDGE_M, MAX_STRETCH_M, cut
from corridor.tree import FAN_OUT, tree_over
from tests.corridor.geodesic_oracle import GEOD
from tests.corridor.places import latitudes, longitudes, ways


@given(ways(longest_edge_m=300_000), st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_every_point_of_a_path_lies_in_the_box_of_a_leaf(
    way: tuple[Floats, Floats], shares: list[float]
) -> None:
    node = Corridor(Path(*way), half_width_m=40).tables.node
    leaves = node[node["leaf"] >= 0]
    azimuth, _, length_m = GEOD.inv(way[0][:-1], way[1][:-1], way[0][1:], way[1][1:])
    for share in shares:
        edge = int(share * len(length_m) * 0.999)
        s = length_m[edge] * (share * 7 % 1)
        lon, lat, _ = GEOD.fwd(way[0][edge], way[1][edge], azimuth[edge], s)
        place = geocentric_xyz(lon, lat)[0]
        assert ((leaves["low"] <= place) & (place <= leaves["high"])).all(axis=1).any()


@given(ways(longest_edge_m=300_000))
def test_stretches_are_short_enough_and_join_without_a_gap(way: tuple[Floats, Floats]) -> None:
    path = Path(*way)
    line = cut(path)
    assert np.diff(line.along_m[line.first]).max() <= MAX_STRETCH_M
    assert np.diff(line.along_m).max() <= MAX_EDGE_M + 1e-6
    assert line.first[-1] == len(line.start)
    assert line.along_m[-1] == pytest.approx(path.length_m)
    stretch = np.repeat(np.arange(len(line.plane)), np.diff(line.first))
    for xyz, ends in ((line.xyz[:-1], line.start), (line.xyz[1:], line.end)):
        back = np.einsum("nij,ni->nj", line.plane["axes"][stretch], ends) + line.plane["origin"][stretch]
        np.testing.assert_allclose(back, xyz, atol=1e-6)


@given(ways(longest_edge_m=100_000))
def test_a_leaf_holds_up_to_eight_segments_of_one_stretch_in_order(way: tuple[Floats, Floats]) -> None:
    path = Path(*way)
    packed, line = Corridor(path, half_width_m=40).tables, cut(path)
    count = packed.leaf["count"]
    real = np.arange(LANES) < count[:, None]
    np.testing.assert_array_equal(packed.segment["along_m"].reshape(-1, LANES)[real], line.along_m[:-1])
    np.testing.assert_array_equal(packed.lanes[:, X][real], line.start[:, 0])
    np.testing.assert_array_equal(packed.lanes[:, Y][~real], packed.lanes[:, Y, -1:].repeat(LANES, 1)[~real])
    assert (np.bincount(packed.leaf["stretch"], count) == np.diff(line.first)).all()


@given(st.integers(1, 3000))
def test_a_tree_without_a_stack_visits_each_leaf_once_and_in_order(leaves: int) -> None:
    shape = tree_over(leaves)
    ends = shape.end_leaf - shape.first_leaf == 1
    np.testing.assert_array_equal(shape.first_leaf[ends], np.arange(leaves))
    assert (shape.skip > np.arange(len(shape.skip))).all()
    assert shape.skip[0] == len(shape.skip)
    for node in np.flatnonzero(~ends):
        child, seen = node + 1, int(shape.first_leaf[node])
        below = 0
        while child < shape.skip[node]:
            assert shape.first_leaf[child] == seen
            seen, child, below = int(shape.end_leaf[child]), shape.skip[child], below + 1
        assert seen == shape.end_leaf[node]
        assert 2 <= below <= FAN_OUT


@settings(max_examples=30)
@given(st.lists(ways(longest_edge_m=100_000), min_size=1, max_size=5), st.integers(0, 2**32 - 1))
def test_a_set_gives_to_the_last_bit_what_its_corridors_give(
    given_ways: list[tuple[Floats, Floats]], seed: int
) -> None:
    random = np.random.default_rng(seed)
    corridors = [Corridor(Path(*way), half_width_m=30 + number) for number, way in enumerate(given_ways)]
    which = random.integers(0, len(corridors), 40)
    lon, lat, _ = GEOD.fwd(
        [given_ways[number][0][-1] for number in which],
        [given_ways[number][1][-1] for number in which],
        random.uniform(0, 360, 40),
        10 ** random.uniform(0, 7, 40),
    )
    together = CorridorSet(corridors).measure(which, lon, lat)
    for row, number in enumerate(which):
        alone = corridors[number].measure(float(lon[row]), float(lat[row]))
        assert [getattr(together, name)[row] for name in alone.__slots__] == [
            getattr(alone, name) for name in alone.__slots__
        ]


def test_a_set_of_none_and_a_number_that_is_not_in_it_are_refused() -> None:
    with pytest.raises(PathError, match="at least one corridor"):
        CorridorSet([])
    one = CorridorSet([Corridor(Path([16.0, 16.1], [48.0, 48.0]), half_width_m=40)])
    with pytest.raises(IndexError, match="numbered 0 to 0; asked for 0 to 1"):
        one.measure([0, 1], [16.0, 16.0], [48.0, 48.0])


@compiled
def in_plane(plane: Record, lon: float, lat: float) -> tuple[float, float]:
    return to_plane(plane, lon, lat)


@settings(max_examples=1000)
@given(longitudes, latitudes, st.floats(0, 360), st.floats(-3, 4.75))
def test_the_series_of_a_plane_are_its_frame(lon: float, lat: float, azimuth: float, power: float) -> None:
    at_lon, at_lat, _ = GEOD.fwd(lon, lat, azimuth, 10**power)
    east, north = in_plane(planes_about(np.array([lon]), np.array([lat]))[0], at_lon, at_lat)
    truth = LocalFrame(lon, lat).to_enu(at_lon, at_lat)[0]
    assert (east, north) == pytest.approx(tuple(truth[:2]), abs=1e-8)


def test_the_other_side_of_the_earth_is_not_folded_into_a_plane() -> None:
    plane = planes_about(np.array([16.0]), np.array([48.0]))[0]
    assert plane.dtype == PLANE
    assert min(in_plane(plane, -164.0, -48.0)) > 1e8


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
