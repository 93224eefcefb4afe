"""Who is told what comes after: a message about an alarm goes to those who were told of it, and after that.

The rule is a table of what each message answers. The rows are the outbox's; ``dispatcher.py`` asks.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from alerts.alert import Edge
from alerts.delivery import WAITING, Delivery, DeliveryState

ANSWERS: Mapping[Edge, frozenset[Edge]] = MappingProxyType(
    {
        Edge.OPENED: frozenset(),
        Edge.UPDATED: frozenset({Edge.OPENED}),  # or tried in vain
        Edge.RESOLVED: frozenset({Edge.OPENED, Edge.UPDATED}),
        Edge.RETRACTED: frozenset({Edge.OPENED, Edge.UPDATED}),  # of the same part
        Edge.REOPENED: frozenset({Edge.RESOLVED}),
    }
)
"""What must have been told to an address, at least one of it, before the message may go there."""

UNTOLD = {
    Edge.REOPENED: "the end of its alarm was never told to this address",
}
UNTOLD_ALARM = "its alarm was never told to this address"


class Turn(StrEnum):
    """Whether it is a message's turn."""

    NOW = "now"
    LATER = "later"
    NEVER = "never"


def turn_of(row: Delivery, earlier: Sequence[Delivery]) -> Turn:
    """Say whether a message may go, given the earlier ones of its alert to its address, in order.

    Messages of one alert reach an address in order. What was withdrawn or given up before it was told leaves
    its place to the next: another rule's alarm of the trip is then the first that is heard of it.

    Parameters
    ----------
    row
        Is due.
    earlier
        Rows with the same fingerprint and address and lower ids.
    """
    if not ANSWERS[row.edge]:
        return Turn.NOW
    since = _since_it_opened(earlier)
    if any(each.state in WAITING for each in since):
        return Turn.LATER
    if row.edge is Edge.UPDATED:  # an alarm too: never withheld because the first one could not be told
        return Turn.NOW
    is_told = any(each.state is DeliveryState.SENT for each in _answered(row, since))
    return Turn.NOW if is_told else Turn.NEVER


def _since_it_opened(earlier: Sequence[Delivery]) -> Sequence[Delivery]:
    """Leave out what was told before an alarm was retracted and then raised again under its old name."""
    openings = [at for at, row in enumerate(earlier) if row.edge is Edge.OPENED]
    return earlier[openings[-1] :] if openings else ()


def _answered(row: Delivery, earlier: Sequence[Delivery]) -> Sequence[Delivery]:
    answered = [each for each in earlier if each.edge in ANSWERS[row.edge]]
    if row.edge is Edge.RETRACTED:
        answered = [each for each in answered if each.part == row.part][-1:]
    return answered[-1:] if row.edge is Edge.REOPENED else answered
