"""Which fixes are worth a PUBLISH while a device moves, turns and stands: often, at once, hardly ever.

A machine of values in the trip's own time. The plainer policy, by distance and interval alone, is
``publish_policy.py``; what is sent in earnest and when is the caller's (docs/decisions/0046).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from corridor.ellipsoid import ECCENTRICITY_SQUARED, EQUATOR_RADIUS_M
from corridor.fix import Fix
from sip.device.publish_policy import CLOCK_SET_S
from sip.errors import CallerError

SLOW_MPS = 0.3  # below it a receiver's course is noise: standing is predicted
ALONG_SLACK = 4.0  # being sooner or later on the expected line counts so much less than being beside it


class Pace(StrEnum):
    """How the device is taken to be under way."""

    UNKNOWN = "unknown"  # no fix was seen yet
    MOVING = "moving"
    STANDING = "standing"


class Seen(StrEnum):
    """What a fix shows, compared with the last one that was sent and with where the device came to rest."""

    REPEATED = "repeated"  # its time is not later than that of the fix before
    CLOCK_SET = "clock_set"  # its time is so much earlier that one of the two clocks was wrong
    ON_COURSE = "on_course"  # where the last one sent let expect it
    LINGERS = "lingers"  # within the circle of a stand, but not for long
    TURNED = "turned"  # off the place that speed and course of the last one sent predict
    FAR = "far"  # so far a way from the last one sent that another is due
    OLD = "old"  # the last one sent is so long ago that another is due
    STAYS = "stays"  # within the circle of a stand for long
    HEARTBEAT = "heartbeat"  # the same, and nothing was sent for very long


class Act(StrEnum):
    """What is done with it."""

    HOLD = "hold"
    SEND = "send"


_MOVES = (Seen.ON_COURSE, Seen.TURNED, Seen.FAR, Seen.OLD)  # it is outside the circle of the stand

TABLE: dict[tuple[Pace, Seen], tuple[Pace, Act]] = {
    # what is not said below is held back
    **{(pace, seen): (pace, Act.HOLD) for pace in Pace for seen in Seen},
    **{(Pace.UNKNOWN, seen): (Pace.MOVING, Act.SEND) for seen in Seen},
    (Pace.MOVING, Seen.CLOCK_SET): (Pace.MOVING, Act.SEND),
    (Pace.MOVING, Seen.TURNED): (Pace.MOVING, Act.SEND),
    (Pace.MOVING, Seen.FAR): (Pace.MOVING, Act.SEND),
    (Pace.MOVING, Seen.OLD): (Pace.MOVING, Act.SEND),
    (Pace.MOVING, Seen.STAYS): (Pace.STANDING, Act.SEND),  # the place of rest is told once, at once
    (Pace.MOVING, Seen.HEARTBEAT): (Pace.STANDING, Act.SEND),
    **{(Pace.STANDING, seen): (Pace.MOVING, Act.SEND) for seen in (*_MOVES, Seen.CLOCK_SET)},
    (Pace.STANDING, Seen.HEARTBEAT): (Pace.STANDING, Act.SEND),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the machine stands between two fixes.

    Parameters
    ----------
    pace
        The state of the table.
    sent
        The fix that was sent last.
    east_mps, north_mps
        The way on that was expected when it was sent.
    rest
        The fix about which the device may have come to rest.
    newest
        The fix that was seen last.
    """

    pace: Pace = Pace.UNKNOWN
    sent: Fix | None = None
    east_mps: float = 0.0
    north_mps: float = 0.0
    rest: Fix | None = None
    newest: Fix | None = None


