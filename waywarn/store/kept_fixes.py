"""Stored fixes of a device as a batch, for whoever learns from them. Writing them is ``commit.py``."""

from typing import Any

from sqlalchemy import Connection, or_, select

from corridor import FixBatch
from corridor.fix import LIMITS, REQUIRED
from rules import Discard
from waywarn.store.schema import fixes


def read_fixes_of(connection: Connection, device: str, since: float, until: float) -> FixBatch:
    """Give what is kept of a device between two instants, in order of time.

    Fixes that came too late to be judged are places all the same; what was held to be impossible is not.
    """
    query = (
        select(fixes)
        .where(
            fixes.c.device_id == device,
            fixes.c.time.between(since, until),
            or_(fixes.c.discard.is_(None), fixes.c.discard == Discard.LATE.value),
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
