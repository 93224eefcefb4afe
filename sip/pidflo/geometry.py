"""An element of GML or of the PIDF-LO shape schema to a shape (RFC 5491, section 5).

Which element is looked at is ``location.py``; the unit vectors and rings are ``ring.py``.
"""

import re
from collections.abc import Callable
from itertools import pairwise

from corridor.xmltree import Element
from sip.errors import PidfError
from sip.pidflo.flags import Flag
from sip.pidflo.namespaces import GML, GS, namespace
from sip.pidflo.numbers import XML_SPACE, angle_deg, doubles, length_m, shown
from sip.pidflo.ring import MAX_CORNERS, Ring, is_clockwise
from sip.pidflo.shapes import (
    ArcBand,
    Circle,
    Ellipse,
    Ellipsoid,
    Point,
    Polygon,
    Prism,
    Shape,
    Sphere,
)

CRS_2D = "urn:ogc:def:crs:EPSG::4326"
CRS_3D = "urn:ogc:def:crs:EPSG::4979"
_DIMENSIONS = {CRS_2D: 2, CRS_3D: 3}
# seen in the wild: one colon, a colon too many, a version, the bare "epsg:4326" of RFC 4119
_NEARLY_CRS = re.compile(r"(?:urn:ogc:def::?crs:)?epsg:(?:[0-9.]*:)?(4326|4979)", re.IGNORECASE | re.ASCII)
_MAX_NUMBERS = 3 * (MAX_CORNERS + 1) * 2  # of a ring, repeats included
_GOOD_CORNERS = 15  # RFC 5491, 5.2.2: SHOULD

Place = tuple[float, float, float | None]  # lon, lat, altitude


def read_shape(element: Element, flags: set[Flag]) -> Shape:
    """Read one geometry; what was forgiven is added to `flags`.

    Raises
    ------
    PidfError
        It is none of the eight shapes, or one that cannot be; the text names the part and its value.
    """
    reader = _READERS.get(element.name)
    if reader is None:
        raise PidfError(
            f"{element.local} in namespace {shown(namespace(element.name)[1:-1])} is not one of the eight"
            " shapes of RFC 5491"
        )
    try:
        return reader(element, flags)
    except ValueError as error:
        raise PidfError(f"{element.local}: {error}") from None


def _point(element: Element, flags: set[Flag]) -> Shape:
    return Point(*_place(element, _dimensions(element, 2, flags), flags))


def _circle(element: Element, flags: set[Flag]) -> Shape:
    lon, lat = _flat_place(element, flags)
    return Circle(lon, lat, length_m(_child(element, GS, "radius"), flags))


def _ellipse(element: Element, flags: set[Flag]) -> Shape:
    lon, lat = _flat_place(element, flags)
    return Ellipse(lon, lat, *_axes(element, flags), _angle(element, "orientation", flags))


def _arc_band(element: Element, flags: set[Flag]) -> Shape:
    lon, lat = _flat_place(element, flags)
    return ArcBand(
        lon,
        lat,
        length_m(_child(element, GS, "innerRadius"), flags),
        length_m(_child(element, GS, "outerRadius"), flags),
        _angle(element, "startAngle", flags),
        angle_deg(_child(element, GS, "openingAngle"), flags),
    )


def _sphere(element: Element, flags: set[Flag]) -> Shape:
    return Sphere(*_high_place(element, flags), length_m(_child(element, GS, "radius"), flags))


def _ellipsoid(element: Element, flags: set[Flag]) -> Shape:
    place = _high_place(element, flags)
    semi_major_m, semi_minor_m = _axes(element, flags)
    vertical_m = length_m(_child(element, GS, "verticalAxis"), flags)
    return Ellipsoid(*place, semi_major_m, semi_minor_m, vertical_m, _angle(element, "orientation", flags))


def _polygon(element: Element, flags: set[Flag]) -> Shape:
    return Polygon(*_ring(element, _dimensions(element, 2, flags), flags))


def _prism(element: Element, flags: set[Flag]) -> Shape:
    dimensions = _dimensions(element, 3, flags)
    base = _child(_child(element, GS, "base"), GML, "Polygon")
    ring, altitude_m = _ring(base, dimensions, flags)
    if altitude_m is None:
        raise PidfError(f"base has no altitude; it needs three numbers a point in {CRS_3D}")
    return Prism(ring, altitude_m, length_m(_child(element, GS, "height"), flags))


_READERS: dict[str, Callable[[Element, set[Flag]], Shape]] = {
    f"{GML}Point": _point,
    f"{GML}Polygon": _polygon,
    f"{GS}Circle": _circle,
    f"{GS}Ellipse": _ellipse,
    f"{GS}ArcBand": _arc_band,
    f"{GS}Sphere": _sphere,
    f"{GS}Ellipsoid": _ellipsoid,
    f"{GS}Prism": _prism,
}
SHAPE_NAMES = frozenset(name.rpartition("}")[2] for name in _READERS)


def _child(element: Element, space: str, local: str) -> Element:
    found = element.find(space + local)
    if found is None:
        raise PidfError(f"{element.local} has no {local}")
    return found


def _axes(element: Element, flags: set[Flag]) -> tuple[float, float]:
    return (
        length_m(_child(element, GS, "semiMajorAxis"), flags),
        length_m(_child(element, GS, "semiMinorAxis"), flags),
    )


def _angle(element: Element, local: str, flags: set[Flag]) -> float:
    return angle_deg(_child(element, GS, local), flags) % 360.0


