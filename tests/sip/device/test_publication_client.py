"""The publishing device: scripted conversations, and each phase with each event."""

import hashlib
import itertools
import re

import pytest

from sip.device.publication_client import (
    MAX_ATTEMPTS,
    Delivered,
    Document,
    Effect,
    Finished,
    Lost,
    PublicationClient,
    Retrying,
    Send,
    event_of,
)
from sip.device.publication_table import Event, Phase
from sip.device.request_writer import Identity
from sip.digest import hash_a1
from sip.headers import Headers
from sip.message import Request, Response

NONCE = 'Digest realm="example.org", nonce="n1", qop="auth", algorithm=SHA-256'


def documents(*names: str) -> list[Document]:
    return [Document(name, f"<{name}/>".encode()) for name in names]


A, B, C = documents("a", "b", "c")


def client(*, password: str | None = "secret", expires_s: int = 3600) -> PublicationClient:
    tokens = (f"token{number}" for number in itertools.count())
    identity = Identity("sip:anna@example.org", "sip:anna@127.0.0.1:5060", "anna", password)
    return PublicationClient(identity, fresh=lambda: next(tokens), jitter=lambda: 0.0, expires_s=expires_s)


def response(status: int, reason: str = "", **headers: str) -> Response:
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Response(status, reason, Headers(pairs))


def ok(tag: str = "t1", expires: str = "3600") -> Response:
    return response(200, "OK", SIP_ETag=tag, Expires=expires)


def sent(effects: list[Effect]) -> Request:
    requests = [effect.request for effect in effects if isinstance(effect, Send)]
    assert len(requests) == 1
    return requests[0]


def shape(request: Request) -> tuple[bytes, str | None, str | None]:
    return request.body, request.headers.get("SIP-If-Match"), request.headers.get("Expires")


def told(effects: list[Effect]) -> list[Effect]:
    return [effect for effect in effects if not isinstance(effect, Send)]


def test_initial_then_modify_then_refresh_then_remove() -> None:
    device = client()
    first = sent(device.publish(A, 0.0))
    assert shape(first) == (b"<a/>", None, "3600")
    assert first.uri == "sip:anna@127.0.0.1:5060"
    assert first.headers.get("Event") == "presence"
    assert first.headers.get("Content-Type") == "application/pidf+xml"
    assert device.answered(ok("t1"), 1.0) == [Delivered(A)]
    second = sent(device.publish(B, 30.0))
    assert shape(second) == (b"<b/>", "t1", "3600")
    assert device.answered(ok("t2", "600"), 31.0) == [Delivered(B)]
    assert device.next_wake == 31 + 600 - 64
    assert device.wake(100.0) == []
    assert shape(sent(device.wake(567.0))) == (b"", "t2", "3600")
    assert device.answered(ok("t3"), 568.0) == []
    assert shape(sent(device.end(600.0))) == (b"", "t3", "0")
    assert device.answered(ok("t4", "0"), 601.0) == [Finished()]
    assert device.next_wake is None
    assert device.publish(C, 700.0) == [Lost(C, "it came after the end")]


def test_the_call_stays_and_the_sequence_grows() -> None:
    device = client()
    first = sent(device.publish(A, 0.0))
    device.answered(ok(), 1.0)
    second = sent(device.publish(B, 2.0))
    for name in ("Call-ID", "From", "To"):
        assert first.headers.get(name) == second.headers.get(name)
    assert [first.headers.get("CSeq"), second.headers.get("CSeq")] == ["1 PUBLISH", "2 PUBLISH"]


def test_documents_that_come_meanwhile_wait_their_turn() -> None:
    device = client()
    device.publish(A, 0.0)
    assert device.publish(B, 0.0) == []
    assert device.end(0.0) == []
    effects = device.answered(ok("t1"), 1.0)
    assert told(effects) == [Delivered(A)]
    assert shape(sent(effects)) == (b"<b/>", "t1", "3600")
    effects = device.answered(ok("t2"), 2.0)
    assert told(effects) == [Delivered(B)]
    assert shape(sent(effects))[2] == "0"


def test_a_lost_tag_begins_anew_with_the_same_document_and_never_with_the_same_tag() -> None:
    device = client()
    device.publish(A, 0.0)
    device.answered(ok("t1"), 1.0)
    device.publish(B, 2.0)
    again = sent(device.answered(response(412), 3.0))
    assert shape(again) == (b"<b/>", None, "3600")
    assert device.answered(ok("t9"), 4.0) == [Delivered(B)]


