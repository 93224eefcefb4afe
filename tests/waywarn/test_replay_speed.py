"""The benchmark of replay, small: the command says what one engine says, and how long it took."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.replay import expected, lay_out, lines, run_once
from corridor import FixBatch
from tests.rules.ground import START, lon_lat
from waywarn import stopwatch
from waywarn.commands.replay import without_collecting
from waywarn.history import late_devices
from waywarn.stopwatch import Stopwatch, process_age_s


def tracks(devices: int = 4, fixes: int = 600) -> FixBatch:
    """Give devices that stray from their way and come back; every other one has late fixes."""
    random = np.random.default_rng(11)
    at = np.arange(devices * fixes)
    device, turn = at % devices, at // devices
    late_s = np.where(device % 2, random.choice([0.0, 0.0, 0.0, 45.0], len(at)), 0.0)
    east_m, north_m = 40.0 * turn, 3000.0 * np.sin(turn / 40) * (turn % 100 > 50) + 5000.0 * device
    lon, lat = lon_lat(east_m, north_m)  # type: ignore[arg-type]  # arrays will do
    return FixBatch.from_columns([f"air/{code}" for code in device], START + 10.0 * turn - late_s, lon, lat)


def test_what_the_command_says_is_what_one_engine_says(tmp_path: Path) -> None:
    seen = tracks()
    assert len(late_devices(seen)) == 2
    lay_out(seen, tmp_path, corridors=3, vertices=10)
    ran = run_once(tmp_path)
    assert ran.said == expected(tmp_path)
    assert ran.said.count("\n") > 20
    assert ran.start_cpu_s > 0.0
    assert len(list(lines([ran], len(seen)))) == 4


def test_where_the_system_does_not_say_when_a_process_began_its_loading_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stopwatch, "_STAT", tmp_path / "absent")
    assert 0.0 < process_age_s() < 86_400
    assert "for 3 fixes" in Stopwatch().said_of(3)


def test_garbage_is_looked_for_again_afterwards() -> None:
    import gc

    with without_collecting():
        assert not gc.isenabled()
    assert gc.isenabled()
