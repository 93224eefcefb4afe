"""The publishing device: documents in, requests out, until the last was taken (RFC 3903, section 4).

Values only: requests go out by ``caller.py``, time is an argument. The machine is ``publication_table.py``.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sip.device.publication_table import TABLE, Act, Event, Phase
from sip.device.request_writer import Identity, RequestWriter
from sip.errors import ChallengeError
from sip.headers import is_token
from sip.message import Request, Response

EVENT = "presence"
MEDIA_TYPE = "application/pidf+xml"
EXPIRES_S = 3_600  # RFC 3856, 6.4
MAX_ATTEMPTS = 8  # in a row without an answer that settles anything; with their waits some minutes
MAX_RETRY_AFTER_S = 3_600
_LONGEST_BACKOFF_S = 64.0
_MOST_DOUBLINGS = 16
_REFRESH_EARLY_S = 64.0  # two timeouts of a request fit in before the publication ends
_SHORTEST_REFRESH_S = 1.0  # a server that grants less is not asked more often
_SECONDS = re.compile(r"\s*([0-9]{1,10})")

_LATER = frozenset({408, 480, 482, 491, 500, 502, 503, 504})
_NOT_THIS_DOCUMENT = frozenset({400, 413, 415, 488, 513})
_EVENTS = {401: Event.CHALLENGED, 407: Event.CHALLENGED, 412: Event.GONE, 423: Event.TOO_BRIEF}


@dataclass(frozen=True, slots=True)
class Document:
    """A presence document, and a name by which what became of it is told."""

    label: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Send:
    """Send this (a Via is still to be added), and hand the answer back."""

    request: Request


@dataclass(frozen=True, slots=True)
class Delivered:
    """The server has taken the document."""

    document: Document


@dataclass(frozen=True, slots=True)
class Lost:
    """The server has not taken the document, and will not be asked again.

    ``is_refused`` where this document is at fault; else nothing of this publication is taken any more.
    """

    document: Document
    reason: str
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Retrying:
    """The server could not be asked, or refuses the account; it will be asked again after so long."""

    reason: str
    wait_s: float
    is_denied: bool = False  # it does not take the name and password


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more will be sent; without a reason all is well."""

    reason: str | None = None
    is_denied: bool = False  # the server does not take the name and password


Effect = Send | Delivered | Lost | Retrying | Finished


def event_of(status: int) -> Event:
    """Tell what a final status means to a publication.

    Examples
    --------
    >>> event_of(200), event_of(412), event_of(503), event_of(403)
    (<Event.OK: 'ok'>, <Event.GONE: 'gone'>, <Event.BUSY: 'busy'>, <Event.FORBIDDEN: 'forbidden'>)
    """
    if 200 <= status < 300:
        return Event.OK
    if status in _LATER:
        return Event.BUSY
    if status in _NOT_THIS_DOCUMENT:
        return Event.REFUSED
    return _EVENTS.get(status, Event.FORBIDDEN)


def fields_of_publish(expires_s: int, entity_tag: str | None, body: bytes) -> list[tuple[str, str]]:
    """Give the header fields that only a PUBLISH has (RFC 3903, 4)."""
    fields = [("Event", EVENT), ("Expires", str(expires_s))]
    if entity_tag is not None:
        fields.append(("SIP-If-Match", entity_tag))
    if body:
        fields.append(("Content-Type", MEDIA_TYPE))
    return fields


