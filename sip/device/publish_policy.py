"""Which fixes of a trip are worth a PUBLISH: by distance, and within limits of time.

Everything is in the trip's own time; when they are sent in earnest is the caller's. A policy that looks at
speed and turns is ``adaptive_rate.py``.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from corridor.ellipsoid import geocentric
from corridor.fix import Fix
from sip.errors import CallerError

# So much earlier than the last fix it is another clock: the receiver was wrong then, or is now. Some are
# years ahead after a cold start; the device would be silent until that time.
CLOCK_SET_S = 60.0


class Policy(Protocol):
    """What chooses among the fixes of one device."""

    def chooser(self) -> Callable[[Fix], bool]:
        """Give a function that is asked of each fix in turn whether it is sent."""


@dataclass(frozen=True, slots=True)
class PublishPolicy:
    """When a fix is published, seen from the last one that was.

    Parameters
    ----------
    every_m
        After so far a way ...
    at_most_every_s
        ... but no sooner than this; RFC 3903 states no rate, and servers are meant for seconds.
    at_least_every_s
        In any case after so long: silence is an alarm of its own.

    Raises
    ------
    CallerError
        A number is negative, infinite or NaN, or the two times are out of order.

    Examples
    --------
    >>> here, there = Fix("anna", 0.0, 16.0, 48.0), Fix("anna", 10.0, 16.0, 48.001)
    >>> PublishPolicy().wants(here, there)
    True
    """

    every_m: float = 50.0
    at_most_every_s: float = 10.0
    at_least_every_s: float = 60.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise CallerError(f"{name} is {value}; it must be 0 or more")
        if self.at_least_every_s < self.at_most_every_s:
            raise CallerError(
                f"at_least_every_s {self.at_least_every_s:g} is shorter than"
                f" at_most_every_s {self.at_most_every_s:g}"
            )

    def wants(self, last: Fix, fix: Fix) -> bool:
        """Tell whether `fix` is due, `last` being the fix published last; each limit counts as reached.

        One that is more than `CLOCK_SET_S` older is due: another clock.
        """
        elapsed_s = fix.time - last.time
        if elapsed_s < -CLOCK_SET_S:
            return True
        if elapsed_s >= self.at_least_every_s:
            return elapsed_s > 0
        return elapsed_s >= self.at_most_every_s and elapsed_s > 0 and _chord_m(last, fix) >= self.every_m

    def chooser(self) -> Callable[[Fix], bool]:
        """Give a function that is asked of each fix in turn whether it is sent."""
        last: Fix | None = None

        def wants(fix: Fix) -> bool:
            nonlocal last
            if last is None or self.wants(last, fix):
                last = fix
                return True
            return False

        return wants


def chosen_fixes(fixes: Sequence[Fix], policy: Policy) -> tuple[Fix, ...]:
    """Give the fixes of one trip that are published, the first and the last always among them.

    Parameters
    ----------
    fixes
        In order of time. Where several have one time, the first counts.
    policy
        Which of those between.
    """
    wants = policy.chooser()
    chosen = [fix for fix in fixes if wants(fix)]
    if chosen and fixes[-1].time > chosen[-1].time:
        chosen.append(fixes[-1])
    return tuple(chosen)


def _chord_m(a: Fix, b: Fix) -> float:
    """Measure straight through the earth: a nanometre shorter than the arc of 50 m."""
    x, y, z = geocentric(np.array([a.lon, b.lon]), np.array([a.lat, b.lat]))
    return math.dist((x[0], y[0], z[0]), (x[1], y[1], z[1]))
