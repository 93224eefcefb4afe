"""What deciding says: transitions with their kind and reason, and why a fix was not judged.

Words only; the tables that produce them are ``table.py`` and ``fence_table.py``.
"""

from dataclasses import dataclass
from enum import StrEnum

from corridor.instant import format_instant


class Kind(StrEnum):
    """What happened to a device under a rule."""

    STARTED = "started"
    OFF_ROUTE = "off_route"
    BACK_ON_ROUTE = "back_on_route"
    ARRIVED = "arrived"
    ENDED = "ended"
    ENTER = "enter"  # into a fence
    EXIT = "exit"  # out of a fence


class Reason(StrEnum):
    """Why it is said; the same word stands in the metrics, on the page and in the message."""

    FIRST_INSIDE = "first_inside"  # the first fix inside the corridor (or its start's grace area)
    CONFIRMED = "confirmed"  # enough consecutive fixes for long enough
    BEYOND_DOUBT = "beyond_doubt"  # two fixes more than two half widths outside
    WELL_INSIDE = "well_inside"  # two consecutive fixes inside by a fifth of the half width
    STAYED_INSIDE = "stayed_inside"  # inside for the confirming time
    END_REACHED = "end_reached"
    WINDOW_CLOSED = "window_closed"
    SEEN_INSIDE = "seen_inside"  # often enough in the fence for long enough
    SEEN_OUTSIDE = "seen_outside"  # often enough out of it


class Discard(StrEnum):
    """Why a fix was not judged; counted, never silent."""

    LATE = "late"
    DUPLICATE = "duplicate"
    FUTURE = "future"
    IMPLAUSIBLE = "implausible"


@dataclass(frozen=True, slots=True)
class Transition:
    """One thing to say of a device under a rule, with its evidence.

    Parameters
    ----------
    rule, device
        Names.
    kind, reason
        What, and why now.
    time
        Event time of the deciding fix (or of the window's close), UTC seconds.
    lon, lat
        The deciding fix; for `Kind.ENDED` the last fix judged.
    distance_m
        Distance to the path; to the edge of a fence, inside negative.
    along_track_m, half_width_m
        Position along the path, and half width of the corridor there; None of a fence.
    probability
        Probability that the device was outside, of the corridor or of the fence.
    episode
        Counts the alarms of this rule and device, from 1; 0 before the first. With rule and device
        it is the alarm's fingerprint.
    starts_at
        Event time of the first fix of the run that raised the alarm; for other kinds equal to `time`
        unless an alarm is open.
    fence
        The fence's name; None of a corridor.
    """

    rule: str
    device: str
    kind: Kind
    reason: Reason
    time: float
    lon: float
    lat: float
    distance_m: float
    along_track_m: float | None
    half_width_m: float | None
    probability: float
    episode: int
    starts_at: float
    closes_alarm: bool = False  # this transition ends an open alarm
    fence: str | None = None

    def as_json(self) -> dict[str, str | float | int]:
        """Give the wire form: lower-case words, times in RFC 3339, metres rounded to millimetres.

        What does not apply is not there: ``fence`` of a corridor, ``along_track_m`` and ``half_width_m`` of a
        fence.
        """
        wire: dict[str, str | float | int | None] = {
            "device": self.device,
            "rule": self.rule,
            "kind": self.kind.value,
            "fence": self.fence,
            "reason": self.reason.value,
            "time": format_instant(self.time),
            "lon": round(self.lon, 7),
            "lat": round(self.lat, 7),
            "distance_m": round(self.distance_m, 3),
            "along_track_m": None if self.along_track_m is None else round(self.along_track_m, 3),
            "half_width_m": self.half_width_m,
            "probability": round(self.probability, 6),
            "episode": self.episode,
            "starts_at": format_instant(self.starts_at),
        }
        return {key: value for key, value in wire.items() if value is not None}
