"""What a location says besides its shape: usage rules, time, method, motion, confidence."""

import math

import pytest

from sip.errors import PidfError
from sip.pidflo import Confidence, Distribution, Flag, Presence, Usage, parse_pidf
from tests.sip.pidflo.documents import (
    CRS_3D,
    DEGREES,
    METRES,
    circle,
    device,
    document,
    point,
    polygon,
    tuple_,
)

HERE = point(48.2, 16.4)


def with_rules(rules: str) -> Presence:
    return parse_pidf(document(device(HERE, rules=rules)))


@pytest.mark.parametrize(
    ("text", "allowed", "flags"),
    [
        ("yes", True, set()),
        ("true", True, set()),
        ("1", True, set()),
        ("no", False, set()),
        ("\n false \n", False, set()),
        ("0", False, set()),
        ("Yes", False, {Flag.USAGE_VALUE}),
        ("", False, {Flag.USAGE_VALUE}),
        ("maybe", False, {Flag.USAGE_VALUE}),
    ],
)
def test_retransmission_is_allowed_by_three_words_and_by_nothing_else(
    text: str, *, allowed: bool, flags: set[Flag]
) -> None:
    rule = f"<bp:retransmission-allowed>{text}</bp:retransmission-allowed>"
    presence = with_rules(f"<gp:usage-rules>{rule}</gp:usage-rules>")
    assert presence.usage == Usage(retransmission_allowed=allowed)
    assert presence.flags == flags


def test_silence_is_silence_and_a_missing_element_is_named() -> None:
    assert with_rules("<gp:usage-rules/>").usage == Usage(None, None, None, None)
    presence = with_rules("")
    assert presence.usage == Usage()
    assert presence.flags == {Flag.USAGE_RULES_MISSING}


@pytest.mark.parametrize("prefix", ["bp", "gp"])
@pytest.mark.parametrize("name", ["retention-expiry", "retention-expires"])
def test_retention_is_read_in_both_namespaces_and_spellings(prefix: str, name: str) -> None:
    rule = f"<{prefix}:{name}> 1970-01-01T01:00:00.5+01:00\n</{prefix}:{name}>"
    assert with_rules(f"<gp:usage-rules>{rule}</gp:usage-rules>").usage.retention_expiry == 0.5


def test_of_contradicting_rules_the_stricter_holds() -> None:
    rules = (
        "<bp:retransmission-allowed>yes</bp:retransmission-allowed>"
        "<gp:retransmission-allowed>no</gp:retransmission-allowed>"
        "<bp:retention-expiry>2030-01-01T00:00:00Z</bp:retention-expiry>"
        "<gp:retention-expires>1970-01-01T00:00:09Z</gp:retention-expires>"
    )
    usage = with_rules(f"<gp:usage-rules>{rules}</gp:usage-rules>").usage
    assert usage == Usage(retransmission_allowed=False, retention_expiry=9.0)


def test_rules_for_people_and_elsewhere_are_kept() -> None:
    rules = "<bp:external-ruleset> https://x/y </bp:external-ruleset><bp:note-well>Only mother</bp:note-well>"
    usage = with_rules(f"<gp:usage-rules>{rules}</gp:usage-rules>").usage
    assert usage == Usage(external_ruleset="https://x/y", note_well="Only mother")


def test_a_retention_that_is_no_instant_is_refused() -> None:
    rule = "<gp:usage-rules><bp:retention-expiry>soon</bp:retention-expiry></gp:usage-rules>"
    with pytest.raises(PidfError, match="retention-expiry 'soon' is not RFC 3339"):
        with_rules(rule)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0.0),
        (" 1970-01-01T01:00:00.25+01:00\n", 0.25),
        ("2016-12-31T23:59:60Z", 1483228800.0),
    ],
)
def test_timestamps_are_rfc_3339(text: str, seconds: float) -> None:
    data = document(device(HERE)).replace(b"2026-03-02T07:40:00Z", text.encode())
    fix = parse_pidf(data).to_fix("anna", 99.0)
    assert fix is not None
    assert fix.time == seconds


@pytest.mark.parametrize(
    "text",
    ["2026-03-02T07:40:00", "2026-03-02 07:40:00Z", "2026-03-02t07:40:00z", "2026-02-30T00:00:00Z",
     "1969-12-31T23:59:59Z", "2026-03-02T07:40:00+99:99", "now", ""],
)  # fmt: skip
def test_a_timestamp_that_is_none_is_refused_not_replaced(text: str) -> None:
    with pytest.raises(PidfError, match="timestamp"):
        parse_pidf(document(device(HERE)).replace(b"2026-03-02T07:40:00Z", text.encode()))


