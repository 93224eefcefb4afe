"""One place that a device told of itself, however it came: in a PUBLISH, a MESSAGE, an INVITE, a NOTIFY.

Which document a message carries is ``body.py``, what the document says ``pidflo/``.
"""

from dataclasses import dataclass

from corridor.errors import CorridorError
from corridor.fix import Fix
from sip.account import Account
from sip.errors import PeerFault
from sip.pidflo import Flag, Presence, parse_pidf
from sip.pidflo.civic import Civic
from sip.uri import parse_uri


@dataclass(frozen=True, slots=True)
class LocationReport:
    """A place, whose it is, and on which terms.

    Parameters
    ----------
    account
        Whose device it is of.
    fix
        Where and when.
    shape
        Name of the shape of its uncertainty (``Point``, ``Circle`` ...).
    keep_until
        When it must be purged, UTC seconds: as the document says, else as the account's policy.
    retransmission_allowed
        Whether it may be told to others; as the document says, else as the account's policy.
    flags
        What was forgiven of the document.
    civic
        The address that the document gives beside the place; watchers are told, nothing else looks at it.
    """

    account: Account
    fix: Fix
    shape: str
    keep_until: float
    retransmission_allowed: bool
    flags: frozenset[Flag] = frozenset()
    civic: Civic = ()


def read_document(document: bytes, account: Account) -> Presence:
    """Read a presence document that an account sent about itself.

    Raises
    ------
    PeerFault
        400: no acceptable document. 403: it is about somebody else.
    """
    presence = parse_pidf(document)
    try:
        owner = parse_uri(presence.entity.strip()).aor
    except PeerFault:
        owner = None
    if owner != account.aor:
        raise PeerFault(403, "Entity Is Not The Publisher")
    return presence


def report_of(presence: Presence, account: Account, now: float) -> LocationReport | None:
    """Give the place that a document tells, on its terms, else on the account's.

    None where it tells no place, where its retention is over already (it must be discarded at once,
    RFC 4119 2.2.2), and for an account that is no device.

    Raises
    ------
    PeerFault
        400: a place that cannot be.
    """
    usage, policy = presence.usage, account.policy
    keep_until = usage.retention_expiry
    if keep_until is None:
        # a clock that is ahead makes no place live longer
        keep_until = (now if presence.time is None else min(presence.time, now)) + policy.retention_s
    if keep_until <= now or account.device_id is None:
        return None
    fix = _fix(presence, account.device_id, now)
    if fix is None:
        return None
    allowed = usage.retransmission_allowed
    return LocationReport(
        account,
        fix,
        shape=type(presence.shape).__name__,
        keep_until=keep_until,
        retransmission_allowed=policy.retransmission_allowed if allowed is None else allowed,
        flags=presence.flags,
        civic=presence.civic,
    )


def _fix(presence: Presence, device_id: str, now: float) -> Fix | None:
    try:
        return presence.to_fix(device_id, now)
    except CorridorError:
        raise PeerFault(400, "Location That Cannot Be") from None  # no number: the reason is logged
