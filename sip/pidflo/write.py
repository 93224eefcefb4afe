"""A location to the bytes of a PIDF-LO document, as strictly as ``parse.py`` reads leniently.

When a document is sent, and with whose rules, is decided by whoever calls this.
"""

import re
from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape, quoteattr

from corridor.instant import format_instant
from sip.errors import CallerError
from sip.pidflo.civic import Civic, in_order
from sip.pidflo.confidence import Confidence
from sip.pidflo.geometry import CRS_2D, CRS_3D
from sip.pidflo.motion import Motion
from sip.pidflo.namespaces import BASIC_POLICY, CIVIC, CONFIDENCE, DATA_MODEL, DYNAMIC, GEOPRIV, GML, GS, PIDF
from sip.pidflo.numbers import DEGREE, METRE
from sip.pidflo.presence import Carrier
from sip.pidflo.ring import Ring
from sip.pidflo.shapes import ArcBand, Circle, Ellipse, Ellipsoid, Point, Polygon, Prism, Shape, Sphere
from sip.pidflo.usage import Usage

_PREFIXES = {
    "dm": DATA_MODEL,
    "gp": GEOPRIV,
    "gbp": BASIC_POLICY,
    "gml": GML,
    "gs": GS,
    "ca": CIVIC,
    "dyn": DYNAMIC,
    "con": CONFIDENCE,
}
_DEGREE_DIGITS = 9  # a tenth of a millimetre
_METRE_DIGITS = 3
_THOUSANDTH = Decimal("0.001")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_pidf(
    entity: str,
    shape: Shape | None,
    *,
    time: float,
    carrier: Carrier = Carrier.DEVICE,
    carrier_id: str = "device",
    confidence: Confidence | None = None,
    motion: Motion | None = None,
    method: str | None = None,
    usage: Usage | None = None,
    civic: Civic = (),
) -> bytes:
    """Write a presence document with one location.

    Parameters
    ----------
    entity
        URI of the presentity.
    shape
        The location; None writes the motion alone.
    time
        When it was measured, UTC seconds.
    carrier, carrier_id
        The element that carries it, and its id.
    confidence
        95 % of an unknown distribution unless given; never written for a point, which has no region
        (RFC 7459, 4), always for another shape. Percentages are rounded down, lengths up (RFC 7459, 5.5).
    motion, method, usage
        As read by `parse_pidf`. A silent `usage` says ``retransmission-allowed`` no, which is what
        silence means to a recipient (RFC 4119, 2.2.2).
    civic
        The address of the same place; parts that RFC 5139 does not know are left out.

    Returns
    -------
    bytes
        UTF-8.

    Raises
    ------
    CallerError
        A text holds a character that XML does not know.

    Examples
    --------
    >>> from sip.pidflo.parse import parse_pidf
    >>> parse_pidf(write_pidf("pres:anna@example.org", Circle(16.37, 48.2, 25.0), time=0.0)).shape
    Circle(lon=16.37, lat=48.2, radius_m=25.0)
    """
    geopriv = _element(
        "gp:geopriv", *_geopriv(shape, confidence, motion, method, usage or Usage(), civic=civic)
    )
    stamp = format_instant(time)
    if carrier is Carrier.TUPLE:
        body = _element("status", geopriv) + _element("timestamp", stamp)
        carried = f"<tuple id={quoteattr(carrier_id)}>{body}</tuple>"
    else:
        name = f"dm:{carrier}"
        about = _element("dm:deviceID", _device_urn(entity, carrier_id)) if carrier is Carrier.DEVICE else ""
        body = geopriv + about + _element("dm:timestamp", stamp)
        carried = f"<{name} id={quoteattr(carrier_id)}>{body}</{name}>"
    spaces = "".join(_declaration(prefix, space) for prefix, space in _used(carried))
    document = f"<presence{_declaration('', PIDF)}{spaces} entity={quoteattr(entity)}>{carried}</presence>"
    if forbidden := _NOT_XML.search(document):
        raise CallerError(f"character {forbidden[0]!r} cannot be written in XML")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document}\n'.encode()


def _used(carried: str) -> Iterator[tuple[str, str]]:
    """Give the prefixes in use: the others would cost 300 of a datagram's 1300 bytes (RFC 3261, 18.1.1)."""
    return ((prefix, space) for prefix, space in _PREFIXES.items() if f"<{prefix}:" in carried)


def _declaration(prefix: str, space: str) -> str:
    return f' xmlns{":" if prefix else ""}{prefix}="{space[1:-1]}"'


def _geopriv(
    shape: Shape | None,
    confidence: Confidence | None,
    motion: Motion | None,
    method: str | None,
    usage: Usage,
    *,
    civic: Civic,
) -> Iterator[str]:
    yield _element("gp:location-info", *_location_info(shape, confidence or Confidence(), motion, civic))
    yield _element("gp:usage-rules", *_usage(usage))
    if method is not None:
        yield _element("gp:method", escape(method))


def _location_info(
    shape: Shape | None, confidence: Confidence, motion: Motion | None, civic: Civic
) -> Iterator[str]:
    if shape is not None:
        yield _shape(shape)
        if not isinstance(shape, Point):
            yield _confidence(confidence)
    if parts := in_order(civic):
        yield _element("ca:civicAddress", *(_element(f"ca:{name}", escape(text)) for name, text in parts))
    if motion is not None:
        yield _motion(motion)


def _confidence(confidence: Confidence) -> str:
    percent = "unknown" if confidence.percent is None else _rounded(confidence.percent, ROUND_FLOOR)
    return f'<con:confidence pdf="{confidence.distribution.value}">{percent}</con:confidence>'


