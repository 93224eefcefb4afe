"""The store as the service sees it: commit a batch, load what a restart needs, purge what may not be kept.

The statements are in ``commit.py``, ``deliveries.py``, ``assignments.py`` and ``purge.py``.
"""

import dataclasses
import math
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, Engine, RowMapping, func, select
from sqlalchemy.exc import SQLAlchemyError

from alerts import Alert, AlertStatus, Claims, Delivery
from corridor import Fix, FixBatch
from rules import Discard, Kind, Reason, RuleKey, Snapshot, Transition
from sip import Binding, Publication, Subscription
from waywarn.assignment import Assignment
from waywarn.store import deliveries, kept_fixes, schema
from waywarn.store.account_table import AccountTable
from waywarn.store.assignments import add_assignment, read_assignments, remove_assignment
from waywarn.store.bindings import read_bindings
from waywarn.store.command_table import CommandTable
from waywarn.store.commit import TRANSITION_FIELDS, Batch, StoredFix, Terms, write_batch
from waywarn.store.database import open_database, to_store_error
from waywarn.store.imported import write_imported
from waywarn.store.presence import read_publications
from waywarn.store.purge import Purged, purge_places
from waywarn.store.records import Records, read_records
from waywarn.store.ring import Entry, Ring, read_decisions
from waywarn.store.subscriptions import read_subscriptions

ALWAYS_NUMBERS = ("lon", "lat", "distance_m", "probability")  # NaN of a `Transition` where they are not known


