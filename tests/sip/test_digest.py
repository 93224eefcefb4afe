"""Digest: the RFCs' own examples, and client and server against each other."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.account import Account
from sip.digest import Credentials, authorize, digest_response, hash_a1, parse_directives
from sip.errors import CallerError, ChallengeError, PeerFault

RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
MD5, SHA_256 = RFC_7616.format("MD5"), RFC_7616.format("SHA-256")
FOREIGN = RFC_7616.format("SHA-512-256")
RESPONSES = {
    MD5: "8ca523f5e9506fed4657c9700eebdbec",
    SHA_256: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
}


def answer(*challenges: str, algorithms: tuple[str, ...] = ("SHA-256", "MD5"), body: bytes = b"") -> str:
    return authorize(
        challenges,
        method="GET",
        uri="/dir/index.html",
        username="Mufasa",
        password="Circle of Life",
        body=body,
        cnonce=CNONCE,
        algorithms=algorithms,
    )


@pytest.mark.parametrize("challenge", [MD5, SHA_256])
def test_the_examples_of_rfc_7616_come_out(challenge: str) -> None:
    directives = parse_directives(answer(challenge))
    assert directives is not None
    assert directives["response"] == RESPONSES[challenge]
    assert directives["opaque"] == "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"


def test_the_example_of_rfc_2617_comes_out() -> None:
    value = authorize(
        ['Digest realm="testrealm@host.com",qop="auth,auth-int",nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'],
        method="GET",
        uri="/dir/index.html",
        username="Mufasa",
        password="Circle Of Life",
        cnonce="0a4f113b",
    )
    assert 'response="6629fae49393a05397450978507c4ef1"' in value


def test_the_first_challenge_that_can_be_answered_is() -> None:
    assert RESPONSES[SHA_256] in answer(FOREIGN, "Basic realm=x", SHA_256, MD5)
    assert RESPONSES[MD5] in answer(SHA_256, MD5, algorithms=("MD5",))


def test_a_downgrade_can_be_refused() -> None:
    with pytest.raises(ChallengeError):
        answer(MD5, algorithms=("SHA-256",))


@pytest.mark.parametrize(
    "challenge",
    [FOREIGN, "Basic realm=x", 'Digest realm="x"', "Digest ,,", 'Digest realm="x", nonce="y"', ""],
)
def test_a_challenge_that_cannot_be_answered_is_said_to_be_none(challenge: str) -> None:
    with pytest.raises(ChallengeError):
        answer(challenge)


def test_session_and_body_protection_are_computed() -> None:
    def md5(value: str) -> str:
        return hashlib.md5(value.encode()).hexdigest()

    value = answer('Digest realm="r", nonce="n", qop="auth-int", algorithm=MD5-sess', body=b"place")
    credentials = Credentials.parse(value)
    assert credentials is not None
    session = md5(f"{md5('Mufasa:r:Circle of Life')}:n:{CNONCE}")
    a2 = md5(f"GET:/dir/index.html:{md5('place')}")
    assert credentials.response == md5(f"{session}:n:00000001:{CNONCE}:auth-int:{a2}")


def test_what_must_not_be_quoted_is_not() -> None:
    value = answer(SHA_256)
    assert ", algorithm=SHA-256, qop=auth, " in value
    assert "nc=00000001" in value
    assert 'uri="/dir/index.html"' in value


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1), st.text())
def test_any_name_and_password_pass_through(username: str, password: str) -> None:
    value = authorize(
        [SHA_256], method="PUBLISH", uri="sip:h", username=username, password=password, cnonce="c"
    )
    credentials = Credentials.parse(value)
    assert credentials is not None
    assert credentials.username == username
    ha1 = hash_a1("SHA-256", username, credentials.realm, password)
    assert digest_response(ha1, credentials, "PUBLISH", b"") == credentials.response


@pytest.mark.parametrize(
    "value",
    [
        'Digest username="a"',
        'Digest username="a',
        "Digest =",
        "Digest",
        'Digest username="a", realm="r", nonce="n", uri="u", response="x", qop=auth, cnonce="c", nc=1',
        'Digest username="a", realm="r", nonce="n", uri="u", response="x"',  # no qop: RFC 2069
    ],
)
def test_incomplete_credentials_are_malformed(value: str) -> None:
    with pytest.raises(PeerFault, match="400"):
        Credentials.parse(value)


def test_another_scheme_is_none_of_ours() -> None:
    assert Credentials.parse("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==") is None


@given(st.text(st.sampled_from('Digestnonce ="\\,;:\x00é'), max_size=60))
def test_any_text_is_credentials_or_a_fault(value: str) -> None:
    for prefix in ("", "Digest "):
        try:
            Credentials.parse(prefix + value)
        except PeerFault as fault:
            status = fault.status
        else:
            status = 400
        assert status == 400


def test_an_account_shows_no_secret() -> None:
    account = Account.with_password(
        "anna",
        "pass word",
        realm="r",
        aor="sip:anna@Example.org",
        device_id="d",
        algorithms=("MD5", "SHA-256"),
    )
    assert account.aor == "sip:anna@example.org"
    assert account.algorithms == ("SHA-256", "MD5")
    assert all(secret not in repr(account) for secret in (*account.ha1.values(), "pass word"))


@pytest.mark.parametrize(
    ("aor", "algorithms"), [("anna", ("MD5",)), ("sip:a@b", ()), ("sip:a@b", ("SHA-1",)), ("tel:1", ("MD5",))]
)
def test_an_account_that_cannot_be_is_refused(aor: str, algorithms: tuple[str, ...]) -> None:
    with pytest.raises(CallerError):
        Account.with_password("a", "p", realm="r", aor=aor, device_id="d", algorithms=algorithms)


@pytest.mark.parametrize("unit", ["a", "a=", 'a="', " ", ",", 'a="\\', "a=b "])
def test_a_field_of_any_length_is_looked_through_once(unit: str) -> None:
    # by looks from every character on, this would take an hour
    with pytest.raises(PeerFault, match="Bad Digest Directive"):
        parse_directives("Digest =" + unit * 1_000_000)
