"""A notice: a transition, and what may be done with the place in it.

What becomes of notices is decided in ``book.py``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from rules.transition import Kind, Reason, Transition


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

    @property
    def has_place(self) -> bool:
        """Whether there is a place at all: a timer may speak of a device that was never heard."""
        return math.isfinite(self.transition.lon) and math.isfinite(self.transition.lat)

    def as_record(self) -> dict[str, Any]:
        """Give every value unrounded, ready for JSON; the inverse of `from_record`."""
        said = self.transition
        record: dict[str, Any] = {field.name: getattr(said, field.name) for field in fields(Transition)}
        record["kind"], record["reason"] = said.kind.value, said.reason.value
        record["revises"] = said.revises and said.revises.value
        return {"transition": record, "may_tell_place": self.may_tell_place, "keep_until": self.keep_until}

    def without_place(self) -> Self:
        """Give the notice as it may be kept after retention has ended: no place, and none to tell."""
        nowhere = replace(
            self.transition,
            lon=math.nan,
            lat=math.nan,
            distance_m=math.nan,
            along_track_m=None,
            fence=None,  # whoever knows the fence, or the point that was passed, knows the place
            path=None,
        )
        return replace(self, transition=nowhere, may_tell_place=False)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Rebuild what `as_record` gave."""
        values = dict(record["transition"])
        values["kind"], values["reason"] = Kind(values["kind"]), Reason(values["reason"])
        values["revises"] = Kind(values["revises"]) if values.get("revises") else None
        return cls(Transition(**values), bool(record["may_tell_place"]), float(record["keep_until"]))
