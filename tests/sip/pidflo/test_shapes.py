"""The eight shapes as they are written, and what is no shape."""

import math

import pytest

from sip.errors import PidfError
from sip.pidflo import (
    ArcBand,
    Circle,
    Ellipse,
    Ellipsoid,
    Flag,
    Point,
    Polygon,
    Presence,
    Prism,
    Shape,
    Sphere,
    parse_pidf,
)
from tests.sip.pidflo.documents import (
    CRS_2D,
    CRS_3D,
    DEGREES,
    METRES,
    RADIANS,
    circle,
    device,
    document,
    point,
    polygon,
)

AXES = f"<gs:semiMajorAxis {METRES}>80</gs:semiMajorAxis><gs:semiMinorAxis {METRES}>20</gs:semiMinorAxis>"
RING = "48 16 48 16.1 48.1 16.1 48 16"  # counter-clockwise
CORNERS = ((16.0, 48.0), (16.1, 48.0), (16.1, 48.1))


def read(info: str) -> Presence:
    return parse_pidf(document(device(info)))


def refusal(info: str) -> str:
    with pytest.raises(PidfError) as refused:
        read(info)
    return refused.value.reason


EIGHT: dict[str, tuple[str, Shape]] = {
    "point": (point(48.2, 16.4), Point(16.4, 48.2)),
    "point 3d": (
        f"<gml:Point {CRS_3D}><gml:pos>48.2 16.4 190.5</gml:pos></gml:Point>",
        Point(16.4, 48.2, 190.5),
    ),
    "circle": (circle("\n  25.5\n"), Circle(16.4, 48.2, 25.5)),
    "ellipse": (
        (
            f"<gs:Ellipse {CRS_2D}><gml:pos>48.2 16.4</gml:pos>{AXES}"
            f"<gs:orientation {DEGREES}>-30</gs:orientation></gs:Ellipse>"
        ),
        Ellipse(16.4, 48.2, 80, 20, 330),
    ),
    "arc band": (
        (
            f"<gs:ArcBand {CRS_2D}><gml:pos>48.2 16.4</gml:pos><gs:innerRadius {METRES}>0</gs:innerRadius>"
            f"<gs:outerRadius {METRES}>900</gs:outerRadius>"
            f"<gs:startAngle {RADIANS}>{math.pi / 2}</gs:startAngle>"
            f"<gs:openingAngle {DEGREES}>360</gs:openingAngle></gs:ArcBand>"
        ),
        ArcBand(16.4, 48.2, 0, 900, 90, 360),
    ),
    "sphere": (
        f"<gs:Sphere {CRS_3D}><gml:pos>48.2 16.4 190</gml:pos><gs:radius {METRES}>9</gs:radius></gs:Sphere>",
        Sphere(16.4, 48.2, 190, 9),
    ),
    "ellipsoid": (
        (
            f"<gs:Ellipsoid {CRS_3D}><gml:pos>48.2 16.4 190</gml:pos>{AXES}"
            f"<gs:verticalAxis {METRES}>30</gs:verticalAxis><gs:orientation {DEGREES}>43</gs:orientation>"
            "</gs:Ellipsoid>"
        ),
        Ellipsoid(16.4, 48.2, 190, 80, 20, 30, 43),
    ),
    "polygon": (polygon(RING), Polygon(CORNERS)),
    "polygon by pos": (
        polygon(RING).replace(
            f"<gml:posList>{RING}</gml:posList>",
            "".join(f"<gml:pos>{pos}</gml:pos>" for pos in ("48 16", "48 16.1", "48.1 16.1", "48 16")),
        ),
        Polygon(CORNERS),
    ),
    "polygon 3d": (
        polygon("48 16 5 48 16.1 5 48.1 16.1 5 48 16 5", attributes=CRS_3D),
        Polygon(CORNERS, 5.0),
    ),
    "prism": (
        (
            f"<gs:Prism {CRS_3D}><gs:base>"
            f"{polygon('48 16 5 48 16.1 5 48.1 16.1 5 48 16 5', attributes='')}"
            f"</gs:base><gs:height {METRES}>2.4</gs:height></gs:Prism>"
        ),
        Prism(CORNERS, 5.0, 2.4),
    ),
}


@pytest.mark.parametrize("name", EIGHT)
def test_each_shape_is_read_with_longitude_first_and_without_a_flag(name: str) -> None:
    info, shape = EIGHT[name]
    presence = read(info)
    assert presence.shape == shape
    assert presence.flags == frozenset()


