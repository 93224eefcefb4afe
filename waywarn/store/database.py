"""Opening the database: SQLite in WAL, each transaction durable before it is answered.

What is written is ``commit.py`` and ``deliveries.py``; the tables are ``schema.py``.
"""

import sqlite3
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from waywarn.store.migrations import can_migrate, migrate
from waywarn.store.schema import SCHEMA_VERSION, metadata, store_meta
from waywarn.store.views import make_views

BUSY_TIMEOUT_S = 2.0  # another process may hold the write lock for a moment (a backup, a look with sqlite3)


class StoreError(RuntimeError):
    """Root: the store could not do what was asked; nothing of it was written."""


class StoreUnavailableError(StoreError):
    """The world's fault: disk full, locked, read-only. The same request may succeed later."""


class StoreRefusedError(StoreError):
    """A row that the store cannot hold; the same request fails again."""


def open_database(file: Path) -> Engine:
    """Open or make the database; one of an older version is brought to this one.

    Raises
    ------
    StoreUnavailableError
        The file cannot be opened or made, or is of a schema version that is newer, or unknown.
    """
    with suppress(OSError):  # said below, where the file cannot be opened either
        file.touch(mode=0o600)  # places of people: nobody else's to read, unless the owner says so
    engine = create_engine(
        f"sqlite:///{file}",
        hide_parameters=True,
        connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None},
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    try:
        with engine.begin() as connection:
            metadata.create_all(connection)
            _check_version(connection, file)
            make_views(connection)
    except DBAPIError as error:
        engine.dispose()
        raise StoreUnavailableError(
            f"store {file}: {error.orig}; is the folder there and writable?"
        ) from error
    return engine


def to_store_error(error: Exception) -> StoreError:
    """Tell the world's faults from a row's."""
    original = getattr(error, "orig", None) or error
    if isinstance(original, (sqlite3.OperationalError, PoolTimeoutError)):
        return StoreUnavailableError(str(original))
    return StoreRefusedError(f"{type(original).__name__}: {original}")


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # sqlite3 would begin late and fail when a read becomes a write; a writer says so at once
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _check_version(connection: Connection, file: Path) -> None:
    found = connection.scalar(select(store_meta.c.schema_version))
    if found is None:
        connection.execute(insert(store_meta).values(schema_version=SCHEMA_VERSION))
    elif can_migrate(found):
        migrate(connection, found)
    else:
        raise StoreUnavailableError(
            f"store {file}: its schema is version {found}; this waywarn reads {SCHEMA_VERSION}"
        )
