"""A disk without room: each write fails as it does there, and reading goes on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def full_disk(state: sqlite3.Connection) -> Iterator[None]:
    """Let each write raise `sqlite3.OperationalError`."""
    state.execute("PRAGMA query_only=ON")
    try:
        yield
    finally:
        state.execute("PRAGMA query_only=OFF")
