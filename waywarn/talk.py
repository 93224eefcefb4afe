"""The talk of one device with its server: documents in, until the last was taken or none will be.

What is sent next is decided in ``sip/device/publication_client.py``. The documents come from a `Supply`: a
recorded trip (``publishing.py``) or a tracker's queue (``tracker/supply.py``).
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from sip.device.caller import Caller
from sip.device.channel import UnansweredError
from sip.device.publication_client import (
    Delivered,
    Document,
    Effect,
    Finished,
    Lost,
    PublicationClient,
    Retrying,
    Send,
)
from sip.message import Response

Told = Delivered | Lost | Retrying | Finished


@dataclass(slots=True)
class Outcome:
    """What became of the documents, and why it ended early if it did."""

    delivered: int = 0
    lost: list[Lost] = field(default_factory=list)
    reason: str | None = None
    is_denied: bool = False
    """Whether the server does not take the name and password."""


class Supply(Protocol):
    """Where the documents come from, in order. Its clock is the event loop's."""

    changed: asyncio.Event
    """Set when there may be more; the talk clears it."""

    @property
    def next_due(self) -> float | None:
        """When the next document is due; None where none is known."""

    @property
    def is_over(self) -> bool:
        """Whether no more will come."""

    def take(self, now: float) -> Document | None:
        """Give the next document that is due."""

    def settle(self, effect: Delivered | Lost) -> None:
        """Take note of what became of one."""

    def rest(self) -> Iterable[Document]:
        """Give what counts as lost where the talk ends early."""


class Talk:
    """Feeds the client with documents, time and answers until it is done.

    Parameters
    ----------
    client
        What decides.
    caller
        By which way.
    supply
        The documents.
    tell
        Is told of each thing that a person would want to know.
    """

    def __init__(
        self, client: PublicationClient, caller: Caller, supply: Supply, tell: Callable[[Told], None]
    ) -> None:
        self._client = client
        self._caller = caller
        self._supply = supply
        self._tell = tell
        self._asking: asyncio.Task[Response] | None = None
        self._is_ended = False
        self._is_finished = False
        self._outcome = Outcome()

    async def finish(self) -> Outcome:
        """Talk until all is settled."""
        clock = asyncio.get_running_loop().time
        try:
            while True:
                self._supply.changed.clear()
                self._advance(clock())
                if self._is_finished:
                    break
                await self._wait(clock())
        finally:
            if self._asking is not None:
                self._asking.cancel()
        # what the client was never handed, because it gave up before
        for document in self._supply.rest():
            self._take(Lost(document, self._outcome.reason or "it was not asked for"))
        return self._outcome

    def hurry(self) -> None:
        """Wait no longer for a server that gave no answer: it is known to be there."""
        self._client.hurry(asyncio.get_running_loop().time())
        self._supply.changed.set()

    def _advance(self, now: float) -> None:
        if self._asking is not None and self._asking.done():
            asked, self._asking = self._asking, None
            self._handle(self._answer(asked, now))
        while not self._is_finished and (document := self._supply.take(now)) is not None:
            self._handle(self._client.publish(document, now))
        if self._supply.is_over and not self._is_ended:
            self._is_ended = True
            self._handle(self._client.end(now))
        self._handle(self._client.wake(now))

    def _answer(self, asked: asyncio.Task[Response], now: float) -> list[Effect]:
        try:
            return self._client.answered(asked.result(), now)
        except UnansweredError as error:
            return self._client.unanswered(str(error), now)

    def _handle(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self._asking = asyncio.create_task(self._caller.ask(effect.request))
            else:
                self._take(effect)

    def _take(self, effect: Told) -> None:
        match effect:
            case Delivered():
                self._outcome.delivered += 1
                self._supply.settle(effect)
            case Lost():
                self._outcome.lost.append(effect)
                self._supply.settle(effect)
            case Finished():
                self._is_finished = True
                self._outcome.reason, self._outcome.is_denied = effect.reason, effect.is_denied
        self._tell(effect)

    async def _wait(self, now: float) -> None:
        """Wait for an answer, the next document, or what the client wants to do next."""
        wakes = [at for at in (self._supply.next_due, self._client.next_wake) if at is not None]
        timeout_s = max(0.0, min(wakes) - now) if wakes else None
        more = asyncio.ensure_future(self._supply.changed.wait())
        waited = {more} if self._asking is None else {more, self._asking}
        try:
            await asyncio.wait(waited, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            more.cancel()
