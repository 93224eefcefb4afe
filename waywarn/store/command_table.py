"""The queue of commands in the store: given by one process, sent by another, settled in its batches.

What the states mean is ``wayback/states.py``. Every change says which state it found: of two processes
that move one command, the second is told that it came too late.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, Select, delete, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert_into

from sip.order import Order
from waywarn.store.schema import command_revisions, commands, locks
from waywarn.wayback.errand import Errand
from waywarn.wayback.ledger import LATE_RESULT_S, Settlement
from waywarn.wayback.states import OPEN, Input, State, states_that

KEPT_S = 2_592_000.0  # thirty days after its expiry a command, with its text, is purged

Transaction = Callable[[], AbstractContextManager[Connection]]


class Move(NamedTuple):
    """A command as it is now, and the state that it was moved from."""

    after: Errand
    found: State


@dataclass(frozen=True, slots=True)
class CommandTable:
    """Of a store that is open; `Store.commands` gives it. Raises what `Store` raises."""

    reading: Transaction
    writing: Transaction

    def give(self, errand: Errand) -> None:
        """Queue a command; one to lock or unlock also locks or unlocks the account, with it."""
        with self.writing() as connection:
            row = _row(errand) | {"revision": _next_revision(connection)}
            connection.execute(insert(commands).values(row))
            if errand.order is Order.LOCK:
                values = {"device": errand.device, "command": errand.id, "locked_at": errand.created_at}
                connection.execute(
                    upsert_into(locks)
                    .values(values)
                    .on_conflict_do_update(index_elements=["device"], set_=values)
                )
            if errand.order is Order.UNLOCK:
                connection.execute(delete(locks).where(locks.c.device == errand.device))

    def cancel(self, id: str, now: float) -> Errand | None:  # noqa: A002 (the column's name)
        """Take a command back; gives it as it then is, None where there is none of that id.

        One that is on its way, or was settled, stays as it is. With a command to lock the account's lock is
        taken back too.
        """
        with self.writing() as connection:
            held = _read(connection, id)
            after = held.moved(Input.CANCEL, now) if held is not None else None
            if held is None or after is None:
                return held
            _move(connection, after, (held.state,), revision=_next_revision(connection))
            connection.execute(delete(locks).where(locks.c.command == id))
            return after

    def move(self, moves: Sequence[Move]) -> tuple[bool, ...]:
        """Write commands that were moved, in one transaction.

        Tells of each whether it was written: one whose row is not in the state that it was moved from is not.
        """
        with self.writing() as connection:
            return tuple(_move(connection, each.after, (each.found,)) for each in moves)

    def get(self, id: str) -> Errand | None:  # noqa: A002 (the column's name)
        """Give one."""
        with self.reading() as connection:
            return _read(connection, id)

    def alive(self, now: float) -> tuple[tuple[Errand, ...], int]:
        """Give those of which something may still be heard, as given in order, and the newest revision."""
        late = commands.c.state.in_([State.EXPIRED, State.CANCELLED]) & (commands.c.attempts > 0)
        heard = or_(commands.c.state.in_(sorted(OPEN)), late & (commands.c.expires_at > now - LATE_RESULT_S))
        with self.reading() as connection:
            rows = connection.execute(select(commands).where(heard).order_by(commands.c.revision))
            held = tuple(_to_errands(rows.mappings().all()))
            return held, connection.scalar(select(command_revisions.c.greatest)) or 0

    def changed_after(self, revision: int) -> tuple[tuple[Errand, ...], int]:
        """Give what was given or taken back after a revision, and the newest one there is."""
        query = select(commands).where(commands.c.revision > revision).order_by(commands.c.revision)
        with self.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(_to_errands(rows)), rows[-1]["revision"] if rows else revision

    def newest(self, device: str | None, limit: int) -> tuple[Errand, ...]:
        """Give the newest, of one device or of all, newest first."""
        query = select(commands).order_by(commands.c.created_at.desc(), commands.c.id).limit(limit)
        return self._all(query if device is None else query.where(commands.c.device == device))

    def locked(self) -> frozenset[str]:
        """Give the devices whose outgoing calls are refused."""
        with self.reading() as connection:
            return frozenset(connection.scalars(select(locks.c.device)))

    def _all(self, query: Select[Any]) -> tuple[Errand, ...]:
        with self.reading() as connection:
            return tuple(_to_errands(connection.execute(query).mappings().all()))


def write_settlements(connection: Connection, settlements: Iterable[Settlement]) -> None:
    """Write what devices told, within the transaction of a batch."""
    for each in settlements:
        _move(connection, each.after, states_that(each.given))


def end_all_of(connection: Connection, device: str, now: float) -> None:
    """End what waits for a device, and its lock: its account is gone, and the next one is somebody else's."""
    open_ones = commands.c.device == device, commands.c.state.in_(sorted(OPEN))
    rows = connection.execute(select(commands).where(*open_ones)).mappings().all()
    for errand in _to_errands(rows):
        after = errand.moved(Input.EXPIRE, now, "the account was revoked")
        if after is not None:
            _move(connection, after, (errand.state,), revision=_next_revision(connection))
    connection.execute(delete(locks).where(locks.c.device == device))


def _read(connection: Connection, id_: str) -> Errand | None:
    rows = connection.execute(select(commands).where(commands.c.id == id_)).mappings().all()
    return next(iter(_to_errands(rows)), None)


def _next_revision(connection: Connection) -> int:
    # one writer at a time: nobody else has read the same greatest one
    table = command_revisions
    grown = upsert_into(table).values(only=1, greatest=1)
    grown = grown.on_conflict_do_update(index_elements=["only"], set_={"greatest": table.c.greatest + 1})
    greatest: int = connection.execute(grown.returning(table.c.greatest)).scalar_one()
    return greatest


def _move(connection: Connection, after: Errand, found: Iterable[State], **also: int) -> bool:
    values = {name: value for name, value in _row(after).items() if name in _MOVES} | also
    this = (commands.c.id == after.id, commands.c.state.in_([state.value for state in found]))
    return bool(connection.execute(update(commands).where(*this).values(values)).rowcount)


_MOVES = ("state", "attempts", "next_attempt_at", "sent_at", "settled_at", "detail")


def _row(errand: Errand) -> dict[str, Any]:
    return {
        "id": errand.id,
        "device": errand.device,
        "kind": errand.order.value,
        "arguments": dict(errand.arguments),
        "state": errand.state.value,
        "created_at": errand.created_at,
        "expires_at": errand.expires_at,
        "attempts": errand.attempts,
        "next_attempt_at": errand.next_attempt_at,
        "sent_at": errand.sent_at,
        "settled_at": errand.settled_at,
        "detail": errand.detail,
        "keep_until": errand.expires_at + KEPT_S,
    }


def _to_errands(rows: Iterable[RowMapping]) -> Iterator[Errand]:
    for row in rows:
        values = {
            name: value for name, value in row.items() if name not in {"kind", "revision", "keep_until"}
        }
        yield Errand(**values | {"order": Order(row["kind"]), "state": State(row["state"])})
