"""The registrar's flows (RFC 5626 section 6): one binding for each flow of a device."""

from typing import Any

import pytest

from sip.peer import Peer, Transport
from tests.sip.server.desk import ANNA, INSTANCE, Desk, refusal, told
from tests.sip.talk import DEVICE, NOW


def test_a_device_with_outbound_has_one_binding_for_each_of_its_flows() -> None:
    desk, later = Desk(), Peer(Transport.TCP, "192.0.2.99", 1)
    first = desk.register(f"<sip:a@10.0.0.7>;{INSTANCE};reg-id=1", Supported="path, outbound")
    assert ("Require", "outbound") in first.answer.headers
    assert told(first) == [f"<sip:a@10.0.0.7>;expires=3600;{INSTANCE};reg-id=1"]
    desk.register(f"<sip:a@10.0.0.7>;{INSTANCE};reg-id=2", Supported="outbound")
    moved = desk.register(
        f"<sip:a@10.9.9.9>;{INSTANCE};reg-id=1", Supported="outbound", call_id="c2", peer=later
    )
    assert len(told(moved)) == 2
    assert [(each.contact, each.flow) for each in desk.registrar.bindings_of(ANNA, NOW)] == [
        ("sip:a@10.9.9.9", later),
        ("sip:a@10.0.0.7", DEVICE),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"Supported": "path"},
        {"Supported": "outbound", "Via": "SIP/2.0/UDP p;branch=z9hG4bKp, SIP/2.0/UDP a;branch=z9hG4bKa"},
    ],
)
def test_flows_are_not_used_unless_the_device_says_so_and_is_here_itself(fields: dict[str, Any]) -> None:
    desk = Desk()
    outcome = desk.register(f"<sip:a@h>;{INSTANCE};reg-id=1", **fields)
    assert told(outcome) == [f"<sip:a@h>;expires=3600;{INSTANCE}"]
    assert "Require" not in dict(outcome.answer.headers)
    desk.register(f"<sip:b@h>;{INSTANCE};reg-id=1", **fields)
    assert len(desk.contacts()) == 2


def test_a_flow_and_a_plain_contact_of_the_same_address_are_two() -> None:
    desk, flow = Desk(), f"<sip:a@h>;{INSTANCE};reg-id=1"
    desk.register("<sip:a@h>")
    assert len(told(desk.register(flow, Supported="outbound"))) == 2
    assert len(told(desk.register("<sip:a@h;ob>"))) == 2  # instead of the plain one
    assert told(desk.register("<sip:a@h>;expires=0")) == [f"<sip:a@h>;expires=3600;{INSTANCE};reg-id=1"]


def test_a_flow_is_registered_alone() -> None:
    outcome = Desk().register(f"<sip:a@h>;{INSTANCE};reg-id=1", "<sip:b@h>", Supported="outbound")
    assert refusal(outcome) == (400, "Other Contacts Beside A Flow")


@pytest.mark.parametrize("old", ["<sip:old@h>;expires=0", f"<sip:b@h>;{INSTANCE};reg-id=2;expires=0"])
def test_a_flow_may_be_registered_beside_contacts_that_go(old: str) -> None:
    desk = Desk()
    desk.register("<sip:old@h>")
    desk.register(f"<sip:b@h>;{INSTANCE};reg-id=2", Supported="outbound")
    outcome = desk.register(f"<sip:a@h>;{INSTANCE};reg-id=1", old, Supported="outbound")
    assert f"<sip:a@h>;expires=3600;{INSTANCE};reg-id=1" in told(outcome)
    assert len(told(outcome)) == 2


def test_a_flow_that_goes_may_stand_beside_other_contacts() -> None:
    desk = Desk()
    desk.register(f"<sip:a@h>;{INSTANCE};reg-id=1", Supported="outbound")
    gone = f"<sip:a@h>;{INSTANCE};reg-id=1;expires=0"
    assert told(desk.register(gone, "<sip:b@h>", Supported="outbound")) == ["<sip:b@h>;expires=3600"]
