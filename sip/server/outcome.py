"""What a decided request comes to: an answer, what the store must keep, and the place that it told.

Each method's own outcome is beside the one who decides it (``compositor.py``, ``inbox.py`` ...); here is
what they have in common, and the refusal, which is the same for all.
"""

from dataclasses import dataclass
from typing import Protocol

from sip.errors import PeerFault
from sip.server.report import LocationReport

_EXPLAINED = frozenset({400, 403, 488})  # what was wrong stands in the reason phrase


@dataclass(frozen=True, slots=True)
class Answer:
    """A final response, without what every response copies from its request.

    Parameters
    ----------
    status
        Its code.
    headers
        Header fields of this response.
    reason
        The phrase; None for the standard's.
    to_tag
        The tag of To, where the response begins a dialog; None: any that is the same for the request.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    reason: str | None = None
    to_tag: str | None = None


class Outcome(Protocol):
    """A decided request."""

    @property
    def answer(self) -> Answer:
        """What is answered once all of it is stored."""

    @property
    def change(self) -> object | None:
        """What the store must keep or forget; None where nothing changes."""

    @property
    def report(self) -> LocationReport | None:
        """The place that it told, if any."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that changes nothing; the status and header fields of its answer."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()

    change = None
    report = None

    @property
    def answer(self) -> Answer:
        """The refusal; what was wrong is said where the status alone does not say it."""
        return Answer(self.status, self.headers, self.reason if self.status in _EXPLAINED else None)

    @classmethod
    def from_fault(cls, fault: PeerFault) -> "Refused":
        """Turn what a check raised into a value."""
        return cls(fault.status, fault.reason, fault.headers)
