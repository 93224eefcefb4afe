"""Retention: what tells a place is removed at its end (RFC 4119, 2.2.2); that an alarm was, stays."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, or_, select, update

from alerts import Alert, DeliveryState
from waywarn.store import schema

GIVEN_UP_REASON = "the place in it may no longer be kept (retention ended)"


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows were removed or cleared of their place."""

    publications: int
    fixes: int
    transitions: int
    alerts: int
    deliveries: int
    undelivered: int  # of the deliveries, those that were still pending


def purge_places(connection: Connection, now: float) -> Purged:
    """Remove or clear every row whose `keep_until` has passed, within the open transaction."""
    publications, fixes, transitions = schema.publications, schema.fixes, schema.transitions
    return Purged(
        connection.execute(delete(publications).where(publications.c.expires_at <= now)).rowcount,
        connection.execute(delete(fixes).where(fixes.c.keep_until <= now)).rowcount,
        connection.execute(delete(transitions).where(transitions.c.keep_until <= now)).rowcount,
        alerts=_clear_alerts(connection, now),
        undelivered=_give_up_pending(connection, now),
        deliveries=_clear_messages(connection, now),
    )


def _give_up_pending(connection: Connection, now: float) -> int:
    table = schema.deliveries
    waiting = (table.c.state == DeliveryState.PENDING.value, table.c.keep_until <= now)
    given_up = {"state": DeliveryState.GIVEN_UP.value, "last_error": GIVEN_UP_REASON}
    return connection.execute(update(table).where(*waiting).values(**given_up)).rowcount


def _clear_messages(connection: Connection, now: float) -> int:
    table = schema.deliveries
    told = or_(table.c.body != "", table.c.title != "")
    return connection.execute(
        update(table).where(table.c.keep_until <= now, told).values(title="", body="")
    ).rowcount


def _clear_alerts(connection: Connection, now: float) -> int:
    table = schema.alerts
    query = select(table.c.fingerprint, table.c.record).where(table.c.keep_until <= now)
    cleared = 0
    for fingerprint, record in connection.execute(query).all():
        without = Alert.from_record(record).without_place().as_record()
        this = table.c.fingerprint == fingerprint
        connection.execute(update(table).where(this).values(record=without, keep_until=None))
        cleared += 1
    return cleared
