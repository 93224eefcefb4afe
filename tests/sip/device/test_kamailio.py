"""A real presence server: kamailio takes what our device publishes, from the first to the removal."""

import asyncio
import contextlib
import secrets
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sip.device.caller import call
from sip.device.channel import ServerAddress, UnansweredError
from sip.device.publication_client import Delivered, Finished, PublicationClient
from sip.device.request_writer import Identity
from sip.headers import Headers
from sip.message import Request
from tests.sip.device.test_against_our_server import COUNT, converse

HOST = "127.0.0.1"
SCHEMA = Path("/usr/share/kamailio/db_sqlite")
MODULES = ("db_sqlite", "sl", "tm", "textops", "pv", "presence", "presence_xml")
CONFIGURATION = """#!KAMAILIO
fork=no
children=1
listen=udp:{host}:{port}
{modules}
modparam("presence|presence_xml", "db_url", "sqlite:///{store}")
modparam("presence_xml", "force_active", 1)
request_route {{
  if (is_method("PUBLISH")) {{ handle_publish(); exit; }}
  sl_send_reply("200", "OK");
}}
"""


def free_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def configure(folder: Path, port: int) -> Path:
    with contextlib.closing(sqlite3.connect(folder / "kamailio.sqlite")) as store:
        for part in ("standard", "presence"):
            store.executescript((SCHEMA / f"{part}-create.sql").read_text())
    modules = "\n".join(f'loadmodule "{name}.so"' for name in MODULES)
    text = CONFIGURATION.format(host=HOST, port=port, modules=modules, store=folder / "kamailio.sqlite")
    file = folder / "kamailio.cfg"
    file.write_text(text)
    return file


async def wait_until_it_answers(server: ServerAddress) -> None:
    pairs = [("From", "<sip:t@t>;tag=1"), ("To", "<sip:t@t>"), ("Call-ID", "t"), ("CSeq", "1 OPTIONS")]
    async with call(server) as caller:
        for _ in range(100):  # a program that starts: there is nothing to wait for but its answer
            with contextlib.suppress(UnansweredError):
                await caller.ask(Request("OPTIONS", f"sip:{HOST}", Headers(pairs)))
                return
            await asyncio.sleep(0.1)
    raise AssertionError("kamailio did not come up in 10 s")


@contextlib.asynccontextmanager
async def kamailio(folder: Path) -> AsyncIterator[ServerAddress]:
    program = shutil.which("kamailio")
    if program is None or not (SCHEMA / "presence-create.sql").exists():
        pytest.skip(
            "kamailio with presence and SQLite is not installed (Debian: kamailio-presence-modules ...)"
        )
    server = ServerAddress(HOST, free_port())
    with (folder / "kamailio.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(program, "-f", str(configure(folder, server.port)), "-DD", "-E", "-Y", str(folder)),
            stdout=log,
            stderr=log,
        )
        try:
            await wait_until_it_answers(server)
            yield server
        finally:
            process.terminate()
            await process.wait()


@pytest.mark.peer
def test_kamailio_takes_what_our_device_publishes(tmp_path: Path) -> None:
    async def scene() -> None:
        async with kamailio(tmp_path) as server:
            identity = Identity(f"sip:anna@{HOST}", f"sip:anna@{HOST}:{server.port}", "anna")
            device = PublicationClient(identity, fresh=lambda: secrets.token_hex(8), jitter=lambda: 0.0)
            told = await converse(device, server)
            assert sum(isinstance(effect, Delivered) for effect in told) == COUNT
            assert told[-1] == Finished()

    asyncio.run(asyncio.wait_for(scene(), 40))
