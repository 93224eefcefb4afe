"""A request whose mandatory fields were found and read (RFC 3261 8.1.1).

Whether it may be served is ``server/checks.py``; the syntax of whole messages is ``message.py``.
"""

import re
from dataclasses import dataclass

from sip.address import Address, Via, parse_address, parse_via
from sip.errors import PeerFault
from sip.headers import Headers, split_commas
from sip.message import Request
from sip.peer import Transport
from sip.uri import Uri, parse_uri

MAX_CSEQ = 2**31 - 1  # RFC 3261 8.1.1.5
MAX_MAX_FORWARDS = 255  # RFC 3261 20.22

_CSEQ = re.compile(r"(\d{1,20})\s+(\S+)", re.ASCII)
_MAX_FORWARDS = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request whose mandatory fields were found and read."""

    request: Request
    target: Uri
    via: Via
    sender: Address
    recipient: Address
    call_id: str
    max_forwards: int | None


def open_envelope(request: Request, transport: Transport) -> Envelope:
    """Read the Request-URI and the mandatory fields.

    Max-Forwards, a From tag and a branch may be missing: such is a request by RFC 2543 (RFC 4475 3.4.1).

    Raises
    ------
    PeerFault
        400, with what is missing, doubled or malformed. 414, 416: the Request-URI cannot be read.
    """
    headers = request.headers
    sender, recipient, call_id, cseq = [_single(headers, name) for name in ("From", "To", "Call-ID", "CSeq")]
    via = _top_via(headers)
    if transport.is_reliable and "Content-Length" not in headers:
        raise PeerFault(400, "Missing Content-Length")  # RFC 3261 18.3
    _check_cseq(cseq, request.method)
    headers.only("Content-Type")
    target = parse_uri(request.uri)
    if target.headers:
        raise PeerFault(400, "Header Fields In Request-URI")  # RFC 3261 19.1.1: not allowed there
    return Envelope(
        request,
        target,
        via,
        sender=parse_address(sender),
        recipient=parse_address(recipient),
        call_id=call_id,
        max_forwards=_max_forwards(headers.only("Max-Forwards")),
    )


def _single(headers: Headers, name: str) -> str:
    value = headers.only(name)
    if not value:
        raise PeerFault(400, f"Missing {name}")
    return value


def _top_via(headers: Headers) -> Via:
    items = split_commas(headers.get("Via") or "")
    if not items:
        raise PeerFault(400, "Missing Via")
    return parse_via(items[0])


def _check_cseq(value: str, method: str) -> None:
    match = _CSEQ.fullmatch(value)
    if match is None or int(match[1]) > MAX_CSEQ:
        raise PeerFault(400, "Bad CSeq")
    if match[2] != method:
        raise PeerFault(400, "CSeq Names Another Method")


def _max_forwards(value: str | None) -> int | None:
    if value is None:
        return None
    if _MAX_FORWARDS.fullmatch(value) is None or int(value) > MAX_MAX_FORWARDS:
        raise PeerFault(400, "Bad Max-Forwards")
    return int(value)
