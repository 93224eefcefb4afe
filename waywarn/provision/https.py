"""An HTTPS server within the event loop of the service: bound by us, stopped in order, patient with nobody.

It knows no routes; an application is given to it.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_CONNECTIONS = 64  # at once; enrolling takes some milliseconds
MAX_CONNECTIONS_PER_HOST = 16
CONNECTION_S = 15.0  # a connection's whole life: nobody can hold one by sending slowly
HANDSHAKE_S = 5.0
MAX_HEADER_BYTES = 8_192  # request line and fields
KEEP_ALIVE_S = 5
GRACE_S = 2  # for what is being answered when the service stops


class HttpsServer:
    """A server; `open` binds, `run` serves until `stop`."""

    def __init__(self, bound: socket.socket, server: uvicorn.Server, context: ssl.SSLContext) -> None:
        self._bound, self._server, self._context = bound, server, context

    @classmethod
    def open(cls, app: Starlette, *, host: str, port: int, context: ssl.SSLContext) -> Self:
        """Bind an address, port 0 being any free one.

        Raises
        ------
        OSError
            It cannot be listened on.
        """
        config = uvicorn.Config(
            app,
            http=_Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",  # what happened is logged by the application, without addresses
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MAX_CONNECTIONS,
            h11_max_incomplete_event_size=MAX_HEADER_BYTES,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
            ssl_context_factory=lambda *_: context,
        )
        return cls(_bind(host, port), _Server(config), context)

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._bound.getsockname()[1]
        return port

    def renew(self, certificate: Path, key: Path) -> None:
        """Use another certificate from the next handshake on.

        Raises
        ------
        OSError
            The files cannot be used; the old ones stay in use.
        """
        self._context.load_cert_chain(certificate, key)

    async def run(self) -> None:
        """Serve until stopped."""
        await self._server.serve([self._bound])

    def stop(self) -> None:
        """Let `run` end, once what has been asked is answered."""
        self._server.should_exit = True


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the service."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen as uvicorn does, but give up a handshake that does not end: its own waits a minute."""
        await self.lifespan.startup()
        loop, state = asyncio.get_running_loop(), self.server_state
        self.servers = [
            await loop.create_server(
                lambda: _Connection(config=self.config, server_state=state, app_state={}),
                sock=each,
                ssl=self.config.ssl,
                ssl_handshake_timeout=HANDSHAKE_S,
                backlog=MAX_CONNECTIONS,
            )
            for each in sockets or ()
        ]
        self.started = True


class _Connection(H11Protocol):
    """A connection that ends after a while, whatever happens on it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        name = transport.get_extra_info("peername")
        beside = sum(
            isinstance(each, _Connection)
            and name is not None
            and each.client is not None
            and each.client[0] == name[0]
            for each in self.connections
        )
        if beside > MAX_CONNECTIONS_PER_HOST:
            transport.abort()
            return
        self._end = asyncio.get_running_loop().call_later(CONNECTION_S, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(exc)


def _bind(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return _bound(*found[0])
    except OSError as error:
        said = f"cannot listen on https {host}:{port}: {error.strerror}"
        raise OSError(error.errno, said) from None


def _bound(
    family: socket.AddressFamily, kind: socket.SocketKind, protocol: int, _name: str, where: tuple[Any, ...]
) -> socket.socket:
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.setblocking(False)  # noqa: FBT003 (socket's own signature)
        bound.bind(where)
        bound.listen(MAX_CONNECTIONS)  # who comes before `run` waits
    except OSError:
        bound.close()
        raise
    return bound
