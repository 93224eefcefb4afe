"""The room's door: what it names, and what opening it costs."""

import subprocess
import sys

import pytest

import corridor

HEAVY = ("numba", "shapely", "pyproj", "rtree", "pyarrow")


def test_the_names_are_sorted_and_all_there() -> None:
    assert corridor.__all__ == sorted(corridor.__all__)
    assert all(getattr(corridor, name).__name__ == name for name in corridor.__all__)
    assert dir(corridor) == corridor.__all__


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Fencing'"):
        _ = corridor.Fencing


@pytest.mark.parametrize(
    "module", ["corridor", "corridor.shapes", "corridor.regions", "corridor.frame", "corridor.tracks"]
)
def test_importing_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []
