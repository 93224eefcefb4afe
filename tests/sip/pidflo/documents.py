"""Small documents for these tests, written by hand so that the parser is not judged by our own writer."""

SPACES = (
    'xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"'
    ' xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"'
    ' xmlns:bp="urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy"'
    ' xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"'
    ' xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0"'
    ' xmlns:dyn="urn:ietf:params:xml:ns:pidf:geopriv10:dynamic"'
    ' xmlns:con="urn:ietf:params:xml:ns:geopriv:conf"'
)
CRS_2D = 'srsName="urn:ogc:def:crs:EPSG::4326"'
CRS_3D = 'srsName="urn:ogc:def:crs:EPSG::4979"'
METRES = 'uom="urn:ogc:def:uom:EPSG::9001"'
DEGREES = 'uom="urn:ogc:def:uom:EPSG::9102"'
RADIANS = 'uom="urn:ogc:def:uom:EPSG::9101"'
STAMP = "<dm:timestamp>2026-03-02T07:40:00Z</dm:timestamp>"


def point(lat: float, lon: float) -> str:
    return f"<gml:Point {CRS_2D}><gml:pos>{lat} {lon}</gml:pos></gml:Point>"


def circle(radius: str = "25", *, attributes: str = CRS_2D, pos: str = "48.2 16.4", uom: str = METRES) -> str:
    return (
        f"<gs:Circle {attributes}><gml:pos>{pos}</gml:pos><gs:radius {uom}>{radius}</gs:radius></gs:Circle>"
    )


def polygon(pos_list: str, *, attributes: str = CRS_2D) -> str:
    return (
        f"<gml:Polygon {attributes}><gml:exterior><gml:LinearRing><gml:posList>{pos_list}</gml:posList>"
        "</gml:LinearRing></gml:exterior></gml:Polygon>"
    )


CIVIC = "<ca:civicAddress><ca:country>AT</ca:country><ca:A3>Wien</ca:A3></ca:civicAddress>"


def geopriv(info: str, *, rules: str = "<gp:usage-rules/>", more: str = "") -> str:
    return f"<gp:geopriv><gp:location-info>{info}</gp:location-info>{rules}{more}</gp:geopriv>"


def device(info: str, *, name: str = "d1", rules: str = "<gp:usage-rules/>", more: str = "") -> str:
    return f'<dm:device id="{name}">{geopriv(info, rules=rules, more=more)}{STAMP}</dm:device>'


def person(info: str) -> str:
    return f'<dm:person id="p1">{geopriv(info)}{STAMP}</dm:person>'


def tuple_(info: str, *, name: str = "t1") -> str:
    return (
        f'<tuple id="{name}"><status>{geopriv(info)}</status>'
        "<timestamp>2026-03-02T07:41:00Z</timestamp></tuple>"
    )


def document(*elements: str, entity: str = 'entity="pres:anna@example.org"') -> bytes:
    return f"<presence {SPACES} {entity}>{''.join(elements)}</presence>".encode()
