"""The load benchmark, run small: the whole service, real sipp, UDP and TCP."""

import shutil
from pathlib import Path

import pytest

from benchmarks.sipp_load import TRANSPORTS, Load, run


@pytest.mark.peer
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_small_load_is_answered_and_stored_once(transport: str, tmp_path: Path) -> None:
    if shutil.which("sipp") is None:
        pytest.skip("sipp is not installed (Debian: sip-tester)")
    outcome = run(transport, Load(rate_per_s=50, seconds=1, devices=5), tmp_path)
    assert outcome.is_good, outcome
