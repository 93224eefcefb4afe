"""A device on a real socket, written from docs/commands.md: registers, hears commands, tells of them."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from sip import ListenAddress, Request, Response, Transport, parse_message
from sip.command import COMMAND_TYPE, Result, ResultState, parse_command
from sip.digest import Credentials, authorize, hash_a1, session_key
from sip.headers import Headers
from sip.stream import MessageStream
from tests.waywarn.town import DOMAIN, PASSWORD

PATIENCE_S = 10.0


@dataclass
class Memory:
    """What outlives a restart of the device: which commands it has begun."""

    begun: list[str] = field(default_factory=list)
    seen: list[Request] = field(default_factory=list)


class Tracker:
    """One device; what it remembers is handed in."""

    def __init__(self, memory: Memory, *, user_agent: str = "test waywarn-commands/1") -> None:
        self.name = secrets.token_hex(8)  # of its requests: none comes twice
        self.memory = memory
        self.user_agent = user_agent
        self.answer: int | None = 200  # None: it hears, and says nothing
        self.keys: list[str] = []
        self._answers: asyncio.Queue[Response] = asyncio.Queue()
        self._heard: asyncio.Queue[Request] = asyncio.Queue()
        self._numbers = itertools.count(1)

    @classmethod
    @asynccontextmanager
    async def at(
        cls, address: ListenAddress, memory: Memory, *, user_agent: str = "test waywarn-commands/1"
    ) -> AsyncIterator["Tracker"]:
        """Give a device that is connected to the service, and not yet registered."""
        tracker = cls(memory, user_agent=user_agent)
        await tracker._connect(address)
        try:
            yield tracker
        finally:
            tracker._transport.close()
            await asyncio.sleep(0)

    async def _connect(self, address: ListenAddress) -> None:
        loop = asyncio.get_running_loop()
        self._transport: asyncio.BaseTransport
        self.transport = address.transport
        where = (address.host, address.port)
        if address.transport is Transport.UDP:
            self._transport, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self._take), remote_addr=where
            )
        else:
            self._transport, _ = await loop.create_connection(lambda: _Stream(self._take), *where)

    async def register(self, *, expires_s: int = 600) -> Response:
        """Register with digest; the key of it signs commands from now on."""
        contact = f"<sip:anna@127.0.0.1:9;transport={self.transport.lower()}>"
        fields = [("Contact", contact), ("Expires", str(expires_s)), ("User-Agent", self.user_agent)]
        return await self._ask("REGISTER", f"sip:{DOMAIN}", fields, b"")

    async def heard(self) -> Request:
        """Wait for the next request of the server."""
        return await asyncio.wait_for(self._heard.get(), PATIENCE_S)

    async def tell(self, body: bytes) -> Response:
        """Send a result to the device's own address."""
        kind = [("Content-Type", "application/vnd.waywarn.result+json")]
        return await self._ask("MESSAGE", f"sip:anna@{DOMAIN}", kind, body)

    async def carry_out(self, request: Request) -> Result:
        """Do as the documentation says with a command; gives the result that is to be told."""
        assert request.headers.get("Content-Type") == COMMAND_TYPE
        signed = parse_command(request.body)
        assert signed.is_signed_by(self.keys[-2:])
        if signed.command.id not in self.memory.begun:
            self.memory.begun.append(signed.command.id)
        return Result(signed.command.id, ResultState.DONE, f"did {signed.command.order}")

    async def serve_one(self) -> Result:
        """Hear a command, carry it out, and tell."""
        result = await self.carry_out(await self.heard())
        answer = await self.tell(result.signed(self.keys[-1]))
        assert answer.status == 200, answer
        return result

    def _take(self, data: bytes) -> None:
        message = parse_message(data)
        if isinstance(message, Response):
            self._answers.put_nowait(message)
            return
        self.memory.seen.append(message)
        if self.answer is not None:
            copied = [pair for pair in message.headers if pair[0] in {"Via", "From", "To", "Call-ID", "CSeq"}]
            self._write(Response(self.answer, "Said", Headers(copied)).to_bytes())
        self._heard.put_nowait(message)

    def _write(self, data: bytes) -> None:
        if self.transport is Transport.UDP:
            cast("asyncio.DatagramTransport", self._transport).sendto(data)
        else:
            cast("asyncio.WriteTransport", self._transport).write(data)

    async def _ask(self, method: str, uri: str, fields: list[tuple[str, str]], body: bytes) -> Response:
        challenge = await self._once(method, uri, fields, body)
        assert challenge.status == 401, challenge
        value = authorize(
            challenge.headers.get_all("WWW-Authenticate"),
            method=method,
            uri=uri,
            username="anna",
            password=PASSWORD,
            cnonce=f"cnonce{next(self._numbers)}",
        )
        answer = await self._once(method, uri, [*fields, ("Authorization", value)], body)
        if method == "REGISTER" and answer.status == 200:
            credentials = Credentials.parse(value)
            assert credentials is not None
            ha1 = hash_a1(credentials.algorithm, "anna", credentials.realm, PASSWORD)
            self.keys.append(session_key(ha1, credentials))
        return answer

    async def _once(self, method: str, uri: str, fields: list[tuple[str, str]], body: bytes) -> Response:
        number = next(self._numbers)
        pairs = [
            ("Via", f"SIP/2.0/{self.transport} 127.0.0.1:9;branch=z9hG4bK{self.name}{number};rport"),
            ("From", f"<sip:anna@{DOMAIN}>;tag=1"),
            ("To", f"<sip:anna@{DOMAIN}>"),
            ("Call-ID", self.name),
            ("CSeq", f"{number} {method}"),
            ("Max-Forwards", "70"),
            *fields,
        ]
        self._write(Request(method, uri, Headers(pairs), body).to_bytes())
        return await asyncio.wait_for(self._answers.get(), PATIENCE_S)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, _addr: object) -> None:
        self._take(data)


class _Stream(asyncio.Protocol):
    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._stream = MessageStream()

    def data_received(self, data: bytes) -> None:
        for message in self._stream.feed(data):
            if isinstance(message, bytes):
                self._take(message)
