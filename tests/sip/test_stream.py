"""TCP framing: whatever the pieces, the same messages."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.errors import MessageError, PeerFault
from sip.message import MAX_BODY_BYTES, MAX_HEAD_BYTES, content_length, parse_head, parse_message
from sip.stream import PING, MessageStream, Ping

ONE = b"OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h\r\nContent-Length: 5\r\n\r\n\r\n\r\n!"
TWO = b"OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h\r\nl :0\r\n\r\n"


def feed(*pieces: bytes) -> list[bytes | Ping]:
    stream = MessageStream()
    return [frame for piece in pieces for frame in stream.feed(piece)]


def test_a_stream_cut_at_every_byte_gives_the_same_messages() -> None:
    whole = b"\r\n" + ONE + b"\r\n\r\n" + TWO + b"\r\n" + ONE
    expected = [ONE, PING, TWO, ONE]
    assert feed(whole) == expected
    for cut in range(len(whole)):
        assert feed(whole[:cut], whole[cut:]) == expected
    assert feed(*(bytes([byte]) for byte in whole)) == expected


@given(
    st.lists(st.sampled_from([ONE, TWO, b"\r\n\r\n"]), max_size=8),
    st.lists(st.integers(0, 400), max_size=8),
)
def test_pieces_of_any_size_give_the_same_frames(frames: list[bytes], cuts: list[int]) -> None:
    whole = b"".join(frames)
    edges = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    pieces = [whole[start:end] for start, end in pairwise(edges)]
    assert feed(*pieces) == [PING if frame == b"\r\n\r\n" else frame for frame in frames]


def test_half_a_keep_alive_waits_for_its_other_half() -> None:
    stream = MessageStream()
    assert [stream.feed(byte) for byte in (b"\r", b"\n", b"\r", b"\n")] == [[], [], [], [PING]]
    assert stream.is_idle


@pytest.mark.parametrize("data", [b"", b"\r", b"\r\n", b"\r\n\r", ONE + b"\r\n"])
def test_an_empty_line_is_no_message_that_waits_for_its_rest(data: bytes) -> None:
    stream = MessageStream()
    stream.feed(data)
    assert stream.is_idle
    assert stream.feed(b"OPTIONS") == []
    assert not stream.is_idle


def test_without_content_length_the_frame_is_lost_and_the_head_is_given() -> None:
    stream = MessageStream()
    head = b"OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h\r\n\r\n"
    assert stream.feed(TWO + head + TWO) == [TWO, head]
    assert stream.is_broken
    assert stream.feed(TWO) == []


def test_a_body_beyond_the_limit_is_not_waited_for() -> None:
    stream = MessageStream()
    head = b"OPTIONS sip:h SIP/2.0\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1)
    assert stream.feed(head + b"x") == [head]
    assert stream.is_broken


def test_a_head_that_never_ends_is_cut_off() -> None:
    stream = MessageStream()
    frames = [frame for _ in range(MAX_HEAD_BYTES // 64 + 1) for frame in stream.feed(b"X: " + b"y" * 61)]
    assert len(frames) == 1
    assert stream.is_broken


@given(st.lists(st.binary(max_size=60), max_size=12))
def test_any_bytes_are_frames_or_wait(pieces: list[bytes]) -> None:
    stream = MessageStream()
    for piece in pieces:
        for frame in stream.feed(piece):
            assert frame is PING or isinstance(frame, bytes)


LENGTHS = [
    "Content-Length: 5",
    "l:5",
    "L : 5",
    "Content-Length:\r\n 5",
    "Content-Length: 5\r\n 0",
    "l: -5",
    "l: x",
    "X: l: 5",
]


@given(st.lists(st.sampled_from([*LENGTHS, "Subject: l: 7", "Content-Length: 99999999"]), max_size=3))
def test_framing_and_reading_agree_on_the_length(lines: list[str]) -> None:
    head = "\r\n".join(["OPTIONS sip:h SIP/2.0", *lines, "Via: SIP/2.0/TCP h", "", ""]).encode()
    try:
        length = content_length(parse_head(head))
    except PeerFault:
        length = None
    stream = MessageStream()
    frames = stream.feed(head + b"x" * 10)
    if length is None and not stream.is_broken:
        # framed by a plain length beside a bad one: whoever reads it must refuse it
        (frame, *_) = frames
        assert isinstance(frame, bytes)
        with pytest.raises(MessageError):
            parse_message(frame)
    else:
        assert frames[0] == (head if length is None else head + b"x" * length)
