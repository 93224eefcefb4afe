"""Responses to requests: what is copied, what is added, and where they are sent.

Which status it is, is decided elsewhere (``checks.py``, ``authenticator.py``, ``compositor.py``).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from sip.address import parse_via
from sip.errors import REASONS, PeerFault
from sip.headers import Headers, split_commas
from sip.message import write_message
from sip.peer import Peer, Transport

SIP_PORT = 5060
MAX_REASON_CHARACTERS = 120

_RPORT = re.compile(r";\s*rport\s*(?=;|$)", re.IGNORECASE)
_RECEIVED = re.compile(r";\s*(?:received|rport)\s*=[^;]*", re.IGNORECASE)
_STAMPS = frozenset({"received", "rport"})
_TAG = re.compile(r";\s*tag\s*=", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes to send, and where to."""

    data: bytes
    to: Peer


def is_answerable(seen: Headers | None) -> bool:
    """Tell whether enough of a request could be read to answer it: somebody waits for that Via."""
    return seen is not None and "Via" in seen


def write_response(
    headers: Headers,
    peer: Peer,
    *,
    status: int,
    reason: str | None = None,
    extra: Iterable[tuple[str, str]] = (),
    to_tag: str | None = None,
    secret: bytes,
) -> bytes:
    """Write the response to a request (RFC 3261 8.2.6); it has no body.

    Parameters
    ----------
    headers
        The request's header fields, as far as they could be read.
    peer
        Where the request came from; goes into the top Via (RFC 3261 18.2.1, RFC 3581).
    status, reason
        The reason phrase is the standard's where none is given.
    extra
        Header fields of this response.
    to_tag
        Of a response that begins a dialog.
    secret
        Key of any other To tag, which so is the same in every response to a request, also in one that is
        not remembered (RFC 3261 8.2.7).
    """
    pairs = [("Via", value) for value in stamped_vias(headers, peer)]
    for name in ("From", "To", "Call-ID", "CSeq"):
        value = headers.get(name)
        if value is not None:
            tagged = _with_tag(value, headers, to_tag, secret) if name == "To" else value
            pairs.append((name, tagged))
    phrase = _UNPRINTABLE.sub("?", reason or REASONS[status])[:MAX_REASON_CHARACTERS]
    return write_message(f"SIP/2.0 {status} {phrase}", [*pairs, *extra], b"")


def reply_address(headers: Headers, peer: Peer) -> Peer:
    """Tell where the response goes (RFC 3261 18.2.2, RFC 3581 section 4).

    Over TCP the same connection. Over UDP the source address: its port where ``rport`` was asked for,
    else the port of the top Via. ``maddr`` is not followed: it would let anyone aim our answers.
    """
    if peer.transport is not Transport.UDP:
        return peer
    try:
        via = parse_via(split_commas(headers.get("Via") or "")[0])
    except (PeerFault, IndexError):
        return peer
    if "rport" in via.parameters:
        return peer
    return Peer(peer.transport, peer.host, via.port or SIP_PORT, peer.door)


def stamped_vias(headers: Headers, peer: Peer) -> list[str]:
    """Give a request's Via fields with where it came from noted in the top one (18.2.1, RFC 3581)."""
    fields = list(headers.get_all("Via"))
    if not fields:
        return []
    try:
        top, *rest = split_commas(fields[0])
        via = parse_via(top)
    except (PeerFault, ValueError):
        return fields  # given back as it came: nothing in it can be trusted to be understood
    asked = _RPORT.search(top) is not None
    if asked or not _STAMPS.isdisjoint(via.parameters):
        top = _RECEIVED.sub("", _RPORT.sub("", top))
    if asked:
        top = f"{top};rport={peer.port}"
    source = peer.host.partition("%")[0]  # the zone of an IPv6 address means nothing to the peer
    if asked or via.host.strip("[]").lower() != source.lower():
        top = f"{top};received={source}"
    return [", ".join([top, *rest]), *fields[1:]]


def _with_tag(to: str, headers: Headers, tag: str | None, secret: bytes) -> str:
    if _TAG.search(to, to.rfind(">") + 1):  # a parameter of the field, not of the URI in brackets
        return to
    return f"{to};tag={tag or _tag_of(headers, secret)}"


def _tag_of(headers: Headers, secret: bytes) -> str:
    identity = "\0".join([headers.get(name) or "" for name in ("Via", "From", "To", "Call-ID", "CSeq")])
    return blake2b(identity.encode("utf-8", "surrogateescape"), digest_size=8, key=secret).hexdigest()
