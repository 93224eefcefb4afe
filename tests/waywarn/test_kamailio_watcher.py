"""Watching a real kamailio: agents in child processes, one of which is killed, and nothing is lost."""

import asyncio
from pathlib import Path

import pytest

from benchmarks.kamailio_server import MissingError
from benchmarks.kamailio_watcher import Load, describe, run


@pytest.mark.peer
def test_no_device_and_no_fix_is_lost_when_an_agent_is_killed(tmp_path: Path) -> None:
    pytest.importorskip("pjsua2", reason="pjsua2 is not installed (pip install 'waywarn[agent]')")
    load = Load(devices=20, per_child=10, seconds=10, every_s=5)
    try:
        outcome = asyncio.run(asyncio.wait_for(run(load, tmp_path), 150))
    except MissingError as error:
        pytest.skip(str(error))
    assert outcome.children == 2
    assert outcome.is_good, describe(load, outcome)
