"""An address is read as it is written, and one that was not copied whole is refused without its token."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waywarn.provision.enrolment_url import EnrolmentUrl, EnrolmentUrlError, phone_url
from waywarn.provision.token import Token

TOKEN = Token.fresh(lambda count: b"\x5a" * count)
PIN = "0f" * 32


@pytest.mark.parametrize("token", [None, TOKEN])
@pytest.mark.parametrize("pin", ["", PIN])
@pytest.mark.parametrize("host", ["home.example.org", "192.0.2.1", "2001:db8::1"])
@pytest.mark.parametrize("port", [443, 8443])
def test_an_address_is_read_as_it_is_written(host: str, port: int, pin: str, token: Token | None) -> None:
    url = EnrolmentUrl(host, port, pin, token)
    assert EnrolmentUrl.read(str(url)) == url
    assert EnrolmentUrl.read(f" {url}\n") == url


def test_token_and_pin_stand_where_no_server_sees_them() -> None:
    before, _, after = str(EnrolmentUrl("home.example.org", 443, PIN, TOKEN)).partition("#")
    assert before == "https://home.example.org/enroll"
    assert str(TOKEN) in after


def test_a_fingerprint_as_other_programs_write_it_is_the_same() -> None:
    written = ":".join(["0F"] * 32)
    assert EnrolmentUrl.read(f"https://home.example.org/enroll#sha256={written}").pin == PIN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://home.example.org/enroll",
        "https:///enroll",
        "https://home.example.org:99999/enroll",
        "https://home.example.org:x/enroll",
        "https://[::1/enroll",
        "https://home.example.org/other",
        "https://user@home.example.org/enroll",
        "https://home.example.org/enroll?token=x",
        f"https://home.example.org/enroll#sha256={PIN[:-1]}",
        f"https://home.example.org/enroll#token={str(TOKEN)[:-1]}",
        phone_url("home.example.org", 443, TOKEN),
        "https://home.example.org/enroll#" + "x" * 4000,
    ],
)
def test_what_is_no_address_is_refused_without_its_token(text: str) -> None:
    with pytest.raises(EnrolmentUrlError) as caught:
        EnrolmentUrl.read(text)
    assert str(TOKEN)[:20] not in str(caught.value)


@given(st.text() | st.text().map(lambda text: f"https://a/enroll#{text}"))
def test_any_text_is_an_address_or_one_error(text: str) -> None:
    try:
        url = EnrolmentUrl.read(text)
    except EnrolmentUrlError:
        return
    assert url.host
