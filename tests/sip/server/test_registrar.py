"""The registrar: RFC 3261 10.3 step by step, and any sequence against a plain oracle."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.errors import CallerError
from sip.server.binding import Binding, Registered
from sip.server.outcome import Refused
from sip.server.registrar import MAX_BINDINGS_PER_AOR, Registrar
from tests.sip.server.desk import ANNA, INSTANCE, Desk, refusal, told
from tests.sip.talk import DEVICE, NOW


def test_a_contact_is_kept_with_where_it_came_from_and_told_with_its_time() -> None:
    desk = Desk()
    outcome = desk.register("<sip:anna@10.0.0.7:5060>;expires=600", User_Agent="phone 1\udcff")
    assert told(outcome) == ["<sip:anna@10.0.0.7:5060>;expires=600"]
    assert ("Date", "Mon, 21 Sep 2026 14:13:20 GMT") in outcome.answer.headers
    (binding,) = desk.registrar.bindings_of(ANNA, NOW)
    assert (binding.flow, binding.user_agent, binding.session_key) == (DEVICE, "phone 1?", "key")
    assert (binding.expires_at, binding.registered_at) == (NOW + 600, NOW)
    assert told(desk.register(now=NOW + 599.4)) == ["<sip:anna@10.0.0.7:5060>;expires=1"]
    assert told(desk.register(now=NOW + 599.9)) == [
        "<sip:anna@10.0.0.7:5060>;expires=1"
    ]  # not 0: it is there
    assert told(desk.register(now=NOW + 600)) == []


def test_several_contacts_come_back_and_the_preferred_and_the_newest_are_tried_first() -> None:
    desk = Desk()
    desk.register("<sip:a@h>;q=0.5, <sip:b@h>;q=0.125", "sip:c@h;q=0.5")
    assert desk.contacts() == ["sip:c@h", "sip:a@h", "sip:b@h"]
    assert told(desk.register("<sip:a@h>;q=0.5")) == [
        "<sip:b@h>;expires=3600;q=0.125",
        "<sip:c@h>;expires=3600;q=0.5",
        "<sip:a@h>;expires=3600;q=0.5",
    ]
    assert desk.contacts() == ["sip:a@h", "sip:c@h", "sip:b@h"]


def test_a_question_changes_nothing() -> None:
    desk = Desk()
    desk.register("<sip:a@h>")
    outcome = desk.register(cseq=1)
    assert told(outcome) == ["<sip:a@h>;expires=3600"]
    assert outcome.change is None


@pytest.mark.parametrize(
    ("contact", "expires", "granted"),
    [
        ("<sip:a@h>", None, 3600),
        ("<sip:a@h>;expires=120", "600", 120),
        ("<sip:a@h>", "600", 600),
        ("<sip:a@h>;expires=soon", "600", 3600),
        ("<sip:a@h>", "-1", 3600),
        ("<sip:a@h>", "4294967296", 86_400),
        ("<sip:a@h>;expires=60", None, 60),
    ],
)
def test_the_time_is_the_contacts_then_the_requests_then_ours(
    contact: str, expires: str | None, granted: int
) -> None:
    assert told(Desk().register(contact, expires=expires)) == [f"<sip:a@h>;expires={granted}"]


def test_too_short_a_time_is_refused_with_the_least_and_all_else_with_it() -> None:
    desk = Desk()
    outcome = desk.register("<sip:a@h>", "<sip:b@h>;expires=59")
    assert refusal(outcome) == (423, "Interval Too Brief")
    assert outcome.answer.headers == (("Min-Expires", "60"),)
    assert desk.contacts() == []


def test_who_asks_for_an_hour_is_never_told_that_it_is_too_brief() -> None:
    desk = Desk(Registrar(expires_min_s=7200, expires_default_s=7200))
    assert refusal(desk.register("<sip:a@h>;expires=3599"))[0] == 423
    assert told(desk.register("<sip:a@h>;expires=3600")) == ["<sip:a@h>;expires=3600"]


def test_expires_0_removes_and_of_an_unknown_contact_is_no_fault() -> None:
    desk = Desk()
    desk.register("<sip:a@h>", "<sip:b@h>")
    assert told(desk.register("<sip:A@h>;expires=0", "<sip:a@H>;expires=0")) == ["<sip:b@h>;expires=3600"]


def test_an_asterisk_removes_all() -> None:
    desk = Desk()
    desk.register("<sip:a@h>", "<sip:b@h>")
    desk.register("<sip:c@h>", call_id="c2", cseq=900)
    assert told(desk.register("*", expires="0", cseq=3)) == []
    assert desk.store == {}


@pytest.mark.parametrize(
    ("contacts", "expires"),
    [
        (("*",), None),
        (("*",), "60"),
        (("*",), "zero"),
        (("*", "<sip:a@h>"), "0"),
        (("*;expires=0",), None),
        (("*", "*"), "0"),
    ],
)
def test_an_asterisk_stands_alone_and_with_expires_0(contacts: tuple[str, ...], expires: str | None) -> None:
    desk = Desk()
    desk.register("<sip:a@h>")
    assert refusal(desk.register(*contacts, expires=expires)) == (400, "Contact * Not Alone With Expires 0")
    assert desk.contacts() == ["sip:a@h"]


@pytest.mark.parametrize("cseq", [4, 5])
@pytest.mark.parametrize("contact", ["<sip:a@h>", "<sip:a@h>;expires=0", "*"])
def test_a_register_that_was_overtaken_fails_whole(cseq: int, contact: str) -> None:
    desk = Desk()
    desk.register("<sip:a@h>", cseq=5)
    contacts = (contact,) if contact == "*" else ("<sip:new@h>", contact)
    outcome = desk.register(*contacts, cseq=cseq, expires="0" if contact == "*" else None)
    assert refusal(outcome) == (400, "CSeq Out Of Order")
    assert desk.contacts() == ["sip:a@h"]


def test_another_call_id_may_begin_at_any_cseq() -> None:
    desk = Desk()
    desk.register("<sip:a@h>", cseq=5)
    assert told(desk.register("<sip:a@h>;expires=60", cseq=1, call_id="c2")) == ["<sip:a@h>;expires=60"]


def test_nobody_registers_for_another() -> None:
    for to in ("sip:bert@example.org", "sip:nobody@example.org", "sip:anna@elsewhere.org", "tel:1"):
        assert refusal(Desk().register("<sip:a@h>", to=to)) == (403, "Not Your Address")


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        ("<mailto:anna@example.org>", "Bad Contact URI"),
        ("<sip:a@h", "Bad Address"),
        ("<sip:>", "Bad Contact URI"),
        ("<sip:a@h?\udcff>", "Bad Contact URI"),
        ("<sip:a@h?\x00>", "Bad Contact URI"),
        ("<sip:a@h>;q=1.5", "Bad q In Contact"),
        ("<sip:a@h>;q=", "Bad Header Parameter"),
        (f"<sip:{'a' * 512}@h>", "Contact Too Long"),
        (f"<sip:a@h>;{INSTANCE};reg-id=0", "Bad reg-id"),
        ('<sip:a@h>;+sip.instance="urn:uuid:1"', "Bad +sip.instance"),
        (", ".join(f"<sip:a{number}@h>" for number in range(MAX_BINDINGS_PER_AOR + 1)), "Too Many Contacts"),
    ],
)
def test_a_contact_that_cannot_be_is_refused(contact: str, reason: str) -> None:
    assert refusal(Desk().register(contact)) == (400, reason)


def test_a_call_id_that_could_not_be_stored_is_refused() -> None:
    for call_id in ("\udcff", "x" * 257):
        assert refusal(Desk().register("<sip:a@h>", call_id=call_id)) == (400, "Bad Call-ID")


def test_the_binding_that_ends_first_makes_room() -> None:
    desk = Desk()
    for number in range(MAX_BINDINGS_PER_AOR):
        desk.register(f"<sip:a{number}@h>;expires={600 - number}")
    desk.register("<sip:new@h>;expires=60", "<sip:a9@h>;expires=60")
    assert len(desk.contacts()) == MAX_BINDINGS_PER_AOR
    assert "sip:a8@h" not in desk.contacts()
    assert {"sip:new@h", "sip:a9@h"} <= set(desk.contacts())


def test_what_ends_is_told_to_the_store_once() -> None:
    desk = Desk()
    assert desk.registrar.next_wake is None
    desk.register("<sip:a@h>;expires=60", "<sip:b@h>;expires=90")
    desk.register("<sip:a@h>;expires=120", now=NOW + 10)
    assert desk.registrar.next_wake == NOW + 90
    assert desk.registrar.expire(NOW + 89) == ()
    for change in desk.registrar.expire(NOW + 200):
        desk.keep(change)
    assert desk.store == {}
    assert desk.registrar.next_wake is None


def test_an_address_that_is_revoked_is_dropped() -> None:
    desk = Desk()
    desk.register("<sip:a@h>", "<sip:b@h>")
    for change in desk.registrar.drop(ANNA):
        desk.keep(change)
    assert (desk.store, desk.contacts(), desk.registrar.drop(ANNA)) == ({}, [], ())


def test_limits_that_are_out_of_order_are_a_fault_of_ours() -> None:
    with pytest.raises(CallerError, match="minimum 10"):
        Registrar(expires_min_s=10, expires_default_s=5)


def test_the_key_is_not_shown() -> None:
    desk = Desk()
    outcome = desk.register("<sip:a@h>")
    assert "'key'" not in repr(outcome) + repr(desk.registrar.bindings)


CONTACTS = ("sip:a@h", "sip:a@h:5060", "sip:b@h;transport=tcp", "sip:A@h")
STEPS = st.tuples(
    st.sampled_from(("c1", "c2")),
    st.integers(1, 6),
    st.one_of(
        st.just("*"),
        st.lists(st.tuples(st.sampled_from(CONTACTS), st.sampled_from((0, 30, 60, 100))), max_size=3),
    ),
    st.sampled_from((0.0, 20.0, 60.0)),
)


class Oracle:
    """RFC 3261 10.3, steps 6 and 7, as plainly as it can be written: contact to (ends, Call-ID, CSeq)."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[float, str, int]] = {}

    def register(
        self, call_id: str, cseq: int, contacts: str | list[tuple[str, int]], now: float
    ) -> dict[str, int] | None:
        held = {contact: each for contact, each in self.held.items() if each[0] > now}
        pairs = [(contact, 0) for contact in held] if isinstance(contacts, str) else contacts
        for contact, expires in pairs:
            if 0 < expires < 60:
                return None
            _, known_id, known_cseq = held.get(contact, (0.0, "", 0))
            if known_id == call_id and cseq <= known_cseq:
                return None
            held.pop(contact, None)
            if expires:
                held[contact] = (now + expires, call_id, cseq)
        self.held = held
        return {contact: round(ends - now) for contact, (ends, _, _) in held.items()}


