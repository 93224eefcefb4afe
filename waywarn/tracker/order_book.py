"""Orders that were received: each is carried out once, and its result told until the server has it.

Kept on the disk, so that an order sent again after a restart is no second order. What an order is and whether
it is genuine is ``orders.py``.
"""

import sqlite3
from enum import StrEnum

from sip.command import Result, ResultState
from waywarn import log

RUNNING = "running"  # begun, not ended; after a restart: interrupted
UNTOLD_S = 604_800.0  # a result that no server wants for a week after its order's end is forgotten
MOST_KNOWN = 10_000  # more in the time that an order lives is an attack, or a fault of the server's


class Known(StrEnum):
    """Whether an order came before."""

    NEW = "new"
    KNOWN = "known"
    FULL = "full"  # there is no room to remember it, so it must not be carried out


class OrderBook:
    """Which orders are known, and which results are still to be told.

    Parameters
    ----------
    connection
        The state, open. Orders that were running when it was closed count as failed. While its disk is full
        what became of an order is remembered here, and written as soon as there is room.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._ended: dict[str, Result] = {}  # not written yet
        self._told: set[str] = set()  # not written yet
        connection.execute(
            "UPDATE orders SET state = 'failed', detail = ? WHERE state = ?",
            ("the device was restarted meanwhile", RUNNING),
        )

    def begin(self, identity: str, expires_at: float, now: float) -> Known:
        """Take an order in: it is on the disk when this returns. One that is known is to be told again."""
        self._write_down()
        run = self._connection.execute
        run(
            "DELETE FROM orders WHERE state <> ? AND (known_until <= ? AND is_told = 1 OR known_until <= ?)",
            (RUNNING, now, now - UNTOLD_S),
        )
        if run("UPDATE orders SET is_told = 0 WHERE id = ?", (identity,)).rowcount:
            return Known.KNOWN
        if run("SELECT count(*) FROM orders").fetchone()[0] >= MOST_KNOWN:
            return Known.FULL
        run("INSERT INTO orders VALUES (?, ?, ?, '', 0)", (identity, expires_at, RUNNING))
        return Known.NEW

    def end(self, result: Result) -> None:
        """Keep the result of an order until it is told."""
        self._ended[result.id] = result
        self._told.discard(result.id)
        self._write_down()

    def untold(self) -> tuple[Result, ...]:
        """Give the results that the server has not acknowledged."""
        rows = self._connection.execute(
            "SELECT id, state, detail FROM orders WHERE is_told = 0 AND state <> ? ORDER BY rowid", (RUNNING,)
        )
        written = {row[0]: Result(row[0], ResultState(row[1]), row[2]) for row in rows}
        return tuple(result for result in (written | self._ended).values() if result.id not in self._told)

    def told(self, identity: str) -> None:
        """Take note that the server has the result."""
        self._told.add(identity)
        self._write_down()

    def _write_down(self) -> None:
        """Write what is not written yet, as far as the disk has room for it."""
        run = self._connection.execute
        try:
            for result in [*self._ended.values()]:
                run(
                    "UPDATE orders SET state = ?, detail = ?, is_told = 0 WHERE id = ?",
                    (result.state.value, result.detail, result.id),
                )
                del self._ended[result.id]
            for identity in [*self._told]:
                run("UPDATE orders SET is_told = 1 WHERE id = ?", (identity,))
                self._told.discard(identity)
        except sqlite3.OperationalError as error:
            log.warn("order.not_written", ended=len(self._ended), told=len(self._told), reason=str(error))
