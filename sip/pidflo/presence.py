"""A presence document as a value: whose, where, how surely, when, and what may be done with it.

Reading it from bytes is ``parse.py``, writing it ``write.py``.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from corridor.fix import Fix
from sip.pidflo.confidence import Confidence
from sip.pidflo.flags import Flag
from sip.pidflo.motion import Motion
from sip.pidflo.shapes import Shape
from sip.pidflo.usage import Usage


class Carrier(StrEnum):
    """Which element of a document a location came from, first to be believed first (RFC 5491, rule 8)."""

    DEVICE = "device"
    TUPLE = "tuple"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Place:
    """The centre of a shape.

    Parameters
    ----------
    lon, lat
        Degrees on WGS 84.
    altitude_m
        Above the ellipsoid; None for a shape of two dimensions.
    accuracy_m
        Radius of the circle that holds the target with 95 %; None for a point, which says nothing of it.
    """

    lon: float
    lat: float
    altitude_m: float | None
    accuracy_m: float | None


@dataclass(frozen=True, slots=True)
class Presence:
    """What a document says of the one location that counts in it.

    Parameters
    ----------
    entity
        Whose presence: a URI, as it stands in the document.
    carrier, carrier_id
        The element that the location was taken from, and its id; None where there is no location.
    shape, place
        The shape and its centre; None where no geodetic location was given (a civic address is not one).
    civic
        (name, value) of a civic address, as they stand.
    confidence
        Of the shape, as stated.
    motion, method, usage, time
        What the same element says; `time` in UTC seconds, None where the document has none.
    flags
        What was forgiven.
    is_closed
        Whether the tuple says that its device can be reached no more (``<basic>closed</basic>``): a presence
        server writes so once it has unpublished, beside the last place.
    """

    entity: str
    carrier: Carrier | None = None
    carrier_id: str | None = None
    shape: Shape | None = None
    place: Place | None = None
    civic: tuple[tuple[str, str], ...] = ()
    confidence: Confidence = field(default_factory=Confidence)
    motion: Motion | None = None
    method: str | None = None
    usage: Usage = field(default_factory=Usage)
    time: float | None = None
    flags: frozenset[Flag] = frozenset()
    is_closed: bool = False

    def to_fix(self, device_id: str, received_at: float) -> Fix | None:
        """Give the fix that this document reports, or None where it has no geodetic location.

        Parameters
        ----------
        device_id
            Name for the fix; the document's entity is not looked at.
        received_at
            UTC seconds; the fix's time where the document has none (RFC 3863, 4.1.7 makes it optional).
        """
        if self.place is None:
            return None
        motion = self.motion or Motion()
        return Fix(
            device_id,
            received_at if self.time is None else self.time,
            self.place.lon,
            self.place.lat,
            altitude_m=self.place.altitude_m,
            accuracy_m=self.place.accuracy_m,
            speed_mps=motion.ground_speed_mps,
            course_deg=motion.heading_deg,
            method=self.method,
        )