def test_a_point_says_nothing_of_its_accuracy_and_a_shape_of_two_dimensions_nothing_of_its_altitude() -> None:
    fix = read(point(48.2, 16.4)).to_fix("anna", 0.0)
    assert fix is not None
    assert fix.accuracy_m is None
    assert fix.altitude_m is None


def test_a_prism_stands_at_half_its_height() -> None:
    place = read(EIGHT["prism"][0]).place
    assert place is not None
    assert place.altitude_m == pytest.approx(6.2)


FORGIVEN = {
    "no CRS": (circle(attributes=""), {Flag.SRS_MISSING}),
    "one colon": (circle(attributes='srsName="urn:ogc:def:crs:EPSG:4326"'), {Flag.SRS_SPELLING}),
    "a colon too many": (circle(attributes='srsName="urn:ogc:def::crs:EPSG::4326"'), {Flag.SRS_SPELLING}),
    "the bare code": (circle(attributes='srsName="epsg:4326"'), {Flag.SRS_SPELLING}),
    "no unit": (circle(uom=""), {Flag.UOM_MISSING}),
    "a height in 4326": (circle(pos="48.2 16.4 190"), {Flag.ALTITUDE_IGNORED}),
    "a circle in 4979": (circle(pos="48.2 16.4 190", attributes=CRS_3D), {Flag.ALTITUDE_IGNORED}),
    "a point without its height": (
        f"<gml:Point {CRS_3D}><gml:pos>48.2 16.4</gml:pos></gml:Point>",
        {Flag.ALTITUDE_MISSING},
    ),
    "the CRS again": (
        circle().replace("<gml:pos>", f"<gml:pos {CRS_2D}>"),
        {Flag.SRS_REPEATED},
    ),
    "gml:location": (f"<gml:location>{circle()}</gml:location>", {Flag.LOCATION_WRAPPER}),
    "an open ring": (polygon("48 16 48 16.1 48.1 16.1"), {Flag.RING_OPEN}),
    "a clockwise ring": (polygon("48 16 48.1 16.1 48 16.1 48 16"), {Flag.RING_CLOCKWISE}),
    "two shapes": (circle() + point(0, 0), {Flag.SEVERAL_LOCATIONS}),
}


@pytest.mark.parametrize("name", FORGIVEN)
def test_a_small_fault_is_forgiven_and_named(name: str) -> None:
    info, flags = FORGIVEN[name]
    presence = read(info)
    assert presence.flags == flags
    assert presence.shape is not None
    if isinstance(presence.shape, Circle):
        assert presence.shape == Circle(16.4, 48.2, 25.0)
    if isinstance(presence.shape, Polygon):
        assert presence.shape == Polygon(CORNERS)


