"""Fixes that the server does not have yet: written before they are sent, deleted when they are answered.

They survive the end of the process and of the power (docs/decisions/0045). When they go is ``supply.py``.
"""

import sqlite3
from dataclasses import dataclass, field

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
        self._count = int(connection.execute("SELECT count(*) FROM fixes").fetchone()[0])

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
            "SELECT number, time, body FROM fixes ORDER BY number LIMIT 1"
        ).fetchone()
        return Kept(*row) if row is not None else None

    def remove(self, number: int) -> None:
        """Take a fix out: the server has it, or refuses it for good."""
        self._count -= self._connection.execute("DELETE FROM fixes WHERE number = ?", (number,)).rowcount
        if not self._count:
            self._wipe()

    def forget(self, now: float) -> int:
        """Drop what may not be kept any longer (retention-expiry); gives how many that were."""
        gone = self._connection.execute("DELETE FROM fixes WHERE keep_until <= ?", (now,)).rowcount
        self._count -= gone
        if gone and not self._count:
            self._wipe()
        return gone

    def _thin(self) -> int:
        """Of the older half, drop the second, the fourth and so on; the first may be under way."""
        return self._connection.execute(
            "DELETE FROM fixes WHERE number IN (SELECT number FROM (SELECT number,"
            " row_number() OVER (ORDER BY number) AS place FROM fixes ORDER BY number LIMIT ?)"
            " WHERE place % 2 = 0)",
            (self._count // 2,),
        ).rowcount

    def _wipe(self) -> None:
        # the write-ahead log holds copies of the deleted pages; it must not outlive them
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
