"""One way to a server, by datagrams or by a stream: bytes out, answers and requests back.

Who asks what over it, and how often, is ``caller.py``; what a request of the server's is answered,
``user_agent.py``. Each way is kept open, so that the server can come back on it (RFC 5626).
"""

import asyncio
import contextlib
import errno
import secrets
import socket
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from sip.address import parse_via
from sip.errors import PeerFault, SipError
from sip.headers import Headers, split_commas
from sip.message import Request, Response, parse_message
from sip.peer import Peer, Transport
from sip.stream import PONG, MessageStream, Ping
from sip.stun import binding_request, is_stun, mapped_address
from sip.tls import ServerTrust

MAX_UNKNOWN_PATH_BYTES = 1_300  # RFC 3261, 18.1.1: longer goes by TCP where the path's MTU is not known ...
MTU_RESERVE_BYTES = 200  # ... and where it is, what comes within 200 bytes of it
CONNECT_S = 10.0
MOST_UNANSWERED_PINGS = (
    2  # half a minute each: one datagram may be lost, three in a row are a way that is gone
)
PING = b"\r\n\r\n"  # RFC 5626, 3.5.1
_IP_MTU, _IPV6_MTU = 14, 24  # of Linux; the socket module does not name them

OnRequest = Callable[[Request, Peer], bytes | None]
"""What is asked with each request of the server; gives the bytes of the answer, if any."""


class UnansweredError(SipError):
    """A request got no final answer; the text says why."""


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where requests are sent; IPv6 hosts stand without brackets. How it is known counts for TLS only."""

    host: str
    port: int
    transport: Transport = Transport.UDP
    trust: ServerTrust = field(default_factory=ServerTrust)


class Channel(ABC):
    """What all transports have in common: who waits for which answer."""

    transport: Transport
    reliable: bool

    def __init__(self, on_request: OnRequest, on_lost: Callable[[], None]) -> None:
        self.sent_by = ""
        self.is_closed = False
        self._on_request, self._on_lost = on_request, on_lost
        self._waiting: dict[tuple[str, str], asyncio.Queue[Response | OSError]] = {}
        self._peer: Peer | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for an answer by it."""
        return not self._waiting

    def expect(self, branch: str, method: str) -> "asyncio.Queue[Response | OSError]":
        """Wait for the answers of a transaction."""
        queue: asyncio.Queue[Response | OSError] = asyncio.Queue()
        self._waiting[branch, method] = queue
        return queue

    def forget(self, branch: str, method: str) -> None:
        """Wait for no more of its answers."""
        self._waiting.pop((branch, method), None)

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Put a message on the wire."""

    @abstractmethod
    def close(self) -> None:
        """Close the socket; answers that are under way are not waited for."""

    def _opened(self, transport: asyncio.BaseTransport) -> None:
        host, port = transport.get_extra_info("sockname")[:2]
        self.sent_by = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        far_host, far_port = transport.get_extra_info("peername")[:2]
        self._peer = Peer(self.transport, far_host, far_port)

    def _received(self, data: bytes) -> None:
        """Hand an answer to whom it belongs (17.1.3), and a request on; the rest is dropped (18.1.2)."""
        with contextlib.suppress(PeerFault):
            message = parse_message(data)
            if isinstance(message, Request):
                answer = self._on_request(message, self._peer) if self._peer is not None else None
                if answer is not None:
                    self.send(answer)
            elif (key := _key_of(message.headers)) in self._waiting:
                self._waiting[key].put_nowait(message)

    def _failed(self, error: OSError) -> None:
        for queue in self._waiting.values():
            queue.put_nowait(error)


class Datagrams(Channel, asyncio.DatagramProtocol):
    """A connected UDP socket: the kernel drops what others send, and reports a port nobody listens on.

    Its keep-alives are STUN binding requests (RFC 5626, 3.5.2): a server that answers tells whether it is
    there, and whether it still sees us at the same address; one that does not is pinged all the same.
    """

    transport = Transport.UDP
    reliable = False

    def __init__(self, on_request: OnRequest, on_lost: Callable[[], None]) -> None:
        super().__init__(on_request, on_lost)
        self.max_bytes = MAX_UNKNOWN_PATH_BYTES
        self.seen_at: tuple[str, int] | None = None
        """Where the server sees us, as it last said."""
        self.has_moved = False
        """Whether that has changed; whoever heeds it clears it."""
        self._unanswered_pings = 0
        self._transaction = b""
        self._socket: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket; asyncio calls this."""
        # asyncio's own class is no DatagramTransport by inheritance before Python 3.12
        self._socket = cast("asyncio.DatagramTransport", transport)
        self._opened(transport)
        self.max_bytes = _path_limit(transport.get_extra_info("socket"))

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 (it is connected: one peer)
        """Take a datagram; asyncio calls this."""
        if not is_stun(data):
            self._received(data)
        elif (seen_at := mapped_address(data, self._transaction)) is not None:
            self._unanswered_pings = 0
            was_at, self.seen_at = self.seen_at, seen_at
            if was_at not in {None, seen_at}:
                self.has_moved = True
                self._on_lost()

    def error_received(self, exc: Exception) -> None:
        """Tell those who wait; asyncio calls this."""
        if isinstance(exc, OSError):
            self._failed(exc)

    def ping(self) -> bool:
        """Send a keep-alive; False where a server that has answered them answers no more."""
        self._unanswered_pings += 1
        self._transaction = secrets.token_bytes(12)
        self.send(binding_request(self._transaction))
        return self.seen_at is None or self._unanswered_pings <= MOST_UNANSWERED_PINGS

    def send(self, data: bytes) -> None:
        """Send one datagram."""
        if self._socket is not None and not self.is_closed:
            self._socket.sendto(data)

    def close(self) -> None:
        """Close the socket."""
        self.is_closed = True
        if self._socket is not None:
            self._socket.close()


