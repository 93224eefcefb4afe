"""A place as a filter looks at it: what is current about a device, and what a watcher was last told.

What is made of the two is ``conditions.py``. A watcher who is told a coarse place is judged by coarse places
only: else a filter of 10 m would give away what the coarse place hides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from sip.filters.area import Area, Side
from sip.pidflo import Circle, Confidence, Motion, Place, Shape


@dataclass(frozen=True, slots=True)
class Seen:
    """What is current about a device.

    Parameters
    ----------
    place
        Where it is, or None where no place is known (no more).
    shape, confidence
        The region it was stated as; None: the circle of the place's accuracy.
    motion
        None where nothing is said of it.
    civic
        (name, value) of a civic address.
    """

    place: Place | None = None
    shape: Shape | None = None
    confidence: Confidence = field(default_factory=Confidence)
    motion: Motion | None = None
    civic: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of_circle(cls, circle: Circle) -> Self:
        """Take a circle that surely holds the device, and nothing else: a coarse place."""
        return cls(Place(circle.lon, circle.lat, None, circle.radius_m), circle)


@dataclass(frozen=True, slots=True)
class Told:
    """What the last NOTIFY said, and on which side of each area the device last surely was.

    Made by `Filters.told`.
    """

    seen: Seen
    sides: Mapping[Area, Side] = field(default_factory=dict)
