"""A set that changes gives at every moment what a frozen set of the same fences gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import ChangingFences, Fence, FenceError, FenceSet, FixError
from tests.corridor.geodesic_oracle import GEOD
from tests.corridor.test_fence_set import crowds

steps = st.lists(
    st.tuples(st.booleans(), st.integers(0, 39), st.floats(0, 360), st.floats(0, 2)), max_size=30
)


@settings(max_examples=60)
@given(crowds(), steps)
def test_whatever_comes_and_goes_the_answers_are_those_of_a_frozen_set(
    crowd: tuple[list[Fence], float, float], actions: list[tuple[bool, int, float, float]]
) -> None:
    fences, lon, lat = crowd
    changing = ChangingFences()
    present: dict[int, Fence] = {}
    for is_insert, number, course, share in [(True, n, 0.0, 0.0) for n in range(len(fences))] + actions:
        key = number % len(fences)
        if is_insert and key not in present:
            changing.insert(key, fences[key])
            present[key] = fences[key]
        elif not is_insert and key in present:
            changing.delete(key)
            del present[key]
        at_lon, at_lat, _ = GEOD.fwd(lon, lat, course, share * 100.0)
        keys = list(present)
        _, which = FenceSet(present.values()).containing([at_lon], [at_lat])
        assert changing.containing(at_lon, at_lat) == [keys[number] for number in which.tolist()]
        assert len(changing) == len(present)


def test_keys_are_looked_after() -> None:
    fences = ChangingFences()
    fences.insert("a", Fence.circle(0.0, 0.0, 100_000.0))
    assert "a" in fences
    assert fences.containing(0.0, 0.0) == ["a"]
    with pytest.raises(FenceError, match="there is a fence 'a' already"):
        fences.insert("a", Fence.circle(0.0, 0.0, 1.0))
    with pytest.raises(KeyError):
        fences.delete("b")
    with pytest.raises(FixError):
        fences.containing(np.nan, 0.0)
