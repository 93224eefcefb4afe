"""Contacts: the comparisons of RFC 3261 19.1.4, and no exception but the declared one."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.contact import is_same, read_contacts
from sip.errors import PeerFault
from sip.headers import Headers
from sip.uri import parse_uri


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
    ],
)
def test_uris_that_the_rfc_calls_equivalent(one: str, other: str) -> None:
    assert is_same(parse_uri(one), parse_uri(other))
    assert is_same(parse_uri(other), parse_uri(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:carol@chicago.com", "sips:carol@chicago.com"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;maddr=192.0.2.4"),
    ],
)
def test_uris_that_the_rfc_calls_different(one: str, other: str) -> None:
    assert not is_same(parse_uri(one), parse_uri(other))
    assert not is_same(parse_uri(other), parse_uri(one))


def test_items_of_several_fields_come_in_order_and_a_reg_id_counts_with_an_instance_only() -> None:
    fields = [("Contact", '"A, B" <sip:a@h;ob>;reg-id=1, sip:b@h;q=0.7'), ("m", "<sip:c@h>;expires=5")]
    contacts = read_contacts(Headers(fields))
    assert [(each.text, each.q, each.expires, each.registration_id) for each in contacts] == [
        ("sip:a@h;ob", 1.0, None, None),
        ("sip:b@h", 0.7, None, None),
        ("sip:c@h", 1.0, "5", None),
    ]


@given(st.text('<>*;,"=\\ sip:a@h.0-9q+[]%', max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    with suppress(PeerFault):
        contacts = read_contacts(Headers([("Contact", text)]))
        assert all(is_same(parse_uri(each.text), parse_uri(each.text)) for each in contacts)
