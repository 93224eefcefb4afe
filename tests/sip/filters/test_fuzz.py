"""Whatever the bytes, only PeerFault comes out; what is read can be held against any place."""

import contextlib

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sip.errors import PeerFault
from sip.filters import Filters, Seen, parse_filters, write_filters
from sip.pidflo import Circle, Motion, Place
from tests.sip.filters.documents import (
    area,
    changed,
    circle,
    filter_,
    filter_set,
    moved,
    one,
    polygon,
    trigger,
    what,
)

SEEDS = [
    one(moved(300)),
    one(changed("//dyn:speed", 'by="3" from="1" to="2"'),
        "<added>//ca:FLR</added>", "<removed>//dyn:heading</removed>"),
    one(area(circle(16.37, 48.2, 100))),
    one(area(polygon((16, 48), (16.1, 48), (16.1, 48.1)))),
    filter_set(
        filter_(what=what("civic", 'exact="true"'), name="a", attributes='uri="sip:anna@example.org"'),
        filter_(trigger(changed("//ca:country", 'from="FR"')), name="b", attributes='enabled="false"'),
        filter_(name="c", attributes='remove="true"'),
    ),
]  # fmt: skip
WORDS = [
    b"NaN", b"-INF", b"1e400", b"1e-320", b"-0", b"91", b"", b"0 0", b"9" * 400, b"//", b"//ca:A1", b"\xff",
    b"<!DOCTYPE x>", b"&#x0;", b"&amp;", b"<lf:moved>1</lf:moved>", b"<trigger/>", b"</trigger><trigger>",
    b"encoding='utf-7'?>", b"<?xml version='1.0' encoding='idna'?>", b"179.999 0", b"89.999", b"1e6",
    b"true", b"any", b"xmlns:lf=''", b"urn:ietf:params:xml:schema:pidf:dynamic",
]  # fmt: skip
PLACES = [
    Seen(),
    Seen(Place(16.37, 48.2, None, None)),
    Seen(Place(16.37, 48.2, 100.0, 20.0), motion=Motion(1.0, 2.0, 3.0, 4.0, 5.0), civic=(("country", "FR"),)),
    Seen.of_circle(Circle(-180.0, 90.0, 2e7)),
]


def survive(data: bytes) -> None:
    with contextlib.suppress(PeerFault):
        filters = Filters().updated(parse_filters(data))
        told = None
        for seen in PLACES:
            assert filters.is_triggered(told, seen) in {True, False}
            told = filters.told(told, seen)
        if filters.filters:
            assert parse_filters(write_filters(filters)) == filters


@settings(max_examples=200)
@given(st.binary(max_size=400))
@example(b"<?xml version='1.0' encoding='punycode'?><a/>")
def test_random_bytes(data: bytes) -> None:
    survive(data)


@settings(max_examples=600)
@given(st.data())
def test_mutations_of_good_documents(data: st.DataObject) -> None:
    document = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(document)))
        length = data.draw(st.integers(0, 30))
        new = data.draw(st.sampled_from(WORDS) | st.binary(max_size=8))
        document[at : at + length] = new
    survive(bytes(document))
