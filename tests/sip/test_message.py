"""Messages: what is read, what is refused with which status, and that nothing else ever happens."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.address import MAX_ADDRESS_CHARACTERS, parse_address, parse_via
from sip.errors import CallerError, MessageError, PeerFault
from sip.headers import Headers, parse_parameters, quote, split_commas, unquote
from sip.message import (
    MAX_BODY_BYTES,
    MAX_HEAD_BYTES,
    MAX_HEADER_FIELDS,
    Request,
    Response,
    parse_message,
)
from sip.multipart import parse_media_type, split_parts
from sip.uri import parse_uri

PUBLISH = b"""\
PUBLISH sip:anna@example.org SIP/2.0\r
v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r
f: <sip:anna@example.org>;tag=1\r
T : <sip:anna@example.org>\r
i: c@192.0.2.1\r
CSEQ: 1 PUBLISH\r
o: presence\r
Subject: one\r
 two\r
\tthree\r
l: 4\r
\r
bodyrest"""

text = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"))
T = TypeVar("T")
hostile = st.text(st.sampled_from(' \t"\\<>;:,=@%[]?/&.-abcsipSIP0129\x00é'), max_size=60)


def fault_of(read: Callable[[T], object], value: T) -> PeerFault | None:
    """Give the fault of reading; any other exception is the test's failure."""
    try:
        read(value)
    except PeerFault as fault:
        return fault
    return None


def test_compact_forms_case_folding_and_blanks_are_read() -> None:
    request = parse_message(PUBLISH)
    assert isinstance(request, Request)
    assert (request.method, request.uri, request.body) == ("PUBLISH", "sip:anna@example.org", b"body")
    expected = {
        "Call-ID": "c@192.0.2.1",
        "event": "presence",
        "subject": "one two three",
        "cseq": "1 PUBLISH",
    }
    assert {name: request.headers.get(name) for name in expected} == expected
    assert request.headers.get("to") == "<sip:anna@example.org>"


def test_a_datagram_without_content_length_is_all_body() -> None:
    request = parse_message(PUBLISH.replace(b"l: 4\r\n", b""))
    assert request.body == b"bodyrest"


def test_empty_lines_before_the_start_line_are_skipped() -> None:
    assert parse_message(b"\r\n\r\n" + PUBLISH) == parse_message(PUBLISH)


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"SIP/2.0\r", b"SIP/3.0\r", 505),
        (b"SIP/2.0\r", b"HTTP/1.1\r", 400),
        (b"PUBLISH sip", b"PUBLISH  sip", 400),
        (b"PUBLISH sip", b"PUB(LISH sip", 400),
        (b"o: presence", b"o presence", 400),
        (b"o: presence", b"o: pre\nsence", 400),
        (b"o: presence", b": presence", 400),
        (b"l: 4", b"l: 40", 400),
        (b"l: 4", b"l: -4", 400),
        (b"l: 4", b"l: +4", 400),
        (b"l: 4", b"l: four", 400),
        (b"l: 4", b"l: 4\r\nContent-Length: 5", 400),
        (b"l: 4", b"l: 65537", 413),
        (b"l: 4", b"X: y\r\n" * MAX_HEADER_FIELDS + b"l: 4", 513),
        (b"l: 4", b"X: " + b"y" * MAX_HEAD_BYTES + b"\r\nl: 4", 513),
        (b"l: 4\r\n\r\nbodyrest", b"\r\n" + b"x" * (MAX_BODY_BYTES + 1), 413),
    ],
)
def test_what_cannot_be_read_says_why_and_keeps_who_asked(old: bytes, new: bytes, status: int) -> None:
    with pytest.raises(MessageError) as error:
        parse_message(PUBLISH.replace(old, new))
    assert error.value.status == status
    assert error.value.seen is not None
    assert error.value.seen.get("Via") == "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"


def test_bytes_that_are_not_utf8_go_back_as_they_came() -> None:
    data = PUBLISH.replace(b"o: presence", b"Subject: \xff\xfe")
    request = parse_message(data)
    assert b"\r\nSubject: \xff\xfe\r\n" in request.to_bytes()


