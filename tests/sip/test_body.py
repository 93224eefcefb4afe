"""Which bytes of a body are the document: parts, what they ask to be understood, the limits of cutting."""

import pytest

from sip.body import MAX_NESTING, PIDF, located_document, presence_document
from sip.errors import PeerFault
from sip.headers import Headers
from sip.message import Request
from sip.multipart import MAX_PARTS, parse_media_type, split_parts

MIXED = "multipart/mixed;boundary=x"


def request(body: bytes, *fields: tuple[str, str], kind: str = MIXED) -> Request:
    return Request("PUBLISH", "sip:anna@example.org", Headers([("Content-Type", kind), *fields]), body)


def parts(*chunks: tuple[str, bytes], boundary: str = "x") -> bytes:
    """Write parts, each of its header fields and its body."""
    written = b"".join(f"--{boundary}\r\n{head}\r\n".encode() + body + b"\r\n" for head, body in chunks)
    return written + f"--{boundary}--\r\n".encode()


def part(kind: str, body: bytes, disposition: str = "") -> tuple[str, bytes]:
    line = f"Content-Disposition: {disposition}\r\n" if disposition else ""
    return f"Content-Type: {kind}\r\n{line}", body


def status(body: bytes, **more: str) -> int:
    with pytest.raises(PeerFault) as refused:
        presence_document(request(body, **more))
    return refused.value.status


@pytest.mark.parametrize(
    ("disposition", "is_passed_over"),
    [
        ("", True),  # one that says nothing does not ask: a policy
        ("render;handling=optional", True),
        ("render; handling=OPTIONAL", True),
        ("render", False),  # RFC 3261 20.11: required, where it is not said
        ("render;handling=required", False),
    ],
)
def test_a_part_that_is_not_understood_is_passed_over_where_it_may_be(
    disposition: str, *, is_passed_over: bool
) -> None:
    body = parts(part("image/png", b"picture", disposition), part(PIDF, b"place"))
    if is_passed_over:
        assert presence_document(request(body)) == b"place"
    else:
        assert status(body) == 415


def nested(depth: int) -> bytes:
    """A document in so many multiparts, one in another."""
    body, kind = b"place", PIDF
    for level in range(depth):
        body, kind = parts(part(kind, body), boundary=f"b{level}"), f"multipart/mixed;boundary=b{level}"
    return body


def test_multiparts_in_multiparts_are_opened_so_deep_and_no_deeper() -> None:
    deepest = f"multipart/mixed;boundary=b{MAX_NESTING - 1}"
    assert presence_document(request(nested(MAX_NESTING), kind=deepest)) == b"place"
    assert status(nested(MAX_NESTING + 1), kind=f"multipart/mixed;boundary=b{MAX_NESTING}") == 415


@pytest.mark.parametrize("number", [MAX_PARTS, MAX_PARTS + 1, MAX_PARTS + 2, 10 * MAX_PARTS])
def test_there_are_so_many_parts_and_no_more(number: int) -> None:
    body = parts(*[part(PIDF, b"place")] * number)
    if number <= MAX_PARTS:
        assert len(split_parts(parse_media_type(MIXED), body)) == number
    else:
        with pytest.raises(PeerFault, match="400 Too Many Parts"):
            split_parts(parse_media_type(MIXED), body)


def test_so_many_parts_that_do_not_end_are_not_too_many() -> None:
    body = parts(*[part(PIDF, b"place")] * MAX_PARTS).removesuffix(b"--\r\n") + b"\r\n"
    with pytest.raises(PeerFault, match="400 Body Part Without A Blank Line"):
        split_parts(parse_media_type(MIXED), body)
    with pytest.raises(PeerFault, match="400 Multipart Without Its Closing Boundary"):
        split_parts(parse_media_type(MIXED), body.removesuffix(b"--x\r\n"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x\r\n\r\nplace\r\n",
        b"--xy\r\n\r\nplace\r\n--x--",
        b"--x\r\nContent-Type: text/plain\r\n--x--",
        b"--x more\r\n\r\nplace\r\n--x--",
    ],
)
def test_what_cannot_be_cut_is_400(body: bytes) -> None:
    assert status(body) == 400


def test_blanks_behind_a_boundary_and_lines_before_the_first_count_for_nothing() -> None:
    body = b"preamble\r\n--x \t\r\nContent-Type: application/pidf+xml\r\n\r\nplace\r\n--x-- \r\nepilogue"
    assert presence_document(request(body)) == b"place"


@pytest.mark.parametrize("boundary", ["", "a" * 71])
def test_a_boundary_that_cannot_be_is_400(boundary: str) -> None:
    assert status(b"----", kind=f'multipart/mixed;boundary="{boundary}"') == 400


def test_a_coded_document_is_415_wherever_it_is_said() -> None:
    assert status(parts((f"Content-Type: {PIDF}\r\nContent-Encoding: gzip\r\n", b"place"))) == 415
    plain = request(b"place", ("Content-Encoding", "identity"), kind=PIDF)
    assert presence_document(plain) == b"place"


@pytest.mark.parametrize("geolocation", ["<https://lis.example/1>", "<cid:gone@x>"])
def test_where_geolocation_promises_a_place_that_is_not_there_it_is_424(geolocation: str) -> None:
    body, fields = parts(part("text/plain", b"hello")), ("Geolocation", geolocation)
    for read, promised in ((located_document, True), (presence_document, geolocation.startswith("<cid"))):
        with pytest.raises(PeerFault) as refused:
            read(request(body, fields))
        assert refused.value.status == (424 if promised else 415)
        with pytest.raises(PeerFault) as refused:
            read(request(body))
        assert refused.value.status == 415


def test_a_body_without_parts_may_be_what_geolocation_names() -> None:
    fields = [("Geolocation", "<cid:a@x>"), ("Content-ID", "<a@x>")]
    assert located_document(request(b"place", *fields, kind=PIDF)) == b"place"
    with pytest.raises(PeerFault) as refused:
        located_document(request(b"place", *fields[:1], kind=PIDF))
    assert refused.value.status == 424
