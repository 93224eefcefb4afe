"""What goes over the pipe to an agent comes back as it was; whatever else comes is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.agent_talk import (
    AgentAccount,
    Beat,
    Ending,
    Notified,
    Order,
    Registered,
    Ring,
    Settled,
    Stop,
    Subscribed,
    Tell,
    Unread,
    Word,
    read_order,
    read_word,
    write_word,
)
from sip.errors import CallerError

ORDERS: list[Order] = [Ring(1, "sip:anna@example.org", 20), Tell(2, "sip:a@b", "text/plain", "Grüße"), Stop()]
WORDS: list[Word] = [
    Beat(),
    Registered(200, "OK"),
    Subscribed("sip:anna@example.org", "terminated", 481, "Gone"),
    Notified("sip:anna@example.org", bytes(range(256)), 1.5),
    Unread("sip:anna@example.org", "Truncated"),
    Settled(1, Ending.BUSY, 486, 2.5),
]


@pytest.mark.parametrize("word", WORDS, ids=lambda word: type(word).__name__)
def test_a_word_comes_back_as_it_was_and_is_no_order(word: Word) -> None:
    assert read_word(write_word(word)) == word
    with pytest.raises(CallerError, match="not a word of an agent"):
        read_order(write_word(word))


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: type(order).__name__)
def test_an_order_comes_back_as_it_was_and_is_no_word(order: Order) -> None:
    assert read_order(write_word(order)) == order
    with pytest.raises(CallerError, match="not a word of an agent"):
        read_word(write_word(order))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"is": "Registered"}',
        b'{"is": "Registered", "status": "200", "reason": "OK"}',
        b'{"is": "Registered", "status": true, "reason": "OK"}',
        b'{"is": "Registered", "status": 200, "reason": "OK", "more": 1}',
        b'{"is": "Notified", "address": "a", "body": "\\u0100", "received_at": 1}',
        b'{"is": "Settled", "number": 1, "ending": "well", "status": 200, "after_s": 1}',
        b'{"is": ["Beat"]}',
        b"[" * 100_000,
    ],
)
def test_what_no_agent_says_is_refused(data: bytes) -> None:
    with pytest.raises(CallerError, match="not a word of an agent"):
        read_word(data)


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")))
def test_whatever_the_bytes_nothing_else_is_raised(data: bytes) -> None:
    with pytest.raises(CallerError):
        read_word(data)


def test_the_password_does_not_show() -> None:
    account = AgentAccount("sip:w@example.org", "sip:127.0.0.1:5060;transport=tcp", "w", "hush-hush")
    assert "hush" not in f"{account!r} {account}"