@given(text, st.binary(max_size=80))
def test_what_is_written_is_read_again(subject: str, body: bytes) -> None:
    pairs = [("Via", "SIP/2.0/TCP h"), ("Subject", subject.strip(" \t")), ("X-Own", "1")]
    request = Request("OPTIONS", "sip:h", Headers(pairs), body)
    read = parse_message(request.to_bytes())
    assert isinstance(read, Request)
    assert (read.method, read.uri, read.body) == (request.method, request.uri, request.body)
    assert read.headers == Headers([*pairs, ("Content-Length", str(len(body)))])


def test_a_response_is_read_and_written() -> None:
    response = Response(200, "OK", Headers([("Call-ID", "x")]), b"b")
    assert response.to_bytes() == b"SIP/2.0 200 OK\r\nCall-ID: x\r\nContent-Length: 1\r\n\r\nb"
    assert parse_message(response.to_bytes()) == Response(
        200, "OK", Headers([("Call-ID", "x"), ("Content-Length", "1")]), b"b"
    )


def test_no_header_can_be_smuggled_in_by_a_value() -> None:
    with pytest.raises(CallerError):
        Response(200, "OK", Headers([("Call-ID", "x\r\nVia: y")])).to_bytes()
    with pytest.raises(CallerError):
        quote("a\r\nb")


def test_neither_digest_nor_place_shows_in_a_repr() -> None:
    shown = repr(Request("PUBLISH", "sip:h", Headers([("Authorization", "Digest secret")]), b"48.2 16.37"))
    assert "secret" not in shown
    assert "48.2" not in shown


@pytest.mark.parametrize(
    ("value", "items"),
    [
        ("", ()),
        ("a", ("a",)),
        (" a , b ,,", ("a", "b")),
        ('"a,b" <sip:x,y>;q="\\",", c', ('"a,b" <sip:x,y>;q="\\","', "c")),
    ],
)
def test_lists_are_cut_at_commas_outside_of_quotes_and_brackets(value: str, items: tuple[str, ...]) -> None:
    assert split_commas(value) == items


@pytest.mark.parametrize("value", ['a, "b', "a, <b"])
def test_an_open_quote_or_bracket_is_malformed(value: str) -> None:
    with pytest.raises(PeerFault, match="400"):
        split_commas(value)


@given(text)
def test_quoting_is_undone_by_unquoting(value: str) -> None:
    assert unquote(quote(value)) == value
    assert parse_parameters(f";p={quote(value)}") == {"p": value}


@pytest.mark.parametrize(
    ("value", "uri", "tag"),
    [
        ("sip:a@b;tag=1", "sip:a@b", "1"),
        ("<sip:a@b;x=1>;tag=1", "sip:a@b;x=1", "1"),
        ('"A \\" <x>" <sip:a@b> ; TAG = 1', "sip:a@b", "1"),
        ("An Na <sip:a@b>", "sip:a@b", None),
        ("A<sip:a@b>;x", "sip:a@b", None),
    ],
)
def test_addresses_are_read_with_and_without_brackets(value: str, uri: str, tag: str | None) -> None:
    address = parse_address(value)
    assert (address.uri, address.tag) == (uri, tag)


@pytest.mark.parametrize(
    "value",
    [
        *("", "A, B <sip:a@b>", '"A <sip:a@b>', "<sip:a@b", "< sip:a@b >", "sip:a@b x", "<sip:a@b> x", "a;;"),
        "<sip:a@b>;x=" + "a" * MAX_ADDRESS_CHARACTERS,
    ],
)
def test_an_address_that_is_none_is_malformed(value: str) -> None:
    with pytest.raises(PeerFault, match="400"):
        parse_address(value)


def test_a_via_is_read_with_all_its_blanks() -> None:
    via = parse_via("SIP / 2.0 / udp [2001:db8::1] : 5070 ; branch = z9hG4bKx;rport ; received=192.0.2.1")
    assert (via.transport, via.sent_by, via.branch) == ("UDP", "[2001:db8::1]:5070", "z9hG4bKx")
    assert via.parameters["rport"] is None


@pytest.mark.parametrize(
    ("branch", "named"),
    [(";branch=z9hG4bK", None), ("", None), (";branch=1", None), (";branch=Z9HG4BKx", "Z9HG4BKx")],
)
def test_only_a_branch_with_more_than_the_cookie_names_a_transaction(branch: str, named: str | None) -> None:
    assert parse_via(f"SIP/2.0/UDP h{branch}").branch == named


