"""What a change of an alert means for the outbox: new messages, and what becomes of those still pending.

Whether a planned message goes out is decided when it is due, by ``following.py``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alerts.alert import Alert, AlertChange, Edge
from alerts.delivery import Delivery
from alerts.recipient import Recipient
from alerts.text import render

WITHDRAWN_REASON = "a fix that arrived late shows that it was not so"
_TELLING = frozenset({Edge.OPENED, Edge.UPDATED})
_ALL = _TELLING | {Edge.RESOLVED, Edge.REOPENED}


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Do not send what is still pending: it is not so.

    Parameters
    ----------
    fingerprint, edges
        Which alert, and which of its messages.
    part
        Only those about this rule's alarm; empty: all.
    reason
        For people.
    """

    fingerprint: str
    edges: frozenset[Edge]
    part: str = ""
    reason: str = WITHDRAWN_REASON

    def is_about(self, row: Delivery) -> bool:
        """Tell whether a row is meant."""
        return (
            row.fingerprint == self.fingerprint
            and row.edge in self.edges
            and (not self.part or row.part == self.part)
        )


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Send other words where a message is still pending."""

    fingerprint: str
    edge: Edge
    part: str
    address_key: str
    title: str
    body: str

    def is_about(self, row: Delivery) -> bool:
        """Tell whether a row is meant."""
        return (row.fingerprint, row.edge, row.part, row.address_key) == (
            self.fingerprint,
            self.edge,
            self.part,
            self.address_key,
        )


Order = Delivery | Withdrawal | Rewriting


def plan(change: AlertChange, recipients: Iterable[Recipient], now: float) -> tuple[Order, ...]:
    """Write the message of an alert's change for every address of every recipient.

    The text is written here and stored with the row, so that what is sent after a restart or hours
    of a dead server is what was decided. What follows up an alarm (an all-clear, a retraction) is planned for
    every address; whether the alarm was told there is known only when it is due.

    Parameters
    ----------
    change
        What happened.
    recipients
        Who is told.
    now
        Wall time, UTC seconds.

    Returns
    -------
    tuple of Delivery, Withdrawal or Rewriting
        In the order in which an outbox has to take them; new rows, one per address, are due at once.
    """
    people = tuple(recipients)
    if change.edge is Edge.NOTED:
        return ()
    if change.edge is Edge.AMENDED:
        return tuple(_rewritings(change.after, people, now))
    rows = tuple(_rows(change, people, now))
    if change.edge is Edge.RETRACTED and not change.after.is_retracted:  # the rest of a trip's alarm goes on
        return (*_withdrawals(change), *_rewritings(change.after, people, now), *rows)
    return (*_withdrawals(change), *rows)


def _withdrawals(change: AlertChange) -> Iterator[Withdrawal]:
    name = change.after.fingerprint
    if change.edge is Edge.REOPENED:
        yield Withdrawal(name, frozenset({Edge.RESOLVED}))
    elif change.edge is Edge.RETRACTED and change.after.is_retracted:
        yield Withdrawal(name, _ALL)
    elif change.edge is Edge.RETRACTED:
        yield Withdrawal(name, _TELLING, change.about.fingerprint)


def _rewritings(alert: Alert, people: tuple[Recipient, ...], now: float) -> Iterator[Rewriting]:
    """Write every message of an alert that may still be pending as it now reads."""
    parts = [part for part in alert.parts if part.is_announced and not part.is_retracted]
    told = [AlertChange(None, alert, edge, part.fingerprint) for part in parts for edge in _TELLING]
    if not alert.is_trip:
        told.append(AlertChange(None, alert, Edge.OPENED))
    if not alert.is_firing and not alert.is_event:
        told.append(AlertChange(None, alert, Edge.RESOLVED))
    for change in told:
        for row in _rows(change, people, now):
            yield Rewriting(row.fingerprint, row.edge, row.part, row.address_key, row.title, row.body)


def _rows(change: AlertChange, people: tuple[Recipient, ...], now: float) -> Iterator[Delivery]:
    for recipient in people:
        for address in recipient.addresses:
            message = render(change, zone=recipient.zone, form=address.form)
            yield Delivery(
                id=None,
                fingerprint=change.after.fingerprint,
                edge=change.edge,
                recipient=recipient.name,
                address_key=address.key,
                form=address.form,
                title=message.title,
                body=message.body,
                created_at=now,
                next_attempt_at=now,
                part=change.about.fingerprint,
            )