def test_without_a_timestamp_the_fix_has_the_time_of_its_reception() -> None:
    data = document(device(HERE)).replace(b"<dm:timestamp>2026-03-02T07:40:00Z</dm:timestamp>", b"")
    fix = parse_pidf(data).to_fix("anna", 1772437200.0)
    assert fix is not None
    assert fix.time == 1772437200.0


def test_the_timestamp_of_the_right_namespace_is_preferred() -> None:
    wrong = b"<timestamp>1970-01-01T00:00:09Z</timestamp>"
    both = document(device(HERE)).replace(b"<dm:timestamp>", wrong + b"<dm:timestamp>")
    assert parse_pidf(both).time == 1772437200.0
    only = document(device(HERE)).replace(b"<dm:timestamp>2026-03-02T07:40:00Z</dm:timestamp>", wrong)
    presence = parse_pidf(only)
    assert presence.time == 9.0
    assert presence.flags == {Flag.TIMESTAMP_NAMESPACE}
    in_tuple = document(tuple_(HERE)).replace(b"timestamp>", b"dm:timestamp>").replace(b"/dm:", b"/dm:")
    assert parse_pidf(in_tuple).flags == {Flag.TIMESTAMP_NAMESPACE}


@pytest.mark.parametrize(
    ("more", "method", "flags"),
    [
        ("<gp:method>GPS</gp:method>", "GPS", set()),
        ("<gp:method> triangulation </gp:method>", "Triangulation", set()),
        ("<method>gps</method>", "GPS", {Flag.METHOD_NAMESPACE}),
        ("<gp:method>crystal ball</gp:method>", None, {Flag.METHOD_UNKNOWN}),
        ("", None, set()),
    ],
)
def test_a_method_is_a_registered_token_in_any_case(more: str, method: str | None, flags: set[Flag]) -> None:
    presence = parse_pidf(document(device(HERE, more=more)))
    assert presence.method == method
    assert presence.flags == flags


def moving(dynamic: str) -> Presence:
    return parse_pidf(document(device(f"{HERE}<dyn:Dynamic>{dynamic}</dyn:Dynamic>")))


def test_motion_is_normalised_and_unknown_parts_are_ignored() -> None:
    presence = moving(
        "<dyn:orientation>-3 12</dyn:orientation><dyn:speed>2.4e1</dyn:speed><dyn:heading>638</dyn:heading>"
        "<dyn:acceleration>9</dyn:acceleration>"
    )
    assert presence.flags == frozenset()
    assert presence.motion is not None
    assert (presence.motion.orientation_deg, presence.motion.orientation_elevation_deg) == (357.0, 12.0)
    fix = presence.to_fix("anna", 0.0)
    assert fix is not None
    assert (fix.speed_mps, fix.course_deg) == (24.0, 278.0)


def test_a_speed_uphill_is_told_apart_from_the_one_over_ground() -> None:
    motion = moving("<dyn:speed>10</dyn:speed><dyn:heading>90 60</dyn:heading>").motion
    assert motion is not None
    assert motion.speed_mps == 10.0
    assert motion.ground_speed_mps == pytest.approx(5.0)


def test_the_namespace_of_rfc_6447_is_read_too() -> None:
    data = document(device(f"{HERE}<dyn:Dynamic><dyn:speed>3</dyn:speed></dyn:Dynamic>"))
    presence = parse_pidf(data.replace(b"ns:pidf:geopriv10:dynamic", b"schema:pidf:dynamic"))
    assert presence.motion is not None
    assert presence.motion.speed_mps == 3.0
    assert presence.flags == {Flag.DYNAMIC_NAMESPACE}


@pytest.mark.parametrize(
    "dynamic",
    ["<dyn:speed>-1</dyn:speed>", "<dyn:speed>NaN</dyn:speed>", "<dyn:speed>1 2</dyn:speed>",
     "<dyn:speed/>", "<dyn:speed>1e300</dyn:speed>", "<dyn:heading>1 2 3</dyn:heading>",
     "<dyn:heading>north</dyn:heading>", "<dyn:orientation/>"],
)  # fmt: skip
def test_a_wild_motion_is_left_out_and_does_not_cost_the_position(dynamic: str) -> None:
    presence = moving(dynamic)
    assert presence.flags == {Flag.DYNAMIC_INVALID}
    fix = presence.to_fix("anna", 0.0)
    assert fix is not None
    assert fix.speed_mps is None
    assert fix.course_deg is None


def accuracy(shape: str, confidence: str) -> tuple[float | None, frozenset[Flag]]:
    presence = parse_pidf(document(device(shape + confidence)))
    assert presence.place is not None
    return presence.place.accuracy_m, presence.flags


def erfinv(y: float) -> float:
    """Plain bisection, to be independent of how it is done in earnest."""
    low, high = 0.0, 6.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erf(middle) < y else (low, middle)
    return low


