"""The devices of which the store alone has an account: rules may name them, and patterns stand for them.

Only their names are read here, without opening the store as its owner does: a publisher on a small device
reads a configuration too. The accounts are ``waywarn/store/accounts.py``.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

BUSY_S = 2.0  # as the store


class Enrolled(NamedTuple):
    """Names of devices.

    Parameters
    ----------
    active
        Those that have an account, sorted; rules watch them.
    known
        Those and the revoked: a rule that names one of these is not at fault, it just watches nobody.
    """

    active: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()


def enrolled_in(store: Path | None) -> Enrolled:
    """Read the names; none where there is no store yet, or it cannot be read: who opens it says why."""
    try:
        if store is None or not store.is_file():
            return Enrolled()
        address = f"{store.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=BUSY_S)) as connection:
            rows = connection.execute("SELECT name, revoked_at FROM accounts ORDER BY name").fetchall()
    except (sqlite3.Error, OSError, ValueError):
        return Enrolled()
    named = [(name, revoked_at) for name, revoked_at in rows if isinstance(name, str)]
    return Enrolled(
        tuple(name for name, revoked_at in named if revoked_at is None),
        frozenset(name for name, _ in named),
    )
