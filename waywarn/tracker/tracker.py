"""A tracker, running: fixes are chosen, queued, sent; the device is reachable and carries out orders.

Each part is in a file of its own; here they are put together. How it is told to run is ``settings.py``.
"""

import asyncio
import contextlib
import random
import secrets
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from corridor.fix import Fix
from corridor.instant import format_instant
from sip.command import PRODUCT
from sip.device.caller import Caller
from sip.device.publication_client import Delivered, PublicationClient
from sip.device.registration_client import RegistrationClient
from sip.device.user_agent import UserAgent
from sip.order import Order
from sip.uri import parse_uri
from waywarn import log
from waywarn.publishing import Rules, document_of
from waywarn.talk import Outcome, Talk, Told
from waywarn.tracker.duties import Duties, OrderFailedError
from waywarn.tracker.fix_queue import FixQueue
from waywarn.tracker.order_book import OrderBook
from waywarn.tracker.orders import Orders
from waywarn.tracker.reachable import Reachable
from waywarn.tracker.refusal import Refusal
from waywarn.tracker.settings import TrackerSettings
from waywarn.tracker.state import kept
from waywarn.tracker.supply import QueueSupply
from waywarn.tracker.telling import Teller

FRESH_S = 30.0  # how long `locate` waits for the next fix; a receiver that has the sky reports each second
FORBIDDEN_AGAIN_S = 300.0  # a wrong password is not tried more often; an operator may mend it
FORGET_EVERY_S = 60.0


@dataclass(slots=True)
class _Read:
    """A fix of the source, when it was read, and whether the queue or the server has it."""

    fix: Fix
    at: float
    is_kept: bool = False


