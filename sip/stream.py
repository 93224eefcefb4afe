"""Messages cut out of a TCP stream, from pieces of any size (RFC 3261 18.3, RFC 5626 4.4.1).

What is in them is ``message.py``'s business; here only the blank line and Content-Length count.
"""

import re
from typing import Final

from sip.errors import PeerFault
from sip.message import MAX_BODY_BYTES, MAX_HEAD_BYTES, content_length, parse_head

_BLANK = b"\r\n\r\n"
# as nearly everybody writes it: on a line of its own, nothing folded into it
_PLAIN_LENGTH = re.compile(
    rb"\r\n(?:Content-Length|l)[ \t]*:[ \t]*(\d{1,6})[ \t]*(?=\r\n[^ \t])", re.IGNORECASE
)


class Ping:
    """The type of `PING`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "PING"


PING: Final = Ping()
"""A keep-alive came (CRLFCRLF between messages): it is answered with `PONG`."""

PONG: Final = b"\r\n"


class MessageStream:
    """Takes bytes as they arrive, gives messages as they become whole.

    When the frame is lost (no Content-Length, a body or head over its limit), what was read of that
    message is given too, so that it can be refused as any other; then `is_broken` is true, and the
    connection is to be closed.
    """

    __slots__ = ("_buffer", "_searched", "_wanted", "is_broken")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0  # no blank line begins before it: each byte is searched once
        self._wanted: int | None = None  # bytes of the message at the front, once its head is whole
        self.is_broken = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing of a message is waiting for its rest; a phone's lone empty line is none."""
        return _BLANK.startswith(self._buffer)

    def feed(self, data: bytes) -> list[bytes | Ping]:
        """Take the next bytes; give every message and keep-alive that is whole now, in order."""
        frames: list[bytes | Ping] = []
        if self.is_broken:
            return frames
        self._buffer += data
        while not self.is_broken and (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self) -> bytes | Ping | None:
        if self._wanted is None:
            if self._skip_empty_lines():
                return PING
            self._measure()
        if self._wanted is None or len(self._buffer) < self._wanted:
            return None
        message = bytes(self._buffer[: self._wanted])
        del self._buffer[: self._wanted]
        self._wanted, self._searched = None, 0
        return message

    def _skip_empty_lines(self) -> bool:
        """Drop CRLF before a message; true where two of them were a keep-alive."""
        if self._buffer.startswith(_BLANK):
            del self._buffer[:4]
            return True
        if self._buffer.startswith(PONG) and len(self._buffer) > 2 and not _BLANK.startswith(self._buffer):
            del self._buffer[:2]
        return False

    def _measure(self) -> None:
        """Learn how long the message at the front is, once its blank line is there."""
        if _BLANK.startswith(self._buffer):
            return  # nothing, or perhaps half a keep-alive
        end = self._buffer.find(_BLANK, self._searched, MAX_HEAD_BYTES + len(_BLANK))
        if end < 0:
            self._searched = max(len(self._buffer) - 3, 0)
            if len(self._buffer) > MAX_HEAD_BYTES:
                self._give_up()
            return
        length = _length_of(bytes(self._buffer[: end + 4]))
        if length is None:
            del self._buffer[end + 4 :]
            self._give_up()
        else:
            self._wanted = end + 4 + length

    def _give_up(self) -> None:
        self._wanted = len(self._buffer)
        self.is_broken = True


def _length_of(head: bytes) -> int | None:
    """Give the announced length of the body; None where it cannot be relied upon."""
    found = _PLAIN_LENGTH.findall(head)
    if len(found) == 1 and int(found[0]) <= MAX_BODY_BYTES:
        return int(found[0])
    try:
        return content_length(parse_head(head))
    except PeerFault:
        return None
