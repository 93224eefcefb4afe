"""The doors of the server: UDP, TCP and TLS, bytes in to a callback and answers out by the same way.

A door is ``datagrams.py`` or has ``connections.py``; what the bytes mean is ``uas.py``.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from sip.errors import CallerError
from sip.peer import Peer, Transport
from sip.server.connections import Connection, Hub, Limits, OnMessage
from sip.server.datagrams import Datagrams

SWEEP_S = 5.0


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where to listen; port 0 is any free one, IPv6 hosts stand without brackets."""

    transport: Transport
    host: str
    port: int


class Listener:
    """Open sockets; made by `open`.

    ``on_message(data, peer)`` is called for each datagram or whole message of a connection, in order of
    arrival; bytes that it returns are sent to that peer at once. Later answers go by `send`.
    """

    def __init__(self, on_message: OnMessage, limits: Limits, tls: ssl.SSLContext | None) -> None:
        self._hub = Hub(on_message, limits, tls)
        self._loop = asyncio.get_running_loop()
        self._udp: dict[int, Datagrams] = {}
        self._servers: list[asyncio.Server] = []
        self._addresses: list[ListenAddress] = []
        self._sweeper = self._loop.call_later(SWEEP_S, self._sweep)

    @classmethod
    async def open(
        cls,
        addresses: Iterable[ListenAddress],
        on_message: OnMessage,
        *,
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> Self:
        """Bind all addresses, or none; `tls` is for those that speak it (``sip/tls.py`` makes one).

        Raises
        ------
        OSError
            An address cannot be bound; the text names it.
        CallerError
            An address speaks TLS, and there is no certificate for it.
        """
        addresses = tuple(addresses)
        if tls is None and any(address.transport is Transport.TLS for address in addresses):
            raise CallerError("a TLS address needs a certificate and its key")
        listener = cls(on_message, limits or Limits(), tls)
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
        """How many TCP and TLS connections are open."""
        return len(self._hub.connections)

    def renew_tls(self, tls: ssl.SSLContext) -> None:
        """Use another certificate from the next handshake on; connections that stand go on."""
        self._hub.tls = tls

    def is_open(self, peer: Peer) -> bool:
        """Tell whether `send` has a way to that peer."""
        if peer.transport.is_reliable:
            return peer in self._hub.connections
        return peer.door in self._udp

    def send(self, peer: Peer, data: bytes) -> bool:
        """Send by the listener or connection that the peer came by; False where that is gone."""
        if peer.transport.is_reliable:
            connection = self._hub.connections.get(peer)
            return connection is not None and connection.write(data)
        datagrams = self._udp.get(peer.door)
        return datagrams is not None and datagrams.send(peer, data)

    def hang_up(self, peer: Peer) -> None:
        """Close the connection of a peer at once, if it has one; what was not sent yet is not."""
        connection = self._hub.connections.get(peer)
        if connection is not None:
            connection.abort()

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
        while self._udp:
            self._udp.popitem()[1].close()
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
            self._udp[door] = Datagrams(self._hub, sock, door)
        else:
            server = await self._loop.create_server(
                lambda: Connection(self._hub, address.transport, door), sock=sock, backlog=512
            )
            self._servers.append(server)

    async def _bind(self, address: ListenAddress) -> socket.socket:
        kind = socket.SOCK_DGRAM if address.transport is Transport.UDP else socket.SOCK_STREAM
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
            if kind == socket.SOCK_STREAM:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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


def _named(error: OSError, address: ListenAddress) -> OSError:
    where = f"{address.transport.value.lower()}:{address.host}:{address.port}"
    return OSError(error.errno, f"cannot listen on {where}: {error.strerror or error}")
