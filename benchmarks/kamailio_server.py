"""Debian's kamailio on loopback with a configuration that ``docs/kamailio`` ships, its ports filled in."""

import asyncio
import contextlib
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path

from sip.device.caller import call
from sip.device.channel import ServerAddress, UnansweredError
from sip.digest import hash_a1
from sip.headers import Headers
from sip.message import Request

CONFIGURATIONS = Path(__file__).resolve().parents[1] / "docs" / "kamailio"
TABLES = Path("/usr/share/kamailio/db_sqlite")
HOST, DOMAIN, PASSWORD = "127.0.0.1", "example.org", "only-a-load"
SHARED_MB = "256"  # as SHM_MEMORY in /etc/default/kamailio; see relay.cfg
LOOKS = 100  # for its first answer, a tenth of a second apart


class MissingError(RuntimeError):
    """Kamailio, or its presence modules, are not installed."""


@dataclass(frozen=True, slots=True)
class Kamailio:
    """A running kamailio."""

    address: ServerAddress
    log: Path


def free_port() -> int:
    """Give a port that is free over UDP and TCP."""
    for _ in range(100):
        with socket.socket(type=socket.SOCK_STREAM) as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind((HOST, 0))
            port: int = tcp.getsockname()[1]
            with contextlib.suppress(OSError):
                udp.bind((HOST, port))
                return port
    raise OSError("no port is free over both UDP and TCP")


def make_store(file: Path, users: Iterable[str]) -> None:
    """Make the database of the watcher's configuration, as its documentation says."""
    _check_installed()
    with contextlib.closing(sqlite3.connect(file)) as store:
        for part in ("standard", "presence", "auth_db"):
            store.executescript((TABLES / f"{part}-create.sql").read_text())
        rows = [(user, DOMAIN, hash_a1("MD5", user, DOMAIN, PASSWORD)) for user in users]
        store.executemany("INSERT INTO subscriber (username, domain, ha1) VALUES (?, ?, ?)", rows)
        store.commit()


@contextlib.asynccontextmanager
async def kamailio(folder: Path, name: str, filled: dict[str, str]) -> AsyncIterator[Kamailio]:
    """Run kamailio with a shipped configuration in which texts are replaced.

    Raises
    ------
    MissingError
        It is not installed.
    """
    _check_installed()
    port = free_port()
    text = (CONFIGURATIONS / f"{name}.cfg").read_text()
    for shipped, ours in {"!OUR_PORT!5060!": f"!OUR_PORT!{port}!", **filled}.items():
        if shipped not in text:
            raise ValueError(f"{name}.cfg no longer says {shipped}")
        text = text.replace(shipped, ours)
    file, log = folder / f"{name}.cfg", folder / f"{name}.log"
    file.write_text(text)
    with log.open("wb") as writable:
        command = ("kamailio", "-f", str(file), "-m", SHARED_MB, "-DD", "-E", "-Y", str(folder))
        process = await asyncio.create_subprocess_exec(*command, stdout=writable, stderr=writable)
        try:
            address = ServerAddress(HOST, port)
            await _wait_until_it_answers(address)
            yield Kamailio(address, log)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _check_installed() -> None:
    if shutil.which("kamailio") is None or not (TABLES / "presence-create.sql").exists():
        packages = "kamailio kamailio-presence-modules kamailio-xml-modules kamailio-sqlite-modules"
        raise MissingError(f"kamailio is not installed (Debian: {packages})")


async def _wait_until_it_answers(server: ServerAddress) -> None:
    pairs = [("From", "<sip:t@t>;tag=1"), ("To", "<sip:t@t>"), ("Call-ID", "t"), ("CSeq", "1 OPTIONS")]
    async with call(server) as caller:
        for _ in range(LOOKS):  # a program that starts: there is nothing to wait for but its answer
            with contextlib.suppress(UnansweredError):
                await caller.ask(Request("OPTIONS", f"sip:{HOST}", Headers([*pairs, ("Max-Forwards", "9")])))
                return
            await asyncio.sleep(0.1)
    raise OSError("kamailio did not come up in 10 s")
