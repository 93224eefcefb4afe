"""The requests of one device outside a dialog: each with its call, its sequence and its credentials.

What is asked and when is ``publication_client.py`` and ``registration_client.py``; the Via is added where the
transport is known, ``caller.py``.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sip.digest import (
    ALGORITHMS,
    Credentials,
    authorize,
    base_algorithm,
    hash_a1,
    parse_directives,
    session_key,
)
from sip.errors import ChallengeError, PeerFault
from sip.headers import Headers
from sip.message import Request, Response

# challenge field of a response to the field that answers it (RFC 3261, 22.2 and 22.3)
ANSWER_TO = {"WWW-Authenticate": "Authorization", "Proxy-Authenticate": "Proxy-Authorization"}
_SESSIONS = 3  # the newest two, and one whose answer was lost (docs/commands.md)
_MAX_STALE = 3  # nonces in a row that are stale as they come: the server's clock is broken


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, and how it proves so.

    Parameters
    ----------
    aor
        Address of record: whose presence it is, ``sip:anna@example.org``.
    request_uri
        Where requests about that are addressed to; often the same, with a port.
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
    """Writes the requests of one call.

    Parameters
    ----------
    identity
        Who asks.
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
        self._session_keys: deque[str] = deque(maxlen=_SESSIONS)

    @property
    def session_keys(self) -> tuple[str, ...]:
        """The session keys of the newest digests, the latest first (docs/commands.md)."""
        return tuple(self._session_keys)

    def write(
        self,
        method: str,
        fields: Iterable[tuple[str, str]],
        body: bytes = b"",
        *,
        request_uri: str | None = None,
    ) -> Request:
        """Write the next request: with credentials where a challenge is known.

        Parameters
        ----------
        method
            For example ``PUBLISH``.
        fields
            The header fields that only this method, or this request, has.
        request_uri
            Where it is addressed to, if not to that of the identity.

        Raises
        ------
        ChallengeError
            The challenge that is known cannot be answered.
        """
        identity = self._identity
        uri = request_uri or identity.request_uri
        self._sequence += 1
        pairs = [
            ("Max-Forwards", "70"),
            ("From", f"<{identity.aor}>;tag={self._from_tag}"),
            ("To", f"<{identity.aor}>"),
            ("Call-ID", self._call_id),
            ("CSeq", f"{self._sequence} {method}"),
            *fields,
        ]
        pairs += [(name, self._credentials(name, method, uri, body)) for name in self._challenges]
        return Request(method, uri, Headers(pairs), body)

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

    def _credentials(self, answering: str, method: str, uri: str, body: bytes) -> str:
        self._uses[answering] += 1
        value = authorize(
            self._challenges[answering],
            method=method,
            uri=uri,
            username=self._identity.username,
            password=self._identity.password or "",
            body=body,
            cnonce=self._fresh(),
            nonce_count=self._uses[answering],
            algorithms=self._identity.algorithms,
        )
        self._keep_session(value)
        return value

    def _keep_session(self, value: str) -> None:
        credentials = Credentials.parse(value)
        base = base_algorithm(credentials.algorithm) if credentials else None
        if credentials is None or base is None:
            return  # not reached: it was written a line before
        secret = self._identity.password or ""
        ha1 = hash_a1(base[0], credentials.username, credentials.realm, secret)
        self._session_keys.appendleft(session_key(ha1, credentials))


def _any_stale(challenges: Sequence[str]) -> bool:
    return any((_directives(value) or {}).get("stale", "").lower() == "true" for value in challenges)


def _directives(value: str) -> dict[str, str] | None:
    try:
        return parse_directives(value)
    except PeerFault:
        return None
