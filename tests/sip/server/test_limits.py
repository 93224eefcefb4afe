"""Token buckets, and what they keep from whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.message import Response, parse_message
from sip.peer import Peer, Transport
from sip.reply import Reply
from sip.server.admitted import Admitted
from sip.server.limits import BURST_S, Buckets, Gate, Rates
from sip.server.relay import Forward
from sip.server.uas import Answered, Ignored, UserAgentServer
from tests.sip.server.calls import ANNA, BERT, Exchange
from tests.sip.talk import NOW, Talk

FLOODER = Peer(Transport.UDP, "203.0.113.66", 666)
RATES = Rates(unknown_per_source=20, per_account=10)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 3), st.sampled_from([0.0, -8.0])), max_size=60))
def test_a_bucket_is_as_one_counted_by_hand(steps: list[tuple[str, float, float]]) -> None:
    buckets, now = Buckets(4.0), NOW
    levels = {"a": 8.0, "b": 8.0}
    for name, passed_s, floor in steps:
        now += passed_s
        levels = {each: min(level + passed_s * 4.0, 8.0) for each, level in levels.items()}
        if abs(levels[name] - 1 - floor) < 1e-3:
            continue  # on the edge the clock's own grain decides
        expected = levels[name] - 1 >= floor
        levels[name] -= expected
        assert buckets.take(name, now, floor=floor) is expected


def test_what_names_take_of_memory_is_bounded() -> None:
    buckets = Buckets(1.0, max_names=10)
    for number in range(1_000):
        buckets.take(str(number), NOW)
    assert len(buckets) == 10
    buckets.give_back("999", NOW)
    assert len(buckets) == 9  # a full one need not be kept


def test_a_network_of_ipv6_is_one_source() -> None:
    gate = Gate(Rates(unknown_per_source=1))
    taken = [gate.enter(f"2001:db8::{number:x}", NOW) for number in range(10)]
    assert taken.count(True) == 2 * BURST_S
    assert gate.enter("2001:db8:0:1::1", NOW)
    assert gate.enter("fe80::1%eth0", NOW)


def talk_with(rates: Rates) -> Talk:
    talk = Talk()
    talk.uas = UserAgentServer(
        talk.directory, domains=["example.org"], secret=b"a secret of the test", rates=rates
    )
    return talk


@pytest.mark.parametrize("noise", [b"\0\1\2", b"ACK sip:h SIP/2.0\r\nVia: x\r\n\r\n", None])
def test_a_flood_from_one_source_stops_nobody_elses_publishing(noise: bytes | None) -> None:
    talk = talk_with(RATES)
    admitted, answered, ignored = 0, 0, 0
    for round_ in range(200):  # ten of the flood for each of a device that publishes five times a second
        talk.now = NOW + round_ / 5
        for _ in range(10):
            data = noise or talk.request(user="bert", body=b"x").to_bytes()
            got = talk.uas.receive(data, FLOODER, talk.now)
            answered += isinstance(got, Reply)
            ignored += got == Ignored("too much from this source")
        taken = talk.receive(talk.authorized(talk.request(("Expires", "600"), body=b"x")))
        admitted += isinstance(taken, Admitted)
    assert admitted == 200
    assert ignored > 1_000
    assert answered < 1_000


def test_who_asks_too_much_is_told_for_how_long_to_stay_away_and_then_not_read() -> None:
    talk = talk_with(Rates(unknown_per_source=5))
    statuses = []
    for _ in range(25):
        got = talk.receive(talk.request(method="PUBLISH"))
        if isinstance(got, Reply):
            response = parse_message(got.data)
            assert isinstance(response, Response)
            statuses.append(response.status)
            assert ("Retry-After" in response.headers) is (response.status == 503)
    assert statuses == [401] * 10 + [503] * 10
    talk.now += 10
    assert talk.ask(talk.request(method="PUBLISH")).status == 401


def test_a_device_behind_the_address_of_a_flood_is_served_while_it_is_read_at_all() -> None:
    talk = talk_with(Rates(unknown_per_source=5))
    ready = [talk.authorized(talk.request(("Expires", "600"), body=b"x")) for _ in range(5)]
    for _ in range(12):
        talk.receive(talk.request())
    assert all(isinstance(talk.receive(request), Admitted) for request in ready)


def test_an_account_has_a_purse_of_its_own() -> None:
    talk = talk_with(RATES)
    other = talk.authorized(talk.request(user="bert"), "bert")
    requests = [talk.authorized(talk.request()) for _ in range(25)]
    got = [talk.receive(request) for request in requests]
    assert [isinstance(each, Admitted) for each in got] == [True] * 20 + [False] * 5
    assert isinstance(got[-1], Reply)
    refusal = parse_message(got[-1].data)
    assert isinstance(refusal, Response)
    assert (refusal.status, refusal.headers.get("Retry-After")) == (503, "1")
    assert isinstance(talk.receive(other), Admitted)
    talk.now += 1
    assert isinstance(talk.receive(talk.authorized(talk.request())), Admitted)


def test_answers_that_nobody_asked_for_count_and_others_do_not() -> None:
    talk = talk_with(Rates(unknown_per_source=5))
    answer = b"SIP/2.0 200 OK\r\n\r\n"
    for _ in range(100):
        assert isinstance(talk.receive(answer), Answered)
        talk.uas.welcome(talk.peer, talk.now)
    got = [talk.receive(answer) for _ in range(21)]
    assert [isinstance(each, Answered) for each in got] == [True] * 20 + [False]


def test_an_account_pays_for_what_it_begins_with_others() -> None:
    exchange = Exchange(rates=RATES)
    exchange.register(BERT)
    requests = [exchange.opening("MESSAGE", ANNA, call_id=f"call {number}") for number in range(25)]
    got = [exchange.receive(request, ANNA.flow) for request in requests]
    assert [isinstance(each, Forward) for each in got] == [True] * 20 + [False] * 5
    assert isinstance(got[-1], Reply)
    assert b" 503 " in got[-1].data
    again = exchange.receive(requests[-1], ANNA.flow)
    assert isinstance(again, Reply), "what was refused once is not let in as a retransmission"
    assert b" 407 " in again.data  # its nonce count was used
