"""Behind a real kamailio that relays: the digest passes through, and each PUBLISH is stored once."""

import asyncio
from pathlib import Path

import pytest

from benchmarks.kamailio_relay import Load, describe, run
from benchmarks.kamailio_server import MissingError
from sip.peer import Transport


@pytest.mark.peer
@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
def test_each_publish_that_kamailio_relays_is_stored_once(tmp_path: Path, transport: Transport) -> None:
    load = Load(calls=300, devices=20, transport=transport)
    try:
        outcome = asyncio.run(asyncio.wait_for(run(load, tmp_path), 150))
    except MissingError as error:
        pytest.skip(str(error))
    assert (outcome.statuses, outcome.is_good) == ({200: 300}, True), describe(load, outcome)
