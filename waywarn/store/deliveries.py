"""The outbox of the alerts room, kept in the database.

A delivery is planned, or withdrawn, in the transaction of its alert (``commit.py``); it is read when due,
claimed for sending and marked when it was tried.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, select, update

from alerts import (
    WAITING,
    Claims,
    Delivery,
    DeliveryState,
    Edge,
    Form,
    Rewriting,
    Withdrawal,
    landed,
    revised,
)
from waywarn.store.schema import deliveries

_WAITING = tuple(state.value for state in WAITING)
Row = dict[str, Any]  # a row of any table: names to values that SQLAlchemy binds


def to_row(delivery: Delivery, keep_until: float) -> Row:
    """Give a delivery as a row, without its id."""
    return {
        "fingerprint": delivery.fingerprint,
        "edge": delivery.edge.value,
        "recipient": delivery.recipient,
        "address_key": delivery.address_key,
        "form": delivery.form.value,
        "part": delivery.part,
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
    states = (*_WAITING, DeliveryState.GIVEN_UP.value)
    query = (
        select(deliveries).where(deliveries.c.state.in_(states)).order_by(deliveries.c.id.desc()).limit(limit)
    )
    return tuple(from_row(row) for row in connection.execute(query).mappings())


def write_progress(connection: Connection, delivery: Delivery) -> None:
    """Write how a delivery went, as far as `alerts.landed` lets it: a purge or a retraction came first."""
    this = deliveries.c.id == delivery.id
    state = connection.scalar(select(deliveries.c.state).where(this))
    outcome = None if state is None else landed(delivery, DeliveryState(state))
    if outcome is not None:
        connection.execute(update(deliveries).where(this).values(**_progress(outcome)))


def read_waiting(connection: Connection, delivery_id: int | None) -> Delivery | None:
    """Give a delivery as it now stands; None where it waits no more."""
    this = (deliveries.c.id == delivery_id, deliveries.c.state.in_(_WAITING))
    row = connection.execute(select(deliveries).where(*this)).mappings().first()
    return None if row is None else from_row(row)


def write_revision(
    connection: Connection, order: Withdrawal | Rewriting, keep_until: float, claims: Claims
) -> None:
    """Withdraw or rewrite what waits to be sent of an alert."""
    of_alert = (deliveries.c.fingerprint == order.fingerprint, deliveries.c.state.in_(_WAITING))
    rows = connection.execute(select(deliveries).where(*of_alert)).mappings().all()
    for row in rows:
        before = from_row(row)
        if not order.is_about(before):
            continue
        after = revised(before, order, claims)
        changed = {"title": after.title, "body": after.body, **_progress(after)}
        if isinstance(order, Rewriting):
            changed["keep_until"] = min(row["keep_until"], keep_until)
        connection.execute(update(deliveries).where(deliveries.c.id == before.id).values(**changed))


def count_sms_sent(connection: Connection, recipient: str, since: float) -> int:
    """Count the SMS that a recipient was sent since a moment."""
    query = select(func.count()).where(
        deliveries.c.recipient == recipient,
        deliveries.c.form == Form.SMS.value,
        deliveries.c.sent_at >= since,
    )
    return connection.scalar(query) or 0


def read_earlier(connection: Connection, delivery: Delivery) -> tuple[Delivery, ...]:
    """Give what was planned before of the same alert to the same address, in order."""
    query = select(deliveries).where(
        deliveries.c.fingerprint == delivery.fingerprint,
        deliveries.c.address_key == delivery.address_key,
        deliveries.c.id < delivery.id,
    )
    rows = connection.execute(query.order_by(deliveries.c.id)).mappings()
    return tuple(from_row(row) for row in rows)


def newest_id(connection: Connection) -> int:
    """Give the id of the newest delivery, 0 before the first."""
    return connection.scalar(select(func.max(deliveries.c.id))) or 0


def from_row(row: RowMapping) -> Delivery:
    """Rebuild a delivery."""
    values = {name: value for name, value in row.items() if name != "keep_until"}
    return Delivery(
        **values
        | {"edge": Edge(row["edge"]), "form": Form(row["form"]), "state": DeliveryState(row["state"])}
    )


def _waiting(skip: Collection[str]) -> ColumnElement[bool]:
    return and_(deliveries.c.state.in_(_WAITING), deliveries.c.address_key.not_in(tuple(skip)))


def _progress(delivery: Delivery) -> Row:
    return {
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "next_attempt_at": delivery.next_attempt_at,
        "sent_at": delivery.sent_at,
        "last_error": delivery.last_error,
    }
