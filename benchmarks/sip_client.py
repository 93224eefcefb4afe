"""A SIP client on one socket, for loads and tests: asks with digest, and keeps what NOTIFYs tell it."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from sip.digest import authorize
from sip.headers import Headers
from sip.message import Request, Response, parse_message
from sip.peer import Transport
from sip.pidflo import Circle, Usage, parse_pidf, write_pidf
from sip.stream import MessageStream, Ping

DOMAIN = "town.example"
PASSWORD = "only-a-load"
PATIENCE_S = 20.0


class Line(asyncio.DatagramProtocol):
    """One socket, UDP or TCP, from which whole messages come in order."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[Request | Response] = asyncio.Queue()
        self._stream = MessageStream()
        self.transport: asyncio.DatagramTransport | asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self.transport = transport  # type: ignore[assignment] # asyncio's own classes differ by Python version

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 (it is connected)
        """Take a message."""
        self.messages.put_nowait(parse_message(data))

    def data_received(self, data: bytes) -> None:
        """Take a piece of a stream."""
        for frame in self._stream.feed(data):
            if not isinstance(frame, Ping):
                self.messages.put_nowait(parse_message(frame))

    def eof_received(self) -> None:
        """Let the connection close."""

    def send(self, data: bytes) -> None:
        """Put a message on the wire."""
        assert self.transport is not None
        # asyncio's own class is no DatagramTransport by inheritance before Python 3.12
        put = getattr(self.transport, "sendto", None) or self.transport.write  # type: ignore[union-attr]
        put(data)

    @property
    def host_and_port(self) -> str:
        """Where it is reached."""
        assert self.transport is not None
        host, port = self.transport.get_extra_info("sockname")[:2]
        return f"{host}:{port}"


@dataclass
class Client:
    """An account that asks with digest, and is told."""

    user: str
    line: Line
    transport: Transport
    told: list[tuple[float, tuple[float, float] | None]] = field(default_factory=list)
    heard: set[str] = field(default_factory=set)  # requests, by Via
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    to_tag: str = ""
    answers: "asyncio.Queue[Response]" = field(default_factory=asyncio.Queue)

    @classmethod
    @asynccontextmanager
    async def at(cls, user: str, host: str, port: int, transport: Transport) -> AsyncIterator[Self]:
        """Connect, and read until left."""
        loop = asyncio.get_running_loop()
        if transport is Transport.UDP:
            _, line = await loop.create_datagram_endpoint(Line, remote_addr=(host, port))
        else:
            _, line = await loop.create_connection(Line, host, port)
        client = cls(user, line, transport)
        reading = asyncio.create_task(client._read())
        try:
            yield client
        finally:
            reading.cancel()
            if line.transport is not None:
                line.transport.close()

    async def _read(self) -> None:
        while True:
            message = await self.line.messages.get()
            if isinstance(message, Response):
                self.answers.put_nowait(message)
                continue
            self.line.send(_ok(message).to_bytes())
            branch = message.headers.get("Via") or ""
            if branch not in self.heard:  # else it is sent again: the 200 was late, or lost
                self.heard.add(branch)
                place = parse_pidf(message.body).place if message.body else None
                self.told.append((time.monotonic(), (place.lon, place.lat) if place else None))

    async def ask(self, method: str, user: str, *fields: tuple[str, str], body: bytes = b"") -> Response:
        """Ask with digest, and give the final answer."""
        challenge = await self._exchange(self._request(method, user, fields, body))
        if challenge.status != 401:
            return challenge
        uri = f"sip:{user}@{DOMAIN}"
        value = authorize(
            challenge.headers.get_all("WWW-Authenticate"),
            method=method,
            uri=uri,
            username=self.user,
            password=PASSWORD,
            cnonce="0123456789abcdef",
        )
        return await self._exchange(self._request(method, user, (*fields, ("Authorization", value)), body))

    async def _exchange(self, request: Request) -> Response:
        self.line.send(request.to_bytes())
        return await asyncio.wait_for(self.answers.get(), PATIENCE_S)

    def _request(self, method: str, user: str, fields: tuple[tuple[str, str], ...], body: bytes) -> Request:
        number = next(self.numbers)
        where = self.line.host_and_port
        by = "" if self.transport is Transport.UDP else f";transport={self.transport.lower()}"
        pairs = [
            ("Via", f"SIP/2.0/{self.transport} {where};branch=z9hG4bK{self.user}{number};rport"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{self.user}@{DOMAIN}>;tag=t{self.user}"),
            ("To", f"<sip:{user}@{DOMAIN}>{self.to_tag}"),
            ("Call-ID", f"call-{self.user}"),
            ("CSeq", f"{number} {method}"),
            ("Event", "presence"),
            ("Contact", f"<sip:{self.user}@{where}{by}>"),
        ]
        asked = {name for name, _ in fields}
        return Request(
            method,
            f"sip:{user}@{DOMAIN}",
            Headers([*(pair for pair in pairs if pair[0] not in asked), *fields]),
            body,
        )

    async def subscribe(
        self, device: str, event: str = "presence;max-rate=1", expires: int = 600
    ) -> Response:
        """Subscribe to a device, or refresh that."""
        answer = await self.ask("SUBSCRIBE", device, ("Event", event), ("Expires", str(expires)))
        self.to_tag = (answer.headers.get("To") or "").partition(">")[2]
        return answer

    async def publish(self, lon: float, lat: float) -> Response:
        """Publish a place of now."""
        usage = Usage(retransmission_allowed=True)  # else nobody may be told
        body = write_pidf(f"pres:{self.user}@{DOMAIN}", Circle(lon, lat, 8.0), time=time.time(), usage=usage)
        return await self.ask("PUBLISH", self.user, ("Content-Type", "application/pidf+xml"), body=body)


def _ok(request: Request) -> Response:
    copied = ("Via", "From", "To", "Call-ID", "CSeq")
    return Response(200, "OK", Headers([pair for pair in request.headers if pair[0] in copied]))
