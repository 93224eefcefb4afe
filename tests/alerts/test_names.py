"""The room's door: sorted, complete, lazy; and what its examples claim."""

import doctest
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import alerts

MODULES = sorted(path.stem for path in Path(alerts.__file__).parent.glob("*.py") if path.stem != "__init__")


def test_names_are_sorted_and_all_there() -> None:
    constants = [name for name in alerts.__all__ if name.isupper()]
    classes = [name for name in alerts.__all__ if name[0].isupper() and not name.isupper()]
    functions = [name for name in alerts.__all__ if name[0].islower()]
    assert alerts.__all__ == sorted(constants) + sorted(classes) + sorted(functions)
    assert dir(alerts) == sorted(alerts.__all__)
    for name in alerts.__all__:
        assert getattr(alerts, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        alerts.Nothing  # noqa: B018  the access is the test


def test_importing_the_room_loads_neither_apprise_nor_arrays() -> None:
    code = "import sys, alerts, alerts.dispatcher, alerts.recipient; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    for heavy in ("apprise", "requests", "numba", "shapely", "pyproj", "sip", "sqlalchemy", "asyncio"):
        assert heavy not in loaded


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_true(module: str) -> None:
    assert doctest.testmod(import_module(f"alerts.{module}")).failed == 0