REFUSED = {
    "another CRS": (
        circle(attributes='srsName="urn:ogc:def:crs:EPSG::3857"'),
        "unsupported CRS 'urn:",
    ),
    "longitude first": (circle(attributes='srsName="urn:ogc:def:crs:OGC:1.3:CRS84"'), "unsupported CRS"),
    "a CRS that changes": (
        circle().replace("<gml:pos>", f"<gml:pos {CRS_3D}>"),
        "Circle changes its CRS inside",
    ),
    "commas": (circle(pos="48.2,16.4"), "pos: '48.2,16.4' is not a finite number"),
    "latitude 95": (circle(pos="95 16.4"), "Circle: latitude 95 is outside [-90, 90]"),
    "longitude 181": (circle(pos="48 181"), "Circle: longitude 181 is outside [-180, 180]"),
    "one number": (circle(pos="48.2"), "pos '48.2' has 1 numbers; 2 are needed"),
    "four numbers": (circle(pos="48 16 1 2"), "has 4 numbers"),
    "NaN": (circle(pos="NaN 16.4"), "'NaN' is not a finite number"),
    "INF": (circle("INF"), "'INF' is not a finite number"),
    "too large a number": (circle("1e999"), "'1e999' is not a finite number"),
    "a number of Python's": (circle("1_0"), "'1_0' is not a finite number"),
    "Arabic digits": (circle("٣"), "is not a finite number"),
    "zero radius": (circle("0"), "Circle: radius 0 m is outside (0, "),
    "negative radius": (circle("-5"), "Circle: radius -5 m is outside (0, "),
    "feet": (
        circle(uom='uom="urn:ogc:def:uom:EPSG::9002"'),
        "radius: unit 'urn:ogc:def:uom:EPSG::9002'",
    ),
    "no radius": (f"<gs:Circle {CRS_2D}><gml:pos>48 16</gml:pos></gs:Circle>", "Circle has no radius"),
    "no position": (f"<gml:Point {CRS_2D}/>", "Point has no pos"),
    "a circle of GML": (f"<gml:Circle {CRS_2D}><gml:pos>48 16</gml:pos></gml:Circle>", "Circle in namespace"),
    "GML 3.2": (
        '<Point xmlns="http://www.opengis.net/gml/3.2"><pos>48 16</pos></Point>',
        "Point in namespace 'http://www.opengis.net/gml/3.2' is not one of the eight",
    ),
    "another geometry": (f"<gml:LineString {CRS_2D}/>", "LineString in namespace"),
    "a sphere on the flat": (
        f"<gs:Sphere {CRS_2D}><gml:pos>48 16</gml:pos><gs:radius {METRES}>9</gs:radius></gs:Sphere>",
        "Sphere has no altitude",
    ),
    "minor over major": (
        EIGHT["ellipse"][0].replace(">20<", ">81<"),
        "Ellipse: semiMinorAxis 81 m is longer than semiMajorAxis 80 m",
    ),
    "inner over outer": (EIGHT["arc band"][0].replace(">0<", ">900<"), "ArcBand: innerRadius 900 m is not"),
    "more than a turn": (
        EIGHT["arc band"][0].replace(">360<", ">361<"),
        "ArcBand: openingAngle 361 is",
    ),
    "a flat prism": (EIGHT["prism"][0].replace(">2.4<", ">0<"), "Prism: height 0 m is outside"),
    "a tilted polygon": (
        polygon("48 16 5 48 16.1 6 48.1 16.1 5 48 16 5", attributes=CRS_3D),
        "Polygon is not level",
    ),
    "a bow tie": (polygon("48 16 48.1 16.1 48 16.1 48.1 16 48 16"), "polygon crosses itself"),
    "an eight through a corner": (
        polygon("48 16 48 16.2 48.1 16.1 48.2 16.2 48.2 16 48.1 16.1 48 16"),
        "polygon touches itself",
    ),
    "two corners": (polygon("48 16 48.1 16.1 48 16"), "polygon has 2 distinct points"),
    "a line": (polygon("48 16 48 16 48 16"), "polygon has 0 distinct points"),
    "half a number pair": (polygon("48 16 48 16.1 48.1"), "posList of 5 numbers is not a ring"),
    "triples read as pairs": (
        polygon("48 16 5 48 16.1 5 48.1 16.1 5 48.1 16 5 48.05 15.9 5 48 16 5"),
        "posList of 18 numbers is not a ring of 2 numbers",
    ),
    "too many corners": (
        polygon(" ".join(f"{48 + 0.001 * n} {16 + 0.0001 * n * n}" for n in range(150))),
        "polygon has 150 distinct points; from 3 to 100 are needed",
    ),
    "a hole": (
        polygon(RING).replace("</gml:exterior>", "</gml:exterior><gml:interior/>"),
        "Polygon has an interior",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_impossible_shape_is_refused_with_what_where_and_the_value(name: str) -> None:
    info, reason = REFUSED[name]
    said = refusal(info)
    assert reason in said
    assert said.startswith("device 'd1': ")
    assert len(said) <= 200


def test_more_than_fifteen_corners_are_read_and_named() -> None:
    corners = [
        (48 + math.sin(n * math.pi / 10) / 50, 16 + math.cos(n * math.pi / 10) / 50) for n in range(20)
    ]
    presence = read(polygon(" ".join(f"{lat} {lon}" for lat, lon in [*corners, corners[0]])))
    assert presence.flags == {Flag.RING_LONG}


@pytest.mark.parametrize(
    ("ring", "centre_lon", "centre_lat"),
    [
        ("10 179.9 10 -179.9 10.1 -179.9 10.1 179.9 10 179.9", 180.0, 10.05),
        ("89 0 89 120 89 -120 89 0", None, 90.0),
    ],
)
def test_a_polygon_over_the_antimeridian_or_the_pole_is_an_ordinary_one(
    ring: str, centre_lon: float | None, centre_lat: float
) -> None:
    presence = read(polygon(ring))
    assert presence.flags == frozenset()
    assert presence.place is not None
    assert presence.place.lat == pytest.approx(centre_lat, abs=1e-3)
    if centre_lon is not None:
        assert abs(presence.place.lon) == pytest.approx(centre_lon, abs=1e-3)


def test_a_polygon_round_more_than_half_of_the_earth_is_refused() -> None:
    assert "more than half of the earth" in refusal(polygon("0 0 0 120 0 -120 0 0"))