def _dimensions(element: Element, default: int, flags: set[Flag]) -> int:
    """Give how many numbers a position has, by the one CRS named on the shape (RFC 5491, 5.1)."""
    named = [(part, part.attributes["srsName"]) for part in element.walk() if "srsName" in part.attributes]
    dimensions = [_crs_dimensions(part, name, flags) for part, name in named]
    if not named or named[0][0] is not element:
        flags.add(Flag.SRS_MISSING)
    if len(set(dimensions)) > 1:
        raise PidfError(f"{element.local} changes its CRS inside")
    if len(dimensions) > 1:
        flags.add(Flag.SRS_REPEATED)
    return dimensions[0] if dimensions else default


def _crs_dimensions(element: Element, name: str, flags: set[Flag]) -> int:
    if exact := _DIMENSIONS.get(name):
        return exact
    match = _NEARLY_CRS.fullmatch(name.strip(XML_SPACE))
    if match is None:
        raise PidfError(f"unsupported CRS {shown(name)} on {element.local}; WGS 84 is {CRS_2D}")
    flags.add(Flag.SRS_SPELLING)
    return _DIMENSIONS[f"urn:ogc:def:crs:EPSG::{match[1]}"]


def _flat_place(element: Element, flags: set[Flag]) -> tuple[float, float]:
    lon, lat, altitude_m = _place(element, _dimensions(element, 2, flags), flags)
    if altitude_m is not None:  # a disc at a height is no shape of RFC 5491; as its place it is good
        flags.add(Flag.ALTITUDE_IGNORED)
    return lon, lat


def _high_place(element: Element, flags: set[Flag]) -> tuple[float, float, float]:
    lon, lat, altitude_m = _place(element, _dimensions(element, 3, flags), flags)
    if altitude_m is None:
        raise PidfError(f"{element.local} has no altitude; it needs three numbers in {CRS_3D}")
    return lon, lat, altitude_m


def _place(element: Element, dimensions: int, flags: set[Flag]) -> Place:
    return _read_pos(_child(element, GML, "pos"), dimensions, flags)


def _read_pos(pos: Element, dimensions: int, flags: set[Flag]) -> Place:
    numbers = doubles(pos)
    if len(numbers) not in {2, 3}:
        raise PidfError(f"pos {shown(pos.text)} has {len(numbers)} numbers; {dimensions} are needed")
    if len(numbers) > dimensions:
        flags.add(Flag.ALTITUDE_IGNORED)
    elif len(numbers) < dimensions:
        flags.add(Flag.ALTITUDE_MISSING)
    # latitude first, on the wire and here only
    return numbers[1], numbers[0], numbers[2] if len(numbers) == dimensions == 3 else None


def _ring(polygon: Element, dimensions: int, flags: set[Flag]) -> tuple[Ring, float | None]:
    if polygon.find(f"{GML}interior") is not None:
        raise PidfError("Polygon has an interior; RFC 5491 knows none")
    linear = _child(_child(polygon, GML, "exterior"), GML, "LinearRing")
    places = _ring_places(linear, dimensions, flags)
    altitudes = {altitude_m for _, _, altitude_m in places}
    if len(altitudes) > 1:
        raise PidfError("Polygon is not level: its points have different altitudes")
    corners = _distinct_corners([(lon, lat) for lon, lat, _ in places], flags)
    if len(corners) > _GOOD_CORNERS:
        flags.add(Flag.RING_LONG)
    # a ring of too many corners is refused by its shape without being looked at in detail
    if len(corners) <= MAX_CORNERS and is_clockwise(corners):
        flags.add(Flag.RING_CLOCKWISE)
        corners = corners[:1] + corners[:0:-1]
    return corners, altitudes.pop() if altitudes else None


def _ring_places(linear: Element, dimensions: int, flags: set[Flag]) -> list[Place]:
    lists = linear.find_all(f"{GML}posList")
    singles = linear.find_all(f"{GML}pos")
    if len(lists) + bool(singles) != 1:
        raise PidfError("LinearRing has neither one posList nor a row of pos")
    return (
        _read_pos_list(lists[0], dimensions) if lists else [_read_pos(p, dimensions, flags) for p in singles]
    )


def _read_pos_list(pos_list: Element, dimensions: int) -> list[Place]:
    numbers = doubles(pos_list)
    other = 5 - dimensions
    if pos_list.attributes.get("srsDimension", str(dimensions)).strip(XML_SPACE) != str(dimensions):
        raise PidfError(f"posList: its srsDimension is not the {dimensions} of its CRS")
    # pairs read as triples would be a shape elsewhere: the closing point tells them apart
    misfit = not _closes(numbers, dimensions) and _closes(numbers, other)
    if len(numbers) % dimensions or misfit or len(numbers) > _MAX_NUMBERS:
        raise PidfError(
            f"posList of {len(numbers)} numbers is not a ring of {dimensions} numbers a point"
            f" (at most {MAX_CORNERS} points)"
        )
    return [
        (numbers[at + 1], numbers[at], numbers[at + 2] if dimensions == 3 else None)
        for at in range(0, len(numbers), dimensions)
    ]


def _closes(numbers: list[float], dimensions: int) -> bool:
    return len(numbers) % dimensions == 0 and numbers[:dimensions] == numbers[-dimensions:]


def _distinct_corners(closed: list[tuple[float, float]], flags: set[Flag]) -> Ring:
    """Drop the repeated end and points that repeat their neighbour; flag a ring that does not close."""
    if closed and closed[0] != closed[-1]:
        flags.add(Flag.RING_OPEN)
        closed = [*closed, closed[0]]
    return tuple(here for here, following in pairwise(closed) if here != following)
