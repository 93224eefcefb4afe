"""A flat JSON object with a signature: one way to write it, and a strict way to read it.

What the objects of a command and of its result say is ``command.py``.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from sip.errors import CallerError, PeerFault

MAX_BODY_BYTES = 2_048
"""A MESSAGE has to fit a datagram (RFC 3428 section 8); ours are far below."""

SIGNATURE = "signature"
_SIGNATURE_DIGITS = 64  # of HMAC-SHA-256, in hex
_LARGEST = 2**53 - 1  # integers beyond are not the same in every JSON reader (RFC 8259 section 6)

Members = Mapping[str, Any]


def canonical(members: Members) -> bytes:
    """Write the one form that is signed: names sorted, no blanks, UTF-8.

    Members are text, whole numbers, truth values and flat objects of these; of such, this is the form of
    RFC 8785 (JCS).

    Raises
    ------
    CallerError
        A text holds half a surrogate pair, which UTF-8 cannot carry.

    Examples
    --------
    >>> canonical({"v": 1, "id": "a", "arguments": {"text": "Grüß Gott"}}).decode()
    '{"arguments":{"text":"Grüß Gott"},"id":"a","v":1}'
    """
    text = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise CallerError("a text holds half a surrogate pair") from None


def sign(members: Members, session_key: str) -> bytes:
    """Give the body: the members and their signature.

    Parameters
    ----------
    members
        All but the signature.
    session_key
        In lower-case hex, as the digest uses it: its digits are the key.
    """
    return canonical({**members, SIGNATURE: _signature(members, session_key)})


def is_signed_by(members: Members, signature: str, session_keys: Iterable[str]) -> bool:
    """Tell whether one of these keys signed it; how long it takes tells nothing about the signature."""
    given = signature.encode()
    matches = [hmac.compare_digest(_signature(members, key).encode(), given) for key in session_keys]
    return any(matches)


def read_signed(body: bytes) -> tuple[dict[str, Any], str]:
    """Read a body; give its members without the signature, and the signature.

    Raises
    ------
    PeerFault
        400: too long, no JSON object in UTF-8, a name twice, a number with a fraction, anything nested
        deeper than one object, or no signature of 64 hex digits.
    """
    if len(body) > MAX_BODY_BYTES:
        raise PeerFault(400, f"Body Longer Than {MAX_BODY_BYTES} Bytes")
    try:
        members = json.loads(
            body.decode("utf-8"), object_pairs_hook=_once, parse_float=_refuse, parse_constant=_refuse
        )
    except (ValueError, RecursionError):
        raise PeerFault(400, "Body Is No JSON Object") from None
    if not isinstance(members, dict) or not all(map(_is_flat, members.values())):
        raise PeerFault(400, "Body Is No Flat JSON Object")
    signature = members.pop(SIGNATURE, None)
    if not isinstance(signature, str) or not _is_hex(signature):
        raise PeerFault(400, "Missing Or Bad Signature")
    return members, signature


def _signature(members: Members, session_key: str) -> str:
    return hmac.new(session_key.encode(), canonical(members), "sha256").hexdigest()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise PeerFault(400, "A Name Occurs Twice")
    return members


def _refuse(_: str) -> NoReturn:
    raise PeerFault(400, "Number That Is Not Whole")


def _is_flat(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    return _is_plain(value)


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
    return isinstance(value, int) and abs(value) <= _LARGEST


def _is_hex(text: str) -> bool:
    return len(text) == _SIGNATURE_DIGITS and not text.strip("0123456789abcdef")
