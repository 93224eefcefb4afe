"""The load benchmarks, run small: the whole service and Kamailio, real sipp, UDP and TCP."""

import shutil
from pathlib import Path

import pytest

from benchmarks.publish_rivals import SERVERS, compare, describe, measure
from benchmarks.sipp_load import TRANSPORTS, Load, run


@pytest.mark.peer
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_small_load_is_answered_and_stored_once(transport: str, tmp_path: Path) -> None:
    if shutil.which("sipp") is None:
        pytest.skip("sipp is not installed (Debian: sip-tester)")
    outcome = run(transport, Load(rate_per_s=50, seconds=1, devices=5), tmp_path)
    assert outcome.is_good, outcome


@pytest.mark.peer
@pytest.mark.parametrize(("transport", "again"), [("udp", 0), ("tcp", 3)])
def test_rivals_answer_and_store_the_same_load(transport: str, again: int) -> None:
    for program in ("sipp", "kamailio", "taskset"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (Debian: sip-tester, kamailio-presence-modules ...)")
    load = Load(rate_per_s=20, seconds=1, devices=5)
    measured = [measure(server, transport, load, in_flight=2, again=again) for server in SERVERS]
    assert all(each.is_good for each in measured), [describe(each) for each in measured]
    assert "kamailio in memory" in compare(measured)
