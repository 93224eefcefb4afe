"""The presence document of a request: which bytes of its body it is (RFC 3903 section 6, RFC 6442).

What the document says is ``pidflo/``.
"""

from urllib.parse import unquote

from sip.errors import PeerFault
from sip.headers import Headers, is_token, parse_parameters
from sip.message import Request
from sip.multipart import MediaType, Part, parse_media_type, split_parts

PIDF = "application/pidf+xml"
MULTIPARTS = ("multipart/mixed", "multipart/related")
ACCEPTED_TYPES = ", ".join((PIDF, *MULTIPARTS))
MAX_NESTING = 3  # multipart in multipart; gateways wrap once


def presence_document(request: Request) -> bytes:
    """Give the bytes of the first PIDF document in a request's body.

    Parts that are not understood are skipped, unless their Content-Disposition asks that they be
    understood; one without a Content-Disposition does not ask (a policy: RFC 5621 would have it asked).

    Raises
    ------
    PeerFault
        415: another type or encoding. 424: a Geolocation field points at a part that is missing, and
        there is no document either. 400: a multipart body that cannot be cut.
    """
    parts = _parts(request)
    found = _documents(parts)
    if found:
        return _plain(found[0])
    raise no_location() if _points_nowhere(request.headers, parts) else _unsupported()


def located_document(request: Request) -> bytes:
    """Give the bytes of the PIDF document that tells where the sender is (RFC 6442).

    It is the first whose Content-ID a Geolocation field names; without such a field the first of all. A
    location by reference is not fetched.

    Raises
    ------
    PeerFault
        As `presence_document`; 424 also where the part named is there, but no document.
    """
    parts = _parts(request)
    found = _documents(parts)
    wanted = _named_parts(request.headers)
    named = [part for part in found if part.headers.get("Content-ID") in wanted]
    if wanted and not named:
        raise no_location()
    if not found:
        raise no_location() if "Geolocation" in request.headers else _unsupported()
    return _plain((named or found)[0])


def no_location() -> PeerFault:
    """Make the refusal of a location that cannot be processed (RFC 6442 4.3)."""
    error = '100 ;code="Cannot Process Location"'
    return PeerFault(424, "Bad Location Information", (("Geolocation-Error", error),))


def _parts(request: Request) -> list[Part]:
    """Give the parts of a body; a body that is not multipart is its only part."""
    value = request.headers.only("Content-Type")
    if value is None:
        raise _unsupported()
    _check_encoding(request.headers)
    media_type = parse_media_type(value)
    if media_type.name == PIDF:
        return [Part(request.headers, request.body)]
    if media_type.name not in MULTIPARTS:
        raise _unsupported()
    return _leaves(media_type, request.body, MAX_NESTING)


def _documents(parts: list[Part]) -> list[Part]:
    return [part for part in parts if _type_of(part.headers).name == PIDF]


def _plain(part: Part) -> bytes:
    _check_encoding(part.headers)
    return part.body


def _leaves(media_type: MediaType, body: bytes, depth: int) -> list[Part]:
    """Give the parts that are no multipart themselves, in document order."""
    leaves: list[Part] = []
    for part in split_parts(media_type, body):
        inner = _type_of(part.headers)
        if inner.name in MULTIPARTS and depth > 1:
            leaves += _leaves(inner, part.body, depth - 1)
            continue
        if inner.name != PIDF and _must_be_understood(part.headers):
            raise _unsupported()
        leaves.append(part)
    return leaves


def _type_of(headers: Headers) -> MediaType:
    return parse_media_type(headers.only("Content-Type") or "text/plain")  # RFC 2046 5.1


def _must_be_understood(headers: Headers) -> bool:
    disposition = headers.only("Content-Disposition")
    if disposition is None:
        return False
    kind, semicolon, rest = disposition.partition(";")
    if not is_token(kind.strip()):
        raise PeerFault(400, "Bad Content-Disposition")
    return (parse_parameters(semicolon + rest).get("handling") or "required").lower() != "optional"


def _check_encoding(headers: Headers) -> None:
    codings = [coding.lower() for coding in headers.items_of("Content-Encoding")]
    if any(coding != "identity" for coding in codings):
        raise PeerFault(415, "Unsupported Content Encoding", (("Accept-Encoding", "identity"),))


def _points_nowhere(headers: Headers, parts: list[Part]) -> bool:
    """Tell whether Geolocation names parts and none of them is there (RFC 6442 4.1)."""
    wanted = _named_parts(headers)
    return bool(wanted) and not any(part.headers.get("Content-ID") in wanted for part in parts)


def _named_parts(headers: Headers) -> set[str]:
    """Give the Content-IDs that Geolocation names (``cid:``), in their brackets."""
    return {
        f"<{unquote(item.strip()[5:].partition('>')[0])}>"
        for item in headers.items_of("Geolocation")
        if item.strip().lower().startswith("<cid:")
    }


def _unsupported() -> PeerFault:
    return PeerFault(415, "Unsupported Media Type", (("Accept", ACCEPTED_TYPES),))
