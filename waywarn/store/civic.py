"""The civic address beside the newest place of each device: a restart tells watchers what was told before.

The places themselves are ``commit.py`` and ``kept_fixes.py``.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert_into

from sip.pidflo.civic import Civic
from waywarn.store.many import Row, write_many
from waywarn.store.schema import civic_addresses

_PLAIN = upsert_into(civic_addresses)
_PUT = _PLAIN.on_conflict_do_update(
    index_elements=["device_id"],
    set_={name: _PLAIN.excluded[name] for name in ("time", "parts", "keep_until")},
    where=_PLAIN.excluded.time >= civic_addresses.c.time,
)


def write_civic(connection: Connection, device: str, time: float, civic: Civic, keep_until: float) -> None:
    """Keep the address beside a fix, unless that of a newer one is kept."""
    row: Row = {"device_id": device, "time": time, "parts": civic, "keep_until": keep_until}
    write_many(connection, _PUT, [row])


def read_civic(connection: Connection, device: str, time: float) -> Civic:
    """Give the address beside the fix of that time; an empty one where it gave none."""
    kept = civic_addresses.c.device_id == device, civic_addresses.c.time == time
    parts: Iterable[tuple[str, str]] = connection.scalar(select(civic_addresses.c.parts).where(*kept)) or ()
    return tuple((name, value) for name, value in parts)
