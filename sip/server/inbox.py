"""What a device tells the server in a MESSAGE to its own address: where it is (RFC 3428, 6442).

Messages to somebody else are passed on, not read. Event state, which lives on after its request, is
``compositor.py``.
"""

from dataclasses import dataclass

from sip.account import Account
from sip.body import located_document, no_location
from sip.errors import PeerFault, PidfError
from sip.message import Request
from sip.pidflo import parse_pidf
from sip.server.admitted import Admitted
from sip.server.outcome import Answer, Refused
from sip.server.report import LocationReport, report_of


@dataclass(frozen=True, slots=True)
class Taken:
    """A MESSAGE that is answered 200 once its place is stored.

    Parameters
    ----------
    report
        The place; None where the document tells none, or none that may be kept.
    """

    report: LocationReport | None

    change = None

    @property
    def answer(self) -> Answer:
        """The 200, which carries no body (RFC 3428 section 7)."""
        return Answer(200)


class Inbox:
    """Reads what devices send to themselves."""

    next_wake = None

    def apply(self, admitted: Admitted, now: float) -> Taken | Refused:
        """Decide one MESSAGE; nothing is kept in memory."""
        if admitted.target.aor != admitted.account.aor:
            return Refused(403, "Not Your Address")
        try:
            return Taken(read_location(admitted.request, admitted.account, now))
        except PeerFault as fault:
            return Refused.from_fault(fault)

    def undo(self, outcome: Taken) -> None:
        """Do nothing: there is no state."""

    def expire(self, now: float) -> tuple[object, ...]:  # noqa: ARG002 (as every decider)
        """Give nothing: there is no state."""
        return ()


def read_location(request: Request, account: Account, now: float) -> LocationReport | None:
    """Read the place that a request conveys (RFC 6442), in its body or in the part that Geolocation names.

    Whose it is, the digest has told: the document's entity may be a pseudonym (RFC 6442 section 3.2).

    Raises
    ------
    PeerFault
        415: there is no presence document. 400: it cannot be read. 424: neither can what
        Geolocation names.
    """
    try:
        return report_of(parse_pidf(located_document(request)), account, now)
    except PidfError:
        if "Geolocation" in request.headers:
            raise no_location() from None
        raise
