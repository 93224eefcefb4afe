"""All that is kept about a device between two instants, read at one moment, for whoever has to prove it.

What may be kept is what `keep_until` says, purged or not. What is made of it is ``waywarn/evidence``.
"""

import dataclasses
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, or_, select

from alerts import Alert, Notice
from corridor import Fix
from rules import Discard
from waywarn.store import schema
from waywarn.store.commit import StoredFix, Terms


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """A place as it is kept, and when it came.

    Parameters
    ----------
    stored
        Where, whose, on which terms; why it was not judged.
    received_at
        When it was stored, UTC seconds.
    """

    stored: StoredFix
    received_at: float

    @property
    def fix(self) -> Fix:
        """Where and when."""
        return self.stored.fix


@dataclass(frozen=True, slots=True)
class Records:
    """Places in order of their time, alerts in order of their beginning."""

    places: tuple[KeptPlace, ...]
    alerts: tuple[Alert, ...]


def read_records(connection: Connection, device: str, since: float, until: float, now: float) -> Records:
    """Give what is kept of a device and may be kept at `now`."""
    fixes, alerts = schema.fixes, schema.alerts
    of_device = (
        fixes.c.device_id == device,
        fixes.c.time.between(since, until),
        fixes.c.keep_until > now,
    )
    places = connection.execute(select(fixes).where(*of_device).order_by(fixes.c.time, fixes.c.id))
    still = or_(alerts.c.ends_at.is_(None), alerts.c.ends_at >= since)
    raised = select(alerts.c.record).where(alerts.c.device == device, alerts.c.starts_at <= until, still)
    records = connection.scalars(raised.order_by(alerts.c.starts_at, alerts.c.fingerprint)).all()

    def while_kept(notice: Notice) -> Notice:
        return notice if notice.keep_until > now else notice.without_place()

    return Records(
        tuple(_to_place(row) for row in places.mappings().all()),
        tuple(Alert.from_record(record).with_notices(while_kept) for record in records),
    )


def _to_place(row: RowMapping) -> KeptPlace:
    fix = Fix(**{field.name: row[field.name] for field in dataclasses.fields(Fix)})
    terms = Terms(row["may_tell_place"], row["keep_until"])
    discard = Discard(row["discard"]) if row["discard"] else None
    return KeptPlace(StoredFix(fix, row["user_name"], row["shape"], discard, terms), row["inserted_at"])
