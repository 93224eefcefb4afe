"""An alert: a device off its rule's path, from when to when, or across a fence; with the evidence.

When one opens and ends is decided in ``book.py``; what is said of it is written in ``text.py``.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self

from alerts.errors import DeliveryError
from corridor.instant import format_instant
from rules.transition import Kind, Reason, Transition

EVENT_KINDS = frozenset({Kind.ENTER, Kind.EXIT})
"""What is told once and over as it happens; everything else opens an alarm, ends one or is told to nobody."""


class AlertStatus(StrEnum):
    """Whether the device is still off its path, as far as anyone knows."""

    FIRING = "firing"
    RESOLVED = "resolved"


class Edge(StrEnum):
    """Which end of an alert a message tells."""

    OPENED = "opened"
    RESOLVED = "resolved"


class Ending(StrEnum):
    """Why an alert ended; only the first two say that the device is where it should be."""

    BACK_ON_ROUTE = "back_on_route"
    ARRIVED = "arrived"
    WINDOW_CLOSED = "window_closed"
    RULE_REMOVED = "rule_removed"
    SUPERSEDED = "superseded"  # a newer episode of the same rule and device opened first
    ENDED = "ended"
    HAPPENED = "happened"  # an event: it was over as it happened


@dataclass(frozen=True, slots=True)
class Notice:
    """A transition, and whether its place may be passed on.

    Parameters
    ----------
    transition
        What was decided.
    may_tell_place
        False where the device's own document forbids retransmission: the alarm is told all the same,
        without coordinates, distance or link (RFC 4119, 2.2.2).
    keep_until
        End of the place's retention, UTC seconds.
    """

    transition: Transition
    may_tell_place: bool = True
    keep_until: float = math.inf

    def as_record(self) -> dict[str, Any]:
        """Give every value unrounded, ready for JSON; the inverse of `from_record`."""
        record: dict[str, Any] = {
            field.name: getattr(self.transition, field.name) for field in fields(Transition)
        }
        record["kind"], record["reason"] = self.transition.kind.value, self.transition.reason.value
        return {"transition": record, "may_tell_place": self.may_tell_place, "keep_until": self.keep_until}

    def without_place(self) -> Self:
        """Give the notice as it may be kept after retention has ended: no place, and none to tell."""
        nowhere = replace(
            self.transition,
            lon=math.nan,
            lat=math.nan,
            distance_m=math.nan,
            along_track_m=math.nan,
            fence=None,  # whoever knows the fence knows the place
        )
        return replace(self, transition=nowhere, may_tell_place=False)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Rebuild what `as_record` gave."""
        values = dict(record["transition"])
        values["kind"], values["reason"] = Kind(values["kind"]), Reason(values["reason"])
        return cls(Transition(**values), bool(record["may_tell_place"]), float(record["keep_until"]))


@dataclass(frozen=True, slots=True)
class Alert:
    """One episode of a device off a rule's path, or one event: a fence entered or left.

    Parameters
    ----------
    fingerprint
        `fingerprint_of` what raised it: fixed then, unique for ever.
    rule, device
        Names.
    starts_at
        Event time of the first fix of the run that raised it, UTC seconds.
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

    def __post_init__(self) -> None:
        times = (self.starts_at, self.raised_at, self.ends_at, self.resolved_at)
        if not all(time is None or math.isfinite(time) for time in times):
            raise DeliveryError(f"alert {self.fingerprint!r}: times {times} are not all finite")
        ends = (self.ends_at is None, self.resolved_at is None, self.ending is None)
        if len(set(ends)) > 1 or (self.closed is not None and self.ends_at is None):
            raise DeliveryError(f"alert {self.fingerprint!r}: ends_at, resolved_at and ending go together")

    @classmethod
    def of_event(cls, notice: Notice, now: float) -> Self:
        """Make the alert of an event, which nothing will have to end."""
        said = notice.transition
        return cls(
            fingerprint=fingerprint_of(said),
            rule=said.rule,
            device=said.device,
            starts_at=said.time,
            raised_at=now,
            opened=notice,
            ends_at=said.time,
            resolved_at=now,
            ending=Ending.HAPPENED,
        )

    @property
    def is_event(self) -> bool:
        """Whether it was over as it happened."""
        return self.ending is Ending.HAPPENED

    @property
    def status(self) -> AlertStatus:
        """FIRING until it has an end."""
        return AlertStatus.FIRING if self.ends_at is None else AlertStatus.RESOLVED

    def without_place(self) -> Self:
        """Give the alert as it may be kept after retention has ended (RFC 4119, 2.2.2)."""
        closed = None if self.closed is None else self.closed.without_place()
        return replace(self, opened=self.opened.without_place(), closed=closed)

    def as_record(self) -> dict[str, Any]:
        """Give every value unrounded, ready for JSON; the inverse of `from_record`."""
        record = {field.name: getattr(self, field.name) for field in fields(self)}
        record["opened"] = self.opened.as_record()
        record["closed"] = None if self.closed is None else self.closed.as_record()
        record["ending"] = None if self.ending is None else self.ending.value
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Rebuild what `as_record` gave."""
        values = dict(record)
        values["opened"] = Notice.from_record(values["opened"])
        values["closed"] = None if values["closed"] is None else Notice.from_record(values["closed"])
        values["ending"] = None if values["ending"] is None else Ending(values["ending"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class AlertChange:
    """One alert that opened or ended, and what stood there before (for undoing)."""

    before: Alert | None
    after: Alert
    edge: Edge


def fingerprint_of(transition: Transition) -> str:
    """Name the episode that a transition belongs to; an event is one by itself.

    An event is known by its time and its fence, which no other of its rule, device and kind has. The fence is
    there as a digest: its name tells a place, and a fingerprint outlives the retention of places.

    Examples
    --------
    >>> seen = (Reason.CONFIRMED, 60.0, 16.3, 48.2, 80.0, 0.0, 40.0, 1.0)
    >>> fingerprint_of(Transition("way", "anna", Kind.OFF_ROUTE, *seen, episode=3, starts_at=30.0))
    'way/anna/3'
    >>> yard = Transition("school", "anna", Kind.EXIT, *seen, episode=0, starts_at=60.0, fence="yard")
    >>> fingerprint_of(yard)
    'school/anna/exit/1970-01-01T00:01:00Z/728faea7'
    """
    whose = f"{transition.rule}/{transition.device}"
    if transition.kind not in EVENT_KINDS:
        return f"{whose}/{transition.episode}"
    fence = hashlib.blake2b((transition.fence or "").encode(), digest_size=4).hexdigest()
    return f"{whose}/{transition.kind.value}/{format_instant(transition.time)}/{fence}"
