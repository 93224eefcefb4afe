"""One batch, one transaction: presence, fixes, states, transitions, alerts and what must be said.

What the rows mean is decided before; nothing is decided here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache

from sqlalchemy import Connection, Insert, Table, insert
from sqlalchemy.dialects.sqlite import insert as upsert_into

from alerts import Alert, AlertChange, Claims, Delivery, Order
from corridor import Fix
from rules import Discard, Snapshot, Transition
from sip.pidflo.civic import Civic
from waywarn.store import schema
from waywarn.store.civic import write_civic
from waywarn.store.deliveries import Row, to_row, write_revision
from waywarn.store.many import write_many
from waywarn.store.presence import write_presence
from waywarn.store.ring import Decided, Ring

TRANSITION_FIELDS = tuple(field.name for field in fields(Transition))  # each is a column of its own


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be done with a place (RFC 4119, 2.2.2): tell it to others or not, and keep it until when."""

    may_tell_place: bool
    keep_until: float  # UTC seconds


@dataclass(frozen=True, slots=True)
class StoredFix:
    """A fix as it is kept: whose it is, and on which terms.

    Parameters
    ----------
    fix
        Where and when.
    user_name, shape
        The account that published it, and the shape of its uncertainty (``Point``, ``Circle`` ...).
    discard
        Why it was not judged; None where it was.
    terms
        What may be done with it.
    civic
        The address that stood beside the place; it is kept of the newest only.
    """

    fix: Fix
    user_name: str
    shape: str
    discard: Discard | None
    terms: Terms
    civic: Civic = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """All that one batch changes; what tells a place comes with the end of its retention, UTC seconds."""

    now: float
    presence: tuple[object, ...] = ()  # changes of the presence server's own state, in order
    fixes: tuple[StoredFix, ...] = ()
    states: Snapshot | None = None
    transitions: tuple[tuple[Transition, float], ...] = ()
    alerts: tuple[tuple[AlertChange, float], ...] = ()
    decided: Decided | None = None
    deliveries: tuple[tuple[Order, float], ...] = ()  # in order: some withdraw what was planned before them

    @property
    def revises_deliveries(self) -> bool:
        """Whether messages that wait already are withdrawn or rewritten."""
        return not all(isinstance(order, Delivery) for order, _ in self.deliveries)

    @property
    def holds_anything(self) -> bool:
        """Whether there is anything to write."""
        held = self.states
        states = held is not None and (
            held.devices or held.rules or held.memberships or held.watches or held.marked
        )
        return bool(
            self.presence or self.fixes or states or self.transitions or self.alerts or self.deliveries
        )


def write_batch(connection: Connection, batch: Batch, claims: Claims, ring: Ring) -> None:
    """Write a batch within the transaction that is open on `connection`.

    `claims` says which messages may have gone already; its lock is held where the batch revises any.
    """
    if batch.decided is not None:
        ring.write(connection, batch.decided, batch.now)
    write_presence(connection, batch.presence)
    _insert(connection, schema.fixes, [fix_row(fix, batch.now) for fix in batch.fixes])
    for fix in batch.fixes:
        if fix.civic and fix.discard is None:
            write_civic(connection, fix.fix.device_id, fix.fix.time, fix.civic, fix.terms.keep_until)
    if batch.states is not None:
        _write_states(connection, batch.states)
    _insert(
        connection, schema.transitions, [_transition_row(t, keep, batch.now) for t, keep in batch.transitions]
    )
    _upsert(connection, schema.alerts, [_alert_row(change.after, keep) for change, keep in batch.alerts])
    _write_orders(connection, batch.deliveries, claims)


def fix_row(stored: StoredFix, now: float) -> Row:
    """Give the columns of a fix that is stored now."""
    fix = stored.fix
    return {
        "inserted_at": now,
        "user_name": stored.user_name,
        "device_id": fix.device_id,
        "shape": stored.shape,
        "lat": fix.lat,
        "lon": fix.lon,
        "altitude_m": fix.altitude_m,
        "accuracy_m": fix.accuracy_m,
        "time": fix.time,
        "speed_mps": fix.speed_mps,
        "course_deg": fix.course_deg,
        "method": fix.method,
        "discard": stored.discard.value if stored.discard else None,
        "may_tell_place": stored.terms.may_tell_place,
        "keep_until": stored.terms.keep_until,
    }


def _write_states(connection: Connection, states: Snapshot) -> None:
    layout = states.layout
    devices = [
        {"device": device, "layout": layout, "row": row.tobytes()}
        for device, row in zip(states.devices, states.device_rows, strict=True)
    ]
    rules = [
        {**key._asdict(), "layout": layout, "row": row.tobytes()}
        for key, row in zip(states.rules, states.rule_rows, strict=True)
    ]
    memberships = [
        {**key._asdict(), "layout": layout, "row": row}
        for key, row in zip(states.memberships, states.membership_rows, strict=True)
    ]
    watches = [
        {**key._asdict(), "layout": layout, "row": row.tobytes()}
        for key, row in zip(states.watches, states.watch_rows, strict=True)
    ]
    _upsert(connection, schema.device_states, devices)
    _upsert(connection, schema.rule_states, rules)
    _upsert(connection, schema.memberships, memberships)
    _upsert(connection, schema.watch_states, watches)
    marks = [
        {"device": device, "layout": layout, "row": row}
        for device, row in zip(states.marked, states.marks, strict=True)
    ]
    _upsert(connection, schema.marks, marks)


def _transition_row(transition: Transition, keep_until: float, now: float) -> Row:
    evidence = {name: _known(getattr(transition, name)) for name in TRANSITION_FIELDS}
    return evidence | {"decided_at": now, "keep_until": keep_until}


def _known(value: object) -> object:
    """Give a value; what is not known is None in a table."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _alert_row(alert: Alert, keep_until: float) -> Row:
    return {
        "fingerprint": alert.fingerprint,
        "rule": alert.rule,
        "device": alert.device,
        "status": alert.status.value,
        "starts_at": alert.starts_at,
        "ends_at": alert.ends_at,
        "record": alert.as_record(),
        "keep_until": keep_until,
    }


def _write_orders(connection: Connection, orders: Sequence[tuple[Order, float]], claims: Claims) -> None:
    rows: list[Row] = []
    for order, keep_until in orders:
        if isinstance(order, Delivery):
            rows.append(to_row(order, keep_until))
            continue
        _insert(connection, schema.deliveries, rows)
        rows = []
        write_revision(connection, order, keep_until, claims)
    _insert(connection, schema.deliveries, rows)


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    write_many(connection, _insertion(table), rows)


def _upsert(connection: Connection, table: Table, rows: list[Row]) -> None:
    write_many(connection, _upsertion(table), rows)


@cache
def _insertion(table: Table) -> Insert:
    return insert(table)


@cache
def _upsertion(table: Table) -> Insert:
    statement = upsert_into(table)
    keys = [column.name for column in table.primary_key]
    fresh = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=fresh)
