"""Places that come in a MESSAGE to one's own address (RFC 6442), in real bytes; STANDARDS D1 to D3."""

from dataclasses import replace

import pytest

from sip.message import Response, parse_message
from sip.server.admitted import Admitted
from sip.server.inbox import Inbox, Taken
from sip.server.outcome import Refused
from tests.sip.talk import NOW, Talk, account, document

CALL = "v=0"


def multipart(*parts: tuple[str, str, bytes]) -> bytes:
    """Write parts of (Content-Type, Content-ID, body), each optional to understand."""
    chunks = [
        f"--x\r\nContent-Type: {kind}\r\nContent-ID: <{name}>\r\n"
        f"Content-Disposition: render;handling=optional\r\n\r\n".encode()
        + body
        + b"\r\n"
        for kind, name, body in parts
    ]
    return b"".join([*chunks, b"--x--\r\n"])


def message(
    talk: Talk,
    body: bytes,
    *,
    kind: str = "application/pidf+xml",
    geolocation: str | None = None,
    to: str = "anna",
) -> Taken | Refused:
    fields = [("Geolocation", geolocation)] if geolocation else []
    request = talk.request(
        *fields, method="MESSAGE", user=to, event=None, body=body, headers={"Content-Type": kind}
    )
    admitted = talk.receive(talk.authorized(request))
    assert isinstance(admitted, Admitted)
    outcome = Inbox().apply(admitted, NOW)
    assert isinstance(outcome, Taken | Refused)
    return outcome


def place(outcome: Taken | Refused) -> float | None:
    assert isinstance(outcome, Taken)
    return outcome.report.fix.lat if outcome.report else None


def test_a_document_that_is_the_body_is_a_place() -> None:
    assert place(message(Talk(), document(lat=48.5))) == 48.5


def test_d1_the_part_that_geolocation_names_counts_not_the_first() -> None:
    body = multipart(
        ("application/sdp", "s@x", CALL.encode()),
        ("application/pidf+xml", "one@x", document(lat=48.1)),
        ("application/pidf+xml", "t%wo@x", document(lat=48.2)),
    )
    kind = 'multipart/mixed;boundary="x"'
    assert place(message(Talk(), body, kind=kind)) == 48.1
    assert place(message(Talk(), body, kind=kind, geolocation="<cid:t%25wo@x>")) == 48.2
    assert place(message(Talk(), body, kind=kind, geolocation="<sip:elsewhere@x>, <cid:one@x>")) == 48.1


@pytest.mark.parametrize("geolocation", ["<cid:ONE@x>", "<cid:gone@x>", "<cid:s@x>"])
def test_d2_a_part_that_is_missing_is_said(geolocation: str) -> None:
    body = multipart(
        ("application/sdp", "s@x", CALL.encode()), ("application/pidf+xml", "one@x", document(lat=48.1))
    )
    outcome = message(Talk(), body, kind="multipart/mixed;boundary=x", geolocation=geolocation)
    assert isinstance(outcome, Refused)
    assert outcome.answer.status == 424
    assert outcome.headers == (("Geolocation-Error", '100 ;code="Cannot Process Location"'),)


def test_d3_a_bad_document_is_424_only_where_geolocation_said_that_it_is_one() -> None:
    body = multipart(("application/pidf+xml", "one@x", b"no xml"))
    kind = "multipart/mixed;boundary=x"
    assert message(Talk(), body, kind=kind, geolocation="<cid:one@x>").answer.status == 424
    assert message(Talk(), body, kind=kind).answer.status == 400
    assert message(Talk(), b"hello", kind="text/plain").answer.status == 415


def test_a_pseudonym_of_the_sender_is_no_lie() -> None:
    assert place(message(Talk(), document(entity="pres:anonymous@anonymous.invalid"))) == 48.2


def test_an_inbox_is_written_to_by_its_owner_alone() -> None:
    assert message(Talk(), document(), to="bert").answer.status == 403


def test_who_is_no_device_tells_no_place() -> None:
    talk = Talk(accounts=(replace(account("anna"), device_id=None),))
    assert place(message(talk, document())) is None


def test_the_answer_carries_no_body() -> None:
    talk = Talk()
    admitted = talk.receive(talk.authorized(talk.request(method="MESSAGE", event=None, body=document())))
    assert isinstance(admitted, Admitted)
    answer = parse_message(talk.uas.answer(admitted, Inbox().apply(admitted, NOW).answer, NOW))
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (200, b"")
