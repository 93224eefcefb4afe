"""The loop that sends what the server says of its own accord, again until answered, and hears the answers.

What is due is said by its sources (``sip/server/notifier.py``); when a request is sent again is
``sip/server/outbound.py``. Sockets are the listener's.
"""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, cast

from sip import Notification, Outbound, Peer, Request, Response
from waywarn import log

LONGEST_SLEEP_S = 60.0  # the wall clock may be set, or the machine suspended, while we sleep

Send = Callable[[Peer, bytes], bool]


class Source(Protocol):
    """Has requests to send now and then, and is told what became of each."""

    @property
    def next_wake(self) -> float | None:
        """When `due` is to be asked next; None while there is nothing."""

    def due(self, now: float) -> Sequence[Notification]:
        """Give what is to be sent now."""

    def answered(self, ticket: Hashable, status: int | None, now: float) -> None:
        """Take note of a final answer; None where none came."""

    def unreachable(self, ticket: Hashable, now: float) -> None:
        """Take note that the way to that peer is gone."""


@dataclass(frozen=True, slots=True)
class _Owner:
    """Who waits for an answer."""

    heard: Callable[[Response | None], None]
    cut_off: Callable[[], None]


class Outgoing:
    """Sends for several sources by one set of transactions.

    Parameters
    ----------
    outbound
        The transactions.
    sources
        Who has something to send when time comes.
    send
        Puts bytes on the wire; tells whether the way to that peer is there.
    clock
        Wall time, UTC seconds.
    """

    def __init__(
        self, outbound: Outbound, sources: Sequence[Source], send: Send, *, clock: Callable[[], float]
    ) -> None:
        self._outbound, self._sources = outbound, tuple(sources)
        self._send, self._clock = send, clock
        self._look = asyncio.Event()

    def look(self) -> None:
        """Say that something may be due."""
        self._look.set()

    def ask(self, request: Request, to: Peer, heard: Callable[[Response | None], None]) -> None:
        """Send a request now; `heard` is called once, with None where no answer comes."""
        self._begin(Notification(request, to, None), _Owner(heard, partial(heard, None)))
        self._look.set()

    def receive(self, response: Response) -> bool:
        """Take a response; False where it answers no request of ours."""
        if not self._outbound.owns(response):
            return False
        settled = self._outbound.receive(response, self._clock())
        if settled is not None:
            cast("_Owner", settled.ticket).heard(settled.response)
        self._look.set()
        return True

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._look.clear()
            self._round(self._clock())
            try:
                async with asyncio.timeout(self._delay()):
                    await self._look.wait()
            except TimeoutError:
                continue

    def _round(self, now: float) -> None:
        woken = self._outbound.wake(now)
        for to, data in woken.resend:
            self._send(to, data)
        for settled in woken.settled:
            cast("_Owner", settled.ticket).heard(None)
        for source in self._sources:
            try:
                for each in source.due(now):
                    self._begin(each, self._owner(source, each.ticket))
            except Exception as error:  # noqa: BLE001 (the process's edge: one source does not stop the others)
                log.fail("outgoing.fault", error)

    def _owner(self, source: Source, ticket: Hashable) -> _Owner:
        def heard(response: Response | None) -> None:
            source.answered(ticket, response.status if response else None, self._clock())

        return _Owner(heard, lambda: source.unreachable(ticket, self._clock()))

    def _begin(self, each: Notification, owner: _Owner) -> None:
        if self._outbound.is_full or not self._outbound.reaches(each.to):
            owner.cut_off()
            return
        now = self._clock()
        data = self._outbound.send(each.request, each.to, owner, now)
        # a datagram that found the socket's queue full is sent again like one that was lost on its way
        if not self._send(each.to, data) and each.to.transport.is_reliable:
            for settled in self._outbound.failed(each.to, now):
                cast("_Owner", settled.ticket).cut_off()

    def _delay(self) -> float | None:
        wakes = [self._outbound.next_wake, *(source.next_wake for source in self._sources)]
        first = min((wake for wake in wakes if wake is not None), default=None)
        return None if first is None else min(max(first - self._clock(), 0.0), LONGEST_SLEEP_S)
