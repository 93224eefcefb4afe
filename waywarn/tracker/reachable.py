"""Keeping the device reachable: it is registered, and the way back to it is kept open.

When what is asked is ``sip/device/registration_client.py``; the sockets are ``sip/device/channel.py``.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Sequence

from sip.device.caller import Caller
from sip.device.channel import ServerAddress, UnansweredError
from sip.device.publication_client import Finished, Retrying, Send
from sip.device.registration_client import Effect, Registered, RegistrationClient
from sip.message import Response
from sip.peer import Transport
from waywarn import log

# RFC 5626, 4.4.1 and 4.4.2: a mapping of UDP lives for half a minute in many routers, one of TCP for minutes
PING_UDP_S, PING_STREAM_S = (24.0, 29.0), (95.0, 120.0)
MAKE_ANEW_S = 0.5  # after a connection was lost; doubled until the server says that it reaches us, to
LOOK_AGAIN_S = 5.0  # after there was no way to the server; doubled each time, to
LONGEST_LOOK_S = 80.0  # as long as a fix waits for another try
GOODBYE_S = 3.0


class Reachable:
    """Keeps one registration.

    Parameters
    ----------
    client
        What decides.
    caller
        By which way; what the server asks comes back on it.
    user
        Of the contact.
    server
        By which transport.
    registered
        Is called each time the server says that it reaches us.
    denied
        Is told why each time that the server does not take the name and password.
    """

    def __init__(
        self,
        client: RegistrationClient,
        caller: Caller,
        user: str,
        server: ServerAddress,
        *,
        registered: Callable[[], None],
        denied: Callable[[str], None],
    ) -> None:
        self._client, self._caller = client, caller
        self._user, self._server = user, server
        self._registered, self._denied = registered, denied
        self._asking: asyncio.Task[Response] | None = None
        self._renewal = asyncio.Event()
        self._look_again_s: float | None = None  # while there is no way to the server
        self._make_anew_s = MAKE_ANEW_S
        self._is_over = False

    def renew(self) -> None:
        """Register anew soon: the server does not know our session."""
        self._renewal.set()

    async def run(self) -> None:
        """Stay registered until cancelled; then the server is told, if it can be told at once."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_open())
                while True:
                    await self._look_where()
                    self._advance()
                    await self._rest()
        finally:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._say_goodbye(), GOODBYE_S)

    async def _look_where(self) -> None:
        """Learn at which address the server can come back; the way is opened if need be."""
        if self._caller.lost.is_set():  # some servers close at once what they have accepted
            await asyncio.sleep(self._make_anew_s)
            self._make_anew_s = min(2 * self._make_anew_s, LONGEST_LOOK_S)
        self._caller.lost.clear()
        try:
            local = await self._caller.local()
        except UnansweredError as error:
            log.say_detail("registration.no_way", reason=str(error))
            self._look_again_s = min(2 * (self._look_again_s or LOOK_AGAIN_S / 2), LONGEST_LOOK_S)
            return
        self._look_again_s = None
        if self._caller.has_moved():  # a NAT has given us another port
            self._renewal.set()
        by = "" if self._server.transport is Transport.UDP else f";transport={self._server.transport.lower()}"
        self._handle(self._client.reach_at(f"sip:{self._user}@{local}{by}", _clock()))

    def _advance(self) -> None:
        now = _clock()
        if self._asking is not None and self._asking.done():
            asked, self._asking = self._asking, None
            try:
                effects = self._client.answered(asked.result(), now)
            except UnansweredError as error:
                effects = self._client.unanswered(str(error), now)
            self._handle(effects)
        if self._renewal.is_set():
            self._renewal.clear()
            self._handle(self._client.renew(now))
        self._handle(self._client.wake(now))

    def _handle(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send():
                    self._asking = asyncio.create_task(self._caller.ask(effect.request))
                case Registered():
                    log.say("registration.done", for_s=effect.granted_s)
                    self._make_anew_s = MAKE_ANEW_S
                    self._registered()
                case Retrying() if effect.is_denied:
                    self._denied(effect.reason)
                case Retrying():
                    log.warn("registration.waiting", reason=effect.reason, wait_s=effect.wait_s)
                case Finished():
                    self._is_over = True

    async def _rest(self) -> None:
        wake = self._client.next_wake
        due_s = None if wake is None else max(0.0, wake - _clock())
        if self._look_again_s is not None:
            due_s = self._look_again_s if due_s is None else min(due_s, self._look_again_s)
        events = [asyncio.create_task(event.wait()) for event in (self._caller.lost, self._renewal)]
        waited: set[asyncio.Task[object]] = {*events}
        if self._asking is not None:
            waited.add(self._asking)
        try:
            await asyncio.wait(
                waited,
                timeout=None if self._asking is not None else due_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for event in events:
                event.cancel()

    async def _keep_open(self) -> None:
        shortest_s, longest_s = PING_UDP_S if self._server.transport is Transport.UDP else PING_STREAM_S
        while True:
            # at random within the RFC's limits: many devices behind one server must not ping in step
            spread = secrets.randbelow(1_000) / 1_000
            await asyncio.sleep(shortest_s + spread * (longest_s - shortest_s))
            await self._caller.keep_alive()

    async def _say_goodbye(self) -> None:
        self._handle(self._client.end(_clock()))
        while not self._is_over and self._asking is not None:
            await asyncio.wait({self._asking})
            self._advance()


def _clock() -> float:
    return asyncio.get_running_loop().time()
