"""A whole small server on loopback: listener, server and compositor, with a list for a store.

The service's own wiring, group commit and all, is not this: here each request is decided alone.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from corridor.fix import Fix
from sip.account import Account
from sip.directory import Directory
from sip.peer import Peer, Transport
from sip.reply import Reply
from sip.server.admitted import Admitted
from sip.server.compositor import Compositor
from sip.server.connections import Limits
from sip.server.listener import ListenAddress, Listener
from sip.server.uas import UserAgentServer
from tests.sip.talk import REALM


@dataclass
class Home:
    """Decides what arrives, and keeps the fixes."""

    accounts: Iterable[Account]
    fixes: list[Fix] = field(default_factory=list)
    received: int = 0

    def __post_init__(self) -> None:
        directory = Directory(self.accounts, realm=REALM)
        self.uas = UserAgentServer(directory, domains=["example.org"], secret=b"a secret of the test")
        self.compositor = Compositor(directory, tag_prefix="tag")
        self.listener: Listener | None = None

    def on_message(self, data: bytes, peer: Peer) -> bytes | None:
        self.received += 1
        now = time.time()
        taken = self.uas.receive(data, peer, now)
        assert self.listener is not None
        if isinstance(taken, Reply):
            self.listener.send(taken.to, taken.data)
        elif isinstance(taken, Admitted):
            outcome = self.compositor.apply(taken, now)
            if outcome.report is not None:
                self.fixes.append(outcome.report.fix)
            self.listener.send(taken.to, self.uas.answer(taken, outcome.answer, now))
        return None

    def port(self, transport: Transport) -> int:
        assert self.listener is not None
        return next(one.port for one in self.listener.addresses if one.transport is transport)


@asynccontextmanager
async def at_home(
    accounts: Iterable[Account],
    *,
    host: str = "127.0.0.1",
    limits: Limits | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Home]:
    """Listen on free ports of loopback, UDP and TCP, and TLS where there is a certificate."""
    home = Home(accounts)
    spoken = [each for each in Transport if each is not Transport.TLS or tls is not None]
    addresses = [ListenAddress(transport, host, 0) for transport in spoken]
    home.listener = await Listener.open(addresses, home.on_message, limits=limits, tls=tls)
    try:
        yield home
    finally:
        await asyncio.wait_for(home.listener.close(), 10)
