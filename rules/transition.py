"""What deciding says: transitions with their kind and reason, and why a fix was not judged.

Words only; the tables that produce them are each rule's own.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from corridor.instant import format_instant


class Kind(StrEnum):
    """What happened to a device under a rule. What opens an alarm stands with what closes it."""

    STARTED = "started"
    OFF_ROUTE = "off_route"
    BACK_ON_ROUTE = "back_on_route"
    ARRIVED = "arrived"
    ENDED = "ended"  # an open alarm, because the rule sleeps; no all-clear
    ENTER = "enter"  # into a fence
    EXIT = "exit"  # out of a fence
    SKIPPED = "skipped"  # a part of the path
    CROSS = "cross"  # a fence, in one go: no fix lay in it
    DWELL = "dwell"  # has stayed in a fence for so long
    WRONG_WAY = "wrong_way"
    RIGHT_WAY = "right_way"
    STALLED = "stalled"
    MOVING = "moving"
    LATE = "late"  # behind the path's own times
    ON_TIME = "on_time"
    PASSED = "passed"  # a named point of the path
    NOT_ARRIVED = "not_arrived"
    NOT_LEFT = "not_left"
    NOT_INSIDE = "not_inside"  # where it should be all the while
    MADE_GOOD = "made_good"  # arrived, left or inside after all
    SILENT = "silent"
    HEARD = "heard"
    TOO_VAGUE = "too_vague"
    CLEAR_ENOUGH = "clear_enough"
    SPEEDING = "speeding"
    SPEED_OK = "speed_ok"
    TOO_FAR = "too_far"  # two devices from each other
    TOO_NEAR = "too_near"
    DISTANCE_OK = "distance_ok"
    MOVED = "moved"  # while it should stand
    STILL = "still"
    RETRACTED = "retracted"  # what was said is not so
    AMENDED = "amended"  # what was said is so, at another time


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
    CONDITION_OVER = "condition_over"  # what the rule's `while` asks for does not hold any more
    SHORTCUT = "shortcut"  # left the path and came back farther along
    JUMPED = "jumped"  # is farther along than it can have come along the path
    PASSED_THROUGH = "passed_through"  # the straight line between two fixes meets the fence
    STAYED = "stayed"  # in the fence for so long
    REACHED = "reached"  # the named point
    DEADLINE = "deadline"  # its time has come
    NO_FIX = "no_fix"  # nothing came for so long
    FIX_CAME = "fix_came"
    VAGUE_FIXES = "vague_fixes"  # fixes came, none of which could be judged, for so long
    LATE_FIX = "late_fix"  # a fix arrived late, and what follows from it is not what was said


class Discard(StrEnum):
    """Why a fix was not judged; counted, never silent."""

    LATE = "late"
    DUPLICATE = "duplicate"
    FUTURE = "future"
    IMPLAUSIBLE = "implausible"


OPENING = frozenset(
    {
        Kind.OFF_ROUTE,
        Kind.WRONG_WAY,
        Kind.STALLED,
        Kind.LATE,
        Kind.NOT_ARRIVED,
        Kind.NOT_LEFT,
        Kind.NOT_INSIDE,
        Kind.SILENT,
        Kind.TOO_VAGUE,
        Kind.SPEEDING,
        Kind.TOO_FAR,
        Kind.TOO_NEAR,
        Kind.MOVED,
    }
)
"""What opens an alarm."""


class Measure(NamedTuple):
    """What `Transition.value` and `Transition.limit` are called on the wire, with their unit."""

    value: str
    limit: str | None


MEASURES = MappingProxyType(
    {
        Kind.SKIPPED: Measure("skipped_m", None),
        Kind.CROSS: Measure("course_deg", None),
        Kind.DWELL: Measure("inside_s", "dwell_s"),
        Kind.WRONG_WAY: Measure("back_m", "limit_m"),
        Kind.RIGHT_WAY: Measure("ahead_m", "limit_m"),
        Kind.STALLED: Measure("stalled_s", "limit_s"),
        Kind.MOVING: Measure("stalled_s", "limit_s"),
        Kind.ARRIVED: Measure("late_s", "limit_s"),
        Kind.LATE: Measure("late_s", "limit_s"),
        Kind.ON_TIME: Measure("late_s", "limit_s"),
        Kind.PASSED: Measure("late_s", None),
        Kind.MADE_GOOD: Measure("after_s", None),  # it was missed
        Kind.SILENT: Measure("silent_s", "limit_s"),
        Kind.HEARD: Measure("silent_s", "limit_s"),
        Kind.TOO_VAGUE: Measure("vague_s", "limit_s"),
        Kind.CLEAR_ENOUGH: Measure("vague_s", "limit_s"),
        Kind.SPEEDING: Measure("speed_mps", "limit_mps"),
        Kind.SPEED_OK: Measure("speed_mps", "limit_mps"),
        Kind.TOO_FAR: Measure("apart_m", "limit_m"),
        Kind.TOO_NEAR: Measure("apart_m", "limit_m"),
        Kind.DISTANCE_OK: Measure("apart_m", "limit_m"),
        Kind.MOVED: Measure("moved_m", "limit_m"),
        Kind.STILL: Measure("rested_s", "limit_s"),
    }
)


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
        Event time of the deciding fix (or of the timer), UTC seconds. Of a revision, that of what it revises:
        of `Kind.RETRACTED` when that was said to be, of `Kind.AMENDED` when it really was.
    lon, lat
        The deciding fix; of what a timer says the last fix judged, NaN where there was none.
    distance_m
        Distance to the path; to the edge of a fence, inside negative; NaN where neither was measured.
    along_track_m, half_width_m
        Position along the path, and half width of the corridor there; None where no path was measured.
    probability
        Probability that the device was outside, of the corridor or of the fence; else that what is said
        holds. NaN where none was worked out.
    episode
        Counts the alarms of this rule and device, from 1; 0 before the first. With rule and device
        it is the alarm's fingerprint. Of a fence it counts the visits.
    starts_at
        Event time of the first fix of the run that raised the alarm; for other kinds equal to `time`
        unless an alarm is open.
    closes_alarm
        Whether it ends an open alarm.
    fence
        The fence's name; None where none is meant.
    path
        The name of the nearest of a rule's paths, where it has several, or of the point that was passed.
    other
        The other device of two.
    value, limit
        What was measured and what is allowed, in the units of `MEASURES`.
    eta
        When the device will be at the path's end, as it looks, UTC seconds.
    revises, revises_time
        What a late fix has withdrawn or moved, and when that was said to be.
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
    closes_alarm: bool = False
    fence: str | None = None
    path: str | None = None
    other: str | None = None
    value: float | None = None
    limit: float | None = None
    eta: float | None = None
    revises: Kind | None = None
    revises_time: float | None = None

    @property
    def opens_alarm(self) -> bool:
        """Whether it opens an alarm."""
        return self.kind in OPENING

    def as_json(self) -> dict[str, str | float | int]:
        """Give the wire form: lower-case words, times in RFC 3339, metres rounded to millimetres.

        What does not apply is not there: ``fence`` of a corridor, ``along_track_m`` of a fence, a place that
        nobody knows.
        """
        measure = MEASURES.get(self.revises or self.kind, Measure("value", "limit"))
        wire: dict[str, str | float | int | None] = {
            "device": self.device,
            "rule": self.rule,
            "kind": self.kind.value,
            "revises": self.revises and self.revises.value,
            "revises_time": _instant(self.revises_time),
            "fence": self.fence,
            "path": self.path,
            "other": self.other,
            "reason": self.reason.value,
            "time": format_instant(self.time),
            "lon": _rounded(self.lon, 7),
            "lat": _rounded(self.lat, 7),
            "distance_m": _rounded(self.distance_m, 3),
            "along_track_m": _rounded(self.along_track_m, 3),
            "half_width_m": self.half_width_m,
            "probability": _rounded(self.probability, 6),
            "episode": self.episode,
            "starts_at": format_instant(self.starts_at),
            measure.value: _rounded(self.value, 3),
            measure.limit or "limit": _rounded(self.limit, 3),
            "eta": _instant(self.eta),
        }
        return {key: value for key, value in wire.items() if value is not None}


def _rounded(number: float | None, digits: int) -> float | None:
    """Round a number that there is; NaN is none."""
    return None if number is None or number != number else round(number, digits)  # noqa: PLR0124 (NaN)


def _instant(time: float | None) -> str | None:
    return None if time is None else format_instant(time)
