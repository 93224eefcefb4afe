"""What an agent leaves behind when it stops: nobody is rung any more, and its registration is gone."""

import asyncio
import contextlib
import re
from dataclasses import dataclass, field

import pytest

from benchmarks.kamailio_devices import until
from sip.agent_talk import AgentAccount
from waywarn.operator import Agents

HOST = "127.0.0.1"
PHONE = f"sip:berta@{HOST}"


@dataclass
class Switchboard:
    """A server that challenges each REGISTER anew, and lets a call ring only when it is told to."""

    registered: asyncio.Event = field(default_factory=asyncio.Event)
    removed: asyncio.Event = field(default_factory=asyncio.Event)
    invited: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    nonces: int = 0
    invite: bytes = b""
    writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lstrip(b"\r\n")
                if head:
                    await reader.readexactly(int(_field(head, "Content-Length") or 0))
                    for answer in self._answers(head):
                        writer.write(answer)
        writer.close()

    async def ring_once_removed(self) -> None:
        """Let the call ring late: before that it cannot be cancelled (RFC 3261, 9.1)."""
        await self.removed.wait()
        assert self.writer is not None
        self.writer.write(_answer(self.invite, "180 Ringing"))

    def _answers(self, head: bytes) -> list[bytes]:
        method = head.split()[0]
        if method == b"REGISTER":
            return [self._register(head)]
        if method == b"INVITE":
            self.invite = head
            self.invited.set()
        elif method == b"CANCEL":
            self.cancelled.set()
            return [_answer(head, "200 OK"), _answer(self.invite, "487 Request Terminated")]
        elif method == b"ACK":
            self.settled.set()
        return []

    def _register(self, head: bytes) -> bytes:
        if f'nonce="n{self.nonces}"'.encode() not in head:
            self.nonces += 1
            asked = f'WWW-Authenticate: Digest realm="town", nonce="n{self.nonces}", qop="auth"'
            return _answer(head, "401 Unauthorized", asked)
        self.nonces += 1  # each answer is good for one request
        expires_s = _field(head, "Expires")
        (self.registered if int(expires_s) else self.removed).set()
        contacts = [f"Contact: {_field(head, 'Contact')};expires={expires_s}"] if int(expires_s) else []
        return _answer(head, "200 OK", *contacts)


def _field(head: bytes, name: str) -> str:
    match = re.search(rf"^{name}: *(.*?)\r$", head.decode(), re.MULTILINE)
    return match[1] if match else ""


def _answer(head: bytes, status: str, *fields: str) -> bytes:
    same = [f"{name}: {_field(head, name)}" for name in ("Via", "From", "Call-ID", "CSeq")]
    to = f"To: {_field(head, 'To').partition(';')[0]};tag=switchboard"
    return "\r\n".join([f"SIP/2.0 {status}", *same, to, *fields, "Content-Length: 0", "", ""]).encode()


@pytest.mark.peer
def test_an_agent_that_watches_nobody_hangs_up_and_unregisters_all_the_same() -> None:
    pytest.importorskip("pjsua2", reason="pjsua2 is not installed (pip install 'waywarn[agent]')")

    async def scene() -> None:
        board = Switchboard()
        server = await asyncio.start_server(board.serve, HOST, 0)
        port = server.sockets[0].getsockname()[1]
        account = AgentAccount(
            address=f"sip:waywarn@{HOST}",
            server=f"sip:{HOST}:{port};transport=tcp",
            user="waywarn",
            password="secret",
            bound_to=HOST,
        )
        async with server:
            async with Agents(account) as agents:
                await board.registered.wait()
                assert await until(lambda: agents.is_ready, 30) is not None
                calling = asyncio.create_task(agents.ring(PHONE, 60))
                await board.invited.wait()
                rings = asyncio.create_task(board.ring_once_removed())
            assert board.removed.is_set()
            assert board.cancelled.is_set()
            assert board.settled.is_set()
            await rings
            await calling

    asyncio.run(asyncio.wait_for(scene(), 60))
