"""A recorded trip to PUBLISH requests: what each fix says, and when it is due.

The options are ``commands/publish.py``; the talk with the server is ``talk.py``.
"""

import asyncio
import random
import re
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from corridor.fix import Fix
from corridor.instant import format_instant
from sip.device.caller import call
from sip.device.channel import ServerAddress
from sip.device.publication_client import Delivered, Document, Lost, PublicationClient
from sip.device.request_writer import Identity
from sip.pidflo import Circle, Motion, Point, Usage, write_pidf
from waywarn.talk import Outcome, Talk, Told


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
    trip = _Trip(
        (start_s + (fix.time - fixes[0].time) / speed, document)
        for fix, document in zip(fixes, documents, strict=True)
    )
    client = PublicationClient(
        identity, fresh=lambda: secrets.token_hex(12), jitter=random.SystemRandom().random
    )
    async with call(server) as caller:
        return await Talk(client, caller, trip, tell).finish()


class _Trip:
    """The supply of a recorded trip: each document when it is due."""

    def __init__(self, due: Iterable[tuple[float, Document]]) -> None:
        self.changed = asyncio.Event()
        self._due = deque(due)

    @property
    def next_due(self) -> float | None:
        return self._due[0][0] if self._due else None

    @property
    def is_over(self) -> bool:
        return not self._due

    def take(self, now: float) -> Document | None:
        return self._due.popleft()[1] if self._due and self._due[0][0] <= now else None

    def settle(self, effect: Delivered | Lost) -> None:
        """Nothing is kept of it."""

    def rest(self) -> Iterable[Document]:
        return [document for _, document in self._due]


def _xml_id(device_id: str) -> str:
    """Make an xs:ID of a device's name: a presence server keeps two devices of one user apart by it."""
    return "device-" + re.sub(r"[^A-Za-z0-9_.-]", "_", device_id)[:64]
