"""One device, tuple or person: its location-info, and all that the same element says of it.

Which of several counts is decided in ``parse.py``; single shapes are ``geometry.py``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from corridor.ellipsoid import EQUATOR_RADIUS_M
from corridor.xmltree import Element
from sip.errors import PidfError
from sip.pidflo.accuracy import place_of
from sip.pidflo.confidence import Confidence, read_confidence
from sip.pidflo.flags import Flag
from sip.pidflo.geometry import SHAPE_NAMES, read_shape
from sip.pidflo.instants import read_instant
from sip.pidflo.methods import read_method
from sip.pidflo.motion import read_motion
from sip.pidflo.namespaces import (
    CIVIC_OLD,
    CIVICS,
    CONFIDENCE,
    DATA_MODEL,
    DYNAMICS,
    GEOPRIV,
    GML,
    GS,
    PIDF,
    namespace,
)
from sip.pidflo.numbers import XML_SPACE, shown
from sip.pidflo.presence import Carrier, Place, Presence
from sip.pidflo.shapes import Shape
from sip.pidflo.usage import read_usage

_MAX_COMPARED = 8  # other locations that are read only to see whether they lie apart
_SAME_PLACE_M = 100.0  # beyond both uncertainties; two fixes of one walk lie so far apart
_MAX_CIVIC = 64  # parts of an address; RFC 5139 knows 29
_MAX_CIVIC_TEXT = 256


@dataclass(frozen=True, slots=True)
class Candidate:
    """What of one device, tuple or person bears on its location; nothing is read yet."""

    carrier: Carrier
    element: Element
    geopriv: Element | None
    shapes: tuple[Element, ...]
    civic: Element | None
    dynamic: Element | None
    confidence: Element | None
    flags: frozenset[Flag]

    @property
    def has_location(self) -> bool:
        """Whether there is a location in the sense of RFC 5491, rule 8: a shape or a civic address."""
        return bool(self.shapes) or self.civic is not None

    @property
    def name(self) -> str:
        """The element and its id, for a reason phrase."""
        return f"{self.carrier} {shown(self.element.attributes.get('id', ''))}"


def find_candidate(carrier: Carrier, element: Element) -> Candidate:
    """Look through one device, tuple or person for its location-info."""
    flags: set[Flag] = set()
    found = [
        (geopriv, info)
        for geopriv in _geoprivs(carrier, element, flags)
        for info in geopriv.find_all(f"{GEOPRIV}location-info") or [Element("", {})]
    ]
    if len(found) > 1:
        flags.add(Flag.SEVERAL_LOCATIONS)
    best = next((pair for pair in found if _has_location(pair[1])), found[0] if found else None)
    if best is None:
        return Candidate(carrier, element, None, (), None, None, None, frozenset())
    geopriv, info = best
    shapes = tuple(shape for child in info.children for shape in _shapes(child, flags))
    return Candidate(
        carrier,
        element,
        geopriv,
        shapes,
        civic=next((child for child in info.children if namespace(child.name) in CIVICS), None),
        dynamic=next((child for child in info.children if _is_dynamic(child)), None),
        confidence=info.find(f"{CONFIDENCE}confidence"),
        flags=frozenset(flags),
    )


def read_location(chosen: Candidate, entity: str, candidates: Sequence[Candidate]) -> Presence:
    """Read the location that counts, and note what the others make of it.

    Raises
    ------
    PidfError
        A part of it cannot be; the reason names the element, the part and its value.
    """
    try:
        presence = _read(chosen, entity)
    except PidfError as error:
        raise PidfError(f"{chosen.name}: {error.reason}") from None
    others = [other for other in candidates if other is not chosen and other.shapes]
    if presence.place is None:
        extra = {Flag.GEODETIC_ELSEWHERE} if others else set()
    else:
        rivals = [other for other in others if other.carrier is chosen.carrier]
        extra = {flag for other in rivals[:_MAX_COMPARED] for flag in _compare(presence.place, other)}
    return replace(presence, flags=presence.flags | extra) if extra else presence


def _read(chosen: Candidate, entity: str) -> Presence:
    flags = set(chosen.flags)
    geopriv = chosen.geopriv
    if geopriv is None:
        return Presence(entity)
    shape, confidence, place = _read_place(chosen, flags)
    return Presence(
        entity,
        carrier=chosen.carrier,
        carrier_id=chosen.element.attributes.get("id"),
        shape=shape,
        place=place,
        civic=_civic(chosen.civic, flags),
        confidence=confidence,
        motion=None if chosen.dynamic is None else read_motion(chosen.dynamic, flags),
        method=read_method(geopriv, flags),
        usage=read_usage(geopriv.find(f"{GEOPRIV}usage-rules"), flags),
        time=_time(chosen, flags),
        flags=frozenset(flags),
        is_closed=_is_closed(chosen.element),
    )


def _read_place(chosen: Candidate, flags: set[Flag]) -> tuple[Shape | None, Confidence, Place | None]:
    if not chosen.shapes:
        return None, Confidence(), None
    if len(chosen.shapes) > 1:
        flags.add(Flag.SEVERAL_LOCATIONS)  # the first is the fix, the others refine it (RFC 5491, rule 7)
    shape = read_shape(chosen.shapes[0], flags)
    confidence = read_confidence(chosen.confidence, flags)
    return shape, confidence, place_of(shape, confidence, flags)


def _geoprivs(carrier: Carrier, element: Element, flags: set[Flag]) -> list[Element]:
    """Give the geoprivs of an element: under its status in a tuple, directly in a device or person."""
    inside_status = [
        geopriv
        for status in element.find_all(f"{PIDF}status")
        for geopriv in status.find_all(f"{GEOPRIV}geopriv")
    ]
    if carrier is Carrier.TUPLE:
        return inside_status
    # RFC 5491's Figure 1 can be read as if a device had a status too, and some write it so
    if inside_status:
        flags.add(Flag.STATUS_IN_DEVICE)
    return element.find_all(f"{GEOPRIV}geopriv") + inside_status


def _has_location(info: Element) -> bool:
    return any(namespace(child.name) in CIVICS or any(_shapes(child, set())) for child in info.children)


def _shapes(child: Element, flags: set[Flag]) -> list[Element]:
    """Give what claims to be a shape, of any namespace: one that we cannot read must not pass as none."""
    if child.local == "location":  # gml:location, as RFC 4119 and 6442 wrap it
        flags.add(Flag.LOCATION_WRAPPER)
        return child.children[:1]
    is_shape = child.local in SHAPE_NAMES or namespace(child.name) in {GML, GS}
    return [child] if is_shape else []


def _is_dynamic(child: Element) -> bool:
    return child.local == "Dynamic" and namespace(child.name) in DYNAMICS


def _civic(address: Element | None, flags: set[Flag]) -> tuple[tuple[str, str], ...]:
    if address is None:
        return ()
    if namespace(address.name) == CIVIC_OLD:
        flags.add(Flag.CIVIC_NAMESPACE)
    return tuple(
        (part.local[:_MAX_CIVIC_TEXT], part.text.strip(XML_SPACE)[:_MAX_CIVIC_TEXT])
        for part in address.children[:_MAX_CIVIC]
    )


def _time(chosen: Candidate, flags: set[Flag]) -> float | None:
    """Read the element's timestamp: of PIDF in a tuple, of the data model in a device or person."""
    right, wrong = (PIDF, DATA_MODEL) if chosen.carrier is Carrier.TUPLE else (DATA_MODEL, PIDF)
    element = chosen.element.find(f"{right}timestamp")
    if element is None and (element := chosen.element.find(f"{wrong}timestamp")) is not None:
        flags.add(Flag.TIMESTAMP_NAMESPACE)  # as the examples of RFC 5962 have it
    return None if element is None else read_instant(element)


def _is_closed(element: Element) -> bool:
    return any(
        basic.text.strip(XML_SPACE) == "closed"
        for status in element.find_all(f"{PIDF}status")
        for basic in status.find_all(f"{PIDF}basic")
    )


def _compare(place: Place, other: Candidate) -> set[Flag]:
    try:
        theirs = _read_place(other, set())[2]
    except PidfError:
        return {Flag.UNREADABLE_ELSEWHERE}
    if theirs is None:
        return set()
    reach_m = _SAME_PLACE_M + (place.accuracy_m or 0.0) + (theirs.accuracy_m or 0.0)
    return {Flag.AMBIGUOUS} if _distance_m(place, theirs) > reach_m else set()


def _distance_m(a: Place, b: Place) -> float:
    """Give the distance on a sphere: good to half a percent, which tells "apart" from "the same place"."""
    half_lat = math.radians(b.lat - a.lat) / 2
    half_lon = math.radians(b.lon - a.lon) / 2
    cosines = math.cos(math.radians(a.lat)) * math.cos(math.radians(b.lat))
    haversine = math.sin(half_lat) ** 2 + cosines * math.sin(half_lon) ** 2
    return 2 * EQUATOR_RADIUS_M * math.asin(math.sqrt(min(1.0, haversine)))
