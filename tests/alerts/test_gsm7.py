"""One SMS: the alphabet, the counting and the cutting."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.gsm7 import BASIC, EXTENSION, SMS_SEPTETS, fit, septets, shorten, to_gsm7

LINK = "https://www.openstreetmap.org/?mlat=-89.99999&mlon=-179.99999#map=17/-89.99999/-179.99999"


def test_the_alphabet_has_the_size_that_the_standard_gives() -> None:
    # 128 positions, one of which is the escape; nine printable extensions and the page break
    assert len(BASIC) == 127
    assert len(EXTENSION) == 10
    assert not BASIC & EXTENSION


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Grüße an Ängström", "Grüße an Ängström"),  # in the alphabet: kept
        ("Zoë Čapek, Łódź", "Zoe Capek, Lodz"),
        ("“so” – ‘oder’…", "\"so\" - 'oder'..."),
        ("Анна Щукина", "Anna Shchukina"),
        ("Ελένη", "Eleni"),
        ("ﬁn ½", "fin 1?2"),
        ("Ａｎｎａ", "Anna"),
        ("e\u0301t\u00e9 z\u030cena", "été zena"),
        ("zeile\r\neins\tzwei", "zeile  eins zwei"),
        ("家 \U0001f468\u200d\U0001f469 ok", "? ?? ok"),
        ("5 € [x]", "5 € [x]"),
        ("a\u00a0b", "a b"),
        ("ǆ", "dz"),
    ],
)
def test_letters_outside_are_written_with_near_ones(text: str, written: str) -> None:
    assert to_gsm7(text) == written


@given(st.text())
def test_anything_can_be_written(text: str) -> None:
    written = to_gsm7(text)
    assert septets(written) == sum(2 if c in EXTENSION else 1 for c in written)
    assert to_gsm7(written) == written
    assert "\n" not in written


@given(st.text(alphabet=string.ascii_letters + string.digits + " .,:;!?()'\"/+-=@#&%_äöüß€[]"))
def test_what_is_in_the_alphabet_is_kept(text: str) -> None:
    assert to_gsm7(text) == text


@given(st.text(max_size=400))
@example("€" * 200)
@example("")
@example("ab " * 50)
def test_the_link_stays_whole_and_the_message_is_one_sms(text: str) -> None:
    message = fit(text, LINK)
    assert message.endswith(LINK)
    assert septets(message) <= SMS_SEPTETS


@given(st.text(max_size=300), st.integers(min_value=0, max_value=300))
def test_a_text_is_cut_only_where_it_must_be(text: str, room: int) -> None:
    whole = to_gsm7(text)
    cut = shorten(whole, room)
    assert septets(cut) <= room
    if septets(whole) <= room:
        assert cut == whole
    else:
        kept = cut.removesuffix("...")
        assert whole.startswith(kept)
        # only a double-width character, blanks and the dots may leave room unused
        assert septets(whole[: len(kept)].rstrip()) == septets(kept)


def test_a_long_link_is_an_error_rather_than_half_a_link() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        fit("x", "https://example.org/" + "a" * 150)
    with pytest.raises(ValueError, match="not in the GSM"):
        fit("x", "https://例.org")
