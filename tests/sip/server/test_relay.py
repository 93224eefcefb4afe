"""The relay: a call between two flows from beginning to end, and everything that is not passed on."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip.headers import Headers
from sip.message import Request, Response
from sip.peer import Peer, Transport
from sip.reply import Reply
from sip.server import ways
from sip.server.relay import Forward
from sip.server.uas import Ignored
from sip.server.ways import WAY_S
from tests.sip.server.calls import ANNA, BERT, Exchange, Message, answer_to, with_fields, within
from tests.sip.talk import document

ANNA_AOR = "sip:anna@example.org"
STRANGER = Peer(Transport.UDP, "203.0.113.66", 6666)


def ready() -> Exchange:
    exchange = Exchange()
    exchange.register(ANNA)
    exchange.register(BERT)
    return exchange


def branch(message: Message) -> str:
    return (message.headers.get("Via") or "").partition("branch=")[2].partition(";")[0]


def begun(exchange: Exchange) -> tuple[Request, Message, Message]:
    """A call that was answered: the INVITE as it was sent, as it came, and the 200 as it came back."""
    invite = exchange.opening("INVITE", ANNA, ("Contact", f"<{ANNA.contact}>"))
    arrived, to = exchange.passed(invite, ANNA.flow)
    assert to == BERT.flow
    answered, back = exchange.passed(answer_to(arrived, 200, BERT), BERT.flow)
    assert back == ANNA.flow
    return invite, arrived, answered


def test_a_call_from_udp_to_tcp_rings_is_answered_and_ends() -> None:
    exchange = ready()
    invite, arrived, answered = begun(exchange)
    assert isinstance(arrived, Request)
    assert arrived.uri == BERT.contact
    vias = arrived.headers.items_of("Via")
    assert vias[0].startswith("SIP/2.0/TCP sip.example.org:5061;branch=z9hG4bKww")
    assert vias[1].endswith("rport=40000;received=192.0.2.10")
    assert arrived.headers.get("Max-Forwards") == "69"
    assert "Proxy-Authorization" not in arrived.headers
    assert answered.headers.get_all("Via") == vias[1:]

    ack, to = exchange.passed(within(exchange, "ACK", ANNA, answered), ANNA.flow)
    assert (to, ack.headers.get_all("Route")) == (BERT.flow, ())
    bye = within(exchange, "BYE", BERT, with_call(arrived, answered), called=True)
    ended, to = exchange.passed(bye, BERT.flow)
    assert isinstance(ended, Request)
    assert (to, ended.uri, ended.headers.get_all("Route")) == (ANNA.flow, ANNA.contact, ())
    assert (ended.headers.get("Via") or "").startswith("SIP/2.0/UDP sip.example.org:5060;")
    good, to = exchange.passed(answer_to(ended, 200, ANNA), ANNA.flow)
    assert (to, branch(good)) == (BERT.flow, branch(bye))
    assert len(invite.headers.items_of("Record-Route")) == 0


def with_call(invite: Message, answer: Message) -> Message:
    """The INVITE as its callee keeps it: with the tag that he gave."""
    assert isinstance(invite, Request)
    return with_fields(invite, To=answer.headers.get("To"))


def test_the_answer_to_another_servers_challenge_goes_on() -> None:
    exchange = ready()
    theirs = 'Digest username="anna", realm="elsewhere", nonce="n", uri="sip:x", qop=auth, nc=00000001'
    theirs += f', cnonce="c", response="{"0" * 32}"'
    arrived, _ = exchange.passed(exchange.opening("INVITE", ANNA, ("Proxy-Authorization", theirs)), ANNA.flow)
    assert arrived.headers.get_all("Proxy-Authorization") == (theirs,)


def test_each_side_is_given_its_own_door_and_the_way_to_the_other() -> None:
    exchange = ready()
    _, arrived, _ = begun(exchange)
    top, second = arrived.headers.items_of("Record-Route")
    assert re.fullmatch(r"<sip:flow-[\w-]+@sip\.example\.org:5061;transport=tcp;lr>", top)
    assert re.fullmatch(r"<sip:flow-[\w-]+@sip\.example\.org:5060;lr>", second)


@pytest.mark.parametrize(
    "method", ["INVITE", "INFO", "UPDATE", "PRACK", "REFER", "MESSAGE", "NOTIFY", "OPTIONS"]
)
def test_what_follows_within_a_call_needs_no_digest(method: str) -> None:
    exchange = ready()
    *_, answered = begun(exchange)
    request = within(exchange, method, ANNA, answered)
    arrived, to = exchange.passed(request, ANNA.flow)
    assert to == BERT.flow
    assert "Record-Route" not in arrived.headers


def test_the_set_proxy_before_our_route_is_us_and_a_route_behind_it_stays() -> None:
    exchange = ready()
    *_, answered = begun(exchange)
    request = within(exchange, "BYE", ANNA, answered)
    routes = ["<sip:sip.example.org;lr>", *request.headers.items_of("Route"), "<sip:p.example.net;lr>"]
    arrived, _ = exchange.passed(with_fields(request, Route=", ".join(routes)), ANNA.flow)
    assert arrived.headers.get_all("Route") == ("<sip:p.example.net;lr>",)


def test_a_stranger_is_asked_who_he_is_and_told_nothing() -> None:
    exchange = ready()
    for name in ("bert", "nobody"):
        answer = exchange.refused(exchange.request("INVITE", ANNA, uri=f"sip:{name}@example.org"), ANNA.flow)
        assert answer.status == 407
        assert all("algorithm" in value for value in answer.headers.get_all("Proxy-Authenticate"))
        assert len(answer.headers.get_all("Proxy-Authenticate")) == 2


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"uri": "sip:nobody@example.org"}, 404, None),
        ({"uri": "sip:anna@10.0.0.7"}, 404, None),
        ({"uri": "sip:carl@example.net"}, 404, None),
        ({"From": "<sip:bert@example.org>;tag=1"}, 403, "Not Your Address"),
        ({"From": "<tel:123>;tag=1"}, 403, "Not Your Address"),
        ({"Route": "<sip:a.example.net;lr>, <sip:b.example.net;lr>"}, 403, "Foreign Route"),
        ({"Max-Forwards": "0"}, 483, None),
        ({"Proxy-Require": "privacy"}, 420, None),
        ({"To": "<sip:bert@example.org>;tag=1"}, 481, None),
    ],
)
def test_what_is_not_passed_on(change: dict[str, str], status: int, reason: str | None) -> None:
    exchange = ready()
    uri = change.pop("uri", "sip:bert@example.org")
    request = exchange.request("INVITE", ANNA, uri=uri, headers=dict(change))
    answer = exchange.refused(request, ANNA.flow)
    if answer.status == 407:
        answer = exchange.refused(exchange.answering(request, answer, ANNA), ANNA.flow)
    assert (answer.status, reason or answer.reason) == (status, answer.reason)


def test_a_locked_account_calls_nobody_but_is_called() -> None:
    exchange = ready()
    exchange.directory.locked.add("sip:anna@example.org")
    for method in ("INVITE", "MESSAGE"):
        answer = exchange.refused(exchange.opening(method, ANNA), ANNA.flow)
        assert (answer.status, answer.reason) == (403, "Locked")
    call = exchange.opening("INVITE", BERT, uri="sip:anna@example.org")
    assert exchange.passed(call, BERT.flow)[1] == ANNA.flow


def test_who_is_not_registered_or_whose_connection_has_gone_is_not_available() -> None:
    exchange = Exchange()
    assert exchange.refused(exchange.opening("INVITE", ANNA), ANNA.flow).status == 480
    exchange.register(BERT)
    exchange.closed.add(BERT.flow)
    assert exchange.refused(exchange.opening("MESSAGE", ANNA), ANNA.flow).status == 480
    exchange.closed.clear()
    exchange.now += 3600
    assert exchange.refused(exchange.opening("MESSAGE", ANNA), ANNA.flow).status == 480
    exchange = Exchange()
    exchange.register(replace(BERT, flow=replace(BERT.flow, door=9)))  # a door of another configuration
    assert exchange.refused(exchange.opening("MESSAGE", ANNA), ANNA.flow).status == 480


def test_a_call_whose_far_end_has_gone_is_told_so() -> None:
    exchange = ready()
    *_, answered = begun(exchange)
    exchange.closed.add(BERT.flow)
    assert exchange.refused(within(exchange, "BYE", ANNA, answered), ANNA.flow).status == 430


def test_other_methods_begin_nothing() -> None:
    exchange = ready()
    for method in ("REFER", "UPDATE", "INFO", "BYE"):
        answer = exchange.refused(exchange.request(method, ANNA), ANNA.flow)
        assert (answer.status, answer.headers.get("Allow")) == (405, "INVITE, MESSAGE")


def test_a_message_to_oneself_is_for_the_server() -> None:
    exchange = ready()
    answer = exchange.refused(exchange.request("MESSAGE", ANNA, uri="sip:anna@example.org"), ANNA.flow)
    assert answer.status == 401


def test_a_message_arrives_whole_though_its_way_is_udp() -> None:
    exchange = ready()
    body = b"x" * 3_000
    request = exchange.request("MESSAGE", BERT, uri="sip:anna@example.org", body=body)
    request = exchange.answering(request, exchange.refused(request, BERT.flow), BERT)
    arrived, to = exchange.passed(request, BERT.flow)
    assert (to, arrived.body) == (ANNA.flow, body)
    assert "Record-Route" not in arrived.headers


def test_a_place_that_comes_with_a_call_is_told_once_and_one_that_cannot_be_read_hinders_nothing() -> None:
    exchange = ready()
    fields = [("Geolocation", "<cid:place@anna>"), ("Content-ID", "<place@anna>")]
    fields.append(("Content-Type", "application/pidf+xml"))
    for body, latitude in ((document(lat=48.5), 48.5), (b"<none/>", None)):
        request = exchange.request("INVITE", ANNA, *fields, body=body, call_id=f"call with {latitude}")
        request = exchange.answering(request, exchange.refused(request, ANNA.flow), ANNA)
        first, again = exchange.receive(request, ANNA.flow), exchange.receive(request, ANNA.flow)
        assert isinstance(first, Forward)
        assert isinstance(again, Forward)
        assert (first.report.fix.lat if first.report else None) == latitude
        assert again.report is None
        assert first.data.endswith(body)


def test_a_retransmission_goes_the_same_way_as_the_same_bytes_though_its_count_is_used() -> None:
    exchange = ready()
    invite = exchange.opening("INVITE", ANNA)
    first = exchange.receive(invite, ANNA.flow)
    assert isinstance(first, Forward)
    assert first.account is not None
    exchange.registrar.drop("sip:bert@example.org")
    again = exchange.receive(invite, ANNA.flow)
    assert isinstance(again, Forward)
    assert (again.data, again.to, again.account) == (first.data, first.to, None)
    assert exchange.refused(invite, STRANGER).status == 407
    exchange.now += WAY_S
    assert exchange.refused(invite, ANNA.flow).status == 407


def test_what_an_account_began_goes_no_way_once_it_is_revoked() -> None:
    exchange = ready()
    message = exchange.opening("MESSAGE", ANNA)
    exchange.passed(message, ANNA.flow)
    exchange.directory.remove("sip:anna@example.org")
    assert exchange.refused(message, ANNA.flow).status == 407


def test_what_was_let_in_once_lets_in_no_other_sender_and_no_other_text() -> None:
    exchange = ready()
    message = exchange.opening("MESSAGE", ANNA)
    exchange.passed(message, ANNA.flow)
    tag = (message.headers.get("From") or "").partition(">")[2]
    forged = with_fields(message, From=f"<sip:carl@example.org>{tag}")
    other = Request("MESSAGE", message.uri, with_fields(message, Content_Length="4").headers, b"more")
    number = (message.headers.get("CSeq") or "").split()[0]
    call = Request("INVITE", message.uri, with_fields(message, CSeq=f"{number} INVITE").headers)
    for request in (forged, other, call):
        assert exchange.refused(request, ANNA.flow).status == 407


def test_cancel_and_the_ack_of_a_refusal_follow_their_invite() -> None:
    exchange = ready()
    invite = exchange.opening("INVITE", ANNA)
    arrived, _ = exchange.passed(invite, ANNA.flow)
    exchange.registrar.drop("sip:bert@example.org")
    for method in ("CANCEL", "ACK"):
        follows = Request(method, invite.uri, invite.headers)
        number = (invite.headers.get("CSeq") or "").split()[0]
        follows = with_fields(follows, CSeq=f"{number} {method}", Proxy_Authorization=None)
        if method == "ACK":
            follows = with_fields(follows, To="<sip:bert@example.org>;tag=to-bert")
        message, to = exchange.passed(follows, ANNA.flow)
        assert isinstance(message, Request)
        assert (to, message.uri, branch(message)) == (BERT.flow, BERT.contact, branch(arrived))
        assert not isinstance(exchange.receive(follows, STRANGER), Forward)


def test_a_cancel_or_ack_of_no_call_goes_nowhere() -> None:
    exchange = ready()
    assert exchange.refused(exchange.request("CANCEL", ANNA), ANNA.flow).status == 481
    assert isinstance(exchange.receive(exchange.request("ACK", ANNA), ANNA.flow), Ignored)


def test_a_token_is_good_for_its_own_call_only_and_cannot_be_made() -> None:
    exchange = ready()
    *_, answered = begun(exchange)
    bye = within(exchange, "BYE", ANNA, answered)
    routes = bye.headers.items_of("Route")
    forged = routes[0].replace("flow-", "flow-A")
    cut = re.sub(r"flow-[\w-]+", "flow-", routes[0])
    for change in ({"Call_ID": "another"}, {"Route": forged}, {"Route": cut}):
        answer = exchange.refused(with_fields(bye, **change), ANNA.flow)
        assert (answer.status, answer.reason) == (403, "Route Of Another Call")
        acknowledgement = Request("ACK", bye.uri, with_fields(bye, CSeq="9 ACK", **change).headers)
        assert isinstance(exchange.receive(acknowledgement, ANNA.flow), Ignored)


def test_a_token_begins_nothing() -> None:
    exchange = ready()
    *_, answered = begun(exchange)
    invite = with_fields(within(exchange, "INVITE", ANNA, answered), To="<sip:bert@example.org>")
    answer = exchange.refused(Request("INVITE", "sip:bert@example.org", invite.headers), ANNA.flow)
    assert answer.status == 407


def test_what_comes_back_unchanged_is_a_loop_and_to_another_place_a_spiral() -> None:
    exchange = ready()
    *_, answered = begun(exchange)
    request = within(exchange, "INFO", ANNA, answered)
    arrived, _ = exchange.passed(request, ANNA.flow)
    via = "SIP/2.0/TCP proxy.example.net;branch=z9hG4bKp, " + ", ".join(arrived.headers.items_of("Via"))
    back = with_fields(request, Via=via)
    assert exchange.refused(back, BERT.flow).status == 482
    assert exchange.passed(Request("INFO", "sip:bert@elsewhere", back.headers), BERT.flow)[1] == BERT.flow


def test_a_request_without_max_forwards_is_given_some() -> None:
    exchange = ready()
    *_, answered = begun(exchange)
    request = with_fields(within(exchange, "INFO", ANNA, answered), Max_Forwards=None)
    assert exchange.passed(request, ANNA.flow)[0].headers.get("Max-Forwards") == "70"


@pytest.mark.parametrize(
    "vias",
    [
        [],
        [""],
        ["SIP/2.0/UDP sip.example.org:5060;branch=z9hG4bKother"],
        ["SIP/2.0/UDP sip.example.org:5060;branch=z9hG4bKww0.AAAA", "SIP/2.0/UDP h;branch=z9hG4bK1"],
        ["SIP/2.0/UDP sip.example.org:5060;branch=z9hG4bKww\udcff.AAAA", "SIP/2.0/UDP h"],
        ["nonsense"],
        ['"'],
    ],
)
def test_an_answer_that_is_not_of_ours_goes_nowhere(vias: list[str]) -> None:
    response = Response(200, "OK", Headers(("Via", via) for via in vias))
    assert Exchange().relay.respond(response) is None


def test_an_answer_whose_only_via_is_ours_is_not_passed_on() -> None:
    exchange = ready()
    _, arrived, _ = begun(exchange)
    top = arrived.headers.items_of("Via")[0]
    assert exchange.relay.respond(Response(200, "OK", Headers([("Via", top)]))) is None


def test_of_a_joined_via_only_ours_is_taken() -> None:
    exchange = ready()
    _, arrived, _ = begun(exchange)
    joined = Headers([("Via", ", ".join(arrived.headers.items_of("Via"))), ("Via", "SIP/2.0/UDP last")])
    forward = exchange.relay.respond(Response(180, "Ringing", joined))
    assert forward is not None
    assert forward.to == ANNA.flow
    assert forward.data.count(b"Via: ") == 2


def test_an_account_that_begins_too_much_is_told_to_wait_and_hinders_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ways, "MAX_WAYS_PER_ACCOUNT", 2)
    exchange = ready()
    first, second, third = (exchange.opening("MESSAGE", ANNA, call_id=f"call{n}") for n in range(3))
    for message in (first, second, first):  # a copy begins nothing
        assert exchange.passed(message, ANNA.flow)[1] == BERT.flow
    answer = exchange.refused(third, ANNA.flow)
    assert (answer.status, answer.headers.get("Retry-After")) == (503, "240")
    assert exchange.passed(exchange.opening("MESSAGE", BERT, uri=ANNA_AOR), BERT.flow)[1] == ANNA.flow
    exchange.now += WAY_S
    assert exchange.passed(exchange.opening("MESSAGE", ANNA, call_id="later"), ANNA.flow)[1] == BERT.flow


FIELDS = st.sampled_from(
    ("Via", "Route", "To", "From", "Contact", "Max-Forwards", "Proxy-Authorization", "CSeq")
)
TEXTS = st.one_of(
    st.text('<>*;,"=\\ sip:flow-@h.0-9+[]%tag', max_size=60),
    st.sampled_from(
        ("<sip:flow-@h>", "SIP/2.0/UDP h;branch=z9hG4bKww.", 'Digest realm="example.org"', "1 ACK")
    ),
)
METHODS = st.sampled_from(("INVITE", "ACK", "CANCEL", "BYE", "MESSAGE", "OPTIONS", "PUBLISH", "XYZ"))


@settings(max_examples=300)
@given(METHODS, st.lists(st.tuples(FIELDS, TEXTS), max_size=4), st.sampled_from(("added", "instead")))
def test_no_field_raises_and_no_stranger_is_passed_on(
    method: str, fields: list[tuple[str, str]], how: str
) -> None:
    exchange = Exchange()
    request = exchange.request(method, ANNA, cseq=1)
    kept = [pair for pair in request.headers if how == "added" or pair[0] not in dict(fields)]
    data = Request(method, request.uri, Headers([*kept, *fields])).to_bytes()
    taken = exchange.receive(data, STRANGER)
    assert isinstance(taken, (Reply, Ignored))
    exchange.relay.respond(Response(200, "OK", Headers(fields)))
