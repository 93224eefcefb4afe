"""What a device tells the server in a MESSAGE to its own address: where it is, what became of a command.

Places are conveyed as RFC 6442 has it, results as docs/commands.md has it, messages as RFC 3428.

Messages to somebody else are passed on, not read. Event state, which lives on after its request, is
``compositor.py``.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from sip.account import Account
from sip.body import located_document, no_location
from sip.command import RESULT_TYPE, SignedResult, parse_result
from sip.errors import PeerFault, PidfError
from sip.message import Request
from sip.multipart import parse_media_type
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


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A MESSAGE with what became of a command; answered 200 once that is stored.

    Parameters
    ----------
    change
        What the store must keep; None where the same was told before.
    """

    change: object | None

    report = None

    @property
    def answer(self) -> Answer:
        """The 200, which carries no body (RFC 3428 section 7)."""
        return Answer(200)


class Results(Protocol):
    """Whoever gave the commands whose results come in."""

    def settle(self, account: Account, signed: SignedResult, now: float) -> object | None:
        """Take in what a device told; gives the change to store, and raises PeerFault 403 or 404."""

    def undo(self, change: Any) -> None:
        """Take back what `settle` gave."""


class Inbox:
    """Reads what devices send to themselves.

    Parameters
    ----------
    results
        Who hears what became of commands; without one nobody gave any.
    """

    next_wake = None

    def __init__(self, results: Results | None = None) -> None:
        self._results = results

    def apply(self, admitted: Admitted, now: float) -> Taken | Acknowledged | Refused:
        """Decide one MESSAGE."""
        if admitted.target.aor != admitted.account.aor:
            return Refused(403, "Not Your Address")
        try:
            if self._results is not None and _is_result(admitted.request):
                signed = parse_result(admitted.request.body)
                return Acknowledged(self._results.settle(admitted.account, signed, now))
            return Taken(read_location(admitted.request, admitted.account, now))
        except PeerFault as fault:
            return Refused.from_fault(fault)

    def undo(self, outcome: Taken | Acknowledged) -> None:
        """Put everything back as it was before."""
        if self._results is not None and outcome.change is not None:
            self._results.undo(outcome.change)

    def expire(self, now: float) -> tuple[object, ...]:  # noqa: ARG002 (as every decider)
        """Give nothing: there is no state."""
        return ()

    def drop(self, aor: str) -> tuple[object, ...]:  # noqa: ARG002 (as every decider)
        """Give nothing: there is no state."""
        return ()


def _is_result(request: Request) -> bool:
    value = request.headers.only("Content-Type")
    return value is not None and parse_media_type(value).name == RESULT_TYPE


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
