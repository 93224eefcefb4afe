"""Compiled loops are kept on disk, and are never older than what they call."""

import os
import subprocess
import sys
from pathlib import Path

CALLEE = "from corridor.compiled import compiled\n@compiled\ndef answer() -> int:\n    return {}\n"
CALLER = (
    "from corridor.compiled import compiled\nfrom callee import answer\n"
    "@compiled\ndef ask() -> int:\n    return answer()\n"
    "print(ask(), sum(ask.stats.cache_hits.values()))\n"
)


def said(folder: Path) -> str:
    roots = os.pathsep.join([str(folder), str(Path(__file__).resolve().parents[2])])
    environment = os.environ | {"PYTHONPATH": roots, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "caller.py"]
    return subprocess.check_output(command, cwd=folder, env=environment, text=True).strip()


def test_a_loop_is_loaded_from_disk_until_what_it_calls_has_changed(tmp_path: Path) -> None:
    (tmp_path / "caller.py").write_text(CALLER)
    (tmp_path / "callee.py").write_text(CALLEE.format(1))
    assert said(tmp_path) == "1 0"
    assert said(tmp_path) == "1 1"
    (tmp_path / "callee.py").write_text(CALLEE.format(2))
    assert said(tmp_path) == "2 0"


PLACE = (
    "from typing import NamedTuple\nfrom corridor.compiled import compiled\n"
    "class {name}(NamedTuple):\n    lon: float\n"
    "@compiled\ndef ask(place) -> float:\n    return place.lon\n"
    "if __name__ == '__main__':\n    import caller\n    print(caller.ask(caller.{name}(1.0)))\n"
)


def test_a_loop_is_compiled_anew_where_a_type_that_it_took_has_another_name(tmp_path: Path) -> None:
    for name in ("Place", "Spot"):
        (tmp_path / "caller.py").write_text(PLACE.format(name=name))
        assert said(tmp_path) == "1.0"