class Store:
    """What was answered 200 is here, and nothing else is.

    Every method raises `StoreUnavailableError` when the world stands in the way (disk full, locked) and
    `StoreRefusedError` when a row cannot be held; either way nothing of that call was written. Methods
    may be called from several threads; SQLite lets one write at a time. It is the outbox and the past of
    the alerts room (`alerts.Outbox`, `alerts.Past`) too.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self._ring = engine, Ring()
        with self._reading() as connection:
            self._claims = Claims(deliveries.newest_id(connection))

    @classmethod
    def open(cls, file: Path) -> Self:
        """Open the database, or make it where there is none."""
        return cls(open_database(file))

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def commit(self, batch: Batch) -> None:
        """Write a batch in one durable transaction: all of it or nothing."""
        # What is withdrawn must not be claimed for sending until that is on disk.
        withdrawing = self._claims.lock if batch.revises_deliveries else nullcontext()
        with withdrawing, self._writing() as connection:
            write_batch(connection, batch, self._claims, self._ring)

    def import_fixes(self, fixes: Sequence[tuple[StoredFix, float]]) -> int:
        """Keep fixes of another table, and when each was written there; gives how many were not known."""
        with self._writing() as connection:
            return write_imported(connection, fixes)

    def purge(self, now: float) -> Purged:
        """Remove every place whose retention ended before `now` (RFC 4119, 2.2.2), in small transactions."""
        purged = self._purge_slice(now)
        last = purged
        while not last.is_whole:
            last = self._purge_slice(now)
            purged += last
        return purged

    def _purge_slice(self, now: float) -> Purged:
        with self._writing() as connection:
            return purge_places(connection, now)

    # What a restart needs

    def publications(self) -> tuple[Publication, ...]:
        """Give the event state that was published and not removed."""
        with self._reading() as connection:
            return read_publications(connection)

    def bindings(self) -> tuple[Binding, ...]:
        """Give the registrations."""
        with self._reading() as connection:
            return read_bindings(connection)

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Give the subscriptions to presence."""
        with self._reading() as connection:
            return read_subscriptions(connection)

    def newest_judged(self, device: str, now: float) -> StoredFix | None:
        """Give the newest place of a device that was judged and may still be kept."""
        with self._reading() as connection:
            return kept_fixes.read_newest_judged(connection, device, now)

    def newest_believed_at(self, device: str, now: float) -> float | None:
        """Give of when the newest place of a device is that may still be kept and can have been."""
        with self._reading() as connection:
            return kept_fixes.read_newest_believed_at(connection, device, now)

    def states(self) -> tuple[Snapshot, ...]:
        """Give the engine's rows; more than one snapshot where some have an older layout."""
        with self._reading() as connection:
            devices = connection.execute(select(schema.device_states)).mappings().all()
            rules = connection.execute(select(schema.rule_states)).mappings().all()
            memberships = connection.execute(select(schema.memberships)).mappings().all()
            watches = connection.execute(select(schema.watch_states)).mappings().all()
            marks = connection.execute(select(schema.marks)).mappings().all()
        layouts = {row["layout"] for row in (*devices, *rules, *memberships, *watches)}
        return tuple(
            Snapshot.from_rows(
                layout,
                [(row["device"], row["row"]) for row in devices if row["layout"] == layout],
                _keyed(rules, layout),
                _keyed(memberships, layout),
                _keyed(watches, layout),
                [(row["device"], row["row"]) for row in marks if row["layout"] == layout],
            )
            for layout in sorted(layouts)
        )

    def tail(self, devices: Collection[str], after: float) -> tuple[tuple[Fix, ...], tuple[Transition, ...]]:
        """Give fixes after an instant that were judged or held, and what was said of their devices since.

        Both in the order in which they came.
        """
        fixes, said = schema.fixes, schema.transitions
        counted = fixes.c.discard.is_(None) | (fixes.c.discard == Discard.IMPLAUSIBLE.value)
        of_tail = select(fixes).where(fixes.c.device_id.in_(devices), fixes.c.time > after, counted)
        told = select(said).where(said.c.device.in_(devices), said.c.time > after)
        with self._reading() as connection:
            rows = connection.execute(of_tail.order_by(fixes.c.id)).mappings().all()
            transitions = connection.execute(told.order_by(said.c.id)).mappings().all()
        return tuple(map(_to_fix, rows)), tuple(map(_to_transition, transitions))

    def open_alerts(self) -> tuple[Alert, ...]:
        """Give the firing alerts, in the order in which they started."""
        table = schema.alerts
        query = (
            select(table.c.record)
            .where(table.c.status == AlertStatus.FIRING.value)
            .order_by(table.c.starts_at)
        )
        with self._reading() as connection:
            return tuple(Alert.from_record(record) for record in connection.scalars(query))

    def ended_alerts(self, name: str, device: str, since: float) -> tuple[Alert, ...]:
        """Give the alerts of a rule or trip and a device that ended at `since` (event time) or later."""
        table = schema.alerts
        query = select(table.c.record).where(
            table.c.rule == name, table.c.device == device, table.c.ends_at >= since
        )
        with self._reading() as connection:
            return tuple(Alert.from_record(record) for record in connection.scalars(query))

    def alert_numbers(self, names: Collection[str]) -> dict[tuple[str, str], int]:
        """Count the alerts that rules or trips and their devices have had: none is ever removed."""
        table = schema.alerts
        query = select(table.c.rule, table.c.device, func.count()).group_by(table.c.rule, table.c.device)
        with self._reading() as connection:
            rows = connection.execute(query.where(table.c.rule.in_(tuple(names)))).all()
        return {(rule, device): count for rule, device, count in rows}

    def newest_terms(self) -> dict[str, Terms]:
        """Give what the newest judged fix of each device allows, by device."""
        table = schema.fixes
        query = select(
            table.c.device_id, table.c.may_tell_place, table.c.keep_until, func.max(table.c.time)
        ).group_by(table.c.device_id)
        with self._reading() as connection:
            rows = connection.execute(query.where(table.c.discard.is_(None))).all()
        return {device: Terms(may_tell_place, keep_until) for device, may_tell_place, keep_until, _ in rows}

    # What was stored, for people

    def count_fixes(self) -> int:
        """Count the fixes that are kept."""
        with self._reading() as connection:
            return connection.scalar(select(func.count()).select_from(schema.fixes)) or 0

    def fixes_of(self, device: str, since: float, until: float) -> FixBatch:
        """Give the places that are kept of a device between two instants, in order of time."""
        with self._reading() as connection:
            return kept_fixes.read_fixes_of(connection, device, since, until)

    def transitions(self, device: str) -> tuple[Transition, ...]:
        """Give what was said of a device, in the order in which it was decided."""
        table = schema.transitions
        query = select(table).where(table.c.device == device).order_by(table.c.id)
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(_to_transition(row) for row in rows)

    def said_at(self, device: str, decided_at: float) -> tuple[Transition, ...]:
        """Give what one decision has said of a device."""
        table = schema.transitions
        query = select(table).where(table.c.device == device, table.c.decided_at == decided_at)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(table.c.id)).mappings().all()
        return tuple(_to_transition(row) for row in rows)

    def decisions(self, device: str) -> tuple[Entry, ...]:
        """Give the last decisions about a device, in order."""
        with self._reading() as connection:
            return read_decisions(connection, device)

    def newest_fix(self, device: str, until: float) -> tuple[Fix, Discard | None, float] | None:
        """Give the newest fix of a device up to an instant, why it was not judged, and when it was stored."""
        with self._reading() as connection:
            return kept_fixes.read_newest(connection, device, until)

    def records(self, device: str, since: float, until: float, now: float) -> Records:
        """Give all that is kept of a device between two instants and may be kept at `now`."""
        with self._reading() as connection:
            return read_records(connection, device, since, until, now)

    def undelivered(self, limit: int = 100) -> tuple[Delivery, ...]:
        """Give the deliveries that are pending or were given up, newest first."""
        with self._reading() as connection:
            return deliveries.read_undelivered(connection, limit)

    # The outbox of the alerts room

    def due(self, now: float, limit: int, skip: Collection[str] = ()) -> tuple[Delivery, ...]:
        """Give what waits to be sent, but none to an address in `skip`."""
        with self._reading() as connection:
            return deliveries.read_due(connection, now, limit, skip)

    def next_due(self, skip: Collection[str] = ()) -> float | None:
        """Give the time at which something is due next, but for addresses in `skip`."""
        with self._reading() as connection:
            return deliveries.read_next_due(connection, skip)

    def claim(self, delivery: Delivery) -> Delivery | None:
        """Give a due delivery as it now stands, for sending; None where it waits no more."""
        with self._claims.lock, self._reading() as connection:
            row = deliveries.read_waiting(connection, delivery.id)
            if row is not None:
                self._claims.add(row.id or 0)
            return row

    def mark(self, delivery: Delivery) -> None:
        """Write how a delivery went."""
        with self._writing() as connection:
            deliveries.write_progress(connection, delivery)
        self._claims.drop(delivery.id or 0)

    def sent_today(self, recipient: str, since: float) -> int:
        """Count the SMS that a recipient was sent since a moment."""
        with self._reading() as connection:
            return deliveries.count_sms_sent(connection, recipient, since)

    def earlier_of(self, delivery: Delivery) -> tuple[Delivery, ...]:
        """Give what was planned before of the same alert to the same address, in order."""
        with self._reading() as connection:
            return deliveries.read_earlier(connection, delivery)

    # Accounts that are added while the service runs

    @property
    def accounts(self) -> AccountTable:
        """The accounts and tokens that are kept here."""
        return AccountTable(self._reading, self._writing)

    # Commands to devices

    @property
    def commands(self) -> CommandTable:
        """The queue of commands that is kept here."""
        return CommandTable(self._reading, self._writing)

    # Who follows which rule

    def assign(self, assignment: Assignment) -> int:
        """Keep an assignment; gives its number."""
        with self._writing() as connection:
            return add_assignment(connection, assignment)

    def unassign(self, number: int) -> bool:
        """Forget the assignment of a number; tells whether there was one."""
        with self._writing() as connection:
            return remove_assignment(connection, number)

    def assignments(self) -> dict[int, Assignment]:
        """Give all assignments by number, in the order in which they were added."""
        with self._reading() as connection:
            return dict(read_assignments(connection))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, sqlite3.Error, UnicodeError, OverflowError) as error:
            raise to_store_error(error) from error

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect().execution_options(reads_only=True) as connection:
                yield connection
        except (SQLAlchemyError, UnicodeError, OverflowError) as error:
            raise to_store_error(error) from error


def _keyed(rows: Iterable[RowMapping], layout: str) -> list[tuple[RuleKey, bytes]]:
    """Give the rows of one layout, with whose they are."""
    return [
        (RuleKey(row["rule"], row["device"], row["fingerprint"]), row["row"])
        for row in rows
        if row["layout"] == layout
    ]


def _to_fix(row: RowMapping) -> Fix:
    return Fix(**{each.name: row[each.name] for each in dataclasses.fields(Fix)})


def _to_transition(row: RowMapping) -> Transition:
    values = {name: row[name] for name in TRANSITION_FIELDS}
    values |= {name: math.nan for name in ALWAYS_NUMBERS if row[name] is None}
    revises = row["revises"] and Kind(row["revises"])
    return Transition(
        **values | {"kind": Kind(row["kind"]), "reason": Reason(row["reason"]), "revises": revises}
    )
