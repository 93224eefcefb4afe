"""The server as its peers see it: transactions, checks, where answers go, and no crash on anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.message import Request, Response, parse_message
from sip.peer import Peer, Transport
from sip.reply import Reply
from sip.server.admitted import Admitted
from sip.server.checks import SERVED
from sip.server.transaction import TIMER_J_S, Transactions
from sip.server.uas import Answered, Ignored, UserAgentServer
from tests.sip.talk import DEVICE, NOW, Talk, account, document

TCP = Peer(Transport.TCP, "192.0.2.10", 40_000)


def authorized(talk: Talk, body: bytes | None = None) -> Request:
    return talk.authorized(talk.request(body=document() if body is None else body))


def test_a_retransmission_gets_the_same_bytes_and_is_not_decided_again() -> None:
    talk = Talk()
    request = authorized(talk)
    first = talk.send(request)
    kept = talk.publications
    talk.now = NOW + TIMER_J_S - 0.1
    again = talk.receive(request)
    assert again == Reply(first or b"", DEVICE)
    assert talk.publications == kept


def test_after_timer_j_a_replay_is_not_decided_again_either() -> None:
    talk = Talk()
    request = authorized(talk)
    talk.send(request)
    talk.now = NOW + TIMER_J_S
    answer = talk.ask(request)
    assert answer.status == 401
    assert "stale=true" in (answer.headers.get("WWW-Authenticate") or "")


def test_a_retransmission_of_what_is_being_decided_is_absorbed() -> None:
    talk = Talk()
    request = authorized(talk)
    admitted = talk.receive(request)
    assert isinstance(admitted, Admitted)
    assert isinstance(talk.receive(request), Ignored)
    outcome = talk.compositor.apply(admitted, NOW)
    data = talk.uas.answer(admitted, outcome.answer, NOW)
    assert talk.receive(request) == Reply(data, DEVICE)


def test_refusals_of_an_admitted_request_are_kept_too() -> None:
    talk = Talk()
    request = authorized(talk, b"no xml")
    first = talk.send(request)
    assert first
    assert first.startswith(b"SIP/2.0 400 ")
    assert talk.send(request) == first
    other = authorized(talk)
    admitted = talk.receive(other)
    assert isinstance(admitted, Admitted)
    assert talk.send(other) is None
    refused = talk.uas.overloaded(admitted, retry_after_s=3, now=NOW)
    assert talk.send(other) == refused


def test_over_tcp_nothing_is_kept() -> None:
    talk = Talk(peer=TCP)
    request = authorized(talk)
    assert talk.ask(request).status == 200
    assert len(talk.uas._transactions) == 0
    assert talk.ask(request).status == 401  # its nonce count is used up


def test_a_challenge_leaves_nothing_behind_and_is_repeated_alike() -> None:
    talk = Talk()
    request = talk.request(body=document())
    assert talk.send(request) == talk.send(request)
    assert len(talk.uas._transactions) == 0


def test_a_request_of_rfc_2543_is_its_own_transaction() -> None:
    talk = Talk()
    request = talk.request(body=document(), headers={"Via": "SIP/2.0/UDP 192.0.2.10:40000"})
    request = talk.authorized(request)
    pairs = [(n, "SIP/2.0/UDP 192.0.2.10:40000" if n == "Via" else v) for n, v in request.headers]
    request = Request(request.method, request.uri, type(request.headers)(pairs), request.body)
    first = talk.send(request)
    assert first
    assert first.startswith(b"SIP/2.0 200 ")
    assert talk.send(request) == first


def test_the_same_request_by_another_way_is_a_loop() -> None:
    talk = Talk()
    request = authorized(talk)
    talk.send(request)
    via = request.headers.get("Via") or ""
    merged = request.to_bytes().replace(
        via.encode(), via.replace("branch=z9hG4bK", "branch=z9hG4bKx").encode()
    )
    assert talk.ask(merged).status == 482
    assert len(talk.publications) == 1


def test_a_full_memory_refuses_new_requests_and_forgets_none() -> None:
    talk = Talk()
    talk.uas = UserAgentServer(
        talk.directory,
        domains=["example.org"],
        secret=b"a secret of the test",
        transactions=Transactions(max_transactions=1),
    )
    request = authorized(talk)
    first = talk.send(request)
    answer = talk.ask(authorized(talk))
    assert (answer.status, answer.headers.get("Retry-After")) == (503, "8")
    assert talk.send(request) == first
    talk.now = NOW + TIMER_J_S
    assert talk.ask(authorized(talk)).status == 200


def test_a_cancel_finds_its_publish_and_changes_nothing() -> None:
    talk = Talk()
    request = authorized(talk)
    cancel = request.to_bytes().replace(b"PUBLISH sip", b"CANCEL sip").replace(b" PUBLISH\r", b" CANCEL\r")
    assert talk.ask(cancel).status == 481
    talk.send(request)
    assert talk.ask(cancel).status == 200
    assert len(talk.publications) == 1


def test_options_tells_what_is_served_alike_for_every_user() -> None:
    talk = Talk()
    answers = [talk.ask(talk.request(method="OPTIONS", user=user)) for user in ("anna", "nobody")]
    for answer in answers:
        assert answer.status == 200
        assert "PUBLISH" in (answer.headers.get("Allow") or "")
        assert answer.headers.get("Allow-Events") == "presence"
        assert "application/pidf+xml" in (answer.headers.get("Accept") or "")


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Call-ID": None}, 400),
        ({"From": None}, 400),
        ({"To": None}, 400),
        ({"CSeq": None}, 400),
        ({"CSeq": "2147483648 OPTIONS"}, 400),
        ({"CSeq": "1 PUBLISH"}, 400),
        ({"CSeq": "one OPTIONS"}, 400),
        ({"Max-Forwards": "many"}, 400),
        ({"Max-Forwards": "256"}, 400),
        ({"Max-Forwards": None}, 200),
        ({"Max-Forwards": "0"}, 200),
        ({"From": "<sip:anna@example.org>"}, 200),
        ({"Require": "100rel, x"}, 420),
        ({"Proxy-Require": "x"}, 200),
    ],
)
def test_each_missing_or_malformed_field_has_its_answer(changed: dict[str, str | None], status: int) -> None:
    talk = Talk()
    assert talk.ask(talk.request(method="OPTIONS", headers=changed)).status == status


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"OPTIONS sip:anna@example.org SIP/2.1", 505),
        (b"OPTIONS tel:+431 SIP/2.0", 416),
        (b"OPTIONS sip:anna@[ SIP/2.0", 400),
        (b"OPTIONS sip:" + b"a" * 3_000 + b"@b SIP/2.0", 414),
        (b"OPTIONS sip:anna@elsewhere.org SIP/2.0", 404),
        (b"OPTIONS sip:anna@192.0.2.1:5060 SIP/2.0", 200),
        (b"OPTIONS sip:anna@[::1] SIP/2.0", 200),
    ],
)
def test_each_start_line_has_its_answer(line: bytes, status: int) -> None:
    talk = Talk()
    data = talk.request(method="OPTIONS").to_bytes()
    assert talk.ask(line + data[data.index(b"\r\n") :]).status == status


def test_what_we_do_not_own_may_go_no_further() -> None:
    talk = Talk()
    data = talk.request(method="OPTIONS", headers={"Max-Forwards": "0"}).to_bytes()
    assert talk.ask(data.replace(b"OPTIONS sip:anna@example.org", b"OPTIONS sip:a@other.org")).status == 483


def test_a_body_beyond_the_limit_is_refused_before_anything_else() -> None:
    talk = Talk()
    data = talk.request(method="OPTIONS").to_bytes().replace(b"Content-Length: 0", b"Content-Length: 70000")
    assert talk.ask(data).status == 413


@pytest.mark.parametrize("method", ["INVITE", "NOTIFY", "REFER"])
def test_a_method_that_is_not_served_says_which_are(method: str) -> None:
    talk = Talk()
    answer = talk.ask(talk.request(method=method))
    assert (answer.status, answer.headers.get("Allow")) == (405, ", ".join(SERVED))
    assert talk.ask(talk.request(method=method.lower())).status == 501


def test_ack_and_responses_are_never_answered() -> None:
    talk = Talk()
    assert talk.receive(talk.request(method="ACK")) == Ignored("ACK")
    assert isinstance(talk.receive(b"SIP/2.0 200 OK\r\n\r\n"), Answered)
    assert isinstance(talk.receive(b"OPTIONS sip:h SIP/2.0\r\n\r\n"), Ignored)
    assert isinstance(talk.receive(b"\x00\x01\x02"), Ignored)


def test_over_tcp_a_message_without_its_length_is_malformed() -> None:
    talk = Talk(peer=TCP)
    data = talk.request(method="OPTIONS").to_bytes().replace(b"Content-Length: 0\r\n", b"")
    assert talk.ask(data).status == 400


def test_an_answer_copies_what_it_must_and_has_one_tag_of_its_own() -> None:
    talk = Talk()
    request = talk.request(method="OPTIONS", headers={"Via": "SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b"})
    request = Request(
        request.method, request.uri, type(request.headers)([*request.headers, ("v", "SIP/2.0/UDP c")])
    )
    answer = talk.ask(request)
    assert answer.headers.get_all("Via") == (
        "SIP/2.0/UDP a;branch=z9hG4bK1;received=192.0.2.10, SIP/2.0/UDP b",
        "SIP/2.0/UDP c",
    )
    for name in ("From", "Call-ID", "CSeq"):
        assert answer.headers.get(name) == request.headers.get(name)
    assert (answer.headers.get("To") or "").startswith("<sip:anna@example.org>;tag=")
    assert talk.ask(request).headers.get("To") == answer.headers.get("To")


def test_what_is_never_answered_does_not_stay_for_ever() -> None:
    talk = Talk()
    assert isinstance(talk.receive(authorized(talk)), Admitted)
    talk.now = NOW + TIMER_J_S
    talk.receive(talk.request(body=document()))
    assert len(talk.uas._transactions) == 0


def test_a_late_answer_is_kept_for_its_own_32_seconds() -> None:
    talk = Talk()
    request = authorized(talk)
    admitted = talk.receive(request)
    assert isinstance(admitted, Admitted)
    data = talk.uas.overloaded(admitted, retry_after_s=1, now=NOW + 20)
    talk.now = NOW + 20 + TIMER_J_S - 1
    assert talk.receive(request) == Reply(data, DEVICE)


def test_a_tag_inside_the_uri_is_not_the_field_s() -> None:
    talk = Talk()
    answer = talk.ask(talk.request(method="OPTIONS", headers={"To": "<sip:anna@example.org;tag=x>"}))
    assert (answer.headers.get("To") or "").startswith("<sip:anna@example.org;tag=x>;tag=")


def test_a_tag_that_is_there_is_left_alone() -> None:
    talk = Talk()
    answer = talk.ask(talk.request(method="OPTIONS", headers={"To": "<sip:anna@example.org>;tag=x"}))
    assert answer.headers.get("To") == "<sip:anna@example.org>;tag=x"


@pytest.mark.parametrize(
    ("via", "peer", "to_port", "written"),
    [
        ("192.0.2.10:5070", DEVICE, 5_070, "192.0.2.10:5070;branch=z9hG4bK1"),
        ("192.0.2.10", DEVICE, 5_060, "192.0.2.10;branch=z9hG4bK1"),
        ("10.0.0.1:5070", DEVICE, 5_070, "10.0.0.1:5070;branch=z9hG4bK1;received=192.0.2.10"),
        (
            "10.0.0.1:5070;rport",
            DEVICE,
            40_000,
            "10.0.0.1:5070;branch=z9hG4bK1;rport=40000;received=192.0.2.10",
        ),
        (
            "192.0.2.10;rport;received=6.6.6.6",
            DEVICE,
            40_000,
            "192.0.2.10;branch=z9hG4bK1;rport=40000;received=192.0.2.10",
        ),
        ("10.0.0.1:5070", TCP, 40_000, "10.0.0.1:5070;branch=z9hG4bK1;received=192.0.2.10"),
        ("x;maddr=6.6.6.6", DEVICE, 5_060, "x;maddr=6.6.6.6;branch=z9hG4bK1;received=192.0.2.10"),
    ],
)
def test_answers_go_back_where_they_came_from(via: str, peer: Peer, to_port: int, written: str) -> None:
    talk = Talk(peer=peer)
    host, _, parameters = via.partition(";")
    ordered = f"{host};branch=z9hG4bK1;{parameters}" if "rport" in parameters else f"{via};branch=z9hG4bK1"
    reply = talk.receive(talk.request(method="OPTIONS", headers={"Via": f"SIP/2.0/UDP {ordered}"}))
    assert isinstance(reply, Reply)
    assert reply.to == Peer(peer.transport, peer.host, to_port)
    response = parse_message(reply.data)
    assert isinstance(response, Response)
    assert response.headers.get("Via") == f"SIP/2.0/UDP {written}"


def test_what_a_peer_says_cannot_break_out_of_the_reason_phrase() -> None:
    talk = Talk()
    answer = talk.publish(b"<a>\r\n\x00</b>")
    assert answer.status == 400
    assert answer.reason.isprintable()


def multipart(*parts: str, kind: str = "mixed") -> tuple[bytes, dict[str, str | None]]:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    return body.encode(), {"Content-Type": f'multipart/{kind}; boundary="b"'}


PIDF_PART = f"Content-Type: application/pidf+xml\r\nContent-ID: <l@x>\r\n\r\n{document().decode()}"
NOTE_PART = "Content-Type: text/plain\r\nContent-Disposition: render;handling={}\r\n\r\nhello"


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([PIDF_PART], 200),
        ([NOTE_PART.format("optional"), PIDF_PART], 200),
        ([NOTE_PART.format("required"), PIDF_PART], 415),
        (["Content-Type: text/plain\r\nContent-Disposition: render\r\n\r\nhello", PIDF_PART], 415),
        (["Content-Type: text/plain\r\n\r\nhello", PIDF_PART], 200),
        (["Content-Type: text/plain\r\n\r\nhello"], 415),
        ([f'Content-Type: multipart/mixed; boundary="c"\r\n\r\n--c\r\n{PIDF_PART}\r\n--c--'], 200),
        ([PIDF_PART, PIDF_PART.replace("48.2", "1")], 200),
        ([PIDF_PART.replace("\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n", 1)], 415),
    ],
)
@pytest.mark.parametrize("kind", ["mixed", "related"])
def test_the_first_document_of_a_multipart_body_counts(parts: list[str], status: int, kind: str) -> None:
    talk = Talk()
    body, headers = multipart(*parts, kind=kind)
    assert talk.publish(body, headers=headers).status == status
    if status == 200:
        assert talk.latitudes() == (48.2,)


@pytest.mark.parametrize(("name", "status"), [("l@x", 415), ("m@x", 424), ("%6C@x", 415)])
def test_a_pointer_to_a_part_that_is_missing_is_a_bad_location(name: str, status: int) -> None:
    body, headers = multipart("Content-Type: text/plain\r\nContent-ID: <l@x>\r\n\r\nhello")
    answer = Talk().publish(body, headers={**headers, "Geolocation": f"<cid:{name}>"})
    assert answer.status == status
    error = answer.headers.get("Geolocation-Error")
    assert error == ('100 ;code="Cannot Process Location"' if status == 424 else None)


def test_a_good_document_needs_no_pointer_and_a_bad_one_is_400() -> None:
    body, headers = multipart(PIDF_PART)
    assert Talk().publish(body, headers={**headers, "Geolocation": "<cid:gone@x>"}).status == 200
    assert Talk().publish(b"no xml").status == 400


@given(
    st.lists(st.tuples(st.integers(0, 1_500), st.binary(max_size=12)), min_size=1, max_size=4),
    st.booleans(),
)
def test_no_damage_to_a_request_crashes_the_server(damage: list[tuple[int, bytes]], over_tcp: bool) -> None:  # noqa: FBT001 (drawn)
    talk = Talk(accounts=(account("anna"),), peer=TCP if over_tcp else DEVICE)
    data = authorized(talk).to_bytes()
    for at, junk in damage:
        data = data[:at] + junk + data[at + len(junk) :]
    answer = talk.send(data)
    assert answer is None or isinstance(parse_message(answer), Response)


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_server(data: bytes) -> None:
    talk = Talk(accounts=())
    head = b"PUBLISH sip:anna@example.org SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n"
    for message in (data, head + data, head + b"To: " + data + b"\r\n\r\n"):
        answer = talk.send(message)
        assert answer is None or isinstance(parse_message(answer), Response)
