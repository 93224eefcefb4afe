"""Where bytes came from and go to: values only; the sockets are in ``listener.py``."""

from dataclasses import dataclass
from enum import StrEnum


class Transport(StrEnum):
    """How bytes travel; the word is the one of a Via field."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"

    @property
    def is_reliable(self) -> bool:
        """Whether what is sent arrives, or the connection ends: nothing is sent again."""
        return self is not Transport.UDP


@dataclass(frozen=True, slots=True)
class Peer:
    """The far end of a datagram or connection.

    Parameters
    ----------
    transport
        UDP, TCP or TLS.
    host, port
        Its address as the socket gave it.
    door
        By which of our listeners it came; answers leave by the same.
    """

    transport: Transport
    host: str
    port: int
    door: int = 0
