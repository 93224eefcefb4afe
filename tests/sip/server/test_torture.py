"""Every message of RFC 4475, and the answer it gets: the table is the test.

A valid request is asked who sent it, before all else that could tell strangers something: by the server
(401), or by the proxy that would pass it on (407). Of what is neither served nor passed on it is 405.
"""

from pathlib import Path

import pytest

from sip.directory import Directory
from sip.message import Response, parse_message
from sip.peer import Peer, Transport
from sip.reply import Reply
from sip.server.registrar import Registrar
from sip.server.relay import Relay
from sip.server.uas import Answered, Ignored, UserAgentServer
from tests.sip.talk import NOW, REALM, account

ANSWERS: dict[str, int | str] = {
    # valid (RFC 4475 3.1.1)
    "wsinv": 481,  # it has a To tag, and there is no such call
    "intmeth": 501,  # a method nobody knows, of odd but legal characters
    "esc01": 407,
    "escnull": 401,
    "esc02": 501,  # RE%47IST%45R is not REGISTER: methods have no escapes
    "lwsdisp": 200,
    "longreq": 407,
    "dblreq": 401,  # and the second request in the datagram is ignored
    "semiuri": 200,
    "transports": 200,
    "mpart01": 407,  # a MESSAGE to another: who sends it must say so
    "unreason": "response",
    "noreason": "response",
    # invalid (3.1.2)
    "badinv01": 400,
    "clerr": 400,
    "ncl": 400,
    "scalar02": 400,
    "scalarlg": "response",
    "quotbal": 400,
    "ltgtruri": 400,
    "lwsruri": 400,
    "lwsstart": 400,
    "trws": 400,
    "escruri": 400,
    "baddate": 407,  # Date is not looked at
    "regbadct": 401,  # its Contact would be 400, once the sender is known
    "badaspec": 400,
    "baddn": 400,
    "badvers": 505,
    "mismatch01": 400,
    "mismatch02": 400,
    "bigcode": "Bad Start Line",  # a response all the same
    # transaction layer (3.2)
    "badbranch": 200,  # treated as a request by RFC 2543
    # application layer (3.3)
    "insuf": 400,
    "unkscm": 416,
    "novelsc": 416,
    "unksm2": 401,
    "bext01": 420,
    "invut": 407,  # what it carries is for who is called to judge
    "regaut01": 401,
    "multi01": 400,
    "mcl01": 400,
    "bcast": "response",
    "zeromf": 200,  # this is where it was going
    "cparam01": 401,
    "cparam02": 401,
    "regescrt": 401,
    "sdp01": 407,
    # backward compatibility (3.4)
    "inv2543": 407,
    # beside the RFC
    "test": "Bad Header Line",  # and no Via: nobody to answer
}


def server() -> UserAgentServer:
    directory, secret = Directory([account("anna")], realm=REALM), b"a secret of the test"
    relay = Relay(directory, Registrar(), sent_by={0: "192.0.2.1:5060"}, secret=secret)
    domains = ["example.org", "example.com", "example.net", "chair-dnrc.example.com"]
    return UserAgentServer(directory, domains=domains, secret=secret, relay=relay)


@pytest.mark.data
def test_the_table_names_every_file(shared_data: Path) -> None:
    files = {file.stem for file in (shared_data / "torture/rfc4475").glob("*.dat")}
    assert files == set(ANSWERS)


@pytest.mark.data
@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_each_torture_message_gets_its_answer(shared_data: Path, name: str) -> None:
    data = (shared_data / f"torture/rfc4475/{name}.dat").read_bytes()
    got = server().receive(data, Peer(Transport.UDP, "192.0.2.200", 40_000), NOW)
    expected = ANSWERS[name]
    if expected == "response":
        assert isinstance(got, Answered)
        return
    if isinstance(expected, str):
        assert got == Ignored(expected)
        return
    assert isinstance(got, Reply)
    response = parse_message(got.data)
    assert isinstance(response, Response)
    assert response.status == expected
    assert ("Allow" in response.headers) == (expected in {200, 405})
    if expected == 420:
        unsupported = response.headers.get("Unsupported")
        assert unsupported == "nothingSupportsThis, nothingSupportsThisEither"


@pytest.mark.data
@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_no_torture_message_cut_or_changed_crashes_the_server(shared_data: Path, name: str) -> None:
    data = (shared_data / f"torture/rfc4475/{name}.dat").read_bytes()
    uas, peer = server(), Peer(Transport.TCP, "192.0.2.200", 40_000)
    step = max(len(data) // 150, 1)
    for at in range(0, len(data), step):
        uas.receive(data[:at], peer, NOW)
        uas.receive(data[:at] + b"\xff" + data[at + 1 :], peer, NOW)
        uas.receive(data[:at] + b'"' + data[at:], peer, NOW)
