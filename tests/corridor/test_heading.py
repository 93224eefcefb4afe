"""The direction of a path at a place along it."""

import numpy as np
import pytest

from corridor import Corridor, Path
from corridor.geodesic import edges
from corridor.heading import heading_at, turn_deg


def test_the_direction_is_that_of_the_segment_also_where_lanes_are_not_filled() -> None:
    rng = np.random.default_rng(4)
    lon, lat = 16 + np.cumsum(rng.uniform(-0.004, 0.006, 60)), 48 + np.cumsum(rng.uniform(-0.004, 0.004, 60))
    path = Path(lon, lat)
    corridor = Corridor(path, 30)
    start_m = np.concatenate(
        [[0.0], np.cumsum([Path(lon[at : at + 2], lat[at : at + 2]).length_m for at in range(59)])]
    )
    begins_deg = edges(path.lon, path.lat).start_deg
    for at in range(59):
        middle_m = (start_m[at] + start_m[at + 1]) / 2
        assert turn_deg(heading_at(corridor.packed, 0, middle_m), begins_deg[at]) < 0.01


@pytest.mark.parametrize(("along_m", "heading_deg"), [(-5.0, 90.0), (0.0, 90.0), (1e9, 0.0)])
def test_beyond_the_ends_it_is_that_of_the_ends(along_m: float, heading_deg: float) -> None:
    corridor = Corridor(Path([16.0, 16.001, 16.001], [48.0, 48.0, 48.001]), 30)
    assert turn_deg(heading_at(corridor.packed, 0, along_m), heading_deg) < 0.01


def test_an_angle_is_taken_the_short_way_round() -> None:
    assert turn_deg(350.0, 20.0) == turn_deg(20.0, 350.0) == 30.0
    assert turn_deg(0.0, 180.0) == 180.0
    assert np.isnan(turn_deg(np.nan, 20.0))
