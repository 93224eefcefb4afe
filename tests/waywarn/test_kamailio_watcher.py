"""Watching a real kamailio: agents in child processes, one of which is killed, and nothing is lost."""

import asyncio
import time
from pathlib import Path

import pytest

from benchmarks.kamailio_devices import Device, until
from benchmarks.kamailio_server import DOMAIN, HOST, PASSWORD, MissingError, kamailio, make_store
from benchmarks.kamailio_watcher import Load, describe, run
from sip import Account, LocationReport
from sip.agent_talk import AgentAccount, Notified
from sip.device.caller import call
from sip.device.channel import ServerAddress
from sip.peer import Transport
from waywarn.operator import Agents, Reader, Reading, Watched

PATIENCE_S = 20.0


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


def account(device: str) -> Account:
    return Account.with_password(device, "pw", realm=DOMAIN, aor=f"sip:{device}@{DOMAIN}", device_id=device)


def places(readings: list[Reading]) -> list[tuple[str | None, float]]:
    reports: list[LocationReport] = [report for reading in readings for report in reading.reports]
    return [(report.account.device_id, report.fix.time) for report in reports]


@pytest.mark.peer
def test_two_devices_of_one_user_and_one_that_goes_are_told_apart(tmp_path: Path) -> None:
    """Kamailio writes both into one document, indents it, and sends the last place of what has gone."""
    pytest.importorskip("pjsua2", reason="pjsua2 is not installed (pip install 'waywarn[agent]')")
    address, now = f"sip:anna@{DOMAIN}", float(int(time.time()))
    reader = Reader(
        [Watched(address, account("phone"), "phone-*"), Watched(address, account("watch"), "watch")]
    )
    readings: list[Reading] = []

    def notified(word: Notified) -> None:
        readings.append(reader.read(word.address, word.body, time.time()))

    async def arrived(*expected: tuple[str, float]) -> None:
        await until(lambda: places(readings) == [*expected], PATIENCE_S)
        assert places(readings) == [*expected]

    async def scene() -> None:
        make_store(tmp_path / "p.sqlite", ["waywarn", "anna"])
        filled = {"/var/lib/kamailio/presence.sqlite": str(tmp_path / "p.sqlite")}
        async with kamailio(tmp_path, "watcher", filled) as server:
            there = ServerAddress(HOST, server.address.port, Transport.TCP)
            us = AgentAccount(
                f"sip:waywarn@{DOMAIN}",
                f"sip:{HOST}:{there.port};transport=tcp",
                "waywarn",
                PASSWORD,
                bound_to=HOST,
            )
            async with call(there) as caller, Agents(us, [address], on_notified=notified) as agents:
                assert await until(lambda: len(agents.active) == 1, 2 * PATIENCE_S) is not None
                phone, watch = Device("anna", caller, part="phone-a1"), Device("anna", caller, part="watch")
                assert await phone.publish(now - 30) == 200
                await arrived(("phone", now - 30))
                assert await watch.publish(now - 20) == 200
                await arrived(("phone", now - 30), ("watch", now - 20))
                assert await phone.publish(now - 10) == 200
                await arrived(("phone", now - 30), ("watch", now - 20), ("phone", now - 10))
                told = len(readings)
                assert await watch.leave() == 200
                assert await until(lambda: len(readings) > told, PATIENCE_S) is not None
                assert [reading.faults for reading in readings if reading.faults] == []
                assert readings[-1].closed == 1
                assert places(readings[told:]) == []

    try:
        asyncio.run(asyncio.wait_for(scene(), 120))
    except MissingError as error:
        pytest.skip(str(error))