@pytest.mark.parametrize(
    ("text", "aor"),
    [
        ("sip:anna@Example.ORG:5070;transport=tcp", "sip:anna@example.org"),
        ("SIPS:%61nna:pw@example.org", "sip:anna@example.org"),
        ("pres:anna@example.org", "sip:anna@example.org"),
        ("sip:192.0.2.1", "sip:192.0.2.1"),
        ("sip:a;b=c%40d@[::1]:5060;lr", "sip:a;b=c@d@[::1]"),
    ],
)
def test_uris_name_addresses_of_record(text: str, aor: str) -> None:
    assert parse_uri(text).aor == aor


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("sip:", 400),
        ("sip:a b@c", 400),
        ("<sip:a@b>", 400),
        ("sip:a@b:99999", 400),
        ("sip:a@b;x=%4", 400),
        ("sip:a@b?subject=a b", 400),
        ("sip:a@b?subject=\0", 400),
        ("anna", 400),
        ("tel:+431", 416),
        ("http://example.org", 416),
        ("sip:" + "a" * 3_000 + "@b", 414),
    ],
)
def test_a_uri_that_is_none_of_ours_says_why(text: str, status: int) -> None:
    with pytest.raises(PeerFault) as error:
        parse_uri(text)
    assert error.value.status == status


@pytest.mark.parametrize(
    "run",
    [
        "From: " + "a" * 12_000,
        "From: " + "a " * 6_000,
        "From: a" + " " * 12_000 + "b",
        "From: " + '"' * 12_000,
        "From: <" + "<" * 12_000,
        "From: sip:a@b" + ";" * 12_000,
        "From: sip:a@b;a=" + " " * 12_000 + "b c",
        "Via: SIP/2.0/UDP h" + " " * 12_000 + "x",
        "Via: SIP" + " " * 12_000 + "x",
        "Authorization: Digest " + 'a="b' * 3_000,
    ],
)
def test_long_runs_are_refused_in_no_time(run: str) -> None:
    # quadratic matching would take seconds here; the limit of the test run stops it
    name, _, value = run.partition(": ")
    for read in (parse_address, parse_via, parse_uri, parse_parameters, split_commas, parse_media_type):
        fault_of(read, value)
    assert name


@pytest.mark.parametrize("unit", [" ", "\t ", "\r\n ", " \r\n ", "a: b ", ":", "\r"])
def test_a_head_is_looked_through_once(unit: str) -> None:
    # by looks from every blank on, a hundred heads with one folded field take 10 to 20 s
    head = f"OPTIONS sip:b SIP/2.0\r\nSubject: a\r\n b{unit * (15_000 // len(unit))}c\r\n\r\n".encode()
    began = time.process_time()
    for _ in range(100):
        fault_of(parse_message, head)
    assert time.process_time() - began < 3.0


@given(hostile)
def test_field_readers_raise_nothing_but_the_peer_s_fault(value: str) -> None:
    for read in (parse_address, parse_via, parse_uri, parse_parameters, split_commas, parse_media_type):
        fault = fault_of(read, value)
        assert fault is None or 400 <= fault.status < 500


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_a_fault(data: bytes) -> None:
    for message in (data, PUBLISH[: len(data)] + data + PUBLISH[len(data) :]):
        fault = fault_of(parse_message, message)
        assert fault is None or fault.status in {400, 413, 505, 513}


MIXED = parse_media_type('multipart/mixed; boundary="b b"')


@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_bytes_are_parts_or_a_fault(data: bytes, at: int) -> None:
    whole = b"--b b\r\nContent-Type: text/plain\r\n\r\none\r\n--b b\r\n\r\ntwo\r\n--b b--\r\n"
    assert [part.body for part in split_parts(MIXED, whole)] == [b"one", b"two"]
    fault = fault_of(lambda body: split_parts(MIXED, body), whole[:at] + data + whole[at:])
    assert fault is None or fault.status == 400


@pytest.mark.parametrize(
    "body",
    [b"", b"--b b", b"--b b\r\n\r\none", b"--b bx\r\n\r\n--b b--", b"--b b\r\n\r\n\r\n" * 17 + b"--b b--"],
)
def test_a_multipart_body_that_cannot_be_cut_is_malformed(body: bytes) -> None:
    with pytest.raises(PeerFault, match="400"):
        split_parts(MIXED, body)
