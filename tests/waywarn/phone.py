"""A phone that speaks SIP by hand: PUBLISH with digest over a real socket, answers read as bytes."""

import asyncio
import contextlib
import itertools
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from sip import ListenAddress, Response, Transport, parse_message
from sip.digest import authorize
from tests.waywarn.town import PASSWORD, pidf

PATIENCE_S = 10.0


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, inbox: "asyncio.Queue[bytes]") -> None:
        self._inbox = inbox

    def datagram_received(self, data: bytes, _addr: object) -> None:
        self._inbox.put_nowait(data)


@dataclass
class Phone:
    """One device on one socket."""

    user: str = "anna"
    domain: str = "town.example"
    name: str = field(default_factory=lambda: secrets.token_hex(8))  # of its requests: none comes twice
    password: str = PASSWORD
    inbox: "asyncio.Queue[bytes]" = field(default_factory=asyncio.Queue)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @classmethod
    @asynccontextmanager
    async def at(
        cls, address: ListenAddress, user: str = "anna", password: str = PASSWORD
    ) -> AsyncIterator[Self]:
        """Give a phone that is connected to the service."""
        phone = cls(user, password=password)
        await phone._connect(address)
        try:
            yield phone
        finally:
            await phone._close()

    async def _connect(self, address: ListenAddress) -> None:
        loop = asyncio.get_running_loop()
        self.is_udp = address.transport is Transport.UDP
        where = (address.host, address.port)
        if self.is_udp:
            self._udp, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self.inbox), remote_addr=where
            )
        else:
            self._reader, self._writer = await asyncio.open_connection(*where)

    async def _close(self) -> None:
        if self.is_udp:
            self._udp.close()
        else:
            self._writer.close()
            await self._writer.wait_closed()

    @property
    def port(self) -> int:
        """Its own, of UDP."""
        port: int = self._udp.get_extra_info("sockname")[1]
        return port

    async def wait_until_closed(self) -> None:
        """Wait for the service to close the connection."""
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(self._reader.read(1), PATIENCE_S) == b""

    def throw(self, data: bytes) -> None:
        """Send a datagram and expect nothing."""
        self._udp.sendto(data)

    async def tell(self, data: bytes) -> bytes:
        """Send bytes and give the answer's."""
        if self.is_udp:
            self._udp.sendto(data)
            return await asyncio.wait_for(self.inbox.get(), PATIENCE_S)
        self._writer.write(data)
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        length = int(head.lower().rpartition(b"content-length:")[2].split(b"\r\n")[0])
        return head + await self._reader.readexactly(length)

    async def publish(self, place: tuple[float, float], measured: float | None = None) -> Response:
        """Publish a place, answering the challenge."""
        told = pidf(place, time.time() if measured is None else measured)
        body = told.replace(b"pres:anna@", f"pres:{self.user}@".encode())
        _, answer = await self.exchange(body)
        return answer

    async def exchange(self, body: bytes) -> tuple[bytes, Response]:
        """Publish a document; gives the authorised request's bytes too."""
        return await self._asked("PUBLISH", body, "Event: presence", "Content-Type: application/pidf+xml")

    async def ask(self, method: str, *headers: str) -> Response:
        """Ask something without a body, of the registrar or of its own address."""
        _, answer = await self._asked(method, b"", *headers)
        return answer

    async def _asked(self, method: str, body: bytes, *headers: str) -> tuple[bytes, Response]:
        challenge = parse_message(await self.tell(self._request(method, body, *headers)))
        assert isinstance(challenge, Response)
        assert challenge.status == 401
        authorization = authorize(
            challenge.headers.get_all("WWW-Authenticate"),
            method=method,
            uri=self._target(method),
            username=self.user,
            password=self.password,
            cnonce="0123456789abcdef",
        )
        request = self._request(method, body, *headers, f"Authorization: {authorization}")
        answer = parse_message(await self.tell(request))
        assert isinstance(answer, Response)
        return request, answer

    def _target(self, method: str) -> str:
        return f"sip:{self.domain}" if method == "REGISTER" else f"sip:{self.user}@{self.domain}"

    def _request(self, method: str, body: bytes, *headers: str) -> bytes:
        number = next(self.numbers)
        transport = "UDP" if self.is_udp else "TCP"
        lines = [
            f"{method} {self._target(method)} SIP/2.0",
            f"Via: SIP/2.0/{transport} 127.0.0.1:9;branch=z9hG4bK{self.name}{number};rport",
            f"From: <sip:{self.user}@{self.domain}>;tag=1",
            f"To: <sip:{self.user}@{self.domain}>",
            f"Call-ID: {self.name}",
            f"CSeq: {number} {method}",
            "Max-Forwards: 70",
            *headers,
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
