"""Which of a document's locations counts (RFC 5491, section 3), and what becomes of the others."""

import pytest

from sip.errors import PidfError
from sip.pidflo import Carrier, Circle, Flag, parse_pidf
from tests.sip.pidflo.documents import CIVIC, circle, device, document, geopriv, person, point, tuple_

HERE = point(48.2, 16.4)
DYNAMIC = "<dyn:Dynamic><dyn:speed>3</dyn:speed></dyn:Dynamic>"


def test_a_device_counts_before_a_tuple_and_a_tuple_before_a_person_wherever_they_stand() -> None:
    presence = parse_pidf(
        document(person(point(1, 1)), tuple_(point(2, 2)), device(HERE), device(point(3, 3)))
    )
    assert (presence.carrier, presence.carrier_id) == (Carrier.DEVICE, "d1")
    assert presence.place is not None
    assert presence.place.lat == 48.2
    presence = parse_pidf(document(person(point(1, 1)), tuple_(HERE)))
    assert presence.carrier is Carrier.TUPLE
    assert presence.time == 1772437260.0  # the tuple's own timestamp
    assert parse_pidf(document(person(HERE))).carrier is Carrier.PERSON


def test_a_device_without_a_location_or_with_motion_alone_does_not_win() -> None:
    presence = parse_pidf(document(device("", name="a"), device(DYNAMIC, name="b"), tuple_(HERE)))
    assert presence.carrier is Carrier.TUPLE
    assert presence.motion is None


def test_motion_alone_is_read_and_gives_no_fix() -> None:
    presence = parse_pidf(document(device(DYNAMIC)))
    assert presence.motion is not None
    assert presence.motion.speed_mps == 3.0
    assert presence.to_fix("anna", 0.0) is None


def test_a_civic_address_takes_precedence_in_a_device_and_is_no_position() -> None:
    presence = parse_pidf(document(device(CIVIC), person(HERE)))
    assert presence.civic == (("country", "AT"), ("A3", "Wien"))
    assert presence.place is None
    assert presence.to_fix("anna", 0.0) is None
    assert presence.flags == {Flag.GEODETIC_ELSEWHERE}


def test_a_civic_address_beside_a_shape_only_refines_it() -> None:
    presence = parse_pidf(document(device(CIVIC + circle())))
    assert isinstance(presence.shape, Circle)
    assert presence.civic[1] == ("A3", "Wien")
    assert presence.flags == frozenset()


def test_two_tuples_far_apart_are_ambiguous_and_the_first_counts() -> None:
    presence = parse_pidf(document(tuple_(HERE, name="a"), tuple_(point(48.3, 16.4), name="b")))
    assert presence.carrier_id == "a"
    assert presence.flags == {Flag.AMBIGUOUS}


def test_two_circles_that_overlap_are_one_place() -> None:
    wide = circle("20000", pos="48.3 16.4")
    assert parse_pidf(document(tuple_(circle(), name="a"), tuple_(wide, name="b"))).flags == frozenset()


def test_an_unreadable_location_that_does_not_count_is_only_named() -> None:
    broken = circle("-1")
    presence = parse_pidf(document(tuple_(HERE, name="a"), tuple_(broken, name="b")))
    assert presence.flags == {Flag.UNREADABLE_ELSEWHERE}
    with pytest.raises(PidfError, match="tuple 'b': Circle: radius"):
        parse_pidf(document(tuple_(broken, name="b"), tuple_(HERE, name="a")))


def test_a_status_in_a_device_and_a_second_geopriv_are_forgiven() -> None:
    wrapped = f'<dm:device id="d1"><status>{geopriv(HERE)}</status></dm:device>'
    assert parse_pidf(document(wrapped)).flags == {Flag.STATUS_IN_DEVICE}
    twice = f'<dm:device id="d1">{geopriv("")}{geopriv(HERE)}</dm:device>'
    presence = parse_pidf(document(twice))
    assert presence.place is not None
    assert presence.flags == {Flag.SEVERAL_LOCATIONS}


def test_prefixes_do_not_matter_namespaces_do() -> None:
    data = document(device(HERE)).replace(b"gml:", b"zz:").replace(b":gml=", b":zz=")
    assert parse_pidf(data).place is not None
    foreign = document(device(HERE)).replace(b"geopriv10", b"geopriv99")
    assert parse_pidf(foreign).place is None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "XML is malformed: no element found"),
        (b"<presence entity='sip:a@b'/>", "root is presence in namespace '', not a PIDF presence"),
        (b"<!DOCTYPE presence><presence/>", "XML has a DOCTYPE, which is refused"),
        (b" " * 70_000, "XML of 70000 bytes is over the limit of 65536"),
        (document(entity=""), "presence has no entity URI: ''"),
        (document(entity='entity="anna"'), "presence has no entity URI: 'anna'"),
        (document(tuple_(HERE), tuple_(HERE)), "tuple id 't1' is not unique"),
        (
            document('<x xmlns="urn:x" xmlns:p="urn:ietf:params:xml:ns:pidf" p:mustUnderstand="1"/>'),
            "element x must be understood and is not known here",
        ),
        (
            document('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'),
            "XInclude is refused",
        ),
    ],
)
def test_what_is_no_presence_document_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(PidfError) as refused:
        parse_pidf(data)
    assert refused.value.reason.startswith(reason)
    assert refused.value.status == 400


def test_what_must_be_understood_and_is_does_no_harm() -> None:
    data = document(device(HERE)).replace(
        b"<dm:device ", b'<dm:device xmlns:p="urn:ietf:params:xml:ns:pidf" p:mustUnderstand="true" '
    )
    assert parse_pidf(data).place is not None


def test_utf_16_is_read() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?>' + document(device(HERE)).decode()
    assert parse_pidf(text.encode("utf-16")).place is not None


def test_a_document_of_many_rivals_is_not_slow_to_read() -> None:
    corners = " ".join(f"{48 + n / 1000:.3f} {16 + (n / 100) ** 2:.4f}" for n in range(99))
    ring = f"{corners} 48.5 15.5"
    from tests.sip.pidflo.documents import polygon

    many = [tuple_(polygon(ring), name=f"t{number}") for number in range(30)]
    presence = parse_pidf(document(*many))
    assert presence.carrier_id == "t0"
