"""Recipients and addresses: what is refused, and that nothing secret is shown."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import Address, AlertsError, Form, Recipient, RecipientError
from alerts.channel import MAX_URL_LENGTH
from tests.alerts.story import parent

MAIL = "mailto://anna:geheim99@mail.example.org?to=mother@example.org"


def test_the_url_is_in_no_repr() -> None:
    mother = Recipient("mother", "Europe/Vienna", (Address.at("mother", 1, MAIL),))
    for text in (repr(mother), str(mother), repr(mother.addresses[0])):
        assert "geheim99" not in text
        assert "mailto" not in text


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        (MAIL, "mailto://anna:****@mail.example.org/mother%40example.org"),
        ("smseagle://tok3nvalue@10.0.0.7:8080/+43664123450", "smseagle://****@10.0.0.7:8080/%2B43664123450"),
        ("jsons://hooks.example.org/services/s3cr3t/t0k3n", "jsons://hooks.example.org/****"),
        ("json://hooks.example.org?x=s3cr3t", "json://hooks.example.org"),
    ],
)
def test_a_masked_url_shows_where_but_no_secret(url: str, masked: str) -> None:
    assert Address("a/1", url).masked == masked


def test_keys_are_the_position_or_the_given_name() -> None:
    assert Address.at("mother", 2, MAIL).key == "mother/2"
    assert Address.at("mother", 2, MAIL, name="work").key == "mother/work"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("nonsense-geheim99", "the text is no address that apprise can read"),
        ("", "the text is no address that apprise can read"),
        ("foo://geheim99@x", r"foo://\*\*\*\* is no address that apprise can read"),
        ("smseagle://geheim99@h/12", None),
        ("smseagle://geheim99@h", "names 0 targets"),
        ("mailto://anna:geheim99@mail.example.org?to=a@x.org,b@x.org", "names 2 targets"),
        ("smseagle://geheim99@h/+43664123450/+43664123451?batch=yes", "names 2 targets"),
        (MAIL + "&optional=yes", "optional=yes, which would hide every failure"),
        ("json://h/" + "geheim99" * 300, f"at most {MAX_URL_LENGTH}"),
    ],
)
def test_an_address_that_could_not_be_told_is_refused_without_its_secret(
    url: str, problem: str | None
) -> None:
    if problem is None:
        Address.at("mother", 3, url)
        return
    with pytest.raises(RecipientError, match=problem) as refusal:
        Address.at("mother", 3, url)
    assert "mother/3" in str(refusal.value)
    assert "geheim99" not in str(refusal.value)


def test_a_retry_in_the_url_is_the_outboxs_business() -> None:
    assert Address("a/1", MAIL + "&retry=3").masked.startswith("mailto://")


def test_a_recipient_without_a_real_zone_or_address_is_refused() -> None:
    address = Address("mother/1", MAIL)
    for zone in ("Europe/Wien", "", "../etc/passwd", "\0", "/etc/localtime"):
        with pytest.raises(RecipientError, match="time zone"):
            Recipient("mother", zone, (address,))
    with pytest.raises(RecipientError, match="0 addresses"):
        Recipient("mother", "UTC", ())
    with pytest.raises(RecipientError, match="share a key"):
        Recipient("mother", "UTC", (address, address))
    with pytest.raises(RecipientError, match="below 0"):
        Recipient("mother", "UTC", (address,), sms_per_day=-1)
    for name in ("", "x" * 81, "mo\nther"):
        with pytest.raises(RecipientError, match="name"):
            Recipient(name, "UTC", (address,))


schemes = st.sampled_from(
    ["mailto", "mailtos", "smseagle", "json", "tgram", "twilio", "slack", "x", "", "ntfy"]
)


@settings(max_examples=150, deadline=None)
@given(schemes, st.text(max_size=60))
def test_any_text_is_an_address_or_a_refusal(scheme: str, rest: str) -> None:
    try:
        address = Address("x/1", f"{scheme}://{rest}")
    except AlertsError:
        return
    assert "://" in address.masked


def test_a_parent_has_mail_and_phones() -> None:
    assert [address.form for address in parent(mail=1, sms=2).addresses] == [Form.FULL, Form.SMS, Form.SMS]
