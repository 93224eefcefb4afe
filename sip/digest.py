"""Digest access authentication (RFC 7616, 8760): the computation, and the client's half.

The server's half, with nonces and counters, is ``authenticator.py``.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Self

from sip.errors import CallerError, ChallengeError, PeerFault
from sip.headers import QUOTED, TOKEN, quote, unquote

ALGORITHMS = ("SHA-256", "MD5")
"""What can be computed, most preferred first (RFC 8760 2.2); each with ``-sess`` too."""

_DIRECTIVE = re.compile(  # at the start or after a comma, so that a search stays linear in hostile input
    rf'(?:^|(?<=,))\s*+({TOKEN}+)\s*+=\s*+({QUOTED}|[^\s,"]++)\s*+(?:,|$)', re.DOTALL
)
_COUNT = re.compile(r"[0-9a-f]{8}")
_HASHES: dict[str, Callable[[bytes], str]] = {
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an Authorization field says, checked for completeness only."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str = field(repr=False)
    algorithm: str
    qop: str
    cnonce: str
    nonce_count: int

    @classmethod
    def parse(cls, value: str) -> Self | None:
        """Read an Authorization field; None where its scheme is not Digest.

        Raises
        ------
        PeerFault
            400: a directive is missing or malformed. A response without ``qop`` is such: it was asked
            for, and without it nothing protects against replay (RFC 7616 3.4).
        """
        directives = parse_directives(value)
        return None if directives is None else cls.of(directives)

    @classmethod
    def of(cls, directives: Mapping[str, str]) -> Self:
        """Take the directives of an Authorization field; raises as `parse` does where one is missing."""
        try:
            username, realm, nonce, uri, response, qop, cnonce, count = _required(directives)
        except KeyError as missing:
            raise PeerFault(400, f"Bad Authorization: {missing.args[0]}") from None
        if _COUNT.fullmatch(count) is None:
            raise PeerFault(400, "Bad Authorization: nc")
        algorithm = directives.get("algorithm", "MD5")
        return cls(username, realm, nonce, uri, response, algorithm, qop, cnonce, int(count, 16))


_required = itemgetter("username", "realm", "nonce", "uri", "response", "qop", "cnonce", "nc")


def parse_directives(value: str) -> dict[str, str] | None:
    """Read ``Digest name=value, ...`` with names in lower case; None for another scheme.

    Raises
    ------
    PeerFault
        400: the scheme is Digest, and what follows is no list of directives.
    """
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    pieces = _DIRECTIVE.split(rest)
    if any(pieces[::3]):  # what stands between them
        raise PeerFault(400, "Bad Digest Directive")
    directives: dict[str, str] = {}
    for name, said in zip(pieces[1::3], pieces[2::3], strict=True):
        directives.setdefault(name.lower(), unquote(said))
    return directives


def base_algorithm(name: str) -> tuple[str, bool] | None:
    """Give the hash of an algorithm token and whether it is a session variant; None where unknown."""
    session = name.lower().endswith("-sess")
    base = (name[:-5] if session else name).upper()
    return (base, session) if base in _HASHES else None


def hash_a1(algorithm: str, username: str, realm: str, password: str) -> str:
    """Hash ``username:realm:password``, which is what a server may keep instead of a password."""
    return _HASHES[algorithm](_bytes(f"{username}:{realm}:{password}"))


def digest_response(ha1: str, credentials: Credentials, method: str, body: bytes) -> str:
    """Compute the response that `credentials` should carry (RFC 7616 3.4.1 to 3.4.3).

    Parameters
    ----------
    ha1
        The kept hash for the base algorithm of the credentials.

    Raises
    ------
    CallerError
        The algorithm is not one of ours; `base_algorithm` tells before.
    """
    known = base_algorithm(credentials.algorithm)
    if known is None:
        raise CallerError(f"digest algorithm {credentials.algorithm[:40]!r} is unknown")
    base, session = known
    digest = _HASHES[base]
    nonce, cnonce = credentials.nonce, credentials.cnonce
    if session:
        ha1 = session_key(ha1, credentials)
    a2 = f"{method}:{credentials.uri}"
    if credentials.qop == "auth-int":
        a2 = f"{a2}:{digest(body)}"
    count = f"{credentials.nonce_count:08x}"
    return digest(_bytes(f"{ha1}:{nonce}:{count}:{cnonce}:{credentials.qop}:{digest(_bytes(a2))}"))


def session_key(ha1: str, credentials: Credentials) -> str:
    """Hash ``HA1:nonce:cnonce``: what only the two ends of this digest can know (RFC 7616 3.4.2).

    The same whether or not the digest itself was made with a ``-sess`` algorithm.

    Raises
    ------
    CallerError
        The algorithm is not one of ours.

    Examples
    --------
    >>> given = Credentials("anna", "r", "n", "sip:r", "", "MD5", "auth", "c", 1)
    >>> session_key(hash_a1("MD5", "anna", "r", "secret"), given)
    'cc604976b7f8ac2ae3ce14bf7ae2da2b'
    """
    known = base_algorithm(credentials.algorithm)
    if known is None:
        raise CallerError(f"digest algorithm {credentials.algorithm[:40]!r} is unknown")
    return _HASHES[known[0]](_bytes(f"{ha1}:{credentials.nonce}:{credentials.cnonce}"))


def authorize(
    challenges: Sequence[str],
    *,
    method: str,
    uri: str,
    username: str,
    password: str,
    body: bytes = b"",
    cnonce: str,
    nonce_count: int = 1,
    algorithms: Sequence[str] = ALGORITHMS,
) -> str:
    """Answer a challenge: give the value of the Authorization field.

    Parameters
    ----------
    challenges
        The values of all WWW-Authenticate fields of a 401, in their order: the server's preference.
        The first that can be answered is.
    method, uri, body
        Of the request that will be sent; `body` counts for ``qop=auth-int`` only.
    cnonce
        Fresh randomness from the caller.
    nonce_count
        How often this nonce was used, this time included.
    algorithms
        Those that may be used; leave out MD5 to refuse a downgrade.

    Raises
    ------
    ChallengeError
        No challenge can be answered.
    CallerError
        The user name cannot be written.
    """
    for value in challenges:
        challenge = _answerable(value, algorithms)
        if challenge is not None:
            break
    else:
        raise ChallengeError(
            f"none of {len(challenges)} challenges can be answered with {', '.join(algorithms)}"
        )
    algorithm = challenge.get("algorithm", "MD5")
    base = base_algorithm(algorithm)
    credentials = Credentials(
        username=username,
        realm=challenge["realm"],
        nonce=challenge["nonce"],
        uri=uri,
        response="",
        algorithm=algorithm,
        qop="auth" if "auth" in _qop_options(challenge) else "auth-int",
        cnonce=cnonce,
        nonce_count=nonce_count,
    )
    ha1 = hash_a1(base[0] if base else "MD5", username, credentials.realm, password)
    response = digest_response(ha1, credentials, method, body)
    return _authorization(credentials, response, challenge.get("opaque"))


def _answerable(value: str, algorithms: Sequence[str]) -> Mapping[str, str] | None:
    try:
        challenge = parse_directives(value)
    except PeerFault:
        return None
    if challenge is None or "realm" not in challenge or "nonce" not in challenge:
        return None
    base = base_algorithm(challenge.get("algorithm", "MD5"))
    usable = base is not None and base[0] in algorithms and _qop_options(challenge) & {"auth", "auth-int"}
    return challenge if usable else None


def _qop_options(challenge: Mapping[str, str]) -> set[str]:
    return {option.strip() for option in challenge.get("qop", "").lower().split(",")}


def _authorization(credentials: Credentials, response: str, opaque: str | None) -> str:
    # quoted and unquoted as RFC 7616 3.4 has it; some servers insist
    directives = [
        f"username={quote(credentials.username)}",
        f"realm={quote(credentials.realm)}",
        f"nonce={quote(credentials.nonce)}",
        f"uri={quote(credentials.uri)}",
        f'response="{response}"',
        f"algorithm={credentials.algorithm}",
        f"qop={credentials.qop}",
        f"cnonce={quote(credentials.cnonce)}",
        f"nc={credentials.nonce_count:08x}",
    ]
    if opaque is not None:
        directives.append(f"opaque={quote(opaque)}")
    return "Digest " + ", ".join(directives)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
