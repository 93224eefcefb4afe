"""What fuzzing has found stays mended: each file of the corpus, and each seed, goes through its target.

That it is survived is the claim: a target lets nothing through but its declared errors, so any other fails.
"""

from pathlib import Path

import pytest

from sip.command import parse_command, parse_result
from sip.filters import parse_filters
from sip.message import parse_message
from sip.peer import Peer, Transport
from sip.pidflo import parse_pidf
from sip.server.admitted import Admitted
from sip.stun import stun_answer
from tests.fuzzing.targets import TARGETS
from tests.fuzzing.whole import Whole
from tests.sip.talk import DEVICE, NOW

CORPUS = Path(__file__).parent / "corpus"
FOUND = sorted(CORPUS.glob("*/*"))


@pytest.mark.parametrize("file", FOUND, ids=[f"{file.parent.name}/{file.name}" for file in FOUND])
def test_what_was_found_is_survived(file: Path) -> None:
    TARGETS[file.parent.name].run(file.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_cut_and_changed_are_survived(name: str) -> None:
    target = TARGETS[name]
    target.run(b"")
    for seed in target.seeds:
        target.run(seed)
        for at in range(0, len(seed), max(len(seed) // 40, 1)):
            target.run(seed[:at])
            target.run(seed[:at] + b"\xff" + seed[at + 1 :])


def test_good_seeds_are_taken_so_that_the_targets_reach_what_is_behind() -> None:
    command, result = TARGETS["command"].seeds
    assert parse_command(command)
    assert parse_result(result)
    assert parse_filters(TARGETS["filters"].seeds[0]).filters
    assert parse_pidf(TARGETS["pidf"].seeds[0]).to_fix("anna", NOW)
    assert stun_answer(TARGETS["stun"].seeds[0], "192.0.2.10", 40_000)
    for seed in TARGETS["server"].seeds:
        assert parse_message(seed)
        got = Whole().talk.uas.receive(seed, Peer(Transport.UDP, DEVICE.host, DEVICE.port), NOW)
        assert isinstance(got, Admitted), got
