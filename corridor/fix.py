"""One location fix: who was where, when, and how surely.

Columns of many fixes are ``batch.py``; where a fix came from is nobody's business here.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from corridor.errors import FixError
from corridor.instant import utc_seconds

# (lowest, highest) of each number of a fix. Altitude reaches from below any mine to above any balloon;
# an accuracy of half the earth's circumference says nothing, and a larger one is a fault.
LIMITS: dict[str, tuple[float, float]] = {
    "time": (0.0, 253402300799.0),  # 1970 to 9999, what RFC 3339 can write
    "lon": (-180.0, 180.0),
    "lat": (-90.0, 90.0),
    "altitude_m": (-20_000.0, 100_000.0),
    "accuracy_m": (0.0, 20_100_000.0),
    "speed_mps": (0.0, 100_000.0),
    "course_deg": (0.0, 360.0),
}


@dataclass(frozen=True, slots=True)
class Fix:
    """A place and a time, validated when made, so that a bad one cannot exist.

    Parameters
    ----------
    device_id
        The device; not empty.
    time
        When it was measured, UTC seconds since 1970 (`Fix.at` takes an aware datetime).
    lon, lat
        Degrees on WGS 84.
    altitude_m
        Height above the ellipsoid.
    accuracy_m
        Radius of the circle that holds the device with a probability of 95 %.
    speed_mps, course_deg
        Speed over ground; course clockwise from true north.
    method
        How it was measured, as an IANA method token (``GPS``, ``Cell``, ``802.11``).

    Raises
    ------
    FixError
        A number is NaN, infinite or out of range, or the device has no name.

    Examples
    --------
    >>> Fix("anna", 1767225600.0, lon=16.37, lat=95.0)
    Traceback (most recent call last):
    corridor.errors.FixError: latitude 95.0 is outside [-90, 90]
    """

    device_id: str
    time: float
    lon: float
    lat: float
    altitude_m: float | None = None
    accuracy_m: float | None = None
    speed_mps: float | None = None
    course_deg: float | None = None
    method: str | None = None

    def __post_init__(self) -> None:
        if not self.device_id:
            raise FixError("a fix needs a device_id; it is empty")
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            is_good = type(value) is float and low <= value <= high  # as nearly always
            if not is_good and (value is not None or name in REQUIRED):
                check_number(name, value)

    @classmethod
    def at(
        cls, device_id: str, when: datetime, lon: float, lat: float, *, accuracy_m: float | None = None
    ) -> Self:
        """Make a fix from an aware datetime; a naive one is refused."""
        return cls(device_id, utc_seconds(when), lon, lat, accuracy_m=accuracy_m)


REQUIRED = ("time", "lon", "lat")
WORDS = {"lon": "longitude", "lat": "latitude"}


def check_number(name: str, value: object) -> None:
    """Refuse what cannot be the number `name` of a fix, saying which value and what was expected."""
    word = WORDS.get(name, name)
    if isinstance(value, datetime):
        raise FixError("time is a datetime; give UTC seconds, or use Fix.at(device_id, when, lon, lat)")
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise FixError(f"{word} {value!r} is not a number")
    low, high = LIMITS[name]
    if not math.isfinite(value):
        raise FixError(f"{word} is {value}; a finite number is needed")
    if not low <= value <= high:
        raise FixError(f"{word} {value} is outside [{low:g}, {high:g}]")
