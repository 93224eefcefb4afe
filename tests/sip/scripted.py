"""A presence server that does as it is told: for the client's tests, written without the server's code."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

HOST = "127.0.0.1"
DROP = 0  # a status that is never answered


@dataclass
class Script:
    """What to do with each request in turn; after the last, 200.

    ``twice`` answers each request two times; ``password`` asks for a digest (SHA-256) before anything else.
    """

    statuses: list[int] = field(default_factory=list)
    twice: bool = False
    password: str | None = None
    extra: dict[int, str] = field(default_factory=lambda: {423: "Min-Expires: 7200", 503: "Retry-After: 1"})
    seen: list[bytes] = field(default_factory=list)  # every datagram or message, retransmissions too
    taken: list[bytes] = field(default_factory=list)  # bodies that were answered 200
    tags: int = 0
    answered: dict[str, list[bytes]] = field(default_factory=dict)

    def answers(self, data: bytes) -> list[bytes]:
        self.seen.append(data)
        branch = _field(data, "Via").rpartition("branch=")[2].partition(";")[0]
        if branch in self.answered:
            return self.answered[branch]
        status = self._status(data)
        if status == DROP:
            return []
        answer = self._write(status, data)
        self.answered[branch] = [answer, answer] if self.twice else [answer]
        return self.answered[branch]

    def _status(self, data: bytes) -> int:
        if self.statuses and self.statuses[0] == DROP:
            return self.statuses.pop(0)
        if self.password is not None and not self._is_authorized(data):
            return 401
        if self.statuses:
            return self.statuses.pop(0)
        tag = _field(data, "SIP-If-Match")
        return 412 if tag and tag != f"tag{self.tags}" else 200

    def _write(self, status: int, data: bytes) -> bytes:
        lines = [f"SIP/2.0 {status} Said So"]
        lines += [f"{name}: {_field(data, name)}" for name in ("Via", "From", "Call-ID", "CSeq")]
        lines.append(f"To: {_field(data, 'To')};tag=server")
        if status == 200:
            self.tags += 1
            body = data.partition(b"\r\n\r\n")[2]
            if body:
                self.taken.append(body)
            lines += [f"SIP-ETag: tag{self.tags}", f"Expires: {_field(data, 'Expires')}"]
        if status == 401:
            lines.append('WWW-Authenticate: Digest realm="town", nonce="n", qop="auth", algorithm=SHA-256')
        if status in self.extra:
            lines.append(self.extra[status])
        return "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode()

    def _is_authorized(self, data: bytes) -> bool:
        given = dict(re.findall(r'(\w+)="?([^",]+)', _field(data, "Authorization")))
        if not given:
            return False
        ha1 = _sha(f"{given['username']}:town:{self.password}")
        ha2 = _sha(f"PUBLISH:{given['uri']}")
        return bool(given["response"] == _sha(f"{ha1}:n:{given['nc']}:{given['cnonce']}:auth:{ha2}"))


@asynccontextmanager
async def scripted_server(
    script: Script, *, udp: bool = True, tcp: bool = True, port: int = 0
) -> AsyncIterator[int]:
    """Listen on one port of loopback by both transports, any free one unless it is given; gives the port."""
    loop = asyncio.get_running_loop()
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(int(_field(head, "Content-Length")))
                for answer in script.answers(head + body):
                    writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, HOST, port)
    port = server.sockets[0].getsockname()[1]
    if not tcp:
        server.close()
        await server.wait_closed()
    transport = None
    if udp:
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(script.answers), local_addr=(HOST, port)
        )
    try:
        yield port
    finally:
        if transport is not None:
            transport.close()
        for writer in writers:
            writer.close()
        server.close()
        await server.wait_closed()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answers: Callable[[bytes], list[bytes]]) -> None:
        self._answers = answers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for answer in self._answers(data):
            self._transport.sendto(answer, addr)


def _field(data: bytes, name: str) -> str:
    match = re.search(rf"^{name}: (.*?)\r$", data.decode(), re.MULTILINE)
    return match[1] if match else ""


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
