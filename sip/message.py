"""SIP messages: bytes to Request or Response and back.

Takes whole messages; cutting them out of a TCP stream is ``stream.py``. Whether a well-formed request
may be served (versions and methods apart) is ``checks.py``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sip.errors import CallerError, MessageError, PeerFault
from sip.headers import TOKEN, Headers

MAX_HEAD_BYTES = 16_384  # start line and header fields; the longest of RFC 4475 is 3.6 kB
MAX_BODY_BYTES = 65_536  # a PIDF-LO document is 1 to 4 kB, with multipart and a 15-point prism under 10
MAX_HEADER_FIELDS = 200

_REQUEST_LINE = re.compile(rf"({TOKEN}) ([^ \r\n]+) (SIP/\d+\.\d+)", re.IGNORECASE)
_STATUS_LINE = re.compile(r"SIP/2\.0 (\d{3}) ([^\r\n]*)", re.IGNORECASE)
_FOLD = re.compile(rb"(?:(?<![ \t])[ \t]++)?\r\n[ \t]++")  # blanks are looked at once, from their first
_FIELD = re.compile(rf"(?<=\r\n)({TOKEN}+)[ \t]*+:[ \t]*+([^\r\n]*+)\r\n")  # a whole line, after another one
_LENGTH = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Request:
    """A request: method, Request-URI as it stands, header fields, body."""

    method: str
    uri: str
    headers: Headers
    body: bytes = field(default=b"", repr=False)  # a place is personal: not in logs

    def to_bytes(self) -> bytes:
        """Write the request; Content-Length is set to what the body has."""
        return write_message(f"{self.method} {self.uri} SIP/2.0", self.headers, self.body)


@dataclass(frozen=True, slots=True)
class Response:
    """A response: status, reason phrase, header fields, body."""

    status: int
    reason: str
    headers: Headers
    body: bytes = field(default=b"", repr=False)

    def to_bytes(self) -> bytes:
        """Write the response; Content-Length is set to what the body has."""
        return write_message(f"SIP/2.0 {self.status} {self.reason}", self.headers, self.body)


def parse_message(data: bytes) -> Request | Response:
    """Read one whole message: a datagram, or what ``stream.py`` cut out.

    Bytes after the announced Content-Length are ignored, as RFC 3261 18.3 asks for datagrams. Text that
    is not UTF-8 is kept as it is (``surrogateescape``), so that it can be copied into a response.

    Parameters
    ----------
    data
        From the start line on; empty lines before it are skipped (RFC 3261 7.5).

    Raises
    ------
    MessageError
        With the status of the answer, and the header fields that could be read.
    """
    head, rest = _split(data.lstrip(b"\r\n"))
    text = _unfolded(head)
    headers, fault = _fields(text)
    start = text[: text.index("\r\n")]
    try:
        return _start(start, headers, _body(headers, rest, fault))
    except PeerFault as error:
        # a response has no answer, so there is no use in what was seen of it
        seen = None if start.startswith("SIP/") else headers
        raise MessageError(error.status, error.reason, seen) from None


def parse_head(data: bytes) -> Headers:
    """Read only the header fields of a head that has its blank line; faulty lines are left out."""
    head, _ = _split(data)
    return _fields(_unfolded(head))[0]


def content_length(headers: Headers) -> int | None:
    """Give the announced length of the body, None where it is absent.

    Raises
    ------
    PeerFault
        400: not a number, or announced twice. 413: more than `MAX_BODY_BYTES`.
    """
    text = headers.only("Content-Length")
    if text is None:
        return None
    if _LENGTH.fullmatch(text) is None:
        raise PeerFault(400, "Bad Content-Length")
    length = int(text)
    if length > MAX_BODY_BYTES:
        raise PeerFault(413, "Request Entity Too Large")
    return length


def _split(data: bytes) -> tuple[bytes, bytes | None]:
    """Cut head from body; of an overlong head only the lines within the limit are given, and None."""
    end = data.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES + 4)
    if end >= 0:
        return data[:end], data[end + 4 :]
    if len(data) > MAX_HEAD_BYTES:
        return data[: max(data.rfind(b"\r\n", 0, MAX_HEAD_BYTES), 0)], None
    return data.removesuffix(b"\r\n"), b""


def _unfolded(head: bytes) -> str:
    """Give the lines of a head, each with its line break; a field that goes on in the next line is one."""
    if b"\r\n " in head or b"\r\n\t" in head:
        head = _FOLD.sub(b" ", head)
    return head.decode("utf-8", "surrogateescape") + "\r\n"


def _fields(text: str) -> tuple[Headers, PeerFault | None]:
    """Read the lines after the first; a faulty one does not hide what the others say."""
    pairs = _FIELD.findall(text)
    lines = text.count("\r\n") - 1
    fault = PeerFault(400, "Bad Header Line") if len(pairs) != lines else None
    if lines > MAX_HEADER_FIELDS:
        fault = fault or PeerFault(513, f"More Than {MAX_HEADER_FIELDS} Header Fields")
    if " \r\n" in text or "\t\r\n" in text:
        pairs = [(name, value.rstrip(" \t")) for name, value in pairs]
    return Headers(pairs[:MAX_HEADER_FIELDS]), fault


def _body(headers: Headers, rest: bytes | None, fault: PeerFault | None) -> bytes:
    if fault is not None:
        raise fault
    if rest is None:
        raise PeerFault(513, "Header Fields Too Large")
    length = content_length(headers)
    if length is None:
        if len(rest) > MAX_BODY_BYTES:
            raise PeerFault(413, "Request Entity Too Large")
        return rest
    if length > len(rest):
        raise PeerFault(400, "Content-Length Beyond The Message")
    return rest[:length]


def _start(line: str, headers: Headers, body: bytes) -> Request | Response:
    match = _REQUEST_LINE.fullmatch(line)
    if match:
        method, uri, version = match.groups()
        if version.upper() != "SIP/2.0":
            raise PeerFault(505, "Version Not Supported")
        return Request(method, uri, headers, body)
    match = _STATUS_LINE.fullmatch(line)
    if match:
        return Response(int(match[1]), match[2], headers, body)
    raise PeerFault(400, "Bad Start Line")


def write_message(start: str, fields: Iterable[tuple[str, str]], body: bytes) -> bytes:
    """Write a message; Content-Length is set to what the body has.

    Raises
    ------
    CallerError
        A line break in the start line or a field.
    """
    lines = [
        f"{name}: {value}"
        for name, value in fields
        if len(name) != len("Content-Length") or name.lower() != "content-length"
    ]
    text = "\r\n".join([start, *lines, f"Content-Length: {len(body)}", "", ""])
    breaks = len(lines) + 3
    if text.count("\r") != breaks or text.count("\n") != breaks:
        broken = next(line for line in (start, *lines) if "\r" in line or "\n" in line)
        raise CallerError(f"line break in {broken.partition(':')[0][:40]!r}")
    return text.encode("utf-8", "surrogateescape") + body
