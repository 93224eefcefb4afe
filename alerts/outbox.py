"""Where deliveries wait: what the store offers the dispatcher, and a small one in memory.

Rows come into a stored outbox, or are withdrawn, in the transaction that stores their alert; all else that
becomes of them is the dispatcher's.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Protocol

from alerts.claims import Claims
from alerts.delivery import WAITING, Delivery, DeliveryEvent, landed
from alerts.planning import Order, Rewriting, Withdrawal
from alerts.recipient import Form


class Outbox(Protocol):
    """What the dispatcher needs of a store. `mark` may be called from several threads at once."""

    def due(self, now: float, limit: int, skip: Collection[str] = ()) -> tuple[Delivery, ...]:
        """Give at most `limit` WAITING deliveries whose `next_attempt_at` is not after `now`.

        Ordered by (`next_attempt_at`, `id`); none for an address key in `skip` (busy addresses, so
        that a slow one with many rows does not fill the limit).
        """
        ...

    def next_due(self, skip: Collection[str] = ()) -> float | None:
        """Give the earliest `next_attempt_at` of all WAITING deliveries to addresses not in `skip`."""
        ...

    def claim(self, delivery: Delivery) -> Delivery | None:
        """Give a due delivery as it now stands, for sending; None where it waits no more.

        From here to `mark` it counts as one that may have gone.
        """
        ...

    def mark(self, delivery: Delivery) -> None:
        """Keep the delivery's new state, durably, before returning: what `alerts.delivery.landed` gives."""
        ...

    def sent_today(self, recipient: str, since: float) -> int:
        """Count the recipient's SENT deliveries of form SMS with `sent_at` not before `since`."""
        ...

    def earlier_of(self, delivery: Delivery) -> tuple[Delivery, ...]:
        """Give the alert's deliveries to the same address with lower ids, whatever their state, in order."""
        ...


class MemoryOutbox:
    """An outbox that forgets when the process ends: for tests, trials and the library's users.

    Parameters
    ----------
    rows
        What an earlier outbox held; any of it may have been sent.
    """

    __slots__ = ("_claims", "_rows")

    def __init__(self, rows: Iterable[Delivery] = ()) -> None:
        self._rows: dict[int, Delivery] = {row.id: row for row in rows if row.id is not None}
        self._claims = Claims(max(self._rows, default=0))

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """All rows, in the order in which they were added."""
        with self._claims.lock:
            return tuple(self._rows.values())

    def add(self, orders: Iterable[Order]) -> tuple[Delivery, ...]:
        """Take new rows in, each gets its id, and do to pending ones what is ordered."""
        added = []
        with self._claims.lock:
            for order in orders:
                if isinstance(order, Delivery):
                    row = replace(order, id=len(self._rows) + 1)
                    self._rows[len(self._rows) + 1] = row
                    added.append(row)
                else:
                    self._revise(order)
        return tuple(added)

    def due(self, now: float, limit: int, skip: Collection[str] = ()) -> tuple[Delivery, ...]:
        """See `Outbox.due`."""
        ready = [row for row in self._waiting(skip) if row.next_attempt_at <= now]
        return tuple(sorted(ready, key=lambda row: (row.next_attempt_at, row.id or 0))[:limit])

    def next_due(self, skip: Collection[str] = ()) -> float | None:
        """See `Outbox.next_due`."""
        return min((row.next_attempt_at for row in self._waiting(skip)), default=None)

    def claim(self, delivery: Delivery) -> Delivery | None:
        """See `Outbox.claim`."""
        with self._claims.lock:
            row = self._rows[delivery.id or 0]
            if row.state not in WAITING:
                return None
            self._claims.add(delivery.id or 0)
            return row

    def mark(self, delivery: Delivery) -> None:
        """See `Outbox.mark`."""
        with self._claims.lock:
            if delivery.id not in self._rows:
                raise KeyError(f"delivery {delivery.id} is not in this outbox")
            outcome = landed(delivery, self._rows[delivery.id].state)
            self._rows[delivery.id] = outcome or self._rows[delivery.id]
            self._claims.drop(delivery.id)

    def sent_today(self, recipient: str, since: float) -> int:
        """See `Outbox.sent_today`."""
        return sum(
            row.recipient == recipient
            and row.form is Form.SMS
            and row.sent_at is not None
            and row.sent_at >= since
            for row in self.deliveries
        )

    def earlier_of(self, delivery: Delivery) -> tuple[Delivery, ...]:
        """See `Outbox.earlier_of`."""
        whose = (delivery.fingerprint, delivery.address_key)
        return tuple(
            row
            for row in self.deliveries
            if (row.fingerprint, row.address_key) == whose and (row.id or 0) < (delivery.id or 0)
        )

    def _waiting(self, skip: Collection[str]) -> list[Delivery]:
        return [row for row in self.deliveries if row.state in WAITING and row.address_key not in skip]

    def _revise(self, order: Withdrawal | Rewriting) -> None:
        for id_, row in self._rows.items():
            if row.state in WAITING and order.is_about(row):
                self._rows[id_] = revised(row, order, self._claims)


def revised(row: Delivery, order: Withdrawal | Rewriting, claims: Claims) -> Delivery:
    """Give a waiting row as an order leaves it."""
    if isinstance(order, Rewriting):
        return replace(row, title=order.title, body=order.body)
    too_late = claims.may_have_gone(row.id or 0)
    event = DeliveryEvent.WITHDRAWN_TOO_LATE if too_late else DeliveryEvent.WITHDRAWN
    return row.after(event, now=row.created_at, reason=order.reason)