class PublicationClient:
    """One publication of one device: initial, modified by each document, refreshed, removed at the end.

    Each method returns what is to be done now, in order. One request is under way at a time; documents
    that come meanwhile wait.

    Parameters
    ----------
    identity
        Who publishes.
    fresh
        Gives a token that nobody can guess, at each call another.
    jitter
        Gives a number from 0 to 1: devices that lost their server together do not come back together.
    expires_s
        Life asked for; the server may grant less, or ask for more.
    max_attempts
        In a row without an answer that settles anything; None never gives up.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        fresh: Callable[[], str],
        jitter: Callable[[], float],
        expires_s: int = EXPIRES_S,
        max_attempts: int | None = MAX_ATTEMPTS,
    ) -> None:
        self.phase = Phase.ABSENT
        self.next_wake: float | None = None
        self._writer = RequestWriter(identity, fresh)
        self._jitter = jitter
        self._expires_s = expires_s
        self._entity_tag: str | None = None
        self._ends_at = 0.0
        self._queue: deque[Document] = deque()
        self._last: Document | None = None  # what the server holds, or held
        self._subject: Document | None = None  # what the request under way is to deliver
        self._is_ending = False
        self._asking = Act.SEND_INITIAL
        self._max_attempts = max_attempts
        self._attempts = 0
        self._lengthened = False
        self._now = 0.0
        self._response: Response | None = None
        self._reason = ""
        self._do: dict[Act, Callable[[], list[Effect]]] = {
            Act.SEND_INITIAL: self._send_initial,
            Act.SEND_MODIFY: lambda: self._begin(Act.SEND_MODIFY),
            Act.SEND_REFRESH: lambda: self._begin(Act.SEND_REFRESH),
            Act.SEND_REMOVE: lambda: self._begin(Act.SEND_REMOVE),
            Act.AUTHORIZE: self._authorize,
            Act.LENGTHEN: self._lengthen,
            Act.DELIVERED: self._delivered,
            Act.RENEWED: self._renew,
            Act.DROP: self._drop,
            Act.WAIT: self._wait,
            Act.RESUME: self._resume,
            Act.GIVE_UP: lambda: self._forbid(self._reason),
            Act.FINISH: lambda: [Finished()],
        }

    def publish(self, document: Document, now: float) -> list[Effect]:
        """Take the next document of the trip."""
        if self.phase is Phase.OVER or self._is_ending:
            return [Lost(document, "it came after the end")]
        self._queue.append(document)
        return self._go_on(now)

    def end(self, now: float) -> list[Effect]:
        """Take note that no more documents come; the publication is removed after the last."""
        self._is_ending = True
        return self._go_on(now)

    def wake(self, now: float) -> list[Effect]:
        """Do what is due at `next_wake`."""
        if self.next_wake is None or now < self.next_wake:
            return []
        self.next_wake = None
        return self._feed(Event.DUE, now)

    def hurry(self, now: float) -> None:
        """Wait no longer for a server that gave no answer: it is there. One that asked for time has it."""
        if self.phase is Phase.WAITING and self._response is None:
            self.next_wake = now

    def answered(self, response: Response, now: float) -> list[Effect]:
        """Take the final answer to the request under way."""
        self._response = response
        self._reason = f"{response.status} {response.reason}"
        return self._feed(event_of(response.status), now)

    def unanswered(self, reason: str, now: float) -> list[Effect]:
        """Take note that the request under way got no answer."""
        self._response = None
        self._reason = reason
        return self._feed(Event.BUSY, now)

    def _feed(self, event: Event, now: float) -> list[Effect]:
        self._now = now
        self.phase, act = TABLE[self.phase, event]
        if act is Act.IGNORE:
            return []
        self.next_wake = None
        effects = self._do[act]()
        return effects + self._go_on(now)

    def _go_on(self, now: float) -> list[Effect]:
        """Begin with what waits, where nothing is under way."""
        if self.phase is Phase.HELD and now >= self._ends_at:  # soft state is gone without a word (4.1)
            self._forget()
        if self.phase not in {Phase.ABSENT, Phase.HELD}:
            return []
        if self._queue:
            return self._feed(Event.NEW, now)
        if self._is_ending:
            return self._feed(Event.END, now)
        return []

    def _forget(self) -> None:
        self.phase, self._entity_tag, self.next_wake = Phase.ABSENT, None, None

    def _begin(self, act: Act) -> list[Effect]:
        self._asking = act
        self._subject = self._queue[0] if self._queue else None
        self._lengthened = False
        self._writer.begin()
        return self._send()

    def _send_initial(self) -> list[Effect]:
        self._entity_tag = None
        return self._begin(Act.SEND_INITIAL)

    def _send(self) -> list[Effect]:
        has_body = self._asking in {Act.SEND_INITIAL, Act.SEND_MODIFY}
        document = self._subject or self._last  # without a subject, a lost publication is put back
        body = document.body if has_body and document is not None else b""
        expires_s = 0 if self._asking is Act.SEND_REMOVE else self._expires_s
        fields = fields_of_publish(expires_s, self._entity_tag, body)
        try:
            request = self._writer.write("PUBLISH", fields, body)
        except ChallengeError as error:
            return self._forbid(str(error), is_denied=True)
        return [Send(request)]

    def _authorize(self) -> list[Effect]:
        assert self._response is not None  # noqa: S101 (a challenge is a response)
        try:
            self._writer.challenged(self._response)
        except ChallengeError as error:
            return self._forbid(str(error), is_denied=True)
        return self._send()

    def _lengthen(self) -> list[Effect]:
        least_s = seconds_of(self._response, "Min-Expires")
        if self._lengthened or least_s is None or least_s <= self._expires_s:
            return self._forbid(f"{self._reason}, and no life that would be long enough")
        self._lengthened = True
        self._expires_s = least_s
        return self._send()

    def _delivered(self) -> list[Effect]:
        self._renew()
        if self._subject is None:
            return []
        self._last = self._queue.popleft()
        return [Delivered(self._last)]

    def _renew(self) -> list[Effect]:
        """Take the new tag and life of a 200; a server that names no tag cannot be asked about it again."""
        self._attempts = 0
        headers = self._response.headers if self._response else None
        tag = (headers.get("SIP-ETag") if headers else None) or ""
        if not is_token(tag):
            self._forget()
            return []
        granted_s = seconds_of(self._response, "Expires")
        life_s = self._expires_s if granted_s is None else granted_s
        self._entity_tag = tag
        self._ends_at = self._now + life_s
        self.next_wake = self._now + max(life_s - _REFRESH_EARLY_S, life_s / 2, _SHORTEST_REFRESH_S)
        return []

    def _drop(self) -> list[Effect]:
        self._attempts = 0
        return [] if self._subject is None else [Lost(self._queue.popleft(), self._reason, is_refused=True)]

    def _wait(self) -> list[Effect]:
        self._attempts += 1
        if self._max_attempts is not None and self._attempts >= self._max_attempts:
            return self._forbid(f"{self._reason}; tried {self._max_attempts} times")
        wait_s = wait_of(self._response, self._attempts, self._jitter)
        self.next_wake = self._now + wait_s
        return [Retrying(self._reason, wait_s)]

    def _resume(self) -> list[Effect]:
        if self._entity_tag is None or self._now >= self._ends_at:
            self._forget()
        idle = not self._queue and not self._is_ending
        if idle and self.phase is Phase.HELD:
            return self._feed(Event.DUE, self._now)
        if idle and self._last is not None:
            return self._feed(Event.NEW, self._now)
        return []

    def _forbid(self, reason: str, *, is_denied: bool = False) -> list[Effect]:
        self.phase, self.next_wake = Phase.OVER, None
        lost: list[Effect] = [Lost(document, reason) for document in self._queue]
        self._queue.clear()
        return [*lost, Finished(reason, is_denied)]


def wait_of(response: Response | None, attempts: int, jitter: Callable[[], float]) -> float:
    """Give how long to wait before another try: as the server asks, else twice as long each time."""
    asked_s = seconds_of(response, "Retry-After")
    if asked_s is not None:
        return max(1.0, float(min(asked_s, MAX_RETRY_AFTER_S)))
    doublings = min(attempts - 1, _MOST_DOUBLINGS)
    return min(2.0**doublings, _LONGEST_BACKOFF_S) * (1 + jitter() / 4)


def seconds_of(response: Response | None, name: str) -> int | None:
    """Read a header field of seconds; what follows the number (a comment, parameters) is left out."""
    value = response.headers.get(name) if response is not None else None
    match = _SECONDS.match(value) if value is not None else None
    return int(match[1]) if match else None
