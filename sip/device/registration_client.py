"""The registering device: where the server can reach it, kept fresh until the end (RFC 3261, 10.2).

Values only: requests go out by ``caller.py``, time is an argument. The machine is ``registration_table.py``.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sip.address import parse_address
from sip.device.publication_client import Finished, Retrying, Send, seconds_of, wait_of
from sip.device.registration_table import TABLE, Act, Event, Phase
from sip.device.request_writer import Identity, RequestWriter
from sip.errors import ChallengeError, PeerFault
from sip.message import Request, Response

EXPIRES_S = 600  # a device whose address changed without its knowing is lost for no longer
REFUSED_AGAIN_S = 300.0  # a wrong password is not tried more often: it may be mended, and looks like guessing
ALLOW = "MESSAGE, OPTIONS"
_REFRESH_EARLY_S = 64.0  # two timeouts of a request fit in before the registration ends
_SHORTEST_REFRESH_S = 1.0
_EXPIRES = re.compile(r";\s*expires\s*=\s*\"?([0-9]{1,10})", re.IGNORECASE)
_LATER = frozenset({408, 480, 482, 491, 500, 502, 503, 504})
_EVENTS = {401: Event.CHALLENGED, 407: Event.CHALLENGED, 423: Event.TOO_BRIEF}


@dataclass(frozen=True, slots=True)
class Registered:
    """The server reaches the device by its contact, for so long unless refreshed."""

    granted_s: float


Effect = Send | Registered | Retrying | Finished


def event_of(status: int) -> Event:
    """Tell what a final status means to a registration."""
    if 200 <= status < 300:
        return Event.OK
    return Event.BUSY if status in _LATER else _EVENTS.get(status, Event.REFUSED)


class RegistrationClient:
    """One registration of one device. It never gives up: an unreachable server is asked again and again.

    Each method returns what is to be done now, in order.

    Parameters
    ----------
    identity
        Who registers.
    registrar
        Where, for example ``sip:example.org``.
    instance
        What stays the same of this device, ``urn:uuid:...`` (RFC 5626, 4.1).
    products
        Of the User-Agent field.
    fresh
        Gives a token that nobody can guess, at each call another.
    jitter
        Gives a number from 0 to 1.
    expires_s
        Life asked for; the server may grant less, or ask for more.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        registrar: str,
        instance: str,
        products: str,
        fresh: Callable[[], str],
        jitter: Callable[[], float],
        expires_s: int = EXPIRES_S,
    ) -> None:
        self.phase = Phase.ABSENT
        self.next_wake: float | None = None
        self._writer = RequestWriter(identity, fresh)
        self._registrar, self._instance, self._products = registrar, instance, products
        self._jitter = jitter
        self._expires_s = expires_s
        self._contact = ""
        self._is_removing = False
        self._again = False
        self._lengthened = False
        self._attempts = 0
        self._now = 0.0
        self._response: Response | None = None
        self._reason = ""
        self._is_denied = False
        self._do: dict[Act, Callable[[], Sequence[Effect]]] = {
            Act.SEND: self._begin,
            Act.SEND_REMOVE: self._remove,
            Act.AUTHORIZE: self._authorize,
            Act.LENGTHEN: self._lengthen,
            Act.TAKE: self._take,
            Act.AGAIN: self._mark,
            Act.WAIT: self._wait,
            Act.WAIT_LONG: self._wait_long,
            Act.FINISH: lambda: [Finished()],
        }

    @property
    def session_keys(self) -> tuple[str, ...]:
        """The keys of its newest digests, the latest first: what the server signs with (docs/commands.md)."""
        return self._writer.session_keys

    def reach_at(self, contact: str, now: float) -> Sequence[Effect]:
        """Take note of the URI at which the device is reached, for example ``sip:anna@192.0.2.7:40000``."""
        if contact == self._contact:
            return []
        is_first = not self._contact
        self._contact = contact
        return self._feed(Event.WANTED if is_first else Event.MOVED, now)

    def renew(self, now: float) -> Sequence[Effect]:
        """Register anew at once: the server does not know us as it should."""
        return self._feed(Event.MOVED, now)

    def end(self, now: float) -> Sequence[Effect]:
        """Take note that the device goes away."""
        return self._feed(Event.END, now)

    def wake(self, now: float) -> Sequence[Effect]:
        """Do what is due at `next_wake`."""
        if self.next_wake is None or now < self.next_wake:
            return []
        self.next_wake = None
        return self._feed(Event.DUE, now)

    def answered(self, response: Response, now: float) -> Sequence[Effect]:
        """Take the final answer to the request under way."""
        self._response, self._reason = response, f"{response.status} {response.reason}"
        return self._feed(event_of(response.status), now)

    def unanswered(self, reason: str, now: float) -> Sequence[Effect]:
        """Take note that the request under way got no answer."""
        self._response, self._reason = None, reason
        return self._feed(Event.BUSY, now)

    def _feed(self, event: Event, now: float) -> Sequence[Effect]:
        self._now = now
        self.phase, act = TABLE[self.phase, event]
        if act is Act.IGNORE:
            return []
        self.next_wake = None
        return self._do[act]()

    def _begin(self) -> Sequence[Effect]:
        self._again = self._lengthened = False
        self._is_denied = False
        self._writer.begin()
        return self._send()

    def _remove(self) -> Sequence[Effect]:
        self._is_removing = True
        return self._begin()

    def _send(self) -> Sequence[Effect]:
        try:
            return [Send(self._request())]
        except ChallengeError as error:
            self._is_denied = True
            return self._refuse(str(error))

    def _request(self) -> Request:
        expires_s = 0 if self._is_removing else self._expires_s
        fields = [
            ("Contact", f'<{self._contact}>;+sip.instance="<{self._instance}>";reg-id=1'),
            ("Expires", str(expires_s)),
            ("Supported", "path, outbound"),
            ("Allow", ALLOW),
            ("User-Agent", self._products),
        ]
        return self._writer.write("REGISTER", fields, request_uri=self._registrar)

    def _authorize(self) -> Sequence[Effect]:
        assert self._response is not None  # noqa: S101 (a challenge is a response)
        try:
            self._writer.challenged(self._response)
        except ChallengeError as error:
            self._is_denied = True
            return self._refuse(str(error))
        return self._send()

    def _refuse(self, reason: str) -> Sequence[Effect]:
        self._reason = reason
        return self._feed(Event.REFUSED, self._now)

    def _lengthen(self) -> Sequence[Effect]:
        least_s = seconds_of(self._response, "Min-Expires")
        if self._lengthened or least_s is None or least_s <= self._expires_s:
            return self._refuse(f"{self._reason}, and no life that would be long enough")
        self._lengthened = True
        self._expires_s = least_s
        return self._send()

    def _take(self) -> Sequence[Effect]:
        self._attempts = 0
        granted_s = float(self._granted_s())
        self.next_wake = self._now + max(granted_s - _REFRESH_EARLY_S, granted_s / 2, _SHORTEST_REFRESH_S)
        if self._again:
            return [Registered(granted_s), *self._feed(Event.MOVED, self._now)]
        return [Registered(granted_s)]

    def _granted_s(self) -> int:
        """Read the life of our contact among all of this account (10.2.4)."""
        for contact in _contacts(self._response):
            match = _EXPIRES.search(contact)
            if self._is_ours(contact) and match is not None:
                return int(match[1])
        granted_s = seconds_of(self._response, "Expires")
        return self._expires_s if granted_s is None else granted_s

    def _is_ours(self, contact: str) -> bool:
        """Tell whether it is our contact, be it with more parameters, and not one whose port begins alike."""
        try:
            uri = parse_address(contact).uri
        except PeerFault:
            return False
        return uri == self._contact or uri.startswith(f"{self._contact};")

    def _mark(self) -> Sequence[Effect]:
        self._again = True
        return []

    def _wait(self) -> Sequence[Effect]:
        self._attempts += 1
        return self._rest(wait_of(self._response, self._attempts, self._jitter))

    def _wait_long(self) -> Sequence[Effect]:
        return self._rest(REFUSED_AGAIN_S * (1 + self._jitter() / 4))

    def _rest(self, wait_s: float) -> Sequence[Effect]:
        self.next_wake = self._now + wait_s
        return [Retrying(self._reason, wait_s, self._is_denied)]


def _contacts(response: Response | None) -> tuple[str, ...]:
    try:
        return response.headers.items_of("Contact") if response is not None else ()
    except PeerFault:
        return ()