class Stream(Channel, asyncio.Protocol):
    """A TCP connection, with or without TLS."""

    reliable = True

    def __init__(self, on_request: OnRequest, on_lost: Callable[[], None], transport: Transport) -> None:
        super().__init__(on_request, on_lost)
        self.transport = transport
        self.awaits_pong = False
        self._messages = MessageStream()
        self._socket: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket; asyncio calls this."""
        self._socket = cast("asyncio.Transport", transport)
        self._opened(transport)

    def data_received(self, data: bytes) -> None:
        """Take what arrived; asyncio calls this."""
        if self.awaits_pong and self._messages.is_idle:
            data = data.removeprefix(PONG)
        self.awaits_pong = False  # whatever came, the connection lives
        for frame in self._messages.feed(data):
            if not isinstance(frame, Ping):
                self._received(frame)
        if self._messages.is_broken:
            self.close()
            self._on_lost()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell those who wait; asyncio calls this."""
        was_ours, self.is_closed = self.is_closed, True
        self._failed(exc if isinstance(exc, OSError) else ConnectionResetError("the connection was closed"))
        if not was_ours:
            self._on_lost()

    def ping(self) -> None:
        """Send a keep-alive; `awaits_pong` stays true until something comes back."""
        self.awaits_pong = True
        self.send(PING)

    def send(self, data: bytes) -> None:
        """Send a message."""
        if self._socket is not None and not self.is_closed:
            self._socket.write(data)

    def close(self) -> None:
        """Close the connection."""
        self.is_closed = True
        if self._socket is not None:
            self._socket.close()


async def open_datagrams(
    server: ServerAddress, on_request: OnRequest, on_lost: Callable[[], None]
) -> Datagrams:
    """Open a socket to the server; OSError where its name is unknown or no network is there."""
    loop = asyncio.get_running_loop()
    opening = loop.create_datagram_endpoint(
        lambda: Datagrams(on_request, on_lost), remote_addr=(server.host, server.port)
    )
    return (await asyncio.wait_for(opening, CONNECT_S))[1]


async def open_stream(server: ServerAddress, on_request: OnRequest, on_lost: Callable[[], None]) -> Stream:
    """Connect to the server; OSError where that fails, or its certificate is not the one that was pinned."""
    loop = asyncio.get_running_loop()
    speaks_tls = server.transport is Transport.TLS
    opening = loop.create_connection(
        lambda: Stream(on_request, on_lost, Transport.TLS if speaks_tls else Transport.TCP),
        server.host,
        server.port,
        ssl=server.trust.context() if speaks_tls else None,
    )
    transport, stream = await asyncio.wait_for(opening, CONNECT_S)
    secured = transport.get_extra_info("ssl_object")
    if secured is not None and not server.trust.is_pinned(secured.getpeercert(binary_form=True)):
        stream.is_closed = True
        transport.abort()
        raise ConnectionRefusedError(errno.ECONNREFUSED, "the server's certificate is not the pinned one")
    return stream


def _key_of(headers: Headers) -> tuple[str, str]:
    """Name the transaction of an answer by its top Via's branch and its CSeq's method (17.1.3)."""
    vias = split_commas(headers.get("Via") or "")
    via = parse_via(vias[0]) if vias else None
    method = (headers.get("CSeq") or "").rpartition(" ")[2]
    return (via.branch or "" if via else ""), method


def _path_limit(connected: socket.socket) -> int:
    """Give the longest message for UDP: by the path's MTU if the kernel knows it, else the RFC's number."""
    if not sys.platform.startswith("linux"):
        return MAX_UNKNOWN_PATH_BYTES
    is_v6 = connected.family == socket.AF_INET6
    level, option = (socket.IPPROTO_IPV6, _IPV6_MTU) if is_v6 else (socket.IPPROTO_IP, _IP_MTU)
    try:
        return connected.getsockopt(level, option) - MTU_RESERVE_BYTES
    except OSError:
        return MAX_UNKNOWN_PATH_BYTES
