"""What the device answers its server: each request once, the same bytes again."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.device.user_agent import MAX_TRANSACTIONS, UserAgent
from sip.errors import PeerFault
from sip.headers import Headers
from sip.message import Request, Response, parse_message
from sip.peer import Peer, Transport

SERVER = Peer(Transport.UDP, "192.0.2.1", 5060)


def request(
    method: str = "MESSAGE", *, branch: str = "1", extra: tuple[tuple[str, str], ...] = (), body: bytes = b"x"
) -> Request:
    pairs = [
        ("Via", f"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{branch}"),
        ("From", "<sip:waywarn@example.org>;tag=1"),
        ("To", "<sip:anna@example.org>"),
        ("Call-ID", f"c{branch}"),
        ("CSeq", f"1 {method}"),
        ("Max-Forwards", "70"),
        ("Content-Length", str(len(body))),
        *extra,
    ]
    return Request(method, "sip:anna@192.0.2.7:4000", Headers(pairs), body)


class Device:
    def __init__(self, fault: PeerFault | None = None) -> None:
        self.taken: list[Request] = []
        self.fault = fault
        self.agent = UserAgent(self.take, accepts="text/plain", secret=b"s")

    def take(self, message: Request) -> None:
        self.taken.append(message)
        if self.fault is not None:
            raise self.fault

    def ask(self, message: Request, now: float = 0.0) -> Response:
        data = self.agent.receive(message, SERVER, now)
        assert data is not None
        answer = parse_message(data)
        assert isinstance(answer, Response)
        return answer


def test_a_message_is_taken_once_and_its_retransmission_gets_the_same_bytes() -> None:
    device = Device()
    first = device.agent.receive(request(), SERVER, 0.0)
    assert first is not None
    assert first.startswith(b"SIP/2.0 200 OK\r\n")
    assert device.agent.receive(request(), SERVER, 31.0) == first
    assert len(device.taken) == 1
    device.agent.receive(request(branch="2"), SERVER, 31.0)
    assert len(device.taken) == 2


def test_a_refusal_is_remembered_too() -> None:
    device = Device(PeerFault(415, "Unsupported Media Type", (("Accept", "text/plain"),)))
    answer = device.ask(request())
    assert (answer.status, answer.headers.get("Accept")) == (415, "text/plain")
    device.ask(request())
    assert len(device.taken) == 1


@pytest.mark.parametrize(
    ("message", "status", "field"),
    [
        (request("OPTIONS"), 200, "Allow"),
        (request("INVITE"), 405, "Allow"),
        (request("NOTIFY"), 405, "Allow"),
        (request("CANCEL"), 481, None),
        (request(extra=(("Require", "timer"),)), 420, "Unsupported"),
        (Request("MESSAGE", "sip:a@b", Headers([("Via", "SIP/2.0/UDP x;branch=z9hG4bKq")]), b""), 400, None),
    ],
)
def test_what_else_is_asked(message: Request, status: int, field: str | None) -> None:
    device = Device()
    answer = device.ask(message)
    assert answer.status == status
    assert field is None or field in answer.headers
    assert device.taken == []


def test_an_ack_and_what_has_no_via_are_not_answered() -> None:
    device = Device()
    assert device.agent.receive(request("ACK"), SERVER, 0.0) is None
    assert device.agent.receive(Request("MESSAGE", "sip:a@b", Headers([]), b""), SERVER, 0.0) is None


def test_a_flood_is_refused_and_over() -> None:
    device = Device()
    for number in range(MAX_TRANSACTIONS):
        assert device.ask(request(branch=f"n{number}")).status == 200
    assert device.ask(request(branch="more")).status == 503
    assert device.ask(request(branch="later"), now=33.0).status == 200


WHOLE = request(extra=(("Content-Type", "text/plain"), ("Require", "a"))).to_bytes()


@given(st.integers(0, len(WHOLE)), st.integers(0, 30), st.binary(max_size=40))
def test_whatever_the_bytes_are_there_is_an_answer_or_none(begin: int, length: int, put: bytes) -> None:
    device = Device()
    with contextlib.suppress(PeerFault):
        message = parse_message(WHOLE[:begin] + put + WHOLE[begin + length :])
        if isinstance(message, Request):
            answer = device.agent.receive(message, SERVER, 0.0)
            assert answer is None or answer.startswith(b"SIP/2.0 ")
