"""The connections of the server: whose they are, how many, for how long; TLS where they ask for it.

Where they come in is ``listener.py``; messages are cut out of their bytes by ``stream.py``.
"""

import asyncio
import contextlib
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

from sip.peer import Peer, Transport
from sip.stream import PING, PONG, MessageStream

MAX_UNSENT_BYTES = 1_048_576  # a peer that does not read its answers is cut off

OnMessage = Callable[[bytes, Peer], bytes | None]


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
    max_handshakes
        TLS handshakes under way at once: each costs a millisecond of computing before anybody is known.
    handshake_s
        A TLS handshake that has not ended by then is given up.
    """

    max_connections: int = 4_096
    max_connections_per_host: int = 512
    idle_s: float = 1_800.0
    message_s: float = 30.0
    linger_s: float = 5.0
    max_handshakes: int = 128
    handshake_s: float = 10.0


class Hub:
    """What a listener and its connections share.

    ``tls`` is for the next handshakes: it may be renewed at any time.
    """

    def __init__(self, on_message: OnMessage, limits: Limits, tls: ssl.SSLContext | None) -> None:
        self.limits, self.tls = limits, tls
        self.handshakes = 0
        self.connections: dict[Peer, Connection] = {}
        self.is_paused = False
        self._on_message = on_message
        self._per_host: Counter[str] = Counter()

    def received(self, data: bytes, peer: Peer) -> bytes | None:
        """Hand a message on; gives what is answered at once."""
        return None if self.is_paused else self._on_message(data, peer)

    def admit(self, connection: "Connection", peer: Peer) -> bool:
        """Count a connection in; False where there is no room for it."""
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
        """Count a connection out."""
        if self.connections.pop(peer, None) is not None:
            self._per_host[peer.host] -= 1
            if not self._per_host[peer.host]:
                del self._per_host[peer.host]


class Connection(asyncio.Protocol):
    """One connection of a listener."""

    def __init__(self, hub: Hub, transport: Transport, door: int) -> None:
        self._hub = hub
        self._stream = MessageStream()
        self._transport: asyncio.Transport | None = None
        self._shaking: asyncio.Task[None] | None = None
        self._early = bytearray()
        self._peer = Peer(transport, "", 0, door)
        self._heard_at = _loop_time()
        self._begun_at: float | None = None  # when the message that is not whole yet began
        self._ends_at: float | None = None
        self._unanswered = 0  # messages taken less answers given; what deserves no answer stays counted
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or cut it off where there are too many."""
        self._transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername")
        if name is not None:  # else it has gone already
            self._peer = replace(self._peer, host=name[0], port=name[1])
        if name is None or not self._hub.admit(self, self._peer):
            self._transport.abort()
        elif self._peer.transport is Transport.TLS:
            self._shaking = asyncio.get_running_loop().create_task(self._shake_hands(self._transport))

    async def _shake_hands(self, plain: asyncio.Transport) -> None:
        hub = self._hub
        if hub.tls is None or hub.handshakes >= hub.limits.max_handshakes:
            plain.abort()
            return
        hub.handshakes += 1
        try:
            secret = await asyncio.get_running_loop().start_tls(
                plain,
                self,
                hub.tls,
                server_side=True,
                ssl_handshake_timeout=hub.limits.handshake_s,
                ssl_shutdown_timeout=hub.limits.linger_s,
            )
        except OSError:  # ssl.SSLError, a time limit and a reset are such
            self.connection_lost(None)  # asyncio tells a protocol only of what was whole
            return
        finally:
            hub.handshakes -= 1
        self._transport, self._shaking = secret, None
        early, self._early = bytes(self._early), bytearray()
        if early:
            self.data_received(early)

    def data_received(self, data: bytes) -> None:
        """Take bytes; what they make whole is handed on."""
        if self._shaking is not None:  # came with the end of the handshake, before its task has run
            self._early += data
            return
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
        """Stay open for answers that are still being decided; TLS ends both ways at once."""
        self._end_soon()
        return self._unanswered > 0 and self._peer.transport is not Transport.TLS

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's own signature)
        """Count it out: it is gone."""
        self._hub.remove(self._peer)
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        """Stop reading from who does not read."""
        self.stop_reading()

    def resume_writing(self) -> None:
        """Read on."""
        may_read = self._ends_at is None and not self._hub.is_paused
        if may_read and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def write(self, data: bytes) -> bool:
        """Send an answer; False where it is too late for that."""
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
        """Take no more."""
        with contextlib.suppress(RuntimeError):  # closing already
            if self._transport is not None and self._transport.is_reading():
                self._transport.pause_reading()

    def close_if_late(self, now: float, limits: Limits) -> None:
        """Close what is silent, half a message, or done."""
        has_ended = self._ends_at is not None and now >= self._ends_at
        if has_ended or now - self._heard_at >= limits.idle_s:
            self.close()
        elif self._begun_at is not None and now - self._begun_at >= limits.message_s:
            self.abort()

    def close(self) -> None:
        """Close, after what was written has left."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
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