def _usage(usage: Usage) -> Iterator[str]:
    yield _element("gbp:retransmission-allowed", "true" if usage.retransmission_allowed else "false")
    if usage.retention_expiry is not None:
        yield _element("gbp:retention-expiry", format_instant(usage.retention_expiry))
    if usage.external_ruleset is not None:
        yield _element("gbp:external-ruleset", escape(usage.external_ruleset))
    if usage.note_well is not None:
        yield _element("gbp:note-well", escape(usage.note_well))


def _motion(motion: Motion) -> str:
    parts = [
        _element(f"dyn:{name}", " ".join(_plain(angle, 6) for angle in angles))
        for name, angles in (
            ("orientation", _angles(motion.orientation_deg, motion.orientation_elevation_deg)),
            ("speed", _angles(motion.speed_mps)),
            ("heading", _angles(motion.heading_deg, motion.heading_elevation_deg)),
        )
        if angles
    ]
    return _element("dyn:Dynamic", *parts)


def _angles(*angles: float | None) -> list[float]:
    return [angle for angle in angles if angle is not None]


def _shape(shape: Shape) -> str:  # the order of parts is a MUST for producers (RFC 5491, 5.2)
    match shape:
        case Point():
            return _geometry("gml:Point", _pos(shape.lon, shape.lat, shape.altitude_m), shape.altitude_m)
        case Circle():
            parts = _pos(shape.lon, shape.lat) + _length("radius", shape.radius_m)
            return _geometry("gs:Circle", parts)
        case Ellipse():
            parts = _pos(shape.lon, shape.lat) + _axes(shape) + _angle("orientation", shape.orientation_deg)
            return _geometry("gs:Ellipse", parts)
        case ArcBand():
            return _geometry("gs:ArcBand", _arc_band_parts(shape))
        case Polygon():
            return _geometry("gml:Polygon", _exterior(shape.ring, shape.altitude_m), shape.altitude_m)
        case _:
            return _high_shape(shape)


def _high_shape(shape: Sphere | Ellipsoid | Prism) -> str:
    match shape:
        case Sphere():
            parts = _pos(shape.lon, shape.lat, shape.altitude_m) + _length("radius", shape.radius_m)
            return _geometry("gs:Sphere", parts, shape.altitude_m)
        case Ellipsoid():
            parts = (
                _pos(shape.lon, shape.lat, shape.altitude_m)
                + _axes(shape)
                + _length("verticalAxis", shape.vertical_m)
                + _angle("orientation", shape.orientation_deg)
            )
            return _geometry("gs:Ellipsoid", parts, shape.altitude_m)
        case Prism():
            base = _element("gml:Polygon", _exterior(shape.ring, shape.altitude_m))
            parts = _element("gs:base", base) + _length("height", shape.height_m)
            return _geometry("gs:Prism", parts, shape.altitude_m)


def _arc_band_parts(shape: ArcBand) -> str:
    return (
        _pos(shape.lon, shape.lat)
        + _length("innerRadius", shape.inner_radius_m, up=False)
        + _length("outerRadius", shape.outer_radius_m)
        + _angle("startAngle", shape.start_deg)
        + _angle("openingAngle", shape.opening_deg)
    )


def _axes(shape: Ellipse | Ellipsoid) -> str:
    return _length("semiMajorAxis", shape.semi_major_m) + _length("semiMinorAxis", shape.semi_minor_m)


def _exterior(ring: Ring, altitude_m: float | None) -> str:
    closed = (*ring, ring[0])
    corners = _element("gml:posList", " ".join(_coordinates(lon, lat, altitude_m) for lon, lat in closed))
    return _element("gml:exterior", _element("gml:LinearRing", corners))


def _geometry(name: str, parts: str, altitude_m: float | None = None) -> str:
    crs = CRS_2D if altitude_m is None else CRS_3D
    return f'<{name} srsName="{crs}">{parts}</{name}>'


def _pos(lon: float, lat: float, altitude_m: float | None = None) -> str:
    return _element("gml:pos", _coordinates(lon, lat, altitude_m))


def _coordinates(lon: float, lat: float, altitude_m: float | None) -> str:
    numbers = [_plain(lat, _DEGREE_DIGITS), _plain(lon, _DEGREE_DIGITS)]
    if altitude_m is not None:
        numbers.append(_plain(altitude_m, _METRE_DIGITS))
    return " ".join(numbers)


def _length(name: str, metres: float, *, up: bool = True) -> str:
    rounded = _rounded(metres, ROUND_CEILING if up else ROUND_FLOOR)
    return f'<gs:{name} uom="{METRE}">{rounded}</gs:{name}>'


def _angle(name: str, degrees: float) -> str:
    return f'<gs:{name} uom="{DEGREE}">{_plain(degrees, 6)}</gs:{name}>'


def _rounded(number: float, direction: str) -> str:
    """Round to thousandths; in decimals, so that three digits that were read come out as the same three."""
    return _stripped(str(Decimal(repr(number)).quantize(_THOUSANDTH, rounding=direction)))


def _plain(number: float, digits: int) -> str:
    """Write a number without exponent and without trailing zeros."""
    return _stripped(f"{number:.{digits}f}")


def _stripped(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _element(name: str, *parts: str) -> str:
    inner = "".join(parts)
    return f"<{name}>{inner}</{name}>" if inner else f"<{name}/>"


def _device_urn(entity: str, carrier_id: str) -> str:
    """Give a URN that is the same each time for this device of this presentity (RFC 4479, 3.7)."""
    return uuid5(NAMESPACE_URL, f"{entity}#{carrier_id}").urn
