"""The sockets of the server: UDP and TCP, bytes in to a callback and answers out by the same way.

What the bytes mean is ``uas.py``; the wall clock is the caller's. The listener only knows how long a
connection has been silent.
"""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self, cast

from sip.peer import Peer, Transport
from sip.stream import PING, PONG, MessageStream
from sip.stun import is_stun, stun_answer

RECEIVE_BUFFER_BYTES = 4_194_304  # with the usual 208 kB, 200 requests in flight lose 1 to 2 %
MAX_UNSENT_BYTES = 1_048_576  # a peer that does not read its answers is cut off
UDP_QUEUED_BYTES = 4_194_304  # answers waiting for a full socket; the rest is lost, and asked for again
SWEEP_S = 5.0

_KIND_OF = {Transport.UDP: socket.SOCK_DGRAM, Transport.TCP: socket.SOCK_STREAM}
OnMessage = Callable[[bytes, Peer], bytes | None]


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where to listen; port 0 is any free one, IPv6 hosts stand without brackets."""

    transport: Transport
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one stranger may take of us.

    Parameters
    ----------
    max_connections, max_connections_per_host
        More are closed as they come.
    idle_s
        A silent connection is closed after that; RFC 5626 4.4.1 has clients send a keep-alive every
        14 minutes at least.
    message_s
        A message that has begun must be whole within that.
    linger_s
        How long answers may still go out after the peer has ended its side, or lost the frame.
    """

    max_connections: int = 4_096
    max_connections_per_host: int = 512
    idle_s: float = 1_800.0
    message_s: float = 30.0
    linger_s: float = 5.0


class Listener:
    """Open sockets; made by `open`.

    ``on_message(data, peer)`` is called for each datagram or whole message of a connection, in order of
    arrival; bytes that it returns are sent to that peer at once. Later answers go by `send`.
    """

    def __init__(self, on_message: OnMessage, limits: Limits) -> None:
        self._hub = _Hub(on_message, limits)
        self._loop = asyncio.get_running_loop()
        self._udp: dict[int, asyncio.DatagramTransport] = {}
        self._servers: list[asyncio.Server] = []
        self._addresses: list[ListenAddress] = []
        self._sweeper = self._loop.call_later(SWEEP_S, self._sweep)

    @classmethod
    async def open(
        cls, addresses: Iterable[ListenAddress], on_message: OnMessage, *, limits: Limits | None = None
    ) -> Self:
        """Bind all addresses, or none.

        Raises
        ------
        OSError
            An address cannot be bound; the text names it.
        """
        listener = cls(on_message, limits or Limits())
        try:
            for door, address in enumerate(addresses):
                await listener._listen(door, address)
        except OSError:
            await listener.close()
            raise
        return listener

    @property
    def addresses(self) -> tuple[ListenAddress, ...]:
        """Where it listens, in the order given, with the real ports."""
        return tuple(self._addresses)

    @property
    def connections(self) -> int:
        """How many TCP connections are open."""
        return len(self._hub.connections)

    def is_open(self, peer: Peer) -> bool:
        """Tell whether `send` has a way to that peer."""
        if peer.transport is Transport.TCP:
            return peer in self._hub.connections
        return peer.door in self._udp

    def send(self, peer: Peer, data: bytes) -> bool:
        """Send by the listener or connection that the peer came by; False where that is gone."""
        if peer.transport is Transport.TCP:
            connection = self._hub.connections.get(peer)
            return connection is not None and connection.write(data)
        transport = self._udp.get(peer.door)
        return transport is not None and _send_datagram(transport, peer, data)

    def pause(self) -> None:
        """Take no more messages or connections; answers still go out. The first half of stopping."""
        self._hub.is_paused = True
        for server in self._servers:
            server.close()
        for connection in self._hub.connections.values():
            connection.stop_reading()

    async def close(self) -> None:
        """Close everything, after what was given to `send` has left (at most ``linger_s``)."""
        self.pause()
        self._sweeper.cancel()
        connections = list(self._hub.connections.values())
        for transport in self._udp.values():
            transport.close()
        for connection in connections:
            connection.close()
        closing = [connection.closed for connection in connections]
        if closing:
            _, late = await asyncio.wait(closing, timeout=self._hub.limits.linger_s)
            if late:
                for connection in connections:
                    connection.abort()
        await asyncio.sleep(0)  # lets the transports tell their protocols that they are closed

    async def _listen(self, door: int, address: ListenAddress) -> None:
        sock = await self._bind(address)
        host, port = sock.getsockname()[:2]
        self._addresses.append(ListenAddress(address.transport, host, port))
        if address.transport is Transport.UDP:
            transport, _ = await self._loop.create_datagram_endpoint(
                lambda: _Datagrams(self._hub, door), sock=sock
            )
            self._udp[door] = transport
        else:
            server = await self._loop.create_server(
                lambda: _Connection(self._hub, door), sock=sock, backlog=512
            )
            self._servers.append(server)

    async def _bind(self, address: ListenAddress) -> socket.socket:
        kind = _KIND_OF[address.transport]
        try:
            found = await self._loop.getaddrinfo(
                address.host, address.port, type=kind, flags=socket.AI_PASSIVE
            )
            family, _, protocol, _, where = found[0]
            sock = socket.socket(family, kind, protocol)
        except OSError as error:
            raise _named(error, address) from None
        try:
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # one address is one listener
            if address.transport is Transport.TCP:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            else:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
            sock.setblocking(False)  # noqa: FBT003 (socket's own signature)
            sock.bind(where)
        except OSError as error:
            sock.close()
            raise _named(error, address) from None
        return sock

    def _sweep(self) -> None:
        now = self._loop.time()
        for connection in list(self._hub.connections.values()):
            connection.close_if_late(now, self._hub.limits)
        self._sweeper = self._loop.call_later(SWEEP_S, self._sweep)


