"""A recorded trip to PUBLISH requests: what each fix says, when it is due, and the talk with the server.

The options are ``commands/publish.py``; what is sent next is decided in ``sip/publication_client.py``.
"""

import asyncio
import random
import re
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from corridor.fix import Fix
from corridor.instant import format_instant
from sip.device.caller import Caller, ServerAddress, UnansweredError, call
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
from sip.device.publish_request import Identity
from sip.message import Response
from sip.pidflo import Circle, Motion, Point, Usage, write_pidf

Told = Delivered | Lost | Retrying | Finished


@dataclass(frozen=True, slots=True)
class Rules:
    """What the publisher asks of those who get the place; it is the Rule Maker (docs/decisions/0041).

    Parameters
    ----------
    retention_expiry
        When it is to be forgotten, UTC seconds.
    retransmission_allowed
        Whether guardians may be told of it.
    """

    retention_expiry: float
    retransmission_allowed: bool


@dataclass(slots=True)
class Outcome:
    """What became of the documents."""

    delivered: int = 0
    lost: list[Lost] = field(default_factory=list)
    reason: str | None = None


def moved_to(fixes: Sequence[Fix], now: float, speed: float) -> tuple[Fix, ...]:
    """Shift a trip in time so that its last fix is measured when it is sent, and no other lies ahead.

    Parameters
    ----------
    fixes
        In order of time.
    now
        When the first is sent.
    speed
        How much faster than it happened the trip is told.
    """
    last_s = fixes[-1].time
    shift_s = now + (last_s - fixes[0].time) / speed - last_s
    return tuple(replace(fix, time=fix.time + shift_s) for fix in fixes)


def document_of(fix: Fix, identity: Identity, rules: Rules) -> Document:
    """Write a fix as a presence document.

    With an accuracy it is a circle, which has no altitude: a sphere would claim a vertical accuracy that
    nobody stated. Without one it is a point, with its altitude where there is one.
    """
    has_motion = fix.speed_mps is not None or fix.course_deg is not None
    body = write_pidf(
        identity.aor,
        Circle(fix.lon, fix.lat, fix.accuracy_m)
        if fix.accuracy_m
        else Point(fix.lon, fix.lat, fix.altitude_m),
        time=fix.time,
        carrier_id=_xml_id(fix.device_id),
        motion=Motion(fix.speed_mps, fix.course_deg) if has_motion else None,
        method=fix.method,
        usage=Usage(rules.retransmission_allowed, rules.retention_expiry),
    )
    return Document(format_instant(fix.time), body)


async def publish_trip(
    fixes: Sequence[Fix],
    documents: Sequence[Document],
    *,
    identity: Identity,
    server: ServerAddress,
    speed: float,
    tell: Callable[[Told], None],
) -> Outcome:
    """Publish a trip, each document when it is due, and remove the publication after the last.

    Parameters
    ----------
    fixes, documents
        In order of time, one document for each fix.
    identity, server
        Who publishes, and where to.
    speed
        How much faster than it happened.
    tell
        Is told of each thing that a person would want to know.

    Raises
    ------
    UnansweredError
        The server's name is unknown.
    """
    start_s = asyncio.get_running_loop().time()
    due = deque(
        (start_s + (fix.time - fixes[0].time) / speed, document)
        for fix, document in zip(fixes, documents, strict=True)
    )
    client = PublicationClient(
        identity, fresh=lambda: secrets.token_hex(12), jitter=random.SystemRandom().random
    )
    async with call(server) as caller:
        return await _Talk(client, caller, due, tell).finish()


class _Talk:
    """Feeds the client with documents, time and answers until it is done."""

    def __init__(
        self,
        client: PublicationClient,
        caller: Caller,
        due: deque[tuple[float, Document]],
        tell: Callable[[Told], None],
    ) -> None:
        self._client = client
        self._caller = caller
        self._due = due
        self._tell = tell
        self._asking: asyncio.Task[Response] | None = None
        self._is_ended = False
        self._is_finished = False
        self._outcome = Outcome()

    async def finish(self) -> Outcome:
        clock = asyncio.get_running_loop().time
        try:
            while True:
                self._advance(clock())
                if self._is_finished:
                    break
                await self._rest(clock())
        finally:
            if self._asking is not None:
                self._asking.cancel()
        # what the client was never handed, because it gave up before
        for _, document in self._due:
            self._take(Lost(document, self._outcome.reason or "it was not asked for"))
        return self._outcome

    def _advance(self, now: float) -> None:
        if self._asking is not None and self._asking.done():
            asked, self._asking = self._asking, None
            self._handle(self._answer(asked, now))
        while self._due and self._due[0][0] <= now and not self._is_finished:
            self._handle(self._client.publish(self._due.popleft()[1], now))
        if not self._due and not self._is_ended:
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
            case Lost():
                self._outcome.lost.append(effect)
            case Finished():
                self._is_finished = True
                self._outcome.reason = effect.reason
        self._tell(effect)

    async def _rest(self, now: float) -> None:
        """Wait for an answer, the next document, or what the client wants to do next."""
        wakes = [self._due[0][0]] if self._due else []
        if self._client.next_wake is not None:
            wakes.append(self._client.next_wake)
        timeout_s = max(0.0, min(wakes) - now) if wakes else None
        if self._asking is None:
            await asyncio.sleep(timeout_s or 0.0)
        else:
            await asyncio.wait([self._asking], timeout=timeout_s)


def _xml_id(device_id: str) -> str:
    """Make an xs:ID of a device's name: a presence server keeps two devices of one user apart by it."""
    return "device-" + re.sub(r"[^A-Za-z0-9_.-]", "_", device_id)[:64]
