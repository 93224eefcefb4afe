"""Retention: what tells a place is removed at its end (RFC 4119, 2.2.2); that an alarm was, stays."""

from dataclasses import astuple, dataclass

from sqlalchemy import Connection, Table, delete, or_, select, update

from alerts import WAITING, Alert, DeliveryState
from waywarn.store import schema

SLICE = 5_000  # rows in one transaction: some 20 ms, for which publications wait
GIVEN_UP_REASON = "the place in it may no longer be kept (retention ended)"


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows were removed or cleared of their place."""

    publications: int
    fixes: int
    transitions: int
    decisions: int
    alerts: int
    deliveries: int
    undelivered: int  # of the deliveries, those that were still pending
    commands: int = 0

    def __add__(self, other: "Purged") -> "Purged":
        return Purged(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left over."""
        return max(self.fixes, self.transitions, self.decisions, self.commands) < SLICE


def purge_places(connection: Connection, now: float) -> Purged:
    """Remove or clear rows whose `keep_until` has passed, at most `SLICE` of a table at once."""
    _delete_ended(connection, schema.bindings, now)
    _delete_ended(connection, schema.subscriptions, now)
    civic = schema.civic_addresses  # one of a device at most
    connection.execute(delete(civic).where(civic.c.keep_until <= now))
    return Purged(
        _delete_ended(connection, schema.publications, now),
        _delete_slice(connection, schema.fixes, now),
        _delete_slice(connection, schema.transitions, now),
        _delete_slice(connection, schema.decisions, now),
        alerts=_clear_alerts(connection, now),
        undelivered=_give_up_pending(connection, now),
        deliveries=_clear_messages(connection, now),
        commands=_delete_slice(connection, schema.commands, now),
    )


def _delete_ended(connection: Connection, table: Table, now: float) -> int:
    return connection.execute(delete(table).where(table.c.expires_at <= now)).rowcount


def _delete_slice(connection: Connection, table: Table, now: float) -> int:
    due = select(table.c.id).where(table.c.keep_until <= now).limit(SLICE)
    return connection.execute(delete(table).where(table.c.id.in_(due))).rowcount


def _give_up_pending(connection: Connection, now: float) -> int:
    table = schema.deliveries
    waiting = (table.c.state.in_([state.value for state in WAITING]), table.c.keep_until <= now)
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