def test_the_scale_of_a_sphere_is_that_of_rfc_7459() -> None:
    assert erfinv(0.95 ** (1 / 3)) / erfinv(0.19 ** (1 / 3)) == pytest.approx(2.9937, abs=1e-4)


def con(text: str, pdf: str = "") -> str:
    return f"<con:confidence{f' pdf={chr(34)}{pdf}{chr(34)}' if pdf else ''}>{text}</con:confidence>"


SPHERE = f"<gs:Sphere {CRS_3D}><gml:pos>48 16 9</gml:pos><gs:radius {METRES}>100</gs:radius></gs:Sphere>"
AS_NORMAL = {Flag.SCALED_AS_NORMAL}
UNKNOWN = {Flag.CONFIDENCE_UNKNOWN}
INVALID = {Flag.CONFIDENCE_UNKNOWN, Flag.CONFIDENCE_INVALID}


@pytest.mark.parametrize(
    ("confidence", "radius_m", "flags"),
    [
        ("", 850.24, set()),
        (con("95"), 850.24, set()),
        (con("\n 67\n", "normal"), 1423.03, set()),  # RFC 7459, 5.3; the exact law would say 1397.6
        (con("99", "normal"), 850.24 * erfinv(0.95**0.5) / erfinv(0.99**0.5), set()),
        (con("67"), 1423.03, AS_NORMAL),
        (con("67", "rectangular"), 1423.03, AS_NORMAL),
        (con("99", "rectangular"), 850.24 * math.sqrt(95 / 99), set()),
        (con("99"), 850.24, set()),  # an unknown distribution never shrinks
        (con("99", "triangular"), 850.24, set()),
        (con("unknown"), 850.24, UNKNOWN),
        (con("0"), 850.24, INVALID),
        (con("100"), 850.24, INVALID),
        (con("-5"), 850.24, INVALID),
        (con("95%"), 850.24, INVALID),
        (con("9e1"), 850.24, INVALID),
    ],
)
def test_the_radius_is_that_of_the_95_percent_circle_as_far_as_the_document_allows(
    confidence: str, radius_m: float, flags: set[Flag]
) -> None:
    accuracy_m, named = accuracy(circle("850.24"), confidence)
    assert accuracy_m == pytest.approx(radius_m, abs=0.01)
    assert named == flags


@pytest.mark.parametrize(
    ("confidence", "radius_m"),
    [
        ("", 100.0),
        # its circle has 95 % where the sphere has 95 ** 1.5 = 92.6 (RFC 7459, 5.2)
        (con("19", "normal"), 100 * erfinv(0.95**0.5) / erfinv(0.19 ** (1 / 3))),
        (con("99", "rectangular"), 100 * (0.95**1.5 / 0.99) ** (1 / 3)),
    ],
)
def test_a_sphere_is_scaled_in_three_dimensions_and_seen_from_above(confidence: str, radius_m: float) -> None:
    assert accuracy(SPHERE, confidence)[0] == pytest.approx(radius_m, abs=0.1)


def test_a_point_has_no_accuracy_whatever_is_said_of_its_confidence() -> None:
    assert accuracy(HERE, con("67", "normal"))[0] is None


def test_confidence_is_kept_as_stated() -> None:
    presence = parse_pidf(document(device(circle() + con("67.5", "normal"))))
    assert presence.confidence == Confidence(67.5, Distribution.NORMAL)
    with pytest.raises(ValueError, match="confidence 100 is outside"):
        Confidence(100.0)


def test_the_arc_band_of_a_public_suite_has_the_circle_of_rfc_7459() -> None:
    band = (
        '<gs:ArcBand srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>42.5 -73.2</gml:pos>'
        f"<gs:innerRadius {METRES}>1661.55</gs:innerRadius><gs:outerRadius {METRES}>2215.4</gs:outerRadius>"
        f"<gs:startAngle {DEGREES}>266</gs:startAngle><gs:openingAngle {DEGREES}>120</gs:openingAngle>"
        "</gs:ArcBand>"
    )
    assert accuracy(band, "")[0] == pytest.approx(1984.3, abs=0.1)


def test_the_opera_house_of_rfc_7459_has_its_centre_and_circle() -> None:
    ring = (
        "-33.856625 151.215906 -33.856299 151.215343 -33.856326 151.214731 -33.857533 151.214495"
        " -33.857720 151.214613 -33.857369 151.215375 -33.856625 151.215906"
    )
    presence = parse_pidf(document(device(polygon(ring))))
    assert presence.place is not None
    assert presence.place.lat == pytest.approx(-33.856926, abs=2e-6)
    assert presence.place.lon == pytest.approx(151.215102, abs=2e-6)
    assert presence.place.accuracy_m == pytest.approx(99.1, abs=0.5)