@given(st.lists(STEPS, max_size=12))
def test_any_sequence_leaves_what_a_plain_dictionary_holds(steps: list[Any]) -> None:
    desk, oracle, now = Desk(), Oracle(), NOW
    for call_id, cseq, contacts, pause in steps:
        now += pause
        fields = (
            ["*"] if isinstance(contacts, str) else [f"<{uri}>;expires={length}" for uri, length in contacts]
        )
        expires = "0" if isinstance(contacts, str) else None
        outcome = desk.register(*fields, now=now, call_id=call_id, cseq=cseq, expires=expires)
        expected = oracle.register(call_id, cseq, contacts, now)
        assert (outcome.answer.status == 200) == (expected is not None)
        if expected is not None:
            assert told(outcome) == [f"<{contact}>;expires={left}" for contact, left in expected.items()]
        assert desk.store == {each.key: each for each in desk.registrar.bindings}
        assert set(desk.contacts(now)) == {uri for uri, each in oracle.held.items() if each[0] > now}


@given(st.lists(STEPS, max_size=8), st.integers(0, 8))
def test_undone_in_reverse_order_all_is_as_before_and_a_restart_forgets_nothing(
    steps: list[Any], cut: int
) -> None:
    desk, now = Desk(), NOW
    done: list[tuple[tuple[Binding, ...], Registered | Refused]] = []
    for number, (call_id, cseq, contacts, pause) in enumerate(steps):
        now += pause
        if number == cut:
            kept = Registrar()
            kept.restore(sorted(desk.store.values(), key=lambda each: each.contact))  # as a store may
            assert kept.bindings_of(ANNA, now) == desk.registrar.bindings_of(ANNA, now)
            assert kept.next_wake == desk.registrar.next_wake
        before = desk.registrar.bindings
        fields = (
            ["*"] if isinstance(contacts, str) else [f"<{uri}>;expires={length}" for uri, length in contacts]
        )
        expires = "0" if isinstance(contacts, str) else None
        done.append((before, desk.register(*fields, now=now, call_id=call_id, cseq=cseq, expires=expires)))
    for before, outcome in reversed(done):
        if isinstance(outcome, Registered):
            desk.registrar.undo(outcome)
        assert desk.registrar.bindings == before


@given(st.lists(st.text('<>*;,"= sip:a@h.0-9q+reg', max_size=40), max_size=3), st.text(max_size=12))
def test_no_field_raises(contacts: list[str], expires: str) -> None:
    plain = [replace_breaks(contact) for contact in contacts]
    desk = Desk()
    desk.register("<sip:a@h>")
    assert desk.register(*plain, expires=replace_breaks(expires)).answer.status in {200, 400, 423}


def replace_breaks(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")
