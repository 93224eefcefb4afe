"""What a report is about: a device, a time, and what is kept of both.

A value; what the files say of it is each file's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from alerts import Alert
from corridor import format_instant
from rules import Discard
from waywarn.store.records import KeptPlace, Records


@dataclass(frozen=True, slots=True)
class Case:
    """One report.

    Parameters
    ----------
    device, aor
        Whose places, and its SIP address.
    since, until
        Between which instants, UTC seconds.
    made_at
        When the report was made.
    zone
        The local time that is told beside UTC.
    places
        All that may be told, in order of time.
    alerts
        What was raised of the device in that time.
    withheld
        How many places are left out because their document forbids passing them on.
    is_passed_on
        Whether it is for others than whoever runs the service.
    """

    device: str
    aor: str
    since: float
    until: float
    made_at: float
    zone: ZoneInfo
    places: tuple[KeptPlace, ...]
    alerts: tuple[Alert, ...]
    withheld: int = 0
    is_passed_on: bool = False

    @classmethod
    def to_keep(cls, records: Records, **whose: object) -> "Case":
        """Make the case of somebody who has all this in the store anyway: nothing is left out."""
        return cls(places=records.places, alerts=records.alerts, **whose)  # type: ignore[arg-type]

    @classmethod
    def to_pass_on(cls, records: Records, **whose: object) -> "Case":
        """Make the case that is sent to others: without places that must not be (RFC 4119, 2.2.2)."""
        told = tuple(place for place in records.places if place.stored.terms.may_tell_place)
        withheld = len(records.places) - len(told)
        return cls(places=told, alerts=records.alerts, withheld=withheld, is_passed_on=True, **whose)  # type: ignore[arg-type]

    @property
    def track(self) -> tuple[KeptPlace, ...]:
        """The places that a track is made of: without duplicates, and without what cannot have been."""
        return tuple(place for place in self.places if place.stored.discard in {None, Discard.LATE})

    @property
    def last(self) -> KeptPlace | None:
        """The newest of the track."""
        return self.track[-1] if self.track else None

    @property
    def keep_until(self) -> float | None:
        """When the first of the places must be deleted."""
        return min((place.stored.terms.keep_until for place in self.places), default=None)

    def local(self, time: float) -> str:
        """Write an instant in local time, with its offset from UTC."""
        return (
            datetime.fromtimestamp(time, UTC).astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S %Z (UTC%z)")
        )

    def clock(self, time: float) -> str:
        """Write the time of day, local."""
        return datetime.fromtimestamp(time, UTC).astimezone(self.zone).strftime("%H:%M:%S")


def both(case: Case, time: float) -> str:
    """Write an instant in UTC and in local time."""
    return f"{format_instant(time)} = {case.local(time)}"


def clocks_marked(count: int, most: int) -> Sequence[int]:
    """Choose which of many places get their time written: the first, the last, and evenly between.

    Examples
    --------
    >>> list(clocks_marked(5, 3)), list(clocks_marked(2, 6))
    ([0, 2, 4], [0, 1])
    """
    if count <= most:
        return range(count)
    return sorted({round(step * (count - 1) / (most - 1)) for step in range(most)})
