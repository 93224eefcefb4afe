"""The sockets of a client: one server, requests out by UDP, TCP or TLS and answers back.

What is asked and what an answer means is ``publication_client.py``; when a request is sent again is
``client_transaction.py``. The only clock here is the event loop's.
"""

import asyncio
import contextlib
import errno
import secrets
import socket
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from sip.address import MAGIC_COOKIE, parse_via
from sip.client_transaction import Action, ClientTransaction
from sip.errors import PeerFault, SipError
from sip.headers import Headers, split_commas
from sip.message import Request, Response, parse_message
from sip.peer import Transport
from sip.stream import MessageStream, Ping
from sip.tls import ServerTrust

MAX_UNKNOWN_PATH_BYTES = 1_300  # RFC 3261, 18.1.1: longer goes by TCP where the path's MTU is not known ...
MTU_RESERVE_BYTES = 200  # ... and where it is, what comes within 200 bytes of it
CONNECT_S = 10.0
_IP_MTU, _IPV6_MTU = 14, 24  # of Linux; the socket module does not name them


class UnansweredError(SipError):
    """A request got no final answer; the text says why."""


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where requests are sent; IPv6 hosts stand without brackets. How it is known counts for TLS only."""

    host: str
    port: int
    transport: Transport = Transport.UDP
    trust: ServerTrust = field(default_factory=ServerTrust)


class Caller:
    """A client of one server; made by `call`. One request at a time or several, as the caller likes."""

    def __init__(self, server: ServerAddress, datagrams: "_Datagrams | None") -> None:
        self._server = server
        self._datagrams = datagrams
        self._stream: _Stream | None = None
        self._tcp_refused = False

    async def ask(self, request: Request) -> Response:
        """Send a request and give its final answer.

        Parameters
        ----------
        request
            Without a Via; one is added for each sending.

        Raises
        ------
        UnansweredError
            No answer came in 32 s, or the transport failed.
        """
        try:
            channel = await self._channel(request)
        except OSError as error:
            raise UnansweredError(f"cannot reach {self._named()}: {_said(error)}") from None
        branch = f"{MAGIC_COOKIE}{secrets.token_hex(8)}"
        data = _with_via(request, channel, branch).to_bytes()
        pending = channel.expect(branch, request.method)
        try:
            return await _transact(channel, data, pending)
        finally:
            channel.forget(branch, request.method)

    def close(self) -> None:
        """Close the sockets; answers that are under way are not waited for."""
        if self._datagrams is not None:
            self._datagrams.close()
        if self._stream is not None:
            self._stream.close()

    async def _channel(self, request: Request) -> "_Channel":
        datagrams = self._datagrams
        if datagrams is None:
            return await self._connected()
        size = len(_with_via(request, datagrams, f"{MAGIC_COOKIE}{'0' * 16}").to_bytes())
        if size <= datagrams.max_bytes or self._tcp_refused:
            return datagrams
        try:
            return await self._connected()
        except OSError:
            # no TCP there: UDP all the same, fragmented (18.1.1 allows it)
            self._tcp_refused = True
            return datagrams

    async def _connected(self) -> "_Stream":
        if self._stream is None or self._stream.is_closed:
            self._stream = await asyncio.wait_for(_open_stream(self._server), CONNECT_S)
        return self._stream

    def _named(self) -> str:
        return f"{self._server.host} port {self._server.port} by {self._server.transport}"


@asynccontextmanager
async def call(server: ServerAddress) -> AsyncIterator[Caller]:
    """Open what is needed to ask a server.

    Raises
    ------
    UnansweredError
        Its name is unknown.
    """
    try:
        datagrams = await _open_datagrams(server) if server.transport is Transport.UDP else None
    except OSError as error:
        raise UnansweredError(f"cannot reach {server.host}: {_said(error)}") from None
    caller = Caller(server, datagrams)
    try:
        yield caller
    finally:
        caller.close()


class _Channel(ABC):
    """What both transports have in common: who waits for which answer."""

    transport: Transport
    reliable: bool

    def __init__(self) -> None:
        self.sent_by = ""
        self._waiting: dict[tuple[str, str], asyncio.Queue[Response | OSError]] = {}

    def expect(self, branch: str, method: str) -> "asyncio.Queue[Response | OSError]":
        queue: asyncio.Queue[Response | OSError] = asyncio.Queue()
        self._waiting[branch, method] = queue
        return queue

    def forget(self, branch: str, method: str) -> None:
        self._waiting.pop((branch, method), None)

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Put a message on the wire."""

    def _received(self, data: bytes) -> None:
        """Hand an answer to whom it belongs (17.1.3); what is none, or nobody's, is dropped (18.1.2)."""
        with contextlib.suppress(PeerFault):
            message = parse_message(data)
            if isinstance(message, Response) and (key := _key_of(message.headers)) in self._waiting:
                self._waiting[key].put_nowait(message)

    def _failed(self, error: OSError) -> None:
        for queue in self._waiting.values():
            queue.put_nowait(error)


