"""Multipart bodies (RFC 2046 5.1) cut into parts; bounded, in one pass.

Which part counts is ``body.py``.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from sip.errors import PeerFault
from sip.headers import Headers, parse_parameters
from sip.message import parse_head

MAX_PARTS = 16  # a document, its civic or call data, a picture or two
MAX_BOUNDARY_CHARACTERS = 70  # RFC 2046 5.1.1


@dataclass(frozen=True, slots=True)
class MediaType:
    """A Content-Type: ``name`` in lower case (``application/pidf+xml``), and its parameters."""

    name: str
    parameters: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its own header fields and its body."""

    headers: Headers
    body: bytes = field(repr=False)


@lru_cache(maxsize=256)  # a device sends the same one each time; of 16 kB at most, as all in a head
def parse_media_type(value: str) -> MediaType:
    """Read a Content-Type.

    Raises
    ------
    PeerFault
        400: malformed.
    """
    name, semicolon, rest = value.partition(";")
    parts = [part.strip() for part in name.lower().split("/")]
    if len(parts) != 2 or not all(parts):
        raise PeerFault(400, "Bad Content-Type")
    return MediaType("/".join(parts), parse_parameters(semicolon + rest))


def split_parts(media_type: MediaType, body: bytes) -> tuple[Part, ...]:
    r"""Cut a multipart body at its boundary; preamble and epilogue are left out.

    Raises
    ------
    PeerFault
        400: no usable boundary, no closing boundary, or too many parts.

    Examples
    --------
    >>> kind = parse_media_type('multipart/mixed; boundary="x"')
    >>> body = b"--x\r\nA: 1\r\n\r\none\r\n--x\r\n\r\ntwo\r\n--x--"
    >>> [part.body for part in split_parts(kind, body)]
    [b'one', b'two']
    """
    boundary = media_type.parameters.get("boundary") or ""
    if not 0 < len(boundary) <= MAX_BOUNDARY_CHARACTERS:
        raise PeerFault(400, "Bad Multipart Boundary")
    delimiter = b"\r\n--" + boundary.encode("utf-8", "surrogateescape")
    _, *chunks = (b"\r\n" + body).split(delimiter, MAX_PARTS + 1)
    parts: list[Part] = []
    for chunk in chunks:
        if chunk.startswith(b"--"):
            return tuple(parts)
        line_end = chunk.find(b"\r\n")
        if line_end < 0 or chunk[:line_end].strip(b" \t"):
            raise PeerFault(400, "Bad Multipart Boundary Line")
        parts.append(_part(chunk[line_end + 2 :]))
    raise PeerFault(
        400, "Multipart Without Its Closing Boundary" if len(parts) <= MAX_PARTS else "Too Many Parts"
    )


def _part(data: bytes) -> Part:
    if data.startswith(b"\r\n"):  # no header fields at all
        return Part(Headers(), data[2:])
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        raise PeerFault(400, "Body Part Without A Blank Line")
    return Part(parse_head(b"\r\n" + head + b"\r\n\r\n"), body)