class _Hub:
    """What a listener and its connections share."""

    def __init__(self, on_message: OnMessage, limits: Limits) -> None:
        self.limits = limits
        self.connections: dict[Peer, _Connection] = {}
        self.is_paused = False
        self._on_message = on_message
        self._per_host: Counter[str] = Counter()

    def received(self, data: bytes, peer: Peer) -> bytes | None:
        return None if self.is_paused else self._on_message(data, peer)

    def admit(self, connection: "_Connection", peer: Peer) -> bool:
        if (
            self.is_paused
            or len(self.connections) >= self.limits.max_connections
            or self._per_host[peer.host] >= self.limits.max_connections_per_host
        ):
            return False
        self.connections[peer] = connection
        self._per_host[peer.host] += 1
        return True

    def remove(self, peer: Peer) -> None:
        if self.connections.pop(peer, None) is not None:
            self._per_host[peer.host] -= 1
            if not self._per_host[peer.host]:
                del self._per_host[peer.host]


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, hub: _Hub, door: int) -> None:
        self._hub = hub
        self._door = door
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not data.strip(b"\r\n\0"):
            return  # keeps a NAT's door open and says nothing
        peer = Peer(Transport.UDP, addr[0], addr[1], self._door)
        keeps_alive = is_stun(data)
        answer = stun_answer(data, *addr[:2]) if keeps_alive else self._hub.received(data, peer)
        if answer is not None and self._transport is not None:
            _send_datagram(self._transport, peer, answer)


class _Connection(asyncio.Protocol):
    """One TCP connection of a listener."""

    def __init__(self, hub: _Hub, door: int) -> None:
        self._hub = hub
        self._door = door
        self._stream = MessageStream()
        self._transport: asyncio.Transport | None = None
        self._peer = Peer(Transport.TCP, "", 0, door)
        self._heard_at = _loop_time()
        self._begun_at: float | None = None  # when the message that is not whole yet began
        self._ends_at: float | None = None
        self._unanswered = 0  # messages taken less answers given; what deserves no answer stays counted
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername")
        if name is not None:  # else it has gone already
            self._peer = Peer(Transport.TCP, name[0], name[1], self._door)
        if name is None or not self._hub.admit(self, self._peer):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._heard_at = _loop_time()
        frames = self._stream.feed(data)
        for frame in frames:
            self._unanswered += 1
            answer = PONG if frame is PING else self._hub.received(cast("bytes", frame), self._peer)
            if answer is not None:
                self.write(answer)
        if self._stream.is_broken:
            self._end_soon()
        if self._stream.is_idle:
            self._begun_at = None
        elif frames or self._begun_at is None:
            self._begun_at = self._heard_at

    def eof_received(self) -> bool:
        self._end_soon()
        return self._unanswered > 0  # answers that are still being decided go out first

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's own signature)
        self._hub.remove(self._peer)
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        # who does not read is not read from
        self.stop_reading()

    def resume_writing(self) -> None:
        may_read = self._ends_at is None and not self._hub.is_paused
        if may_read and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def write(self, data: bytes) -> bool:
        if self._transport is None or self._transport.is_closing():
            return False
        if self._transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self._transport.abort()
            return False
        self._transport.write(data)
        self._unanswered -= 1
        self._close_if_done()
        return True

    def stop_reading(self) -> None:
        with contextlib.suppress(RuntimeError):  # closing already
            if self._transport is not None and self._transport.is_reading():
                self._transport.pause_reading()

    def close_if_late(self, now: float, limits: Limits) -> None:
        has_ended = self._ends_at is not None and now >= self._ends_at
        if has_ended or now - self._heard_at >= limits.idle_s:
            self.close()
        elif self._begun_at is not None and now - self._begun_at >= limits.message_s:
            self.abort()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _end_soon(self) -> None:
        self.stop_reading()
        self._ends_at = _loop_time() + self._hub.limits.linger_s
        self._close_if_done()

    def _close_if_done(self) -> None:
        if self._ends_at is not None and self._unanswered <= 0:
            self.close()


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


def _send_datagram(transport: asyncio.DatagramTransport, peer: Peer, data: bytes) -> bool:
    # DatagramTransport is a WriteTransport in all but its declared type
    unsent = cast("asyncio.WriteTransport", transport).get_write_buffer_size()
    if transport.is_closing() or unsent > UDP_QUEUED_BYTES:
        return False
    transport.sendto(data, (peer.host, peer.port))
    return True


def _named(error: OSError, address: ListenAddress) -> OSError:
    where = f"{address.transport.value.lower()}:{address.host}:{address.port}"
    return OSError(error.errno, f"cannot listen on {where}: {error.strerror or error}")
