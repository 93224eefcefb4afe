"""An alert: an alarm from its opening to its end, an event, or a trip's alarm of several; with the evidence.

When one opens and ends is decided in ``book.py``; what a trip makes of its parts is ``trip.py``'s.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self

from alerts.ending import Ending
from alerts.errors import DeliveryError
from alerts.fingerprint import EVENT_KINDS, fingerprint_of
from alerts.notice import Notice


class AlertStatus(StrEnum):
    """Whether what was raised still holds, as far as anyone knows."""

    FIRING = "firing"
    RESOLVED = "resolved"


class Edge(StrEnum):
    """What of an alert a message tells; the last two are told to nobody."""

    OPENED = "opened"
    UPDATED = "updated"  # another rule of a trip that is in alarm
    RESOLVED = "resolved"
    RETRACTED = "retracted"  # it was never so
    REOPENED = "reopened"  # its end was never so
    AMENDED = "amended"  # it was so at another time
    NOTED = "noted"  # it belongs to the history of a trip


@dataclass(frozen=True, slots=True)
class Alert:
    """One episode of a device under a rule, one event, or one alarm of a trip.

    Parameters
    ----------
    fingerprint
        `fingerprint_of` what raised it: fixed then, unique for ever. Of a trip's alarm: trip, device, number.
    rule, device
        Names; of a trip's alarm the trip's.
    starts_at
        Event time of the first fix of the run that raised it, UTC seconds; a late fix may amend it.
    raised_at
        Wall time at which it was decided.
    opened
        The evidence that raised it.
    ends_at
        Event time of its end; None while it is firing. An alert whose rule vanished ends when that was
        noticed.
    resolved_at
        Wall time at which its end was decided.
    ending
        Why it ended.
    closed
        The evidence that ended it; None also where no fix did (`Ending.RULE_REMOVED`).
    parts
        Of a trip's alarm those of its rules, in the order in which they were raised; else none.
    is_announced
        Of a part, whether it was told by a message of its own: a rule that flaps is not told again.

    Raises
    ------
    DeliveryError
        A time is not finite, or the alert is half ended.
    """

    fingerprint: str
    rule: str
    device: str
    starts_at: float
    raised_at: float
    opened: Notice
    ends_at: float | None = None
    resolved_at: float | None = None
    ending: Ending | None = None
    closed: Notice | None = None
    parts: tuple["Alert", ...] = ()
    is_announced: bool = True

    def __post_init__(self) -> None:
        times = (self.starts_at, self.raised_at, self.ends_at, self.resolved_at)
        if not all(time is None or math.isfinite(time) for time in times):
            raise DeliveryError(f"alert {self.fingerprint!r}: times {times} are not all finite")
        ends = (self.ends_at is None, self.resolved_at is None, self.ending is None)
        if len(set(ends)) > 1 or (self.closed is not None and self.ends_at is None):
            raise DeliveryError(f"alert {self.fingerprint!r}: ends_at, resolved_at and ending go together")

    @classmethod
    def of_alarm(cls, notice: Notice, now: float) -> Self:
        """Make the alert of an alarm that opens."""
        said = notice.transition
        return cls(fingerprint_of(said), said.rule, said.device, said.starts_at, now, notice)

    @classmethod
    def of_event(cls, notice: Notice, now: float) -> Self:
        """Make the alert of an event, which nothing will have to end."""
        said = notice.transition
        alert = cls(fingerprint_of(said), said.rule, said.device, said.time, now, notice)
        return replace(alert, ends_at=said.time, resolved_at=now, ending=Ending.HAPPENED)

    @property
    def is_event(self) -> bool:
        """Whether it was over as it happened."""
        return self.opened.transition.kind in EVENT_KINDS

    @property
    def is_trip(self) -> bool:
        """Whether it is a trip's."""
        return bool(self.parts)

    @property
    def is_retracted(self) -> bool:
        """Whether it was never so."""
        return self.ending is Ending.RETRACTED

    @property
    def is_firing(self) -> bool:
        """Whether it has no end yet."""
        return self.ends_at is None

    @property
    def status(self) -> AlertStatus:
        """FIRING until it has an end."""
        return AlertStatus.FIRING if self.is_firing else AlertStatus.RESOLVED

    def part(self, fingerprint: str) -> "Alert | None":
        """Give the rule's alarm of that name: one of a trip's, or the alert itself."""
        return next((each for each in (self, *self.parts) if each.fingerprint == fingerprint), None)

    def notices(self) -> Iterator[Notice]:
        """Give all its evidence."""
        yield self.opened
        if self.closed is not None:
            yield self.closed
        for part in self.parts:
            yield from part.notices()

    def with_notices(self, change: Callable[[Notice], Notice]) -> Self:
        """Give the alert with other evidence."""
        return replace(
            self,
            opened=change(self.opened),
            closed=None if self.closed is None else change(self.closed),
            parts=tuple(part.with_notices(change) for part in self.parts),
        )

    def without_place(self) -> Self:
        """Give the alert as it may be kept after retention has ended (RFC 4119, 2.2.2)."""
        return self.with_notices(Notice.without_place)

    def as_record(self) -> dict[str, Any]:
        """Give every value unrounded, ready for JSON; the inverse of `from_record`."""
        record = {field.name: getattr(self, field.name) for field in fields(self)}
        record["opened"] = self.opened.as_record()
        record["closed"] = None if self.closed is None else self.closed.as_record()
        record["ending"] = None if self.ending is None else self.ending.value
        record["parts"] = [part.as_record() for part in self.parts]
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Rebuild what `as_record` gave."""
        values = dict(record)
        values["opened"] = Notice.from_record(values["opened"])
        values["closed"] = None if values["closed"] is None else Notice.from_record(values["closed"])
        values["ending"] = None if values["ending"] is None else Ending(values["ending"])
        values["parts"] = tuple(cls.from_record(part) for part in values.get("parts", ()))
        return cls(**values)


@dataclass(frozen=True, slots=True)
class AlertChange:
    """One alert that opened, ended or was revised, and what stood there before (for undoing).

    `part` names the rule's alarm that it is about, where that is one of a trip's.
    """

    before: Alert | None
    after: Alert
    edge: Edge
    part: str = ""

    @property
    def about(self) -> Alert:
        """The rule's alarm that it is about; the alert itself where that is meant."""
        return (self.part and self.after.part(self.part)) or self.after
