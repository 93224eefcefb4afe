"""Where deliveries wait: what the store offers the dispatcher, and a small one in memory.

Rows come into a stored outbox in the transaction that stores their alert; only the dispatcher
changes them afterwards.
"""

import threading
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Protocol

from alerts.alert import Edge
from alerts.delivery import Delivery, DeliveryState
from alerts.recipient import Form


class Outbox(Protocol):
    """What the dispatcher needs of a store. `mark` may be called from several threads at once."""

    def due(self, now: float, limit: int, skip: Collection[str] = ()) -> tuple[Delivery, ...]:
        """Give at most `limit` PENDING deliveries whose `next_attempt_at` is not after `now`.

        Ordered by (`next_attempt_at`, `id`); none for an address key in `skip` (busy addresses, so
        that a slow one with many rows does not fill the limit).
        """
        ...

    def next_due(self, skip: Collection[str] = ()) -> float | None:
        """Give the earliest `next_attempt_at` of all PENDING deliveries to addresses not in `skip`."""
        ...

    def mark(self, delivery: Delivery) -> None:
        """Keep the delivery's new state, durably, before returning."""
        ...

    def sent_today(self, recipient: str, since: float) -> int:
        """Count the recipient's SENT deliveries of form SMS with `sent_at` not before `since`."""
        ...

    def opening_of(self, fingerprint: str, address_key: str) -> Delivery | None:
        """Give that alert's OPENED delivery to that address, whatever its state; None if none was planned."""
        ...


class MemoryOutbox:
    """An outbox that forgets when the process ends: for tests, trials and the library's users."""

    __slots__ = ("_lock", "_rows")

    def __init__(self) -> None:
        self._rows: dict[int, Delivery] = {}
        self._lock = threading.Lock()

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """All rows, in the order in which they were added."""
        with self._lock:
            return tuple(self._rows.values())

    def add(self, deliveries: Iterable[Delivery]) -> tuple[Delivery, ...]:
        """Take new rows in; each gets its id."""
        with self._lock:
            added = [replace(row, id=len(self._rows) + n) for n, row in enumerate(deliveries, start=1)]
            self._rows |= {row.id: row for row in added if row.id is not None}
        return tuple(added)

    def due(self, now: float, limit: int, skip: Collection[str] = ()) -> tuple[Delivery, ...]:
        """See `Outbox.due`."""
        ready = [row for row in self._pending(skip) if row.next_attempt_at <= now]
        return tuple(sorted(ready, key=lambda row: (row.next_attempt_at, row.id or 0))[:limit])

    def next_due(self, skip: Collection[str] = ()) -> float | None:
        """See `Outbox.next_due`."""
        return min((row.next_attempt_at for row in self._pending(skip)), default=None)

    def mark(self, delivery: Delivery) -> None:
        """See `Outbox.mark`."""
        with self._lock:
            if delivery.id not in self._rows:
                raise KeyError(f"delivery {delivery.id} is not in this outbox")
            self._rows[delivery.id] = delivery

    def sent_today(self, recipient: str, since: float) -> int:
        """See `Outbox.sent_today`."""
        return sum(
            row.recipient == recipient
            and row.form is Form.SMS
            and row.sent_at is not None
            and row.sent_at >= since
            for row in self.deliveries
        )

    def opening_of(self, fingerprint: str, address_key: str) -> Delivery | None:
        """See `Outbox.opening_of`."""
        wanted = (fingerprint, Edge.OPENED, address_key)
        rows = (row for row in self.deliveries if (row.fingerprint, row.edge, row.address_key) == wanted)
        return next(rows, None)

    def _pending(self, skip: Collection[str]) -> list[Delivery]:
        return [
            row
            for row in self.deliveries
            if row.state is DeliveryState.PENDING and row.address_key not in skip
        ]
