"""Requests of the server's own: sent again as RFC 3261 17.1.2.2 has it, and settled once."""

from itertools import count

import pytest

from sip.headers import Headers
from sip.message import Request, Response, parse_message
from sip.peer import Peer, Transport
from sip.server.outbound import Outbound, Settled

PHONE = Peer(Transport.UDP, "192.0.2.10", 40_000, door=1)
OVER_TCP = Peer(Transport.TCP, "192.0.2.10", 40_000, door=2)
SENT_AGAIN = [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]


def outbound() -> Outbound:
    tokens = count()
    return Outbound({1: "192.0.2.1:5060", 2: "192.0.2.1:5062"}, lambda: f"t{next(tokens)}")


def notify() -> Request:
    return Request("NOTIFY", "sip:mother@192.0.2.10", Headers([("CSeq", "1 NOTIFY")]), b"body")


def answer(data: bytes, status: int = 200) -> Response:
    request = parse_message(data)
    assert isinstance(request, Request)
    kept = [(name, value) for name, value in request.headers if name in {"Via", "CSeq"}]
    return Response(status, "Reason", Headers(kept))


def test_a_request_says_where_its_answer_goes() -> None:
    data = outbound().send(notify(), OVER_TCP, "a", 0.0)
    assert data.startswith(
        b"NOTIFY sip:mother@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1:5062;branch=z9hG4bKt0;rport"
    )


def test_what_nobody_answers_is_sent_again_and_then_given_up() -> None:
    out = outbound()
    data = out.send(notify(), PHONE, "a", 0.0)
    times, settled = [], []
    while (wake := out.next_wake) is not None:
        woken = out.wake(wake)
        times += [wake for _ in woken.resend]
        settled += [(each, wake) for each in woken.settled]
        assert all(each == (PHONE, data) for each in woken.resend)
    assert settled == [(Settled("a", None), 32.0)]
    assert times == SENT_AGAIN
    assert len(out) == 0


def test_over_tcp_nothing_is_sent_again() -> None:
    out = outbound()
    out.send(notify(), OVER_TCP, "a", 0.0)
    assert out.next_wake == 32.0
    assert out.wake(32.0).settled == (Settled("a", None),)


def test_an_answer_settles_once_and_its_copies_are_absorbed() -> None:
    out = outbound()
    data = out.send(notify(), PHONE, "a", 0.0)
    response = answer(data)
    assert out.owns(response)
    assert out.receive(answer(data, 100), 0.1) is None
    assert out.receive(response, 0.2) == Settled("a", response)
    assert out.receive(response, 0.3) is None
    assert out.next_wake == pytest.approx(5.2)  # Timer K
    assert out.wake(6.0).settled == ()
    assert not out.owns(response)


@pytest.mark.parametrize(
    "change",
    [
        lambda via, cseq: (via.replace("t0", "t9"), cseq),
        lambda via, cseq: (via, cseq.replace("NOTIFY", "MESSAGE")),
        lambda _, cseq: ("no via", cseq),
    ],
)
def test_an_answer_to_something_else_is_not_ours(change) -> None:  # type: ignore[no-untyped-def]
    out = outbound()
    headers = answer(out.send(notify(), PHONE, "a", 0.0)).headers
    via, cseq = change(headers.get("Via") or "", headers.get("CSeq") or "")
    other = Response(200, "OK", Headers([("Via", via), ("CSeq", cseq)]))
    assert not out.owns(other)
    assert out.receive(other, 0.1) is None


def test_what_went_by_a_flow_that_is_gone_is_settled_at_once_and_no_other() -> None:
    out = outbound()
    out.send(notify(), OVER_TCP, "a", 0.0)
    out.send(notify(), PHONE, "b", 0.0)
    assert out.failed(OVER_TCP, 0.1) == (Settled("a", None),)
    assert out.failed(OVER_TCP, 0.2) == ()
    assert len(out) == 1
