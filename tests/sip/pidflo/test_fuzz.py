"""Whatever the bytes, only PidfError comes out; what is read can be made a fix."""

import contextlib
import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sip.errors import PidfError
from sip.pidflo import (
    Circle,
    Confidence,
    Distribution,
    Motion,
    Prism,
    Usage,
    parse_each,
    parse_pidf,
    write_pidf,
)
from tests.sip.pidflo.documents import CIVIC, circle, device, document, person, point, polygon, tuple_
from tests.sip.pidflo.test_shapes import EIGHT

SEEDS = [document(device(info)) for info, _ in EIGHT.values()] + [
    document(device(CIVIC), tuple_(circle(), name="a"), tuple_(point(1, 2), name="b"), person(circle())),
    write_pidf(
        "pres:anna@example.org",
        Prism(((16, 48), (16.1, 48), (16.1, 48.1)), 100, 2.4),
        time=1772437200.5,
        confidence=Confidence(68, Distribution.NORMAL),
        motion=Motion(3, 90, 1, 2, 3),
        method="GPS",
        usage=Usage(retransmission_allowed=True, retention_expiry=1e9, note_well="x"),
    ),
    write_pidf("pres:anna@example.org", Circle(16, 48, 25), time=0),
]
WORDS = [
    b"NaN", b"-INF", b"1e400", b"-0", b"91", b"1e-320", b"", b"0 0", b"9" * 400, b"unknown", b"\xff\xfe",
    b"\xef\xbb\xbf", b"<!DOCTYPE x>", b"&#x0;", b"&amp;", b"<gml:Circle/>", b"<gml:pos>1 2</gml:pos>",
    b"urn:ogc:def:crs:EPSG::4979", b"urn:ogc:def:crs:EPSG::4326", b"encoding='utf-7'?>",
    b"<?xml version='1.0' encoding='idna'?>", b"2026-13-01T00:00:00Z", b"9999-12-31T23:59:60Z", b"-180",
]  # fmt: skip


def survive(data: bytes) -> None:
    with contextlib.suppress(PidfError):
        fix = parse_pidf(data).to_fix("anna", 1772437200.0)
        assert fix is None or fix.device_id == "anna"
    with contextlib.suppress(PidfError):
        for each in parse_each(data):
            if not isinstance(each, PidfError):
                each.to_fix("anna", 1772437200.0)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
@example(b"<?xml version='1.0' encoding='punycode'?><a/>")
@example(b"<?xml version='1.0' encoding='rot13'?><a/>")
def test_random_bytes(data: bytes) -> None:
    survive(data)


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_mutations_of_good_documents(data: st.DataObject) -> None:
    document = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(document)))
        length = data.draw(st.integers(0, 30))
        new = data.draw(st.sampled_from(WORDS) | st.binary(max_size=8))
        document[at : at + length] = new
    survive(bytes(document))


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_other_values_in_good_documents(data: st.DataObject) -> None:
    """The document stays well-formed, so the readers behind the XML are reached."""
    document = data.draw(st.sampled_from(SEEDS))
    texts = [match.span(1) for match in re.finditer(rb">([^<>]+)<", document)]
    names = [match.span(1) for match in re.finditer(rb"</?(\w+:\w+)", document)]
    start, end = data.draw(st.sampled_from(texts + names))
    number = st.floats().map(lambda value: str(value).encode())
    new = data.draw(
        st.lists(number, max_size=12).map(b" ".join)
        | st.sampled_from([b"x", b"gml:Point", b"gs:Circle", b"gs:radius", b"gml:pos", b"gp:geopriv"])
        | st.text(max_size=20).map(
            lambda text: text.replace("<", "").replace("&", "").encode("utf-8", "replace")
        )
    )
    survive(document[:start] + new + document[end:])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), max_size=12))
def test_any_ring_is_a_polygon_or_refused(corners: list[tuple[float, float]]) -> None:
    survive(document(device(polygon(" ".join(f"{lat} {lon}" for lat, lon in corners)))))
