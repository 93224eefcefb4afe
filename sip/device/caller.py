"""A client of one server: requests out, answers back, and a way that stays open for the server's own.

What is asked and what an answer means is ``publication_client.py`` and ``registration_client.py``; when a
request is sent again is ``client_transaction.py``; the sockets are ``channel.py``. The only clock here is the
event loop's.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sip.address import MAGIC_COOKIE
from sip.client_transaction import Action, ClientTransaction
from sip.device.channel import (
    CONNECT_S,
    Channel,
    Datagrams,
    OnRequest,
    ServerAddress,
    Stream,
    UnansweredError,
    open_datagrams,
    open_stream,
)
from sip.headers import Headers
from sip.message import Request, Response
from sip.peer import Peer, Transport

PONG_S = 10.0  # RFC 5626, 4.4.1
_NO_ANSWER = "no answer in 32 s"


class Caller:
    """A client of one server. One request at a time or several, as its user likes.

    Sockets are opened when they are needed, and opened anew after one has failed: a device that comes
    from one network into another has another address.

    Parameters
    ----------
    server
        Where requests go.
    on_request
        Is asked with what the server asks; without it nothing of that is answered.
    """

    def __init__(self, server: ServerAddress, on_request: OnRequest | None = None) -> None:
        self.lost = asyncio.Event()
        """Set when the way on which the server can come back is gone; whoever heeds it clears it."""
        self._server = server
        self._on_request = on_request or _not_answered
        self._datagrams: Datagrams | None = None
        self._stream: Stream | None = None
        self._connecting = asyncio.Lock()
        self._has_failed = False
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
            raise self._unreachable(error) from None
        branch = f"{MAGIC_COOKIE}{secrets.token_hex(8)}"
        data = _with_via(request, channel, branch).to_bytes()
        pending = channel.expect(branch, request.method)
        try:
            return await _transact(channel, data, pending)
        except UnansweredError:
            channel.forget(branch, request.method)
            self._fail(channel)
            raise
        finally:
            channel.forget(branch, request.method)

    @property
    def seen_at(self) -> tuple[str, int] | None:
        """Where the server sees us by UDP, as far as it has said so: behind a NAT not where `local` says."""
        return self._datagrams.seen_at if self._datagrams is not None else None

    def has_moved(self) -> bool:
        """Tell, once, whether the server sees us at another address than before."""
        moved = self._datagrams is not None and self._datagrams.has_moved
        if self._datagrams is not None:
            self._datagrams.has_moved = False
        return moved

    async def local(self) -> str:
        """Give the host and port at which the server can come back; the way is opened if need be.

        Raises
        ------
        UnansweredError
            There is no way to the server.
        """
        try:
            is_udp = self._server.transport is Transport.UDP
            return (await (self._opened() if is_udp else self._connected())).sent_by
        except OSError as error:
            raise self._unreachable(error) from None

    async def keep_alive(self) -> None:
        """Send a keep-alive; a way by which nothing comes back is given up (RFC 5626, 4.4)."""
        if self._server.transport is Transport.UDP:
            if self._datagrams is not None and not self._datagrams.ping():
                self._fail(self._datagrams)
            return
        stream = self._stream
        if stream is None or stream.is_closed:
            return
        stream.ping()
        await asyncio.sleep(PONG_S)
        if stream.awaits_pong and not stream.is_closed:
            stream.close()
            self._lose()

    def close(self) -> None:
        """Close the sockets; answers that are under way are not waited for."""
        for channel in (self._datagrams, self._stream):
            if channel is not None:
                channel.close()

    async def _channel(self, request: Request) -> Channel:
        if self._server.transport is not Transport.UDP:
            return await self._connected()
        datagrams = await self._opened()
        size = len(_with_via(request, datagrams, f"{MAGIC_COOKIE}{'0' * 16}").to_bytes())
        if size <= datagrams.max_bytes or self._tcp_refused:
            return datagrams
        try:
            return await self._connected()
        except OSError as error:
            # UDP all the same, fragmented (18.1.1 allows it); where nobody listens, TCP is not tried again
            self._tcp_refused = isinstance(error, ConnectionRefusedError)
            return datagrams

    async def _opened(self) -> Datagrams:
        if self._datagrams is not None and self._has_failed and self._datagrams.is_idle:
            self._datagrams.close()
            self._datagrams = None
        if self._datagrams is None:
            self._datagrams = await open_datagrams(self._server, self._on_request, self._lose)
            self._has_failed = False
        return self._datagrams

    async def _connected(self) -> Stream:
        async with self._connecting:  # of several who ask at once, the first connects
            if self._stream is None or self._stream.is_closed:
                self._stream = await open_stream(self._server, self._on_request, self._lose)
            return self._stream

    def _fail(self, channel: Channel) -> None:
        """Trust a way no longer that has not carried an answer."""
        if isinstance(channel, Datagrams):
            self._has_failed = True
        elif not channel.is_closed and channel.is_idle:
            channel.close()
        self._lose()

    def _lose(self) -> None:
        self.lost.set()

    def _unreachable(self, error: OSError) -> UnansweredError:
        server = self._server
        return UnansweredError(
            f"cannot reach {server.host} port {server.port} by {server.transport}: {_said(error)}"
        )


@asynccontextmanager
async def call(server: ServerAddress, on_request: OnRequest | None = None) -> AsyncIterator[Caller]:
    """Open what is needed to ask a server, and close it at the end.

    Raises
    ------
    UnansweredError
        Its name is unknown.
    """
    caller = Caller(server, on_request)
    try:
        if server.transport is Transport.UDP:
            await caller.local()
        yield caller
    finally:
        caller.close()


async def _transact(channel: Channel, data: bytes, pending: "asyncio.Queue[Response | OSError]") -> Response:
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
            raise UnansweredError(_NO_ANSWER)


async def _next(
    pending: "asyncio.Queue[Response | OSError]", wake: float | None
) -> Response | OSError | None:
    try:
        async with asyncio.timeout_at(wake):
            return await pending.get()
    except TimeoutError:
        return None


def _not_answered(_request: Request, _peer: Peer) -> None:
    return None


def _with_via(request: Request, channel: Channel, branch: str) -> Request:
    via = f"SIP/2.0/{channel.transport} {channel.sent_by};branch={branch};rport"
    return Request(request.method, request.uri, Headers([("Via", via), *request.headers]), request.body)


def _said(error: OSError | None) -> str:
    if error is None:
        return "the transport failed"
    if isinstance(error, TimeoutError) and error.errno is None:  # ours, not the kernel's
        return f"no connection within {CONNECT_S:.0f} s"
    return error.strerror or str(error) or type(error).__name__
