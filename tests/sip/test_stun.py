"""STUN: the answers of RFC 5769's kind, what gets none, and no exception whatever the bytes are."""

import struct
import zlib
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.stun import MAX_REQUEST_BYTES, binding_request, is_stun, mapped_address, stun_answer

TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")  # RFC 5769 2.2 and 2.3, whose addresses these are
COOKIE = bytes.fromhex("2112a442")
IPV6 = "2001:db8:1234:5678:11:2233:4455:6677"


def request(*attributes: tuple[int, bytes], kind: int = 1, cookie: bytes = COOKIE) -> bytes:
    body = b"".join(
        struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4)
        for number, value in attributes
    )
    return struct.pack("!HH", kind, len(body)) + cookie + TRANSACTION + body


def sealed(data: bytes) -> bytes:
    longer = data[:2] + struct.pack("!H", len(data) - 20 + 8) + data[4:]
    return longer + struct.pack("!HHI", 0x8028, 4, zlib.crc32(longer) ^ 0x5354554E)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.1", "002000080001a147e112a643"),
        (IPV6, "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"),
        (f"{IPV6}%eth0", "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"),
    ],
)
def test_the_addresses_of_rfc_5769_are_written_as_there(host: str, expected: str) -> None:
    answer = stun_answer(request(), host, 32853)
    assert answer is not None
    length = len(expected) // 2
    assert answer == struct.pack("!HH", 0x0101, length) + COOKIE + TRANSACTION + bytes.fromhex(expected)


def test_attributes_that_need_not_be_understood_are_passed_over() -> None:
    assert stun_answer(request((0x8022, b"a phone")), "192.0.2.1", 1) == stun_answer(
        request(), "192.0.2.1", 1
    )


def test_attributes_that_must_be_understood_are_refused_by_number() -> None:
    answer = stun_answer(request((0x0006, b"anna"), (0x0003, bytes(4)), (0x0006, b"")), "192.0.2.1", 1)
    assert answer is not None
    assert answer[:2] == bytes.fromhex("0111")
    assert answer[20:28] == bytes.fromhex("0009001500000414")
    assert answer.endswith(bytes.fromhex("000a000400030006"))


def test_a_sealed_request_gets_a_sealed_answer() -> None:
    answer = stun_answer(sealed(request()), "192.0.2.1", 1)
    plain = stun_answer(request(), "192.0.2.1", 1)
    assert plain is not None
    assert answer == sealed(plain)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        request()[:19],
        request(kind=0x0011),
        request(kind=0x0101),
        request(cookie=bytes(4)),
        request() + b"\0\0\0\0",
        request((0x8022, b"12345678"))[:-1],
        struct.pack("!HH", 1, 4) + COOKIE + TRANSACTION + struct.pack("!HH", 0x8022, 8),
        sealed(request())[:-1] + b"\0",
        request((0x8028, bytes(4)), (0x8022, b"")),
        request((0x8022, bytes(MAX_REQUEST_BYTES))),
    ],
)
def test_what_is_no_binding_request_gets_no_answer(data: bytes) -> None:
    assert stun_answer(data, "192.0.2.1", 1) is None


@given(
    st.binary(max_size=80), st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=20)), max_size=4)
)
def test_no_bytes_raise_and_no_answer_is_a_request(data: bytes, attributes: list[tuple[int, bytes]]) -> None:
    for one in (data, request(*attributes), request(*attributes)[: len(data)], request() + data):
        answer = stun_answer(one, IPV6, 65_535)
        assert answer is None or (len(answer) % 4 == 0 and stun_answer(answer, IPV6, 1) is None)


def test_no_sip_looks_like_stun() -> None:
    assert is_stun(request())
    assert not is_stun(b"SIP/2.0 200 OK")
    assert not is_stun(b"\r\n")
    assert not is_stun(b"")


@given(data=st.binary(max_size=80), transaction=st.binary(min_size=12, max_size=12), framed=st.booleans())
def test_a_client_reads_its_address_or_nothing_from_whatever_comes(
    data: bytes, transaction: bytes, *, framed: bool
) -> None:
    head = b"\x01\x01" + len(data).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + transaction
    seen = mapped_address(head + data if framed else data, transaction)
    assert seen is None or (ip_address(seen[0]) and 0 <= seen[1] <= 65_535)


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7"])
def test_a_client_learns_where_it_is_seen(host: str) -> None:
    transaction = bytes(range(12))
    answer = stun_answer(binding_request(transaction), host, 40_123)
    assert answer is not None
    assert mapped_address(answer, transaction) == (host, 40_123)
    assert mapped_address(answer, bytes(12)) is None
    assert mapped_address(answer[:-1], transaction) is None
