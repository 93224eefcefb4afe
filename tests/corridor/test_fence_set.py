"""Many fences at once give what each gives alone, and nothing changes within the clear distance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import Fence, FenceError, FenceSet, FixError
from corridor.fence_kernel import survey
from tests.corridor.geodesic_oracle import GEOD
from tests.corridor.places import latitudes, longitudes


@st.composite
def crowds(draw: st.DrawFn) -> tuple[list[Fence], float, float]:
    """Up to 40 fences of many sizes about a place, and the place."""
    lon, lat = draw(longitudes), draw(latitudes)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    spread_m = 10 ** draw(st.floats(1, 5))
    fences = []
    for number in range(draw(st.integers(1, 40))):
        x, y, _ = GEOD.fwd(lon, lat, rng.uniform(0, 360), spread_m * rng.uniform(0, 2))
        size_m = spread_m * 10 ** rng.uniform(-3, 0.5)
        if rng.random() < 0.5:
            fences.append(Fence.circle(x, y, size_m, name=f"circle {number}"))
        else:
            corners = [GEOD.fwd(x, y, course, size_m)[:2] for course in (10, 80, 200, 300)]
            fences.append(_polygon(corners, f"polygon {number}"))
    return fences, lon, lat


def _polygon(corners: list[tuple[float, float]], name: str) -> Fence:
    try:
        return Fence.polygon([[*corners, corners[0]]], name=name)
    except FenceError:  # beside a pole four corners in degrees may cross
        return Fence.circle(*corners[0], 10.0, name=name)


@settings(max_examples=200)
@given(crowds(), st.sampled_from([-(2**63), -1, 40, 2**40, 2**63 - 1]) | st.integers(0, 39))
def test_survey_finds_what_each_fence_says_and_clears_no_more_than_the_truth(
    crowd: tuple[list[Fence], float, float], hint: int
) -> None:
    fences, lon, lat = crowd
    whole = FenceSet(fences)
    found = np.empty(64, dtype=np.int64)
    count, clear_m, nearest = survey(whole.packed, lon, lat, hint, found)
    alone = np.array([fence.distance_m(lon, lat) for fence in fences])
    assert (
        whole.distance_m(np.arange(len(fences)), [lon] * len(fences), [lat] * len(fences)).tolist()
        == alone.tolist()
    )
    assert found[:count].tolist() == np.flatnonzero(alone <= 0).tolist()
    least = float(np.abs(alone).min())
    assert 0 <= clear_m <= least
    # Not so small that it is of no use: all but some millimetres, or where it is far, a lower bound.
    assert clear_m >= 0.9 * least - 1.0 or clear_m > 30_000
    assert 0 <= nearest < len(fences)
    offsets, which = whole.containing([lon], [lat])
    assert (offsets.tolist(), which.tolist()) == ([0, count], found[:count].tolist())


@settings(max_examples=100)
@given(crowds(), st.floats(0, 360), st.floats(0, 1))
def test_no_containment_changes_within_the_clear_distance(
    crowd: tuple[list[Fence], float, float], course: float, share: float
) -> None:
    fences, lon, lat = crowd
    whole = FenceSet(fences)
    found = np.empty(64, dtype=np.int64)
    count, clear_m, _ = survey(whole.packed, lon, lat, -1, found)
    at_lon, at_lat, _ = GEOD.fwd(lon, lat, course, share * min(clear_m, 1e6))
    assert whole.containing([at_lon], [at_lat])[1].tolist() == found[:count].tolist()


def test_a_thousand_fences_about_one_place_are_all_found() -> None:
    fences = FenceSet.from_arrays(np.full(1000, 16.0), np.full(1000, 48.0), np.linspace(1, 1000, 1000)[::-1])
    assert fences.containing([16.0, 17.0], [48.0, 48.0])[1].tolist() == list(range(1000))
    few = np.empty(10, dtype=np.int64)
    assert survey(fences.packed, 16.0, 48.0, -1, few)[0] == 1000


def test_no_fences_contain_nothing_and_everywhere_is_clear() -> None:
    found = np.empty(1, dtype=np.int64)
    for fences in (FenceSet([]), FenceSet.from_arrays([], [], [])):
        assert survey(fences.packed, 16.0, 48.0, -1, found) == (0, np.inf, -1)
        assert fences.containing([16.0], [48.0])[0].tolist() == [0, 0]
        assert len(fences) == 0


def test_columns_and_single_fences_are_the_same_set() -> None:
    ring = np.array([(0, 0), (1, 0), (1, 1), (0, 0)], dtype=float)
    one = FenceSet([Fence.polygon([ring]), Fence.polygon([ring + 2])])
    lon, lat = np.vstack([ring, ring + 2]).T
    other = FenceSet.from_rings(lon, lat, [0, 4, 8], [0, 1, 2], names=["a", "b"])
    assert one.fingerprint == other.fingerprint
    assert (one.name(1), other.name(1)) == ("fence", "b")
    assert other.containing([0.5, 2.9], [0.1, 2.1])[1].tolist() == [0, 1]


def test_bad_columns_are_refused_by_name() -> None:
    with pytest.raises(FenceError, match=r'fence "b": latitude 95.0 is outside .* swapped'):
        FenceSet.from_arrays([0.0, 1.0], [0.0, 95.0], 5.0, names=["a", "b"])
    lon = [0.0, 1.0, 1.0, 0.0, 0.0, 1.0, float("nan"), 0.0]
    with pytest.raises(FenceError, match='fence "fence 1" vertex 2: longitude is nan'):
        FenceSet.from_rings(lon, [0.0, 0.0, 1.0, 0.0] * 2, [0, 4, 8], [0, 1, 2])
    with pytest.raises(FenceError, match="first_ring is not one column of numbers"):
        FenceSet.from_rings(lon, [0.0, 0.0, 1.0, 0.0] * 2, [0, 4, 8], [0, 1.5, 2])
    with pytest.raises(FenceError, match='fence "fence 1": latitude'):
        FenceSet.from_arrays([0.0, 1.0], [0.0, 95.0], 5.0, names=["a"])
    with pytest.raises(FenceError, match="empty ring or polygon"):
        FenceSet.from_rings([], [], [0, 0], [0, 1])
    fences = FenceSet.from_arrays([0.0], [0.0], 5.0)
    with pytest.raises(FixError, match="row 1: latitude"):
        fences.containing([0.0, 0.0], [0.0, 91.0])
    with pytest.raises(IndexError):
        fences.distance_m(1, 0.0, 0.0)
    with pytest.raises(IndexError, match="whole numbers"):
        fences.distance_m([0.5], [0.0], [0.0])
    with pytest.raises(FixError, match="which has shape"):
        fences.distance_m([0, 0], 0.0, 0.0)


def test_edges_that_would_fill_the_memory_are_refused_before_they_do() -> None:
    lat = np.linspace(-80.0, 80.0, 4001)
    zigzag = np.where(np.arange(4001) % 2, 170.0, 0.0)
    ring = np.stack([np.append(zigzag, [175.0, 175.0, 0.0]), np.append(lat, [80.0, -80.0, -80.0])], axis=1)
    with pytest.raises(FenceError, match=r"come to \d+ parts"):
        FenceSet([Fence.polygon([ring])])
