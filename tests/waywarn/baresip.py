"""Debian's baresip without sound or screen: driven by JSON over its control port, heard by its events.

The project's own phone, in Python and without calls, is ``phone.py``.
"""

import asyncio
import contextlib
import json
import shutil
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sip import ListenAddress
from sip.peer import Transport

MODULES = Path("/usr/lib/baresip/modules")
PATIENCE_S = 15.0
CONFIGURATION = f"""\
sip_listen 127.0.0.1:0
net_interface 127.0.0.1
module_path {MODULES}
module g711.so
module aubridge.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
audio_player aubridge,nil
audio_source aubridge,nil
audio_alert aubridge,nil
ctrl_tcp_listen 127.0.0.1:{{port}}
"""


@dataclass
class Baresip:
    """One phone that runs."""

    name: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    seen: list[dict[str, Any]] = field(default_factory=list)
    looked_at: int = 0

    async def command(self, command: str, parameters: str = "") -> None:
        """Give a command of its menu."""
        data = json.dumps({"command": command, "params": parameters}).encode()
        self.writer.write(b"%d:%s," % (len(data), data))
        await self.writer.drain()

    async def wait_for(self, *types: str, within_s: float = PATIENCE_S) -> dict[str, Any]:
        """Give the next event of one of these types, of those that came or come after the last such."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    while self.looked_at < len(self.seen):
                        event = self.seen[self.looked_at]
                        self.looked_at += 1
                        if event.get("type") in types:
                            return event
                    self.seen.append(await self._read())
        except (TimeoutError, asyncio.IncompleteReadError):
            heard = [event.get("type") for event in self.seen]
            raise AssertionError(f"{self.name} said none of {types}, but {heard}") from None

    async def _read(self) -> dict[str, Any]:
        length = int((await self.reader.readuntil(b":"))[:-1])
        event: dict[str, Any] = json.loads((await self.reader.readexactly(length + 1))[:-1])
        return event


@contextlib.asynccontextmanager
async def baresip(
    folder: Path,
    name: str,
    password: str,
    at: ListenAddress,
    *options: str,
    domain: str,
    more: str = "",
) -> AsyncIterator[Baresip]:
    """Run a phone of this account until the block ends; then it unregisters.

    Parameters
    ----------
    folder
        A new one, for what it keeps.
    name, password, domain
        Its account.
    at
        Where the server listens, and by which transport it is spoken to.
    options
        Of baresip's account line, such as ``answermode=auto``.
    more
        More lines of its configuration.
    """
    program = shutil.which("baresip")
    if program is None:
        pytest.skip("baresip is not installed (Debian: baresip-core)")
    port = _free_port()
    folder.mkdir()
    (folder / "config").write_text(CONFIGURATION.format(port=port) + more)
    (folder / "accounts").write_text(_account(name, password, at, options, domain) + "\n")
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program, "-f", str(folder), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        phone = Baresip(name, *await _connected(port, process))
        try:
            yield phone
        finally:
            await _quit(phone, process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _quit(phone: Baresip, process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ConnectionError, TimeoutError):
        await phone.command("quit")
        await asyncio.wait_for(process.wait(), PATIENCE_S)
    phone.writer.close()


def _account(name: str, password: str, at: ListenAddress, options: Sequence[str], domain: str) -> str:
    by = "udp" if at.transport is Transport.UDP else "tcp"
    parts = [
        f"<sip:{name}@{domain};transport={by}>",
        f"auth_user={name}",
        f"auth_pass={password}",
        f'outbound="sip:{at.host}:{at.port};transport={by}"',
        *options,
    ]
    return ";".join(parts)


async def _connected(
    port: int, process: asyncio.subprocess.Process
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Wait until its control port is open."""
    async with asyncio.timeout(PATIENCE_S):
        while process.returncode is None:
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
    raise AssertionError("baresip ended before it began")


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
