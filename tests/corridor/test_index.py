"""The index gives exactly the boxes that a look at all of them gives, and boxes hold the whole surface."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.ellipsoid import Floats
from corridor.frame import geocentric_xyz
from corridor.index import BoxIndex, box_around, bulge_m, distances_to_boxes_m
from tests.corridor.geodesic_oracle import GEOD
from tests.corridor.places import latitudes, longitudes

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
