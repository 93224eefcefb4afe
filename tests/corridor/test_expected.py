"""When a device will be where along its path: held against plain interpolation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor import Path, PathError, expected_at
from corridor.expected import AS_RECORDED, elapsed_at, pace_of, vertices_m

ELAPSED_S = np.array([0.0, 600.0, 600.0, 1500.0])
PATH = Path([16.0, 16.01, 16.02, 16.03], [48.0, 48.0, 48.01, 48.01], elapsed_s=ELAPSED_S, name="bus")
ALONG = st.floats(0.0, PATH.length_m)


def test_halfway_at_double_the_time_the_rest_takes_longer_but_not_double() -> None:
    path = Path([16.0, 16.1], [48.0, 48.0], elapsed_s=[0, 1200])
    (at,) = expected_at(path, path.length_m / 2, 1200.0, begun_m=0.0, begun=0.0)
    assert 1200 + 600 < at < 1200 + 2 * 600


def test_a_trip_as_recorded_ends_as_recorded_wherever_it_is() -> None:
    vertex_m = vertices_m(PATH)
    along_m = np.linspace(0.0, PATH.length_m, 50)
    time = 1e9 + np.interp(along_m, vertex_m, ELAPSED_S)
    assert np.allclose(expected_at(PATH, along_m, time, begun_m=0.0, begun=1e9), 1e9 + 1500.0, atol=1e-5)


@given(ALONG, ALONG, ALONG, st.floats(0.0, 5000.0))
def test_it_is_what_plain_interpolation_gives(
    along_m: float, begun_m: float, to_m: float, spent_s: float
) -> None:
    (at,) = expected_at(PATH, along_m, spent_s, begun_m=begun_m, begun=0.0, to_m=to_m)
    if to_m < along_m:
        assert np.isnan(at)
        return
    here_s, begun_s, to_s = np.interp([along_m, begun_m, to_m], vertices_m(PATH), ELAPSED_S)
    weight_s = AS_RECORDED * 1500.0
    pace = (spent_s + weight_s) / (max(here_s - begun_s, 0.0) + weight_s)
    assert at == pytest.approx(spent_s + (to_s - here_s) * pace, abs=1e-3)


def test_the_pace_of_a_trip_that_has_not_begun_is_as_recorded() -> None:
    assert pace_of(0.0, 0.0, 1200.0) == pace_of(0.0, 0.0, 0.0) == 1.0
    assert 1.0 < pace_of(60.0, 0.0, 1200.0) < 1.2
    assert pace_of(1e9, 1e9 / 2, 1200.0) == pytest.approx(2.0, abs=1e-5)


def test_beyond_the_ends_the_times_are_those_of_the_ends() -> None:
    vertex_m = vertices_m(PATH)
    assert elapsed_at(vertex_m, ELAPSED_S, -5.0) == 0.0
    assert elapsed_at(vertex_m, ELAPSED_S, 1e9) == 1500.0
    assert np.isnan(elapsed_at(vertex_m[:0], ELAPSED_S[:0], 0.0))


def test_a_path_without_times_is_named() -> None:
    with pytest.raises(PathError, match='path "school" has no times; record it with times'):
        expected_at(Path([16.0, 16.1], [48.0, 48.0], name="school"), 0.0, 0.0, begun_m=0.0, begun=0.0)