@dataclass(frozen=True, slots=True)
class AdaptiveRate:
    """When a fix is published: fast when moving or turning, hardly when standing.

    Parameters
    ----------
    off_course_m
        A fix this far beside the line that the last one sent let expect is sent, or `ALONG_SLACK` times as
        far before or behind; its own accuracy counts where that is larger, so that no vagueness is a turn.
    every_m
        While moving, in any case after so far a way.
    at_most_every_s
        While moving, no sooner than this.
    at_least_every_s
        While moving, in any case after so long.
    stand_m, stand_s
        Within so many metres for so long is standing.
    heartbeat_s
        While standing, once in so long: so that two fit into what the server takes for silence (180 s is
        usual), and one may be lost (docs/decisions/0057).

    Raises
    ------
    CallerError
        A number is negative, infinite or NaN, or the times are out of order.

    Examples
    --------
    >>> rate = AdaptiveRate()
    >>> start, act = rate.step(Standing(), Fix("anna", 0.0, 16.0, 48.0, speed_mps=1.5, course_deg=0.0))
    >>> start.pace.value, act.value
    ('moving', 'send')
    >>> rate.step(start, Fix("anna", 20.0, 16.0, 48.00027))[1].value  # 30 m on: as expected
    'hold'
    """

    off_course_m: float = 15.0
    every_m: float = 300.0
    at_most_every_s: float = 5.0
    at_least_every_s: float = 60.0
    stand_m: float = 25.0
    stand_s: float = 90.0
    heartbeat_s: float = 75.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise CallerError(f"{name} is {value}; it must be 0 or more")
        for shorter, longer in (("at_most_every_s", "at_least_every_s"), ("at_least_every_s", "heartbeat_s")):
            most_s, least_s = getattr(self, longer), getattr(self, shorter)
            if most_s < least_s:
                raise CallerError(
                    f"{longer} {most_s:g} is shorter than {shorter} {least_s:g}; give {least_s:g} or more"
                )

    def step(self, before: Standing, fix: Fix) -> tuple[Standing, Act]:
        """Take the next fix of the device; give where the machine stands now, and what is done with it."""
        seen = self._look(before, fix)
        pace, act = TABLE[before.pace, seen]
        if seen is Seen.REPEATED and before.pace is not Pace.UNKNOWN:
            return before, act
        stays = seen is not Seen.CLOCK_SET and self._is_at_rest(before, fix)
        rest = before.rest if stays else fix
        after = replace(before, pace=pace, rest=rest, newest=fix)
        if act is Act.SEND:
            east_mps, north_mps = _velocity(fix, before.newest)
            after = replace(after, sent=fix, east_mps=east_mps, north_mps=north_mps)
        return after, act

    def chooser(self) -> Callable[[Fix], bool]:
        """Give a function that is asked of each fix in turn whether it is sent."""
        standing = Standing()

        def wants(fix: Fix) -> bool:
            nonlocal standing
            standing, act = self.step(standing, fix)
            return act is Act.SEND

        return wants

    def _look(self, before: Standing, fix: Fix) -> Seen:
        sent, newest, rest = before.sent, before.newest, before.rest
        if sent is None or newest is None or rest is None or fix.time <= newest.time:
            is_far_back = newest is not None and fix.time < newest.time - CLOCK_SET_S
            return Seen.CLOCK_SET if is_far_back else Seen.REPEATED
        elapsed_s = fix.time - sent.time
        if self._is_at_rest(before, fix) and fix.time - rest.time >= self.stand_s:
            return Seen.HEARTBEAT if elapsed_s >= self.heartbeat_s else Seen.STAYS
        if elapsed_s >= self.at_most_every_s:
            if self._off_course_m(before, sent, fix) >= max(self.off_course_m, fix.accuracy_m or 0.0):
                return Seen.TURNED
            if math.hypot(*way_m(sent, fix)) >= self.every_m:
                return Seen.FAR
        if elapsed_s >= self.at_least_every_s:
            return Seen.OLD
        return Seen.LINGERS if self._is_at_rest(before, fix) else Seen.ON_COURSE

    def _is_at_rest(self, before: Standing, fix: Fix) -> bool:
        if before.rest is None:
            return False
        return math.hypot(*way_m(before.rest, fix)) <= max(self.stand_m, fix.accuracy_m or 0.0)

    def _off_course_m(self, before: Standing, sent: Fix, fix: Fix) -> float:
        east_m, north_m = way_m(sent, fix)
        expected_mps = math.hypot(before.east_mps, before.north_mps)
        if expected_mps == 0:
            return math.hypot(east_m, north_m)
        east, north = before.east_mps / expected_mps, before.north_mps / expected_mps
        ahead_m = east_m * east + north_m * north - expected_mps * (fix.time - sent.time)
        beside_m = east_m * north - north_m * east
        return math.hypot(ahead_m / ALONG_SLACK, beside_m)


def way_m(start: Fix, end: Fix) -> tuple[float, float]:
    """Measure the way between two fixes, east and north, on the plane that touches the first.

    Good to 1 % up to 50 km outside the polar caps: far more than any threshold here.
    """
    lat = math.radians(start.lat)
    flattened = 1 - ECCENTRICITY_SQUARED * math.sin(lat) ** 2
    east_radius_m = EQUATOR_RADIUS_M / math.sqrt(flattened)
    north_radius_m = east_radius_m * (1 - ECCENTRICITY_SQUARED) / flattened
    turn_deg = (end.lon - start.lon + 180.0) % 360.0 - 180.0
    mean_lat = math.radians((start.lat + end.lat) / 2)
    return (
        math.radians(turn_deg) * math.cos(mean_lat) * east_radius_m,
        math.radians(end.lat - start.lat) * north_radius_m,
    )


def _velocity(fix: Fix, before: Fix | None) -> tuple[float, float]:
    """Give the way on in a second, east and north: as the receiver says, else as since the fix before."""
    if fix.speed_mps is not None and fix.speed_mps < SLOW_MPS:
        return 0.0, 0.0
    if fix.speed_mps is not None and fix.course_deg is not None:
        course = math.radians(fix.course_deg)
        return fix.speed_mps * math.sin(course), fix.speed_mps * math.cos(course)
    if before is None or fix.time <= before.time:
        return 0.0, 0.0
    east_m, north_m = way_m(before, fix)
    elapsed_s = fix.time - before.time
    return east_m / elapsed_s, north_m / elapsed_s