class Tracker:
    """The device side, from a source of fixes to a server that has them.

    Parameters
    ----------
    settings
        Who, where to, what is chosen, what is kept.
    state
        The state folder, open.
    clock
        Wall time, UTC seconds.
    tell
        Is told of each thing that a person would want to know about deliveries.
    """

    def __init__(
        self,
        settings: TrackerSettings,
        state: sqlite3.Connection,
        *,
        clock: Callable[[], float],
        tell: Callable[[Told], None],
    ) -> None:
        self.queue = FixQueue(state, most=settings.most_kept)
        self._settings, self._clock, self._tell = settings, clock, tell
        self._supply = QueueSupply(self.queue, per_second=settings.per_second)
        self._wants = settings.policy.chooser()
        self._talk: Talk | None = None
        self._fresh: set[asyncio.Future[Fix]] = set()
        self._newest: _Read | None = None
        self.delivered = 0
        """How many fixes the server has taken."""
        book = OrderBook(state)
        self._duties = Duties(book, settings.hooks, self, self._told)
        self._orders = Orders(
            book,
            session_keys=lambda: self._registration.session_keys,
            clock=clock,
            carry_out=self._duties.carry_out,
            show=self._duties.show if Order.MESSAGE in settings.hooks.programs else None,
        )
        agent = UserAgent(self._orders.take, accepts=self._orders.accepts, secret=secrets.token_bytes(16))
        self._caller = Caller(
            settings.server,
            lambda request, peer: agent.receive(request, peer, asyncio.get_running_loop().time()),
        )
        host = parse_uri(settings.identity.aor).host
        self._registration = RegistrationClient(
            settings.identity,
            registrar=f"sip:{host}",
            instance=kept(state, "instance", f"urn:uuid:{uuid.uuid4()}"),
            products=f"waywarn/{_version()} {PRODUCT}/1",
            fresh=_fresh_token,
            jitter=random.SystemRandom().random,
        )
        user = settings.identity.aor.removeprefix("sip:").partition("@")[0]
        self._refusal = Refusal(user)
        self._reachable = Reachable(
            self._registration,
            self._caller,
            user,
            settings.server,
            registered=self._reached,
            denied=self._denied,
        )
        self._teller = Teller(
            settings.identity,
            self._caller,
            book,
            session_keys=lambda: self._registration.session_keys,
            renew=self._reachable.renew,
        )

    async def run(self, source: AsyncIterator[Fix]) -> None:
        """Track until the source has ended and the server has every fix, or until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                lasting = [tasks.create_task(self._forget())]
                if self._settings.is_reachable:
                    lasting += [
                        tasks.create_task(self._reachable.run()),
                        tasks.create_task(self._teller.run()),
                    ]
                sending = tasks.create_task(self._send())
                await self._gather(source)
                self._supply.is_closed = True
                self._supply.changed.set()
                await sending
                for task in lasting:
                    task.cancel()
        finally:
            await self._duties.stop()
            self._caller.close()

    async def locate(self) -> str:
        """Queue the next fix of the source, whatever the policy says of it; where none comes, the newest."""
        waiting: asyncio.Future[Fix] = asyncio.get_running_loop().create_future()
        self._fresh.add(waiting)
        try:
            return f"found at {_described(await asyncio.wait_for(waiting, FRESH_S))}"
        except TimeoutError:
            none_came = f"no new fix within {FRESH_S:.0f} s"
        finally:
            self._fresh.discard(waiting)
        newest = self._newest
        if newest is None or newest.at + self._settings.retain_s <= self._clock():
            raise OrderFailedError(f"{none_came}, and none before")
        newest.is_kept = newest.is_kept or self._keep(newest)
        if not newest.is_kept:
            raise OrderFailedError(f"{none_came}, and the disk is too full to send the newest")
        return f"{none_came}; the newest is of {_described(newest.fix)}"

    def waiting(self) -> int:
        """Give how many fixes the server does not have."""
        return len(self.queue)

    async def _gather(self, source: AsyncIterator[Fix]) -> None:
        async for fix in source:
            asking = [waiting for waiting in self._fresh if not waiting.done()]
            self._newest = read = _Read(fix, self._clock())
            if self._wants(fix) or asking:
                read.is_kept = self._keep(read)
            for waiting in asking:
                if read.is_kept:
                    waiting.set_result(fix)
                else:
                    waiting.set_exception(OrderFailedError("found, but the disk is full: it cannot be sent"))

    def _keep(self, read: _Read) -> bool:
        """Queue a fix; tell whether there was room for it."""
        settings = self._settings
        rules = Rules(read.at + settings.retain_s, settings.retransmission_allowed)
        body = document_of(read.fix, settings.identity, rules).body
        try:
            thinned = self.queue.put(read.fix.time, rules.retention_expiry, body)
        except sqlite3.Error as error:  # the disk is full: later ones may find room, as those before are sent
            log.warn("queue.not_kept", reason=str(error), waiting=len(self.queue))
            return False
        if thinned:
            log.warn("queue.thinned", removed=thinned, left=len(self.queue))
        self._supply.changed.set()
        return True

    async def _send(self) -> None:
        """Talk with the server until nothing more comes; one that forbids us is asked again later."""
        while True:
            outcome = await self._one_talk()
            if self._supply.is_over or outcome.reason is None:
                return
            wait_s = FORBIDDEN_AGAIN_S * (1 + random.SystemRandom().random() / 4)
            if outcome.is_denied:
                self._denied(outcome.reason)
            else:
                log.warn(
                    "publication.forbidden", reason=outcome.reason, wait_s=wait_s, waiting=len(self.queue)
                )
            await asyncio.sleep(wait_s)

    async def _one_talk(self) -> Outcome:
        client = PublicationClient(
            self._settings.identity,
            fresh=_fresh_token,
            jitter=random.SystemRandom().random,
            max_attempts=None,
        )
        self._talk = Talk(client, self._caller, self._supply, self._note)
        return await self._talk.finish()

    def _note(self, told: Told) -> None:
        if isinstance(told, Delivered):
            self.delivered += 1
            self._refusal.taken()
        self._tell(told)

    def _reached(self) -> None:
        """Go on with all that waits: the server is there."""
        self._refusal.taken()
        self._told()
        if self._talk is not None:
            self._talk.hurry()

    def _denied(self, reason: str) -> None:
        self._refusal.refused(reason, waiting=len(self.queue))

    def _told(self) -> None:
        self._teller.changed.set()

    async def _forget(self) -> None:
        while True:
            if gone := self.queue.forget(self._clock()):
                log.warn("queue.retention_ended", fixes=gone)
                self._supply.changed.set()
            await asyncio.sleep(FORGET_EVERY_S)


def _described(fix: Fix) -> str:
    vague = "" if fix.accuracy_m is None else f", accurate to {fix.accuracy_m:.0f} m"
    return f"{format_instant(fix.time)}{vague}"


def _fresh_token() -> str:
    return secrets.token_hex(12)


def _version() -> str:
    with contextlib.suppress(PackageNotFoundError):
        return version("waywarn")
    return "0"
