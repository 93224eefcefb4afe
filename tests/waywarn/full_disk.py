"""A store whose disk is full at a statement of one's choice, whoever sends the statement to SQLite."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from waywarn.store import Store


@contextmanager
def failing_at(store: Store, failing: int) -> Iterator[list[str]]:
    """Let the statement of that number (from 0) fail as a full disk does; gives those that came."""
    seen: list[str] = []

    def look(statement: str) -> None:
        if statement.startswith("PRAGMA"):
            return
        seen.append(statement)
        if len(seen) == failing + 1:
            raise sqlite3.OperationalError("database or disk is full")

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, *parameters: Any) -> "Cursor":
            look(sql)
            return super().execute(sql, *parameters)

        def executemany(self, sql: str, rows: Any) -> "Cursor":
            look(sql)
            return super().executemany(sql, rows)

    class Database(sqlite3.Connection):
        def cursor(self, *_: Any) -> Cursor:  # type: ignore[override] # (any factory gives ours)
            return Cursor(self)

    def open_so(_dialect: object, _record: object, _arguments: object, named: dict[str, Any]) -> None:
        named["factory"] = Database

    store._engine.dispose()
    event.listen(store._engine, "do_connect", open_so)
    try:
        yield seen
    finally:
        event.remove(store._engine, "do_connect", open_so)
        store._engine.dispose()