class _Datagrams(_Channel, asyncio.DatagramProtocol):
    transport = Transport.UDP
    reliable = False

    def __init__(self) -> None:
        super().__init__()
        self.max_bytes = MAX_UNKNOWN_PATH_BYTES
        self._socket: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio's own class is no DatagramTransport by inheritance before Python 3.12
        self._socket = cast("asyncio.DatagramTransport", transport)
        self.sent_by = _sent_by(transport)
        self.max_bytes = _path_limit(transport.get_extra_info("socket"))

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 (it is connected: one peer)
        self._received(data)

    def error_received(self, exc: Exception) -> None:
        if isinstance(exc, OSError):
            self._failed(exc)

    def send(self, data: bytes) -> None:
        if self._socket is not None:
            self._socket.sendto(data)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()


class _Stream(_Channel, asyncio.Protocol):
    reliable = True

    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self.transport = transport
        self.is_closed = False
        self._messages = MessageStream()
        self._socket: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._socket = cast("asyncio.Transport", transport)
        self.sent_by = _sent_by(transport)

    def data_received(self, data: bytes) -> None:
        for frame in self._messages.feed(data):
            if not isinstance(frame, Ping):
                self._received(frame)
        if self._messages.is_broken:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_closed = True
        self._failed(exc if isinstance(exc, OSError) else ConnectionResetError("the connection was closed"))

    def send(self, data: bytes) -> None:
        if self._socket is not None:
            self._socket.write(data)

    def close(self) -> None:
        self.is_closed = True
        if self._socket is not None:
            self._socket.close()


async def _transact(channel: _Channel, data: bytes, pending: "asyncio.Queue[Response | OSError]") -> Response:
    """Send until answered, as the transaction says.

    Copies of the answer that come later find nobody waiting: its COMPLETED state needs no task of its own.
    """
    clock = asyncio.get_running_loop().time
    transaction = ClientTransaction(clock(), reliable=channel.reliable)
    channel.send(data)
    while True:
        outcome = await _next(pending, transaction.next_wake)
        if isinstance(outcome, Response):
            if transaction.answered(outcome.status, clock()) is Action.DELIVER:
                return outcome
            continue
        action = transaction.wake(clock()) if outcome is None else transaction.failed(clock())
        if action is Action.SEND:
            channel.send(data)
        elif action is Action.FAIL:
            raise UnansweredError(f"{channel.transport}: {_said(outcome)}")
        elif action is Action.TIME_OUT:
            raise UnansweredError("no answer in 32 s")


async def _next(
    pending: "asyncio.Queue[Response | OSError]", wake: float | None
) -> Response | OSError | None:
    try:
        async with asyncio.timeout_at(wake):
            return await pending.get()
    except TimeoutError:
        return None


async def _open_datagrams(server: ServerAddress) -> _Datagrams:
    loop = asyncio.get_running_loop()
    # connected: the kernel drops what others send, and reports a port that nobody listens on
    return (await loop.create_datagram_endpoint(_Datagrams, remote_addr=(server.host, server.port)))[1]


async def _open_stream(server: ServerAddress) -> _Stream:
    speaks_tls = server.transport is Transport.TLS
    transport, stream = await asyncio.get_running_loop().create_connection(
        lambda: _Stream(Transport.TLS if speaks_tls else Transport.TCP),
        server.host,
        server.port,
        ssl=server.trust.context() if speaks_tls else None,
    )
    secured = transport.get_extra_info("ssl_object")
    if secured is not None and not server.trust.is_pinned(secured.getpeercert(binary_form=True)):
        transport.abort()
        raise ConnectionRefusedError(errno.ECONNREFUSED, "the server's certificate is not the pinned one")
    return stream


def _with_via(request: Request, channel: _Channel, branch: str) -> Request:
    via = f"SIP/2.0/{channel.transport} {channel.sent_by};branch={branch};rport"
    return Request(request.method, request.uri, Headers([("Via", via), *request.headers]), request.body)


def _key_of(headers: Headers) -> tuple[str, str]:
    """Name the transaction of an answer by its top Via's branch and its CSeq's method (17.1.3)."""
    vias = split_commas(headers.get("Via") or "")
    via = parse_via(vias[0]) if vias else None
    method = (headers.get("CSeq") or "").rpartition(" ")[2]
    return (via.branch or "" if via else ""), method


def _sent_by(transport: asyncio.BaseTransport) -> str:
    host, port = transport.get_extra_info("sockname")[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


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


def _said(error: OSError | None) -> str:
    if error is None:
        return "the transport failed"
    return error.strerror or str(error) or type(error).__name__
