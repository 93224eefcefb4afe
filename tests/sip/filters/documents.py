"""Small filter documents for these tests, written by hand not with our own writer."""

from sip.filters import Seen
from sip.pidflo import Motion, Place

SPACES = (
    'xmlns="urn:ietf:params:xml:ns:simple-filter" xmlns:lf="urn:ietf:params:xml:ns:location-filter"'
    ' xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0"'
)
CRS = 'srsName="urn:ogc:def:crs:EPSG::4326"'
CIVIC = "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"
DYNAMIC = "urn:ietf:params:xml:ns:pidf:geopriv10:dynamic"
DYNAMIC_6447 = "urn:ietf:params:xml:schema:pidf:dynamic"
BINDINGS = (("ca", CIVIC), ("dyn", DYNAMIC))


def bound(*bindings: tuple[str, str]) -> str:
    rows = "".join(f'<ns-binding prefix="{prefix}" urn="{urn}"/>' for prefix, urn in bindings)
    return f"<ns-bindings>{rows}</ns-bindings>"


def filter_set(*filters: str, bindings: tuple[tuple[str, str], ...] = BINDINGS) -> bytes:
    return f"<filter-set {SPACES}>{bound(*bindings)}{''.join(filters)}</filter-set>".encode()


def filter_(*triggers: str, name: str = "123", attributes: str = "", what: str = "") -> str:
    return f'<filter id="{name}" {attributes}>{what}{"".join(triggers)}</filter>'


def trigger(*conditions: str) -> str:
    return f"<trigger>{''.join(conditions)}</trigger>"


def one(*conditions: str, bindings: tuple[tuple[str, str], ...] = BINDINGS) -> bytes:
    """One filter of one trigger."""
    return filter_set(filter_(trigger(*conditions)), bindings=bindings)


def changed(path: str, attributes: str = "") -> str:
    return f"<changed {attributes}>{path}</changed>"


def moved(metres: object) -> str:
    return f"<lf:moved>{metres}</lf:moved>"


def what(text: str, attributes: str = "") -> str:
    return f"<what><lf:locationType {attributes}>{text}</lf:locationType></what>"


def circle(lon: float, lat: float, radius_m: float) -> str:
    return (
        f"<gs:Circle {CRS}><gml:pos>{lat} {lon}</gml:pos>"
        f'<gs:radius uom="urn:ogc:def:uom:EPSG::9001">{radius_m}</gs:radius></gs:Circle>'
    )


def polygon(*corners: tuple[float, float]) -> str:
    pos = " ".join(f"{lat} {lon}" for lon, lat in (*corners, corners[0]))
    return (
        f"<gml:Polygon {CRS}><gml:exterior><gml:LinearRing><gml:posList>{pos}</gml:posList>"
        "</gml:LinearRing></gml:exterior></gml:Polygon>"
    )


def area(*shapes: str) -> str:
    return f"<lf:enterOrExit>{''.join(shapes)}</lf:enterOrExit>"


def at(
    lon: float = 16.37,
    lat: float = 48.2,
    accuracy_m: float | None = None,
    *,
    altitude_m: float | None = None,
) -> Seen:
    return Seen(Place(lon, lat, altitude_m, accuracy_m))


def going(
    speed_mps: float | None = None, heading_deg: float | None = None, orientation_deg: float | None = None
) -> Seen:
    place = Place(16.37, 48.2, None, None)
    return Seen(place, motion=Motion(speed_mps, heading_deg, orientation_deg=orientation_deg))


def living(**civic: str) -> Seen:
    return Seen(civic=tuple(civic.items()))
