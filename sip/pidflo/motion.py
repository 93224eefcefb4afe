"""The ``Dynamic`` element of RFC 5962: speed, heading and orientation.

A part that cannot be is left out and flagged: a wild speed must not cost a good position.
"""

import math
from dataclasses import dataclass

from corridor.fix import LIMITS
from corridor.xmltree import Element
from sip.errors import PidfError
from sip.pidflo.flags import Flag
from sip.pidflo.namespaces import DYNAMIC, namespace
from sip.pidflo.numbers import doubles, single


@dataclass(frozen=True, slots=True)
class Motion:
    """How a device moves and where it points; None where the document does not say.

    Parameters
    ----------
    speed_mps
        Along the heading; horizontal where the heading has no elevation.
    heading_deg, heading_elevation_deg
        Direction of movement, clockwise from north, and upwards.
    orientation_deg, orientation_elevation_deg
        Direction in which the device points.
    """

    speed_mps: float | None = None
    heading_deg: float | None = None
    heading_elevation_deg: float | None = None
    orientation_deg: float | None = None
    orientation_elevation_deg: float | None = None

    @property
    def ground_speed_mps(self) -> float | None:
        """Give the horizontal part of the speed (RFC 5962, 3)."""
        if self.speed_mps is None or self.heading_elevation_deg is None:
            return self.speed_mps
        return abs(self.speed_mps * math.cos(math.radians(self.heading_elevation_deg)))


def read_motion(dynamic: Element, flags: set[Flag]) -> Motion:
    """Read a ``Dynamic`` element of either namespace; never refuses."""
    space = namespace(dynamic.name)
    if space != DYNAMIC:
        flags.add(Flag.DYNAMIC_NAMESPACE)
    heading, heading_elevation = _direction(dynamic.find(f"{space}heading"), flags)
    orientation, orientation_elevation = _direction(dynamic.find(f"{space}orientation"), flags)
    speed_mps = _speed(dynamic.find(f"{space}speed"), flags)
    return Motion(speed_mps, heading, heading_elevation, orientation, orientation_elevation)


def _speed(element: Element | None, flags: set[Flag]) -> float | None:
    if element is None:
        return None
    low, high = LIMITS["speed_mps"]
    try:
        speed_mps = single(element)
    except PidfError:
        speed_mps = math.nan
    if low <= speed_mps <= high:
        return speed_mps
    flags.add(Flag.DYNAMIC_INVALID)
    return None


def _direction(element: Element | None, flags: set[Flag]) -> tuple[float | None, float | None]:
    if element is None:
        return None, None
    try:
        angles = doubles(element)
    except PidfError:
        angles = []
    if len(angles) not in {1, 2}:
        flags.add(Flag.DYNAMIC_INVALID)
        return None, None
    # negative angles and whole turns are legal (RFC 5962's own example has -3)
    return angles[0] % 360.0, angles[1] if len(angles) == 2 else None
