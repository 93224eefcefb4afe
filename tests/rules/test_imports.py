"""The room's door: what it exports, and that opening it costs nothing."""

import subprocess
import sys

import rules


def test_the_exports_are_sorted_and_there() -> None:
    assert rules.__all__ == sorted(rules.__all__)
    for name in rules.__all__:
        assert getattr(rules, name) is not None


def test_importing_rules_loads_no_compiler_and_no_geometry_library() -> None:
    code = (
        "import sys, rules; rules.Window.parse('Mon 07:00-08:00', zone='UTC');"
        "heavy = {'numba', 'shapely', 'pyproj', 'rtree', 'pyarrow', 'matplotlib'} & set(sys.modules);"
        "sys.exit(' '.join(heavy) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
