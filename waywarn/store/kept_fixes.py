"""Stored fixes of a device, for whoever learns from them or asks about one. Writing them is ``commit.py``."""

import dataclasses
from typing import Any

from sqlalchemy import Connection, func, or_, select

from corridor import Fix, FixBatch
from corridor.fix import LIMITS, REQUIRED
from rules import Discard
from waywarn.store.civic import read_civic
from waywarn.store.commit import StoredFix, Terms
from waywarn.store.schema import fixes

_BELIEVED = or_(fixes.c.discard.is_(None), fixes.c.discard == Discard.LATE.value)  # also what is imported


def read_fixes_of(connection: Connection, device: str, since: float, until: float) -> FixBatch:
    """Give what is kept of a device between two instants, in order of time.

    Fixes that came too late to be judged are places all the same; what was held to be impossible is not.
    """
    query = (
        select(fixes)
        .where(
            fixes.c.device_id == device,
            fixes.c.time.between(since, until),
            _BELIEVED,
        )
        .order_by(fixes.c.time, fixes.c.id)
    )
    rows = connection.execute(query).mappings().all()
    columns: dict[str, Any] = {
        name: [float("nan") if row[name] is None else row[name] for row in rows]
        for name in LIMITS
        if name not in REQUIRED
    }
    time, lon, lat = ([row[name] for row in rows] for name in ("time", "lon", "lat"))
    return FixBatch.from_columns([device] * len(rows), time, lon, lat, **columns)


def read_newest(
    connection: Connection, device: str, until: float
) -> tuple[Fix, Discard | None, float] | None:
    """Give the newest fix of a device up to an instant, why it was not judged, and when it was stored.

    Of several of one time it is the first that came; the others are duplicates.
    """
    query = (
        select(fixes)
        .where(fixes.c.device_id == device, fixes.c.time <= until)
        .order_by(fixes.c.time.desc(), fixes.c.id)
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    fix = Fix(**{field.name: row[field.name] for field in dataclasses.fields(Fix)})
    return fix, row["discard"] and Discard(row["discard"]), row["inserted_at"]


def read_newest_judged(connection: Connection, device: str, now: float) -> StoredFix | None:
    """Give the newest fix of a device that was judged and is not past its retention."""
    query = (
        select(fixes)
        .where(fixes.c.device_id == device, fixes.c.discard.is_(None), fixes.c.keep_until > now)
        .order_by(fixes.c.time.desc(), fixes.c.id)
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    fix = Fix(**{field.name: row[field.name] for field in dataclasses.fields(Fix)})
    terms = Terms(row["may_tell_place"], row["keep_until"])
    civic = read_civic(connection, device, fix.time)
    return StoredFix(fix, row["user_name"], row["shape"], None, terms, civic)


def read_newest_believed_at(connection: Connection, device: str, now: float) -> float | None:
    """Give the time of the newest fix of a device that is believed and is not past its retention."""
    kept = fixes.c.device_id == device, fixes.c.keep_until > now
    newest: float | None = connection.scalar(select(func.max(fixes.c.time)).where(*kept, _BELIEVED))
    return newest
