"""What a tracker keeps on the disk: one SQLite file in a folder of its own, for one process at a time.

What the tables hold is ``fix_queue.py`` and ``order_book.py``; a reader of settings is ``device_file.py``.
"""

import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

FILE_NAME = "tracker.sqlite"
VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS fixes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, keep_until REAL NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, known_until REAL NOT NULL, state TEXT NOT NULL, detail TEXT NOT NULL,
    is_told INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS device (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT"""


class StateError(RuntimeError):
    """The state folder cannot be used; the text says which, why, and what to do."""


def state_folder(environ: Mapping[str, str], aor: str) -> Path:
    """Give the usual folder of an account's state.

    Under systemd it is the unit's StateDirectory, else ``waywarn`` in the user's state folder (XDG base
    directories).
    """
    name = re.sub(r"[^A-Za-z0-9@_.-]", "_", aor.removeprefix("sip:"))[:128]
    if given := environ.get("STATE_DIRECTORY", "").partition(":")[0]:
        return Path(given) / name
    home = environ.get("XDG_STATE_HOME") or str(Path(environ.get("HOME") or "/") / ".local" / "state")
    return Path(home) / "waywarn" / name


@contextmanager
def open_state(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open the state in a folder, which is made if need be; each statement is a durable transaction.

    Raises
    ------
    StateError
        Another process has it open, or the folder or file cannot be used.
    """
    file = folder / FILE_NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # places are personal
        connection = sqlite3.connect(file, timeout=0.5, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise StateError(f"state folder {folder}: {_said(error)}; name another with --state") from None
    try:
        _prepare(connection, folder)
        yield connection
    finally:
        connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do several statements wholly or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # where the disk is full SQLite has rolled back itself
            connection.execute("ROLLBACK")
        raise


def kept(connection: sqlite3.Connection, key: str, fresh: str) -> str:
    """Give what is kept of this device under a key; at the first time that is `fresh`."""
    connection.execute("INSERT OR IGNORE INTO device VALUES (?, ?)", (key, fresh))
    return str(connection.execute("SELECT value FROM device WHERE key = ?", (key,)).fetchone()[0])


def _prepare(connection: sqlite3.Connection, folder: Path) -> None:
    try:
        # the lock is kept from the first write until the process ends, however that is
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN IMMEDIATE")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found not in {0, VERSION}:
            raise StateError(f"state folder {folder}: of version {found}; this waywarn reads {VERSION}")
        for table in _TABLES.split(";"):
            connection.execute(table)
        connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StateError(
                f"state folder {folder}: another `waywarn publish` uses it; stop that one"
            ) from None
        raise StateError(f"state folder {folder}: {error}; name another with --state") from None
    except sqlite3.DatabaseError as error:
        raise StateError(f"state folder {folder}: {FILE_NAME}: {error}; move the file away") from None


def _said(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
