"""Debian's baresip as a plain phone: it gets a text, is rung, answers or not, and that is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from importlib.util import find_spec
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from tests.alerts.servers import free_port
from tests.waywarn.baresip import baresip
from tests.waywarn.test_real_phones import DOMAIN, PASSWORD, registered, serving
from tests.waywarn.wayback.test_whole_way import ask
from waywarn.store import Store
from waywarn.wayback import Errand, State

pytestmark = pytest.mark.peer
needs_agent = pytest.mark.skipif(find_spec("pjsua2") is None, reason="pjsua2 is not installed (extra: agent)")


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 120))


def newest(folder: Path) -> Errand:
    with Store.open(folder / "waywarn.sqlite") as store:
        return store.commands.newest("anna", 1)[0]


@contextlib.asynccontextmanager
async def screen(port: int) -> AsyncIterator[asyncio.StreamReader]:
    """Look at what a baresip with a console shows from now on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\n")
    try:
        yield reader
    finally:
        writer.close()


@pytest.mark.parametrize("door", [0, 1], ids=["udp", "tcp"])
def test_baresip_gets_a_text(tmp_path: Path, door: int) -> None:
    async def story() -> None:
        async with serving(tmp_path) as service:
            at = service.addresses[door]
            port = free_port()
            console = f"module cons.so\ncons_listen 127.0.0.1:{port}\n"
            phone = baresip(tmp_path / "a", "anna", PASSWORD, at, domain=DOMAIN, more=console)
            async with phone, screen(port) as shown:
                await registered(service, "anna")
                result = await ask(tmp_path, "message", "anna", "Komm heim, Grüße")
                assert result.exit_code == 0, result.stderr
                assert "done: delivered" in result.stdout
                seen = await asyncio.wait_for(shown.readuntil("Grüße".encode()), 20)
                assert f'sip:waywarn@{DOMAIN}: "Komm heim, Grüße'.encode() in seen

    run(story())


def test_baresip_reads_no_commands_and_that_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with serving(tmp_path) as service:
            at = service.addresses[0]
            async with baresip(tmp_path / "a", "anna", PASSWORD, at, domain=DOMAIN):
                await registered(service, "anna")
                result = await ask(tmp_path, "photo", "anna")
                assert result.exit_code == 1
                assert newest(tmp_path).state in {State.REFUSED, State.ACKNOWLEDGED}, newest(tmp_path)

    run(story())


@needs_agent
def test_baresip_is_rung_and_answers(tmp_path: Path) -> None:
    async def story() -> None:
        async with serving(tmp_path) as service:
            at = service.addresses[0]
            options = ("answermode=auto",)
            async with baresip(tmp_path / "a", "anna", PASSWORD, at, *options, domain=DOMAIN) as anna:
                await registered(service, "anna")
                result = await ask(tmp_path, "ring", "anna", "--for", "20", wait_s=60)
                assert result.exit_code == 0, result.stderr
                assert "done: answered after" in result.stdout
                event = await anna.wait_for("CALL_ESTABLISHED")
                assert event["peeruri"].startswith(f"sip:waywarn@{DOMAIN}")

    run(story())


@needs_agent
def test_baresip_rings_as_long_as_asked_and_nobody_answers(tmp_path: Path) -> None:
    async def story() -> None:
        async with serving(tmp_path) as service:
            at = service.addresses[1]
            async with baresip(tmp_path / "a", "anna", PASSWORD, at, domain=DOMAIN) as anna:
                await registered(service, "anna")
                result = await ask(tmp_path, "ring", "anna", "--for", "3", wait_s=60)
                assert result.exit_code == 0, result.stderr
                assert "done: rang for 3 s, nobody answered" in result.stdout
                await anna.wait_for("CALL_INCOMING")
                await anna.wait_for("CALL_CLOSED")

    run(story())


@needs_agent
def test_whoever_declines_ends_the_ringing(tmp_path: Path) -> None:
    async def story() -> None:
        async with serving(tmp_path) as service:
            at = service.addresses[0]
            async with baresip(tmp_path / "a", "anna", PASSWORD, at, domain=DOMAIN) as anna:
                await registered(service, "anna")
                asked = asyncio.create_task(ask(tmp_path, "ring", "anna", "--for", "20", wait_s=60))
                await anna.wait_for("CALL_INCOMING")
                await anna.command("hangup")
                result = await asked
                assert result.exit_code == 1
                assert "busy, or somebody declined" in result.stderr
                assert newest(tmp_path).state is State.REFUSED

    run(story())


@needs_agent
def test_a_service_that_stops_while_a_phone_rings_leaves_no_child_and_rings_again_later(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with serving(tmp_path) as service:
            at = service.addresses[0]
            async with baresip(tmp_path / "a", "anna", PASSWORD, at, domain=DOMAIN) as anna:
                await registered(service, "anna")
                await ask(tmp_path, "ring", "anna", "--for", "60", wait_s=0)
                await anna.wait_for("CALL_INCOMING")
                assert len(active_children()) == 1
        async with asyncio.timeout(10):  # it has said goodbye, and takes a moment to go
            while active_children():
                await asyncio.sleep(0.05)
        assert newest(tmp_path).state is State.SENT  # a restart puts it on its way again

    run(story())
