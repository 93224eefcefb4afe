"""A delivery: one message to one address, and the states it may go through.

Planned by ``planning.py``, sent by ``dispatcher.py``, kept by whoever implements ``outbox.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from alerts.alert import Edge
from alerts.errors import DeliveryError
from alerts.recipient import Form

# An error text is kept for people, not for machines: enough for a server's last line.
MAX_ERROR_LENGTH = 300


class DeliveryState(StrEnum):
    """Where a delivery stands; the last three are final."""

    PENDING = "pending"
    RECALLED = "recalled"  # withdrawn when it may have gone already: it is still sent, and taken back
    SENT = "sent"
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"


class DeliveryEvent(StrEnum):
    """What can happen to a delivery."""

    ACCEPTED = "accepted"  # the channel confirmed it
    FAILED = "failed"  # it did not, and there is time to try again
    EXPIRED = "expired"  # it did not, and the time to give up has come
    REFUSED = "refused"  # it never will
    OVER_CAP = "over_cap"  # the recipient's SMS of the day are used up
    OPENING_PENDING = "opening_pending"  # an all-clear whose alarm is not told yet
    OPENING_UNTOLD = "opening_untold"  # an all-clear whose alarm was never told there
    WITHDRAWN = "withdrawn"  # what it says is not so, and it has surely not gone
    WITHDRAWN_TOO_LATE = "withdrawn_too_late"  # what it says is not so, and it may have gone


_P, _R, _S, _G, _C = DeliveryState
_FROM_PENDING = {
    DeliveryEvent.ACCEPTED: _S,
    DeliveryEvent.FAILED: _P,
    DeliveryEvent.EXPIRED: _G,
    DeliveryEvent.REFUSED: _G,
    DeliveryEvent.OVER_CAP: _G,
    DeliveryEvent.OPENING_PENDING: _P,
    DeliveryEvent.OPENING_UNTOLD: _C,
    DeliveryEvent.WITHDRAWN: _C,
    DeliveryEvent.WITHDRAWN_TOO_LATE: _R,
}
# What may have gone goes on being tried: the message that takes it back makes no sense without it.
_FROM_RECALLED = _FROM_PENDING | {
    DeliveryEvent.FAILED: _R,
    DeliveryEvent.OPENING_PENDING: _R,
    DeliveryEvent.WITHDRAWN: _R,
}
WAITING = frozenset({_P, _R})
_FINAL = (_S, _G, _C)
# Final states ignore everything: a late answer of an abandoned call must not bring a delivery back.
LIFECYCLE: Mapping[tuple[DeliveryState, DeliveryEvent], DeliveryState] = MappingProxyType(
    {(_P, event): state for event, state in _FROM_PENDING.items()}
    | {(_R, event): state for event, state in _FROM_RECALLED.items()}
    | {(final, event): final for final in _FINAL for event in DeliveryEvent}
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of the outbox.

    Parameters
    ----------
    id
        Given by the outbox; None until it is stored.
    fingerprint, edge
        Which alert, and what of it.
    recipient, address_key, form
        To whom and where; SMS are counted against the recipient's daily cap.
    title, body
        The message, as it was written when the alert changed.
    created_at
        Wall time of planning; the time to give up counts from here.
    next_attempt_at
        Not to be tried before.
    state, attempts, sent_at, last_error
        How it went so far.
    part
        Fingerprint of the rule's alarm that it is about; of a trip's alarm one of its parts.

    Raises
    ------
    DeliveryError
        `sent_at` and `state` contradict each other.
    """

    id: int | None
    fingerprint: str
    edge: Edge
    recipient: str
    address_key: str
    form: Form
    title: str
    body: str
    created_at: float
    next_attempt_at: float
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    sent_at: float | None = None
    last_error: str = ""
    part: str = ""

    def __post_init__(self) -> None:
        if (self.sent_at is not None) != (self.state is DeliveryState.SENT):
            raise DeliveryError(f"delivery {self.id}: state {self.state} with sent_at {self.sent_at}")

    def after(
        self, event: DeliveryEvent, *, now: float, again_at: float | None = None, reason: str = ""
    ) -> "Delivery":
        """Give the delivery as it stands after an event.

        Parameters
        ----------
        event
            What happened.
        now
            Wall time, UTC seconds.
        again_at
            When to look at it next, for events that leave it pending.
        reason
            Why, for people; free of secrets.
        """
        if self.state in _FINAL:
            return self
        state = LIFECYCLE[self.state, event]
        tried = event in {
            DeliveryEvent.ACCEPTED,
            DeliveryEvent.FAILED,
            DeliveryEvent.EXPIRED,
            DeliveryEvent.REFUSED,
        }
        return replace(
            self,
            state=state,
            attempts=self.attempts + tried,
            next_attempt_at=self.next_attempt_at if again_at is None else again_at,
            sent_at=now if state is DeliveryState.SENT else None,
            last_error=reason[:MAX_ERROR_LENGTH],
        )


def landed(outcome: Delivery, state: DeliveryState) -> Delivery | None:
    """Give what is to be kept of an attempt, where the row has come to `state` since it was claimed.

    What was sent is sent, whatever was decided meanwhile; what was given up or cancelled meanwhile stays so.

    Returns
    -------
    Delivery or None
        None: the row stays as it is.
    """
    if outcome.state is DeliveryState.SENT or state is DeliveryState.PENDING:
        return outcome
    if state is not DeliveryState.RECALLED:
        return None
    return replace(outcome, state=DeliveryState.RECALLED) if outcome.state in WAITING else outcome
