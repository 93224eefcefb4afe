"""The index gives exactly the boxes that a look at all of them gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.ellipsoid import Floats
from corridor.index import BoxIndex

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


def test_a_number_is_used_once_and_only_a_known_one_is_deleted() -> None:
    index = BoxIndex([(1, np.array([0.0, 0, 0, 1, 1, 1]))])
    with pytest.raises(KeyError, match="box 1 is in the index already"):
        index.insert(1, np.array([0.0, 0, 0, 1, 1, 1]))
    with pytest.raises(KeyError):
        index.delete(2)
