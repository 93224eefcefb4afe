"""A tracker behind Debian's kamailio, with the configuration that we ship: it hears orders, and is heard."""

import asyncio
import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.kamailio_server import MissingError, kamailio
from sip.device import caller as caller_module
from sip.device.caller import Caller, call
from sip.headers import Headers
from sip.message import Request
from sip.peer import Transport
from tests.waywarn.tracker.test_whole_way import PATIENCE_S, configure, device, fixes, tracker, until
from waywarn.demo.actors import HOST, free_port, service

pytestmark = pytest.mark.peer


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_an_order_reaches_a_device_that_registered_through_kamailio(tmp_path: Path, transport: str) -> None:
    async def story() -> None:
        port = free_port()
        configure(tmp_path, port)
        filled = {"!WAYWARN_PORT!5070!": f"!WAYWARN_PORT!{port}!", "!example.org!": "!town.example!"}
        async with (
            service(tmp_path),
            kamailio(tmp_path, "relay", filled) as relay,
            tracker(tmp_path, relay.address.port, transport),
        ):
            await asyncio.wait_for(until(tmp_path, "registration.done"), PATIENCE_S)
            code, said = await device(tmp_path, "message", "anna", "come home")
            assert (code, (tmp_path / "shown").read_text()) == (0, "come home"), said
            code, said = await device(tmp_path, "locate", "anna")
            assert code == 0, said
            assert fixes(tmp_path) >= 1

    try:
        asyncio.run(asyncio.wait_for(story(), 150))
    except MissingError as error:
        pytest.skip(str(error))


async def asked(caller: Caller, method: str, uri: str, *fields: tuple[str, str]) -> int:
    pairs = [("From", "<sip:x@y>;tag=1"), ("To", "<sip:x@y>"), ("Call-ID", secrets.token_hex(8))]
    pairs += [("CSeq", f"1 {method}"), ("Max-Forwards", "70"), *fields]
    return (await caller.ask(Request(method, uri, Headers(pairs)))).status


def test_a_stranger_reaches_nobody_through_it_and_keep_alives_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caller_module, "PONG_S", 0.5)

    async def story() -> None:
        victim = f"sip:x@{HOST}:9;alias={HOST}~9~1"
        async with kamailio(tmp_path, "relay", {}) as relay, call(relay.address) as caller:
            assert await asked(caller, "MESSAGE", victim) == 403
            assert await asked(caller, "INVITE", "sip:anna@example.org") == 403
            assert await asked(caller, "REGISTER", "sip:example.org", ("Contact", f"<{victim}>")) == 403
            await caller.keep_alive()
            while caller.seen_at is None:
                await asyncio.sleep(0.01)
            assert f"{caller.seen_at[0]}:{caller.seen_at[1]}" == await caller.local()
            async with call(replace(relay.address, transport=Transport.TCP)) as connected:
                before = await connected.local()
                await connected.keep_alive()
                assert await connected.local() == before

    try:
        asyncio.run(asyncio.wait_for(story(), 60))
    except MissingError as error:
        pytest.skip(str(error))
