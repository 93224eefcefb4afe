"""A phone at an operator's server, which is Debian's kamailio: written to and rung from here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchmarks.kamailio_server import DOMAIN, PASSWORD, Kamailio, MissingError, kamailio, make_store
from sip import ListenAddress, Transport
from tests.waywarn.baresip import baresip
from tests.waywarn.wayback.test_whole_way import ask
from waywarn.config import load_config
from waywarn.service import Service
from waywarn.store import Store

pytestmark = pytest.mark.peer
CONFIGURATION = """\
[service]
store = "waywarn.sqlite"
[sip]
domain = "{domain}"
listen = ["udp:127.0.0.1:0"]
[operator]
server = "tcp:{host}:{port}"
user = "waywarn"
password = "{password}"
bound_to = "127.0.0.1"
watches = ["anna"]
[devices.anna]
"""


@contextlib.asynccontextmanager
async def serving(folder: Path, server: Kamailio) -> AsyncIterator[Service]:
    file = folder / "waywarn.toml"
    where = {"host": server.address.host, "port": server.address.port}
    file.write_text(CONFIGURATION.format(domain=DOMAIN, password=PASSWORD, **where))
    file.chmod(0o600)
    with Store.open(folder / "waywarn.sqlite") as store:
        service = Service(load_config(file, {}), store)
        task = asyncio.create_task(service.run())
        await service.ready()
        try:
            assert service.station is not None
            async with asyncio.timeout(30):
                while not service.station.agents.active:
                    await asyncio.sleep(0.05)
            yield service
        finally:
            service.stop()
            await task


def test_a_phone_there_gets_a_text_and_is_rung(tmp_path: Path) -> None:
    pytest.importorskip("pjsua2", reason="pjsua2 is not installed (pip install 'waywarn[agent]')")

    async def story() -> None:
        database = tmp_path / "presence.sqlite"
        make_store(database, ["waywarn", "anna"])
        filled = {"/var/lib/kamailio/presence.sqlite": str(database)}
        async with kamailio(tmp_path, "watcher", filled) as server:
            at = ListenAddress(Transport.UDP, server.address.host, server.address.port)
            phone = baresip(tmp_path / "a", "anna", PASSWORD, at, "answermode=auto", domain=DOMAIN)
            async with serving(tmp_path, server), phone as anna:
                async with asyncio.timeout(15):  # it may be registered before anybody can ask it
                    while b"200 OK" not in (tmp_path / "a" / "log").read_bytes():
                        await asyncio.sleep(0.05)
                written = await ask(tmp_path, "message", "anna", "Komm heim")
                assert written.exit_code == 0, written.stderr
                assert "delivered to the operator's server" in written.stdout
                rung = await ask(tmp_path, "ring", "anna", "--for", "20", wait_s=60)
                assert rung.exit_code == 0, rung.stderr
                assert "done: answered after" in rung.stdout
                await anna.wait_for("CALL_ESTABLISHED")
                await anna.wait_for("CALL_CLOSED")
                locked = await ask(tmp_path, "lock", "anna", "--yes", wait_s=2)
                assert locked.exit_code == 1
                assert "waits: the device is not registered" in locked.stderr

    try:
        asyncio.run(asyncio.wait_for(story(), 120))
    except MissingError as error:
        pytest.skip(str(error))
