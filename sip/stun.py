"""STUN binding requests and their answers (RFC 5389, 8489): how a phone keeps its NAT's door open.

A phone sends one by the port of its SIP every half minute (RFC 5626 3.5.2) and learns from the answer
that its flow lives, and whether its public address has changed. Sockets are ``server/listener.py``.
"""

import struct
import zlib
from ipaddress import ip_address

MAGIC_COOKIE = 0x2112A442
BINDING_REQUEST, BINDING_SUCCESS, BINDING_ERROR = 0x0001, 0x0101, 0x0111
ERROR_CODE, UNKNOWN_ATTRIBUTES, XOR_MAPPED_ADDRESS, FINGERPRINT = 0x0009, 0x000A, 0x0020, 0x8028
FIRST_OPTIONAL = 0x8000  # attributes from here on may be passed over by who does not know them
MAX_REQUEST_BYTES = 548  # RFC 5389 7.1: what fits any path; a keep-alive has 20

_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_FINGERPRINT_BYTES = 8
_FINGERPRINT_XOR = 0x5354554E
_UNKNOWN_REASON = b"Unknown Attribute"


def is_stun(data: bytes) -> bool:
    """Tell STUN from SIP by the first byte, which no text has below 4 (RFC 5764 5.1.2)."""
    return bool(data) and data[0] < 4


def stun_answer(data: bytes, host: str, port: int) -> bytes | None:
    """Answer a binding request; None for whatever deserves no answer.

    Parameters
    ----------
    data
        A datagram.
    host, port
        Where it came from: what the answer says.

    Returns
    -------
    bytes or None
        Success, or an error 420 that lists the attributes which had to be understood and are not: there
        is no password here, so those that sign a request are such. Nothing for an indication, an answer,
        the older STUN without a magic cookie, a wrong fingerprint, and what is malformed.

    Examples
    --------
    >>> request = bytes.fromhex("000100002112a442") + bytes(12)
    >>> (stun_answer(request, "192.0.2.1", 32853) or b"").hex()[40:]
    '002000080001a147e112a643'
    """
    if not _HEADER.size <= len(data) <= MAX_REQUEST_BYTES:
        return None
    kind, length, cookie, transaction = _HEADER.unpack_from(data)
    if (kind, length, cookie) != (BINDING_REQUEST, len(data) - _HEADER.size, MAGIC_COOKIE):
        return None
    attributes = _attributes(data)
    if attributes is None or not _is_whole(data, attributes):
        return None
    unknown = sorted({number for number in attributes if number < FIRST_OPTIONAL})
    if unknown:
        body = _refusal(unknown)
    else:
        body = _attribute(XOR_MAPPED_ADDRESS, _xor_address(host, port, transaction))
    sealed = FINGERPRINT in attributes  # who sealed the question wants the answer sealed
    return _message(BINDING_ERROR if unknown else BINDING_SUCCESS, transaction, body, sealed=sealed)


def binding_request(transaction: bytes) -> bytes:
    """Write the keep-alive of a client; `transaction` is 12 random bytes."""
    return _message(BINDING_REQUEST, transaction, b"", sealed=False)


def mapped_address(data: bytes, transaction: bytes) -> tuple[str, int] | None:
    """Read the answer to a binding request: host and port as the server saw them.

    None for whatever is no success to this transaction, or says nothing that can be read.

    Examples
    --------
    >>> request = binding_request(bytes(12))
    >>> mapped_address(stun_answer(request, "192.0.2.1", 32853) or b"", bytes(12))
    ('192.0.2.1', 32853)
    """
    if not _HEADER.size <= len(data) <= MAX_REQUEST_BYTES:
        return None
    kind, length, cookie, answered = _HEADER.unpack_from(data)
    whole = length == len(data) - _HEADER.size
    if (kind, cookie, answered) != (BINDING_SUCCESS, MAGIC_COOKIE, transaction) or not whole:
        return None
    position = _HEADER.size
    while position + _ATTRIBUTE.size <= len(data):
        number, size = _ATTRIBUTE.unpack_from(data, position)
        position += _ATTRIBUTE.size
        if number == XOR_MAPPED_ADDRESS:
            return _shown(data[position : position + size], transaction)
        position += size + -size % 4
    return None


def _shown(value: bytes, transaction: bytes) -> tuple[str, int] | None:
    if len(value) != {1: 8, 2: 20}.get(value[1] if len(value) > 1 else 0):
        return None
    port = int.from_bytes(value[2:4], "big") ^ (MAGIC_COOKIE >> 16)
    mask = struct.pack("!I", MAGIC_COOKIE) + transaction
    packed = bytes(a ^ b for a, b in zip(value[4:], mask, strict=False))
    return str(ip_address(packed)), port


def _attributes(data: bytes) -> list[int] | None:
    """Give the numbers of the attributes in their order; None where they do not fill the message."""
    numbers: list[int] = []
    position = _HEADER.size
    while position < len(data):
        if position + _ATTRIBUTE.size > len(data):
            return None
        number, length = _ATTRIBUTE.unpack_from(data, position)
        numbers.append(number)
        position += _ATTRIBUTE.size + length + -length % 4
    return numbers if position == len(data) else None


def _is_whole(data: bytes, attributes: list[int]) -> bool:
    """Check the fingerprint, which stands last where there is one (RFC 5389 15.5)."""
    if FINGERPRINT not in attributes:
        return True
    head, seal = data[:-_FINGERPRINT_BYTES], data[-_FINGERPRINT_BYTES:]
    return attributes.index(FINGERPRINT) == len(attributes) - 1 and seal == _fingerprint(head)


def _fingerprint(before: bytes) -> bytes:
    return _attribute(FINGERPRINT, struct.pack("!I", zlib.crc32(before) ^ _FINGERPRINT_XOR))


def _refusal(unknown: list[int]) -> bytes:
    error = _attribute(ERROR_CODE, bytes((0, 0, 4, 20)) + _UNKNOWN_REASON)
    return error + _attribute(UNKNOWN_ATTRIBUTES, struct.pack(f"!{len(unknown)}H", *unknown))


def _xor_address(host: str, port: int, transaction: bytes) -> bytes:
    address = ip_address(host.partition("%")[0])  # the zone of an IPv6 address means nothing to the peer
    mask = struct.pack("!I", MAGIC_COOKIE) + transaction
    hidden = bytes(a ^ b for a, b in zip(address.packed, mask, strict=False))
    return struct.pack("!BBH", 0, 1 if address.version == 4 else 2, port ^ (MAGIC_COOKIE >> 16)) + hidden


def _attribute(number: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(number, len(value)) + value + bytes(-len(value) % 4)


def _message(kind: int, transaction: bytes, body: bytes, *, sealed: bool) -> bytes:
    length = len(body) + (_FINGERPRINT_BYTES if sealed else 0)
    message = _HEADER.pack(kind, length, MAGIC_COOKIE, transaction) + body
    return message + _fingerprint(message) if sealed else message
