"""Fixes that the server does not have yet: written before they are sent, deleted when they are answered.

They survive the end of the process and of the power (docs/decisions/0045). On a full disk deleting fails too:
what is settled keeps its row then, and is passed over until there is room. When fixes go is ``supply.py``.
"""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from waywarn import log
from waywarn.tracker.state import transaction

DEFAULT_MOST = 20_000  # 30 MB; at a fix in 15 s it is three and a half days under way


@dataclass(frozen=True, slots=True)
class Kept:
    """One fix of the queue.

    Parameters
    ----------
    number
        Grows with the order in which they came.
    time
        When it was measured, UTC seconds.
    body
        Its presence document.
    """

    number: int
    time: float
    body: bytes = field(repr=False)


class FixQueue:
    """The fixes in the order in which they came.

    Parameters
    ----------
    connection
        The state, open.
    most
        How many are kept. When one more comes the oldest are thinned: of their older half every second one
        goes. What is newest is whole; of the beginning of a long time offline the outline is left.
    """

    def __init__(self, connection: sqlite3.Connection, *, most: int = DEFAULT_MOST) -> None:
        self._connection = connection
        self._most = max(most, 4)
        self._settled = 0  # the rows up to this number are done with, whether or not they could be deleted
        self._is_told = False  # that the disk is full
        self._count = self._rows_between(0, sys.maxsize)

    def __len__(self) -> int:
        return self._count

    def put(self, time: float, keep_until: float, body: bytes) -> int:
        """Append a fix, which is on the disk then; give how many older ones were thinned out for it."""
        with transaction(self._connection):
            thinned = self._thin() if self._count >= self._most else 0
            self._connection.execute(
                "INSERT INTO fixes (time, keep_until, body) VALUES (?, ?, ?)", (time, keep_until, body)
            )
        self._count += 1 - thinned
        return thinned

    def first(self) -> Kept | None:
        """Give the oldest."""
        row = self._connection.execute(
            "SELECT number, time, body FROM fixes WHERE number > ? ORDER BY number LIMIT 1", (self._settled,)
        ).fetchone()
        return Kept(*row) if row is not None else None

    def remove(self, number: int) -> None:
        """Take out the oldest, of that number: the server has it, or refuses it for good."""
        self._count -= self._rows_between(self._settled, number)  # none, if it was forgotten meanwhile
        self._settled = max(self._settled, number)
        self._tidy()

    def forget(self, now: float) -> int:
        """Drop what may not be kept any longer (retention-expiry); gives how many that were."""
        gone = 0
        with self._as_room_allows():
            gone = self._connection.execute(
                "DELETE FROM fixes WHERE number > ? AND keep_until <= ?", (self._settled, now)
            ).rowcount
        self._count -= gone
        self._tidy()
        return gone

    def _rows_between(self, after: int, until: int) -> int:
        counting = "SELECT count(*) FROM fixes WHERE number > ? AND number <= ?"
        return int(self._connection.execute(counting, (after, until)).fetchone()[0])

    def _thin(self) -> int:
        """Of the older half, drop the second, the fourth and so on; the first may be under way."""
        return self._connection.execute(
            "DELETE FROM fixes WHERE number IN (SELECT number FROM (SELECT number,"
            " row_number() OVER (ORDER BY number) AS place FROM fixes WHERE number > ?"
            " ORDER BY number LIMIT ?) WHERE place % 2 = 0)",
            (self._settled, self._count // 2),
        ).rowcount

    def _tidy(self) -> None:
        """Delete what is settled; once nothing waits, its copies in the write-ahead log too."""
        with self._as_room_allows():
            self._connection.execute("DELETE FROM fixes WHERE number <= ?", (self._settled,))
            if not self._count:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._is_told = False

    @contextmanager
    def _as_room_allows(self) -> Iterator[None]:
        """Go on where the disk has no room for deleting either: it is tried again with the next fix."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if not self._is_told:
                log.warn("queue.not_deleted", reason=str(error), waiting=self._count)
            self._is_told = True
