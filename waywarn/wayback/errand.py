"""One command on its way to a device, as a row of the queue: a value, and how an input moves it.

What follows from which input is ``states.py``; when to try again is said here too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from sip.command import Command
from sip.order import Argument, Order
from waywarn.wayback.states import OPEN, TABLE, Action, Ignored, Input, State

FIRST_RETRY_S = 5.0
LONGEST_RETRY_S = (
    300.0  # a device that is registered and does not answer has a dead way back; it registers anew
)

LIFETIMES_S: Mapping[Order, float] = {
    Order.RING: 3_600.0,  # a phone that rings hours later frightens its holder
    Order.MESSAGE: 86_400.0,
    Order.LOCATE: 3_600.0,
    Order.LOCK: 604_800.0,  # stays wanted until `unlock`
    Order.UNLOCK: 604_800.0,
    Order.SHUTDOWN: 86_400.0,
    Order.PHOTO: 3_600.0,
    Order.CALLBACK: 1_800.0,
    Order.REPORT: 86_400.0,
}
"""How long each is worth carrying out, where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A command, whose it is, and where it stands.

    Parameters
    ----------
    id, order, arguments, created_at, expires_at
        As in `sip.command.Command`.
    device
        Who is to carry it out.
    state
        Where it stands.
    attempts
        How often it was put on its way.
    next_attempt_at
        When it may be put on its way next, UTC seconds.
    sent_at, settled_at
        When it was last put on its way, and when nothing was left to do.
    detail
        What was last heard of it, for people.
    """

    id: str
    device: str
    order: Order
    arguments: Mapping[str, Argument]
    created_at: float
    expires_at: float
    state: State = State.QUEUED
    attempts: int = 0
    next_attempt_at: float = 0.0
    sent_at: float | None = None
    settled_at: float | None = None
    detail: str = ""

    @classmethod
    def of(cls, command: Command, device: str) -> "Errand":
        """Make the errand of a command that was just given."""
        return cls(
            command.id,
            device,
            command.order,
            MappingProxyType(dict(command.arguments)),
            command.issued_at,
            command.expires_at,
            next_attempt_at=command.issued_at,
        )

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def command(self) -> Command:
        """What the device is sent; the same each time."""
        return Command(self.id, self.order, self.arguments, self.created_at, self.expires_at)

    @property
    def is_open(self) -> bool:
        """Whether something will still happen."""
        return self.state in OPEN

    @property
    def may_be_known(self) -> bool:
        """Whether the device may have it: then it may also tell what came of it."""
        return self.attempts > 0

    def moved(self, given: Input, now: float, detail: str | None = None) -> "Errand | None":
        """Give it as it is after an input; None where nothing changes.

        Parameters
        ----------
        given
            What happened.
        now
            UTC seconds.
        detail
            What was heard, for people; None: as before.
        """
        move = TABLE[self.state][given]
        if isinstance(move, Ignored):
            return None
        after = replace(self, state=move.state, detail=self.detail if detail is None else detail)
        match move.action:
            case Action.SEND:
                return replace(after, attempts=self.attempts + 1, sent_at=now)
            case Action.AGAIN:
                return replace(after, next_attempt_at=now + self._pause_s(given))
            case Action.SETTLE:
                return replace(after, settled_at=now)
            case Action.HOLD:
                return after

    def _pause_s(self, given: Input) -> float:
        if given is Input.RESTART:
            return 0.0
        return min(FIRST_RETRY_S * 2.0 ** min(self.attempts - 1, 20), LONGEST_RETRY_S)
