"""What can go wrong between bytes and fixes, by who is to blame; one root.

::

    SipError                    everything below
    ├── PeerFault               the peer's: carries the status and headers of its answer
    │   ├── MessageError        bytes that are no acceptable SIP message; keeps the headers seen so far
    │   ├── PidfError           a body that is no acceptable PIDF-LO document (400)
    │   └── FilterFault         a body that is no acceptable filter (488)
    ├── UnansweredError         the world's: a request got no final answer (``device/channel.py``)
    ├── ChallengeError          the server's, seen from a client: no challenge that we can answer
    └── CallerError             ours: a header, address or limit that cannot be written

Nothing else is raised by the parsers, whatever the bytes are.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sip.headers import Headers

REASONS: dict[int, str] = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    412: "Conditional Request Failed",
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    423: "Interval Too Brief",
    424: "Bad Location Information",
    430: "Flow Failed",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    488: "Not Acceptable Here",
    489: "Bad Event",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "Version Not Supported",
    513: "Message Too Large",
}
"""Reason phrase of each status that we answer (RFC 3261 section 21, 3903, 5626, 6442, 6665)."""


class SipError(Exception):
    """Root of this room's errors; the text says what, where and the value."""


class PeerFault(SipError):  # noqa: N818 (says whose it is; the tree's root is SipError)
    """What the peer sent cannot be done; the status says why, as the standard has it.

    Parameters
    ----------
    status
        Status code of the answer.
    reason
        Said in the log, and in the answer's reason phrase where the status is 400, 403 or 488.
    headers
        Header fields that the answer must carry (``Allow-Events``, ``Min-Expires``, ...).
    """

    def __init__(self, status: int, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.headers = headers


class MessageError(PeerFault):
    """Bytes that are no acceptable SIP message.

    ``seen`` holds the header fields that could be read: enough of them and the peer can be answered.
    """

    def __init__(self, status: int, reason: str, seen: "Headers | None" = None) -> None:
        super().__init__(status, reason)
        self.seen = seen


class PidfError(PeerFault):
    """A body that is no acceptable PIDF-LO document; the answer is 400 (RFC 3903 section 6, RFC 6442 4.3)."""

    def __init__(self, reason: str) -> None:
        super().__init__(400, reason)


class ChallengeError(SipError):
    """A server's challenge that this client cannot, or by its rules must not, answer."""


class CallerError(SipError, ValueError):
    """A value from inside the project that cannot be written into a message."""
