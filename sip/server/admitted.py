"""A request of somebody known, on its way to being decided. A value only.

Who lets it in is ``uas.py``; what it comes to is ``outcome.py``.
"""

from dataclasses import dataclass, field

from sip.account import Account
from sip.envelope import Envelope
from sip.message import Request
from sip.peer import Peer
from sip.uri import Uri


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that must be decided in order of arrival and then answered.

    Parameters
    ----------
    envelope
        The request, with its mandatory fields read.
    account
        Who sent it.
    peer
        Where it came from.
    to
        Where its answer goes.
    transaction
        Names it among those being decided.
    session_key
        Of a REGISTER: what only its sender and we can know, in hex (see ``authenticator.py``).
    """

    envelope: Envelope
    account: Account
    peer: Peer
    to: Peer
    transaction: bytes
    session_key: str = field(default="", repr=False)

    @property
    def request(self) -> Request:
        """The request itself."""
        return self.envelope.request

    @property
    def target(self) -> Uri:
        """Its Request-URI, read."""
        return self.envelope.target
