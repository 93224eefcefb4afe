"""The outbox of the alerts room, kept in the database.

A delivery is planned in the transaction of its alert (``commit.py``); here it is read when due and
marked when it was tried.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, select, update

from alerts import Delivery, DeliveryState, Edge, Form
from waywarn.store.schema import deliveries

Row = dict[str, Any]  # a row of any table: names to values that SQLAlchemy binds


def to_row(delivery: Delivery, keep_until: float) -> Row:
    """Give a delivery as a row, without its id."""
    return {
        "fingerprint": delivery.fingerprint,
        "edge": delivery.edge.value,
        "recipient": delivery.recipient,
        "address_key": delivery.address_key,
        "form": delivery.form.value,
        "title": delivery.title,
        "body": delivery.body,
        "created_at": delivery.created_at,
        "keep_until": keep_until,
        **_progress(delivery),
    }


def read_due(connection: Connection, now: float, limit: int, skip: Collection[str]) -> tuple[Delivery, ...]:
    """Give what waits to be sent at `now`, the longest waiting first, but none to an address in `skip`."""
    due = deliveries.c.next_attempt_at <= now
    in_order = (deliveries.c.next_attempt_at, deliveries.c.id)
    query = select(deliveries).where(_waiting(skip), due).order_by(*in_order).limit(limit)
    return tuple(from_row(row) for row in connection.execute(query).mappings())


def read_next_due(connection: Connection, skip: Collection[str]) -> float | None:
    """Give the time at which the next pending delivery is due, but for addresses in `skip`."""
    earliest: float | None = connection.scalar(
        select(func.min(deliveries.c.next_attempt_at)).where(_waiting(skip))
    )
    return earliest


def read_undelivered(connection: Connection, limit: int) -> tuple[Delivery, ...]:
    """Give what is pending or was given up, newest first."""
    states = (DeliveryState.PENDING.value, DeliveryState.GIVEN_UP.value)
    query = (
        select(deliveries).where(deliveries.c.state.in_(states)).order_by(deliveries.c.id.desc()).limit(limit)
    )
    return tuple(from_row(row) for row in connection.execute(query).mappings())


def write_progress(connection: Connection, delivery: Delivery) -> None:
    """Write how a delivery went; what the purge gave up meanwhile stays so, unless it was sent after all."""
    this = deliveries.c.id == delivery.id
    if delivery.state is not DeliveryState.SENT:
        this = and_(this, deliveries.c.state == DeliveryState.PENDING.value)
    connection.execute(update(deliveries).where(this).values(**_progress(delivery)))


def count_sms_sent(connection: Connection, recipient: str, since: float) -> int:
    """Count the SMS that a recipient was sent since a moment."""
    query = select(func.count()).where(
        deliveries.c.recipient == recipient,
        deliveries.c.form == Form.SMS.value,
        deliveries.c.sent_at >= since,
    )
    return connection.scalar(query) or 0


def read_opening(connection: Connection, fingerprint: str, address_key: str) -> Delivery | None:
    """Give the delivery that told an alarm's opening to an address; None where none was planned."""
    query = select(deliveries).where(
        deliveries.c.fingerprint == fingerprint,
        deliveries.c.address_key == address_key,
        deliveries.c.edge == Edge.OPENED.value,
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else from_row(row)


def from_row(row: RowMapping) -> Delivery:
    """Rebuild a delivery."""
    values = {name: value for name, value in row.items() if name != "keep_until"}
    return Delivery(
        **values
        | {"edge": Edge(row["edge"]), "form": Form(row["form"]), "state": DeliveryState(row["state"])}
    )


def _waiting(skip: Collection[str]) -> ColumnElement[bool]:
    return and_(
        deliveries.c.state == DeliveryState.PENDING.value, deliveries.c.address_key.not_in(tuple(skip))
    )


def _progress(delivery: Delivery) -> Row:
    return {
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "next_attempt_at": delivery.next_attempt_at,
        "sent_at": delivery.sent_at,
        "last_error": delivery.last_error,
    }
