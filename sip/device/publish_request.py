"""The requests of one publishing device: PUBLISH with its call, its sequence and its credentials.

When which is sent is ``publication_client.py``; the Via is added where the transport is known, ``caller.py``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sip.digest import ALGORITHMS, authorize, parse_directives
from sip.errors import ChallengeError, PeerFault
from sip.headers import Headers
from sip.message import Request, Response

EVENT = "presence"
MEDIA_TYPE = "application/pidf+xml"
# challenge field of a response to the field that answers it (RFC 3261, 22.2 and 22.3)
ANSWER_TO = {"WWW-Authenticate": "Authorization", "Proxy-Authenticate": "Proxy-Authorization"}
_MAX_STALE = 3  # nonces in a row that are stale as they come: the server's clock is broken


@dataclass(frozen=True, slots=True)
class Identity:
    """Who publishes, and how it proves so.

    Parameters
    ----------
    aor
        Address of record: whose presence it is, ``sip:anna@example.org``.
    request_uri
        Where requests are addressed to; often the same, with a port.
    username, password
        For the digest; without a password no challenge can be answered.
    algorithms
        Digest algorithms that may be used; without MD5 a downgrade is refused.
    """

    aor: str
    request_uri: str
    username: str
    password: str | None = field(default=None, repr=False)
    algorithms: tuple[str, ...] = ALGORITHMS


class RequestWriter:
    """Writes the PUBLISH requests of one call.

    Parameters
    ----------
    identity
        Who publishes.
    fresh
        Gives a token that nobody can guess, at each call another.
    """

    def __init__(self, identity: Identity, fresh: Callable[[], str]) -> None:
        self._identity = identity
        self._fresh = fresh
        self._call_id = fresh()
        self._from_tag = fresh()
        self._sequence = 0
        self._challenges: dict[str, Sequence[str]] = {}  # by the field that answers them
        self._uses: dict[str, int] = {}
        self._answered_now: dict[str, int] = {}

    def write(self, *, expires_s: int, entity_tag: str | None, body: bytes) -> Request:
        """Write the next request: with credentials where a challenge is known.

        Raises
        ------
        ChallengeError
            The challenge that is known cannot be answered.
        """
        identity = self._identity
        self._sequence += 1
        pairs = [
            ("Max-Forwards", "70"),
            ("From", f"<{identity.aor}>;tag={self._from_tag}"),
            ("To", f"<{identity.aor}>"),
            ("Call-ID", self._call_id),
            ("CSeq", f"{self._sequence} PUBLISH"),
            ("Event", EVENT),
            ("Expires", str(expires_s)),
        ]
        if entity_tag is not None:
            pairs.append(("SIP-If-Match", entity_tag))
        if body:
            pairs.append(("Content-Type", MEDIA_TYPE))
        pairs += [(name, self._credentials(name, body)) for name in self._challenges]
        return Request("PUBLISH", identity.request_uri, Headers(pairs), body)

    def begin(self) -> None:
        """Take note that something else is asked now: one challenge of it is no refusal."""
        self._answered_now.clear()

    def challenged(self, response: Response) -> None:
        """Take the challenge of a 401 or 407 in.

        Raises
        ------
        ChallengeError
            There is none, there is no password, or what answered the last one was refused.
        """
        if self._identity.password is None:
            raise ChallengeError("the server asks for a password, and none is given")
        for asking, answering in ANSWER_TO.items():
            if challenges := response.headers.get_all(asking):
                self._take(answering, challenges)
                return
        raise ChallengeError(f"the server answers {response.status} without a challenge")

    def _take(self, answering: str, challenges: Sequence[str]) -> None:
        # a nonce may grow old at any time; but fresh credentials that are refused are wrong ones
        times = self._answered_now.get(answering, 0)
        if times and not (_any_stale(challenges) and times < _MAX_STALE):
            raise ChallengeError(f"the server does not take the password of {self._identity.username!r}")
        self._answered_now[answering] = times + 1
        self._challenges[answering] = challenges
        self._uses[answering] = 0

    def _credentials(self, answering: str, body: bytes) -> str:
        self._uses[answering] += 1
        return authorize(
            self._challenges[answering],
            method="PUBLISH",
            uri=self._identity.request_uri,
            username=self._identity.username,
            password=self._identity.password or "",
            body=body,
            cnonce=self._fresh(),
            nonce_count=self._uses[answering],
            algorithms=self._identity.algorithms,
        )


def _any_stale(challenges: Sequence[str]) -> bool:
    return any((_directives(value) or {}).get("stale", "").lower() == "true" for value in challenges)


def _directives(value: str) -> dict[str, str] | None:
    try:
        return parse_directives(value)
    except PeerFault:
        return None
