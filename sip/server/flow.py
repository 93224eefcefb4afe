"""Flow tokens: the way back to somebody, given into his own hands and recognised when it returns.

A token names a flow (RFC 5626: the far end, and by which of our doors) and is sealed, so that nobody can
name one that he was not given; nothing need be remembered here. Who writes them where is ``relay.py``.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

from sip.peer import Peer, Transport

MAX_TOKEN_CHARACTERS = 128  # an IPv6 address with its zone makes about 90

_MAC_BYTES = 12


class FlowTokens:
    """Seals flows with one key.

    Parameters
    ----------
    secret
        Fresh randomness; tokens of another secret are not recognised.

    Examples
    --------
    >>> tokens = FlowTokens(b"a secret of the test")
    >>> phone = Peer(Transport.UDP, "192.0.2.10", 40000)
    >>> tokens.open(tokens.seal(phone, b"call 1"), b"call 1") == phone
    True
    >>> tokens.open(tokens.seal(phone, b"call 1"), b"call 2") is None
    True
    """

    def __init__(self, secret: bytes) -> None:
        self._key = blake2b(secret, digest_size=32, person=b"flow").digest()

    def seal(self, flow: Peer, context: bytes) -> str:
        """Write a token, of letters, digits, ``-`` and ``_`` only.

        Parameters
        ----------
        flow
            What it leads to.
        context
            What it is good for (a call, a branch): elsewhere it opens nothing.
        """
        text = f"{flow.transport} {flow.door} {flow.port} {flow.host}".encode()
        return urlsafe_b64encode(self._mac(text, context) + text).decode().rstrip("=")

    def open(self, token: str, context: bytes) -> Peer | None:
        """Read a token; None for one that is not ours, or was given for something else."""
        if len(token) > MAX_TOKEN_CHARACTERS:
            return None
        try:
            data = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        except ValueError:
            return None
        mac, text = data[:_MAC_BYTES], data[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(text, context)):
            return None
        transport, door, port, host = text.decode().split(" ", 3)
        return Peer(Transport(transport), host, int(port), int(door))

    def _mac(self, text: bytes, context: bytes) -> bytes:
        mac = blake2b(key=self._key, digest_size=_MAC_BYTES)
        mac.update(len(context).to_bytes(4, "big") + context + text)
        return mac.digest()
