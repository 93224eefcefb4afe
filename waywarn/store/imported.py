"""Fixes that another table had, into this one: each once, however often it is imported."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from waywarn.store.commit import StoredFix, fix_row
from waywarn.store.schema import fixes


def write_imported(connection: Connection, imported: Sequence[tuple[StoredFix, float]]) -> int:
    """Write those of which no fix of that device and time is there; gives how many.

    Parameters
    ----------
    connection
        With its transaction open.
    imported
        Fixes, and when each was written into the other table, UTC seconds.
    """
    known = _known(connection, imported)
    rows = []
    for stored, inserted_at in imported:
        key = stored.fix.device_id, stored.fix.time
        if key not in known:
            known.add(key)
            rows.append(fix_row(stored, inserted_at))
    if rows:
        connection.execute(insert(fixes), rows)
    return len(rows)


def _known(connection: Connection, imported: Sequence[tuple[StoredFix, float]]) -> set[tuple[str, float]]:
    spans: dict[str, tuple[float, float]] = {}
    for stored, _ in imported:
        time = stored.fix.time
        least, most = spans.get(stored.fix.device_id, (time, time))
        spans[stored.fix.device_id] = min(least, time), max(most, time)
    return {
        (device, time)
        for device, (least, most) in spans.items()
        for time in connection.scalars(
            select(fixes.c.time).where(fixes.c.device_id == device, fixes.c.time.between(least, most))
        )
    }
