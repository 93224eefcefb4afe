"""A token is long, forgives how people copy it, shows its digits to nobody, and ends when it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waywarn.provision.token import TOKEN_BYTES, StoredToken, Token, TokenKind, TokenRefusal

SOME = st.binary(min_size=TOKEN_BYTES, max_size=TOKEN_BYTES).map(lambda data: Token.fresh(lambda _: data))


@given(SOME)
def test_a_token_is_read_as_it_is_written(token: Token) -> None:
    assert Token.read(str(token)) == token
    assert Token.read(f" {str(token).lower().replace('-', ' ')} ") == token
    assert Token.read(str(token).replace("0", "O").replace("1", "l")) == token


@given(SOME, SOME)
def test_different_bytes_are_different_tokens_and_hashes(a: Token, b: Token) -> None:
    assert (a == b) == (a.hashed == b.hashed)


@given(SOME)
def test_a_token_shows_in_no_representation(token: Token) -> None:
    assert token.digits not in repr(token)


@pytest.mark.parametrize("text", ["", "abc", "U" * 32, "0" * 31, "0" * 33, "٣" * 32, "0" * 10_000, "ſ" * 32])
def test_what_is_no_token_is_none(text: str) -> None:
    assert Token.read(text) is None


@given(st.text())
def test_any_text_is_a_token_or_none(text: str) -> None:
    token = Token.read(text)
    assert token is None or Token.read(str(token)) == token


@pytest.mark.parametrize(
    ("now", "used_at", "kind", "expected"),
    [
        (99.9, None, TokenKind.TRACKER, None),
        (100.0, None, TokenKind.TRACKER, TokenRefusal.EXPIRED),
        (99.9, 50.0, TokenKind.TRACKER, TokenRefusal.USED),
        (100.0, 50.0, TokenKind.TRACKER, TokenRefusal.USED),
        (99.9, None, TokenKind.PHONE, TokenRefusal.OTHER_KIND),
    ],
)
def test_a_token_ends_exactly_when_it_says(
    now: float, used_at: float | None, kind: TokenKind, expected: TokenRefusal | None
) -> None:
    assert StoredToken("anna", TokenKind.TRACKER, 100.0, used_at).refusal(kind, now) is expected
