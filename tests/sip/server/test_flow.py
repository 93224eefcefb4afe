"""Flow tokens: what was sealed is recognised, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from sip.headers import is_token
from sip.peer import Peer, Transport
from sip.server.flow import MAX_TOKEN_CHARACTERS, FlowTokens

TOKENS = FlowTokens(b"a secret of the test")
PEERS = st.builds(
    Peer,
    st.sampled_from(Transport),
    st.sampled_from(("192.0.2.1", "2001:db8::1", "fe80::1234:5678:9abc:def0%enp0s31f6")),
    st.integers(0, 65_535),
    st.integers(0, 99),
)


@given(PEERS, st.binary(max_size=40), st.binary(max_size=40))
def test_a_token_opens_where_it_is_good_and_nowhere_else(peer: Peer, one: bytes, other: bytes) -> None:
    token = TOKENS.seal(peer, one)
    assert TOKENS.open(token, one) == peer
    assert is_token(token)
    assert len(token) <= MAX_TOKEN_CHARACTERS
    assert FlowTokens(b"another secret").open(token, one) is None
    assert (TOKENS.open(token, other) == peer) == (one == other)


@given(PEERS, st.integers(0, 200), st.characters())
def test_no_token_that_was_changed_opens(peer: Peer, place: int, letter: str) -> None:
    token = TOKENS.seal(peer, b"call")
    place %= len(token)
    changed = token[:place] + letter + token[place + 1 :]
    assert TOKENS.open(changed, b"call") in ({None, peer} if changed == token else {None})
    assert TOKENS.open(token[:place], b"call") is None


@given(st.text(max_size=MAX_TOKEN_CHARACTERS + 10))
def test_no_text_raises(text: str) -> None:
    assert TOKENS.open(text, b"call") is None
    assert TOKENS.open(text + "\udcff", b"call") is None
