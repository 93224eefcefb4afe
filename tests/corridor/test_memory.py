"""What is remembered of a device is read again from stores: it means the same elsewhere, and does no harm."""

import numpy as np
import pytest

from corridor import Corridor, CorridorSet, FixError, Path
from corridor.locate import locate
from corridor.memory import MEMORY, fresh_memory

EAST = Path(np.linspace(16.0, 16.5, 400), np.full(400, 48.0))
NORTH = Path(np.full(300, 16.0), np.linspace(48.0, 48.4, 300))


def test_a_memory_is_forty_bytes() -> None:
    assert MEMORY.itemsize == 40


@pytest.mark.parametrize("before", [0, 1, 5])
def test_a_memory_goes_on_wherever_its_corridor_stands_in_a_set(before: int) -> None:
    east, others = Corridor(EAST, 40), [Corridor(NORTH, 40) for _ in range(before)]
    lon, lat = np.linspace(16.1, 16.3, 200), np.full(200, 48.0001)
    time = np.arange(200.0)
    memory = fresh_memory(1)
    east.follow(lon[:100], lat[:100], time[:100], memory=memory)
    truth = east.follow(lon[100:], lat[100:], time[100:], memory=memory.copy())
    packed = CorridorSet([*others, east]).packed
    for row in range(100, 200):
        found = locate(packed, before, lon[row], lat[row], np.nan, np.nan, time[row], memory[0])
        assert found[0] == truth.distance_m[row - 100]
        assert found[2] == truth.along_track_m[row - 100]


@pytest.mark.parametrize("leaf", [-(2**31), -2, 50, 10_000, 2**31 - 1])
def test_a_leaf_that_does_not_exist_is_not_followed(leaf: int) -> None:
    whole = CorridorSet([Corridor(NORTH, 40), Corridor(EAST, 40), Corridor(NORTH, 40)])
    truth = whole.measure([1], [16.2], [48.001])
    memory = fresh_memory(1)
    memory["leaf"], memory["clear_m"], memory["along_m"], memory["time"] = leaf, 2000.0, 15_000.0, 1.0
    found = locate(whole.packed, 1, 16.2, 48.001, np.nan, np.nan, 2.0, memory[0])
    assert found[0] == truth.distance_m[0]


def test_a_memory_is_one_row_of_its_kind() -> None:
    corridor = Corridor(NORTH, 40)
    for memory in (fresh_memory(0), fresh_memory(2), np.zeros(1, np.dtype([("leaf", "<i4")]))):
        with pytest.raises(FixError, match="a memory is one row"):
            corridor.follow(16.0, 48.0, 0.0, memory=memory)


def test_whatever_a_memory_holds_the_distance_is_measured() -> None:
    corridor = Corridor(NORTH, 40)
    memory = fresh_memory(1)
    for name in MEMORY.names or ():
        memory[name] = np.inf if MEMORY[name].kind == "f" else 3
    memory["clear_m"] = np.nan
    assert corridor.follow(16.001, 48.2, 0.0, memory=memory).distance_m == (
        corridor.measure(16.001, 48.2).distance_m
    )
