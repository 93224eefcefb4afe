"""What we write is read back as the same, for every shape, and is strict enough to raise no flag."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip.errors import CallerError
from sip.pidflo import (
    ArcBand,
    Carrier,
    Circle,
    Confidence,
    Distribution,
    Ellipse,
    Ellipsoid,
    Motion,
    Point,
    Polygon,
    Presence,
    Prism,
    Shape,
    Sphere,
    Usage,
    parse_pidf,
    write_pidf,
)

LON = st.floats(-180, 180)
LAT = st.floats(-90, 90)
ALTITUDE = st.floats(-20_000, 100_000)
LENGTH = st.floats(0.001, 20_000_000)
ANGLE = st.floats(0, 360, exclude_max=True)


@st.composite
def rings(draw: st.DrawFn) -> tuple[tuple[float, float], ...]:
    """Star-shaped about a centre, so that they never cross themselves; over seam and pole too."""
    lon, lat = draw(LON), draw(st.floats(-80, 80))
    turns = sorted(draw(st.sets(st.integers(0, 35), min_size=5, max_size=15)))
    gaps = [(b - a) % 36 for a, b in zip(turns, turns[1:] + turns[:1], strict=True)]
    if max(gaps) > 17:  # else the centre is outside, and the way round may turn over
        turns = list(range(0, 36, 5))
    size = draw(st.floats(1e-4, 0.5))
    places = [(math.radians(10 * turn), size * draw(st.floats(0.5, 1))) for turn in turns]
    stretch = math.cos(math.radians(lat))
    corners = [(lon + far * math.cos(way) / stretch, lat + far * math.sin(way)) for way, far in places]
    return tuple(((x + 180) % 360 - 180, y) for x, y in corners)


def axes(lengths: st.SearchStrategy[float] = LENGTH) -> st.SearchStrategy[tuple[float, float]]:
    return st.tuples(lengths, lengths).map(lambda pair: (max(pair), min(pair)))


def ellipse(lon: float, lat: float, axes: tuple[float, float], orientation_deg: float) -> Ellipse:
    return Ellipse(lon, lat, *axes, orientation_deg)


def ellipsoid(
    lon: float, lat: float, altitude_m: float, axes: tuple[float, float], vertical_m: float
) -> Ellipsoid:
    return Ellipsoid(lon, lat, altitude_m, *axes, vertical_m, orientation_deg=43.5)


def arc_band(lon: float, lat: float, axes: tuple[float, float], start: float, opening: float) -> ArcBand:
    return ArcBand(lon, lat, axes[1] / 2, axes[0], start, opening)


SHAPES: dict[str, st.SearchStrategy[Shape]] = {
    "Point": st.builds(Point, LON, LAT, st.none() | ALTITUDE),
    "Circle": st.builds(Circle, LON, LAT, LENGTH),
    "Ellipse": st.builds(ellipse, LON, LAT, axes(), ANGLE),
    "ArcBand": st.builds(arc_band, LON, LAT, axes(st.floats(0.01, 100_000)), ANGLE, st.floats(0.01, 360)),
    "Sphere": st.builds(Sphere, LON, LAT, ALTITUDE, LENGTH),
    "Ellipsoid": st.builds(ellipsoid, LON, LAT, ALTITUDE, axes(), LENGTH),
    "Polygon": st.builds(Polygon, rings(), st.none() | ALTITUDE),
    "Prism": st.builds(Prism, rings(), ALTITUDE, LENGTH),
}
CONFIDENCES = st.builds(Confidence, st.none() | st.floats(0.01, 99.99), st.sampled_from(list(Distribution)))
MOTIONS = st.builds(
    Motion,
    speed_mps=st.none() | st.floats(0, 1000),
    heading_deg=st.none() | ANGLE,
    orientation_deg=ANGLE,
    orientation_elevation_deg=st.none() | st.floats(-90, 90),
)
TEXT = st.none() | st.text("abc <>&\"'\näß€", min_size=1).map(str.strip).filter(bool)
USAGES = st.builds(Usage, st.booleans(), st.none() | st.integers(0, 4_000_000_000).map(float), TEXT, TEXT)


def again(presence: Presence) -> bytes:
    assert presence.carrier is not None
    return write_pidf(
        presence.entity,
        presence.shape,
        time=presence.time or 0.0,
        carrier=presence.carrier,
        carrier_id=presence.carrier_id or "",
        confidence=presence.confidence,
        motion=presence.motion,
        method=presence.method,
        usage=presence.usage,
    )


@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_is_read_back_as_it_was_written(name: str) -> None:
    @settings(max_examples=40, deadline=None)
    @given(
        SHAPES[name],
        st.integers(0, 4_000_000_000_000),
        st.sampled_from(list(Carrier)),
        CONFIDENCES,
        st.none() | MOTIONS,
        USAGES,
    )
    def holds(
        shape: Shape,
        milliseconds: int,
        carrier: Carrier,
        confidence: Confidence,
        motion: Motion | None,
        usage: Usage,
    ) -> None:
        data = write_pidf(
            "pres:anna@example.org",
            shape,
            time=milliseconds / 1000,
            carrier=carrier,
            carrier_id="a&b",
            confidence=confidence,
            motion=motion,
            method="GPS",
            usage=usage,
        )
        presence = parse_pidf(data)
        assert {flag.value for flag in presence.flags} <= {"scaled_as_normal", "confidence_unknown"}
        assert presence.time == pytest.approx(milliseconds / 1000, abs=0.0006)
        assert (presence.carrier, presence.carrier_id, presence.method) == (carrier, "a&b", "GPS")
        assert presence.usage == usage
        assert_close(presence.shape, shape)
        # digits are lost once, in the first writing, and never again
        assert parse_pidf(again(presence)) == presence

    holds()


def assert_close(read: Shape | None, written: Shape) -> None:
    assert type(read) is type(written)
    for name in written.__slots__:
        here, there = getattr(read, name), getattr(written, name)
        if name == "ring":
            assert len(here) == len(there)
            assert all(a == pytest.approx(b, abs=1e-8) for a, b in zip(here, there, strict=True))
        elif here is None or there is None:
            assert here == there
        elif name == "inner_radius_m":
            assert there - 0.001001 <= here <= there + 1e-6
        elif name.endswith("_m") and name != "altitude_m":
            assert there - 1e-6 <= here <= there + 0.001001  # rounded up, never down (RFC 7459, 5.5)
        else:
            assert math.isclose(here, there, abs_tol=6e-4) or abs(here - there) > 359.9


def test_a_point_is_written_without_a_confidence_and_any_other_shape_with_one() -> None:
    assert b"confidence" not in write_pidf("pres:a@b", Point(1, 2), time=0, confidence=Confidence(68.0))
    assert b">95<" in write_pidf("pres:a@b", Circle(1, 2, 3), time=0)


def test_a_percentage_is_rounded_down_and_a_radius_up() -> None:
    data = write_pidf("pres:a@b", Circle(1, 2, 3.00001), time=0, confidence=Confidence(67.99999))
    presence = parse_pidf(data)
    assert presence.confidence.percent == 67.999
    assert presence.shape == Circle(1, 2, 3.001)


def test_a_silent_rule_maker_is_written_as_no() -> None:
    presence = parse_pidf(write_pidf("pres:a@b", Point(1, 2), time=0))
    assert presence.usage.retransmission_allowed is False


def test_motion_alone_may_be_written() -> None:
    presence = parse_pidf(write_pidf("pres:a@b", None, time=5, motion=Motion(speed_mps=3)))
    assert presence.place is None
    assert presence.motion == Motion(speed_mps=3)


def test_what_xml_cannot_hold_is_the_callers_fault() -> None:
    with pytest.raises(CallerError, match=r"'\\x00' cannot be written"):
        write_pidf("pres:a@b", Point(1, 2), time=0, usage=Usage(note_well="a\0b"))


def test_a_usual_document_leaves_room_for_a_request_in_a_datagram() -> None:
    data = write_pidf(
        "pres:anna@example.org",
        Point(16.372504, 48.208354),
        time=1772437200.0,
        method="GPS",
        usage=Usage(retransmission_allowed=True, retention_expiry=1775029200.0),
    )
    assert len(data) < 850


def test_an_address_is_written_in_the_schemas_order_with_what_it_knows_and_read_back() -> None:
    civic = (("FLR", "2 < 3"), ("colour", "red"), ("country", "AT"), ("A3", "Wien"), ("FLR", "4"))
    data = write_pidf("pres:anna@example.org", Circle(16, 48, 25), time=0, civic=civic)
    read = parse_pidf(data)
    assert read.civic == (("country", "AT"), ("A3", "Wien"), ("FLR", "2 < 3"))
    assert read.shape == Circle(16, 48, 25)
    assert not read.flags
    assert parse_pidf(write_pidf("pres:anna@example.org", None, time=0, civic=civic)).civic == read.civic


def test_an_address_of_nothing_known_is_not_written() -> None:
    data = write_pidf("pres:anna@example.org", Circle(16, 48, 25), time=0, civic=(("colour", "red"),))
    assert b"civicAddress" not in data
