"""A PUBLISH on its way, and what it leads to: a publication, fixes, or a refusal. Values only.

Deciding which is ``compositor.py``.
"""

from dataclasses import dataclass

from corridor.fix import Fix
from sip.account import Account
from sip.errors import PeerFault
from sip.message import Request
from sip.peer import Peer
from sip.pidflo import Presence
from sip.uri import Uri


@dataclass(frozen=True, slots=True)
class Admitted:
    """A PUBLISH of somebody known, which must be decided in order of arrival and then answered.

    Parameters
    ----------
    request, target
        The request, and its Request-URI read.
    account
        Who sent it.
    peer
        Where it came from.
    to
        Where its answer goes.
    transaction
        Names it among those being decided.
    """

    request: Request
    target: Uri
    account: Account
    peer: Peer
    to: Peer
    transaction: bytes


@dataclass(frozen=True, slots=True)
class Publication:
    """Event state that a device keeps alive; soft state of RFC 3903, without the document.

    Parameters
    ----------
    aor
        Whose.
    entity_tag
        Names it; never given twice.
    expires_at
        When it ends unless refreshed, UTC seconds.
    fix_time
        When the place in it was measured; None where it holds none.
    """

    aor: str
    entity_tag: str
    expires_at: float
    fix_time: float | None = None


@dataclass(frozen=True, slots=True)
class PublicationChange:
    """What the store has to change: the tag to remove, then the publication to add."""

    removed: str | None = None
    added: Publication | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A PUBLISH that is answered 200 once its change and fixes are stored.

    Parameters
    ----------
    account
        Whose.
    change
        To publications.
    entity_tag, expires_s
        For the answer.
    presence
        What the document said; None for a refresh or removal, and where the document must be discarded.
    fixes
        None or one fix; none for a refresh, a removal, and a document without a place.
    keep_until
        When the fixes must be purged, UTC seconds: as the document says, else as the account's policy.
        Without fixes it means nothing.
    retransmission_allowed
        Whether the place may be told to others; as the document says, else as the account's policy.
    replaced
        The publication that made way, for undoing.
    """

    account: Account
    change: PublicationChange
    entity_tag: str
    expires_s: int
    presence: Presence | None
    fixes: tuple[Fix, ...]
    keep_until: float
    retransmission_allowed: bool
    replaced: Publication | None = None

    @property
    def aor(self) -> str:
        """Address of record of the publication."""
        return self.account.aor

    @property
    def device_id(self) -> str:
        """The account's device."""
        return self.account.device_id


@dataclass(frozen=True, slots=True)
class Refused:
    """A PUBLISH that changes nothing; the status and header fields of its answer."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_fault(cls, fault: PeerFault) -> "Refused":
        """Turn what a check raised into a value."""
        return cls(fault.status, fault.reason, fault.headers)