def test_a_refresh_that_finds_nothing_puts_the_last_document_back() -> None:
    device = client()
    device.publish(A, 0.0)
    device.answered(ok("t1", "100"), 0.0)
    assert shape(sent(device.wake(50.0))) == (b"", "t1", "3600")
    assert device.publish(B, 51.0) == []
    # B came while the refresh was under way: it goes instead of the old one
    again = sent(device.answered(response(412), 52.0))
    assert shape(again) == (b"<b/>", None, "3600")
    assert device.answered(ok("t2", "100"), 53.0) == [Delivered(B)]
    device.wake(103.0)
    again = sent(device.answered(response(412), 104.0))
    assert shape(again) == (b"<b/>", None, "3600")
    assert device.publish(C, 105.0) == []
    effects = device.answered(ok("t3"), 106.0)
    assert told(effects) == []  # the old one was put back; C was not in that request
    assert shape(sent(effects)) == (b"<c/>", "t3", "3600")


def test_a_publication_that_ran_out_meanwhile_is_begun_anew() -> None:
    device = client()
    device.publish(A, 0.0)
    device.answered(ok("t1", "60"), 0.0)
    assert shape(sent(device.publish(B, 60.0))) == (b"<b/>", None, "3600")


def authorization(request: Request, name: str = "Authorization") -> dict[str, str]:
    value = request.headers.get(name)
    assert value is not None
    return {key: text.strip('"') for key, text in re.findall(r'(\w+)=("[^"]*"|[^,\s]+)', value)}


def test_a_challenge_is_answered_and_its_nonce_used_again_with_a_growing_count() -> None:
    device = client()
    device.publish(A, 0.0)
    second = sent(device.answered(response(401, WWW_Authenticate=NONCE), 1.0))
    given = authorization(second)
    assert second.headers.get("CSeq") == "2 PUBLISH"
    assert (given["username"], given["uri"], given["nc"]) == ("anna", "sip:anna@127.0.0.1:5060", "00000001")
    a2 = hashlib.sha256(b"PUBLISH:sip:anna@127.0.0.1:5060").hexdigest()
    ha1 = hash_a1("SHA-256", "anna", "example.org", "secret")
    expected = hashlib.sha256(f"{ha1}:n1:00000001:{given['cnonce']}:auth:{a2}".encode()).hexdigest()
    assert given["response"] == expected
    device.answered(ok(), 2.0)
    third = authorization(sent(device.publish(B, 3.0)))
    assert third["nc"] == "00000002"
    assert third["cnonce"] != given["cnonce"]


def test_a_nonce_that_has_grown_old_is_replaced() -> None:
    device = client()
    device.publish(A, 0.0)
    device.answered(response(401, WWW_Authenticate=NONCE), 1.0)
    device.answered(ok(), 2.0)
    device.publish(B, 3.0)
    again = sent(
        device.answered(response(401, WWW_Authenticate=NONCE.replace("n1", "n2") + ", stale=true"), 4.0)
    )
    assert (authorization(again)["nonce"], authorization(again)["nc"]) == ("n2", "00000001")
    assert device.answered(ok(), 5.0) == [Delivered(B)]


def test_a_password_that_is_not_taken_is_not_tried_again() -> None:
    device = client()
    device.publish(A, 0.0)
    device.publish(B, 0.0)
    device.answered(response(401, WWW_Authenticate=NONCE), 1.0)
    reason = "the server does not take the password of 'anna'"
    effects = device.answered(response(401, WWW_Authenticate=NONCE.replace("n1", "n2")), 2.0)
    assert effects == [Lost(A, reason), Lost(B, reason), Finished(reason, is_denied=True)]
    assert device.phase is Phase.OVER


def test_nonces_that_are_stale_as_they_come_are_not_followed_for_ever() -> None:
    device = client()
    device.publish(A, 0.0)
    stale = response(401, WWW_Authenticate=f"{NONCE}, stale=true")
    for _ in range(3):
        assert isinstance(device.answered(stale, 1.0)[0], Send)
    assert isinstance(device.answered(stale, 1.0)[-1], Finished)


def test_a_proxy_and_then_the_server_may_both_ask() -> None:
    device = client()
    device.publish(A, 0.0)
    device.answered(response(407, Proxy_Authenticate=NONCE), 1.0)
    both = sent(device.answered(response(401, WWW_Authenticate=NONCE.replace("n1", "n2")), 2.0))
    assert authorization(both, "Proxy-Authorization")["nonce"] == "n1"
    assert authorization(both)["nonce"] == "n2"


@pytest.mark.parametrize(
    ("challenge", "password", "reason"),
    [
        ({"WWW_Authenticate": NONCE}, None, "the server asks for a password, and none is given"),
        ({}, "secret", "the server answers 401 without a challenge"),
        ({"WWW_Authenticate": 'Basic realm="x"'}, "secret", "none of 1 challenges can be answered"),
    ],
)
def test_what_cannot_be_answered_ends_it(
    challenge: dict[str, str], password: str | None, reason: str
) -> None:
    device = client(password=password)
    device.publish(A, 0.0)
    finished = device.answered(response(401, **challenge), 1.0)[-1]
    assert isinstance(finished, Finished)
    assert finished.reason is not None
    assert finished.reason.startswith(reason)


