"""Who sent a request: digest challenges and their answers, the server's half (RFC 7616, 8760).

The computation is ``digest.py``. Nonces are stateless: challenging anyone costs no memory
(docs/decisions/0031-stateless-nonces.md).
"""

import hmac
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from hashlib import blake2b

from sip.account import Account
from sip.address import parse_address
from sip.digest import Credentials, base_algorithm, digest_response, hash_a1, parse_directives, session_key
from sip.directory import Directory
from sip.errors import CallerError, PeerFault
from sip.headers import quote
from sip.message import Request
from sip.uri import Uri, parse_uri

NONCE_LIFETIME_S = 600.0
NONCE_STEP_S = 32  # Timer J: within it a retransmitted request is given the same challenge again
MAX_COUNTED_NONCES = 65_536  # nonces in use at once; about 15 MB when full
MIN_SECRET_BYTES = 16

_TIME_DIGITS, _SALT_DIGITS, _MAC_DIGITS = 10, 16, 32


class Asking(Enum):
    """In which part the server asks who it is: for itself, or before it passes a request on (RFC 3261 22)."""

    SERVER = (401, "Unauthorized", "WWW-Authenticate", "Authorization")
    PROXY = (407, "Proxy Authentication Required", "Proxy-Authenticate", "Proxy-Authorization")

    def __init__(self, status: int, phrase: str, challenge: str, answer: str) -> None:
        self.status, self.phrase, self.challenge, self.answer = status, phrase, challenge, answer


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Whose request it is, and by which digest that was shown."""

    account: Account
    _credentials: Credentials = field(repr=False)

    def session_key(self) -> str:
        """Give what only both ends of this digest know, in hex; made when asked for, as few ask."""
        algorithm, _ = base_algorithm(self._credentials.algorithm) or ("", False)
        return session_key(self.account.ha1[algorithm], self._credentials)


@dataclass(slots=True)
class _Use:
    issued: int
    count: int


class Authenticator:
    """Checks requests against accounts.

    Parameters
    ----------
    directory
        Those who may ask.
    secret
        Fresh randomness, at least 16 bytes; nonces of another secret are stale, never wrong.
    nonce_lifetime_s, max_counted_nonces
        How long a nonce may be used, and for how many the use is counted at once.

    Raises
    ------
    CallerError
        The secret is too short.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        secret: bytes,
        nonce_lifetime_s: float = NONCE_LIFETIME_S,
        max_counted_nonces: int = MAX_COUNTED_NONCES,
    ) -> None:
        if len(secret) < MIN_SECRET_BYTES:
            raise CallerError(f"a secret of {len(secret)} bytes is too short; give {MIN_SECRET_BYTES}")
        self._directory = directory
        self._quoted_realm = quote(directory.realm)
        self._secret = secret
        self._lifetime_s = nonce_lifetime_s
        self._max_counted = max_counted_nonces
        self._uses: dict[str, _Use] = {}  # in order of first use
        self._forgotten_until = -1  # nonces issued up to then may have been used and forgotten
        self._nobody = hash_a1("SHA-256", "", directory.realm, secret.hex())
        usual = Counter(account.algorithms for account in directory).most_common(1)
        self._usual = usual[0][0] if usual else ("SHA-256",)

    def authenticate(
        self, request: Request, target: Uri, salt: bytes, now: float, *, asking: Asking = Asking.SERVER
    ) -> Authenticated:
        """Tell whose request it is.

        Parameters
        ----------
        request, target
            The request, and its Request-URI read. The algorithms offered are those of its From, who is
            the one to answer; where that is nobody of ours, those of the Request-URI.
        salt
            Names the request among others (its transaction): makes the nonce its own.
        now
            UTC seconds.
        asking
            For the server itself, or as a proxy.

        Raises
        ------
        PeerFault
            401 (a proxy: 407) with challenges: no answer for this realm, unknown name, wrong password or
            forbidden algorithm (all alike), or ``stale=true``: the password is right, the nonce or its
            count is not.
            400: an Authorization that is malformed, or made for another address.
        """
        credentials = self._credentials(request, asking)
        if credentials is None:
            raise self._challenge(request, target, salt, now, asking)
        account = self._directory.of_user(credentials.username)
        if not self._is_right(credentials, account, request) or account is None:
            raise self._challenge(request, target, salt, now, asking)
        if not self._is_fresh(credentials.nonce, now) or not self._count(credentials, now):
            raise self._challenge(request, target, salt, now, asking, stale=True)
        _check_uri(credentials.uri, target)
        return Authenticated(account, credentials)

    def _credentials(self, request: Request, asking: Asking) -> Credentials | None:
        """Give the answer for our realm; those for others passed through (RFC 3261 22.2)."""
        for value in request.headers.get_all(asking.answer):
            directives = parse_directives(value)
            if directives is not None and directives.get("realm") == self._directory.realm:
                return Credentials.of(directives)  # what another realm asks for is not ours to judge
        return None

    def _is_right(self, credentials: Credentials, account: Account | None, request: Request) -> bool:
        known = base_algorithm(credentials.algorithm)
        if known is None or credentials.qop not in {"auth", "auth-int"}:
            return False
        kept = account.ha1.get(known[0]) if account is not None else None
        # an unknown name takes as long as a wrong password does
        expected = digest_response(kept or self._nobody, credentials, request.method, request.body)
        given = credentials.response.encode("utf-8", "surrogateescape")
        return hmac.compare_digest(expected.encode(), given) and kept is not None

    def _challenge(
        self, request: Request, target: Uri, salt: bytes, now: float, asking: Asking, *, stale: bool = False
    ) -> PeerFault:
        """Make the 401 or 407: one field per algorithm, most preferred first (RFC 8760 2.1).

        An address without an account is offered what most accounts are, so that a stranger learns as
        little as can be. Programs that know MD5 only often stumble over a SHA-256 beside it: hence
        each account is offered just its own.
        """
        account = self._directory.of_aor(_sender(request)) or self._directory.of_aor(target.aor)
        algorithms = account.algorithms if account is not None else self._usual
        nonce = self._nonce(int(now) // NONCE_STEP_S * NONCE_STEP_S, blake2b(salt, digest_size=8).hexdigest())
        head = f'Digest realm={self._quoted_realm}, nonce="{nonce}", qop="auth"'
        tail = ", stale=true" if stale else ""
        challenges = ((asking.challenge, f"{head}, algorithm={name}{tail}") for name in algorithms)
        return PeerFault(asking.status, "Stale Nonce" if stale else asking.phrase, tuple(challenges))

    def _nonce(self, issued: int, salt: str) -> str:
        opening = f"{issued:0{_TIME_DIGITS}x}{salt}"
        mac = blake2b(opening.encode(), key=self._secret[:64], digest_size=_MAC_DIGITS // 2)
        return opening + mac.hexdigest()

    def _is_fresh(self, nonce: str, now: float) -> bool:
        issued = _issued(nonce)
        if issued is None or not -NONCE_STEP_S <= now - issued < self._lifetime_s:
            return False
        genuine = self._nonce(issued, nonce[_TIME_DIGITS : _TIME_DIGITS + _SALT_DIGITS])
        return hmac.compare_digest(genuine.encode(), nonce.encode("utf-8", "surrogateescape"))

    def _count(self, credentials: Credentials, now: float) -> bool:
        """Take note of the nonce count; False where it does not grow (RFC 7616 3.3, replay)."""
        self._forget(now)
        use = self._uses.get(credentials.nonce)
        if use is not None:
            grows = credentials.nonce_count > use.count
            use.count = max(use.count, credentials.nonce_count)
            return grows
        issued = _issued(credentials.nonce)
        if issued is None or issued <= self._forgotten_until or credentials.nonce_count < 1:
            return False
        self._uses[credentials.nonce] = _Use(issued, credentials.nonce_count)
        return True

    def _forget(self, now: float) -> None:
        while self._uses:
            nonce, use = next(iter(self._uses.items()))
            expired = now - use.issued >= self._lifetime_s
            if not expired and len(self._uses) < self._max_counted:
                return
            self._forgotten_until = max(self._forgotten_until, use.issued)
            del self._uses[nonce]


def _issued(nonce: str) -> int | None:
    if len(nonce) != _TIME_DIGITS + _SALT_DIGITS + _MAC_DIGITS:
        return None
    try:
        return int(nonce[:_TIME_DIGITS], 16)
    except ValueError:
        return None


def _sender(request: Request) -> str:
    """Give the address of record in From; an empty one where there is none."""
    try:
        return parse_uri(parse_address(request.headers.get("From") or "").uri).aor
    except PeerFault:
        return ""


def _check_uri(text: str, target: Uri) -> None:
    """Refuse an answer made for another resource (RFC 7616 3.4.6).

    Not byte by byte: relays rewrite the Request-URI, and some clients write only the server's address.
    """
    named = parse_uri(text)
    if named.user is not None and named.user != target.user:
        raise PeerFault(400, "Authorization For Another URI")