def test_a_life_that_is_too_brief_is_lengthened_once() -> None:
    device = client(expires_s=30)
    device.publish(A, 0.0)
    again = sent(device.answered(response(423, Min_Expires="60"), 1.0))
    assert shape(again) == (b"<a/>", None, "60")
    finished = device.answered(response(423, "Interval Too Brief", Min_Expires="90"), 2.0)
    assert isinstance(finished[-1], Finished)


def test_a_busy_server_is_asked_again_when_it_said() -> None:
    device = client()
    device.publish(A, 0.0)
    busy = device.answered(response(503, "Service Unavailable", Retry_After="120 (lunch);duration=5"), 10.0)
    assert busy == [Retrying("503 Service Unavailable", 120.0)]
    assert device.next_wake == 130.0
    assert device.publish(B, 20.0) == []
    assert shape(sent(device.wake(130.0))) == (b"<a/>", None, "3600")
    assert told(device.answered(ok(), 131.0)) == [Delivered(A)]


def test_a_server_that_is_silent_is_asked_again_ever_more_rarely_and_then_given_up() -> None:
    device = client()
    device.publish(A, 0.0)
    now, waits = 0.0, []
    while device.phase is not Phase.OVER:
        effects = device.unanswered("no answer in 32 s", now)
        waits += [effect.wait_s for effect in effects if isinstance(effect, Retrying)]
        now = device.next_wake or now
        device.wake(now)
    assert waits == [1, 2, 4, 8, 16, 32, 64]
    assert effects == [
        Lost(A, f"no answer in 32 s; tried {MAX_ATTEMPTS} times"),
        Finished(f"no answer in 32 s; tried {MAX_ATTEMPTS} times"),
    ]


def test_after_a_silence_a_refresh_is_asked_again_and_a_publication_that_ran_out_is_put_back() -> None:
    device = client()
    device.publish(A, 0.0)
    device.answered(ok("t1", "200"), 0.0)
    device.wake(136.0)
    device.unanswered("no answer in 32 s", 168.0)
    assert shape(sent(device.wake(169.0))) == (b"", "t1", "3600")
    device.unanswered("no answer in 32 s", 199.0)
    assert shape(sent(device.wake(201.0))) == (b"<a/>", None, "3600")


def test_a_document_that_is_refused_is_lost_and_the_next_goes_on_under_the_old_tag() -> None:
    device = client()
    device.publish(A, 0.0)
    device.answered(ok("t1"), 0.0)
    device.publish(B, 1.0)
    device.publish(C, 1.0)
    effects = device.answered(response(400, "Bad Location"), 2.0)
    assert told(effects) == [Lost(B, "400 Bad Location", is_refused=True)]
    assert shape(sent(effects)) == (b"<c/>", "t1", "3600")


def test_a_server_that_forbids_is_not_asked_again() -> None:
    device = client()
    device.publish(A, 0.0)
    assert device.answered(response(403, "Forbidden"), 1.0) == [
        Lost(A, "403 Forbidden"),
        Finished("403 Forbidden"),
    ]


def test_a_server_without_tags_gets_each_document_anew() -> None:
    device = client()
    device.publish(A, 0.0)
    assert device.answered(response(200, "OK"), 1.0) == [Delivered(A)]
    assert shape(sent(device.publish(B, 2.0)))[1] is None
    device.answered(response(200, "OK", SIP_ETag='"quoted"'), 3.0)
    assert device.end(4.0) == [Finished()]


def test_a_life_of_nothing_is_no_busy_loop() -> None:
    device = client()
    device.publish(A, 0.0)
    device.answered(ok("t1", "0"), 0.0)
    assert device.next_wake is None
    assert device.phase is Phase.ABSENT


def test_an_end_without_a_document_is_an_end() -> None:
    assert client().end(0.0) == [Finished()]


@pytest.mark.parametrize("status", range(200, 700))
def test_each_final_status_means_something(status: int) -> None:
    assert event_of(status) in Event


def test_no_secret_is_in_what_can_be_printed() -> None:
    identity = Identity("sip:a@b", "sip:a@b", "anna", "hush")
    assert "hush" not in repr(identity)
    assert "<a/>" not in repr(A)


def test_a_server_that_is_there_again_is_asked_at_once_unless_it_asked_for_time() -> None:
    device = client()
    device.publish(A, 0.0)
    device.unanswered("no answer in 32 s", 32.0)
    device.hurry(32.5)
    assert device.next_wake == 32.5
    assert shape(sent(device.wake(32.5)))[0] == b"<a/>"
    device.answered(response(503, Retry_After="20"), 33.0)
    device.hurry(34.0)
    assert device.next_wake == 53.0
    idle = client()
    idle.hurry(1.0)
    assert idle.next_wake is None
