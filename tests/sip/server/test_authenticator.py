"""Who may in: challenges, counters, stale nonces, and what a stranger can learn."""

import pytest

from sip.digest import authorize, parse_directives
from sip.directory import Directory
from sip.errors import CallerError, PeerFault
from sip.headers import Headers
from sip.message import Request
from sip.server.authenticator import NONCE_LIFETIME_S, NONCE_STEP_S, Authenticator
from sip.uri import parse_uri
from tests.sip.talk import NOW, REALM, account

URI = "sip:anna@example.org"
SECRET = b"a secret of the test"


def server(**options: int) -> Authenticator:
    accounts = [account("anna"), account("bert"), account("old", algorithms=("MD5",))]
    return Authenticator(Directory(accounts, realm=REALM), secret=SECRET, **options)


def ask(
    auth: Authenticator, *values: str, uri: str = URI, now: float = NOW, salt: bytes = b"", body: bytes = b""
) -> PeerFault | str:
    request = Request("PUBLISH", uri, Headers([("Authorization", value) for value in values]), body)
    try:
        return auth.authenticate(request, parse_uri(uri), salt, now).account.username
    except PeerFault as fault:
        return fault


def challenges(fault: PeerFault | str) -> list[str]:
    assert isinstance(fault, PeerFault)
    assert fault.status == 401
    return [value for name, value in fault.headers if name == "WWW-Authenticate"]


def is_stale(fault: PeerFault | str) -> bool:
    return all("stale=true" in value for value in challenges(fault))


def answer(
    to: list[str],
    *,
    username: str = "anna",
    password: str | None = None,
    uri: str = URI,
    count: int = 1,
    body: bytes = b"",
) -> str:
    return authorize(
        to,
        method="PUBLISH",
        uri=uri,
        username=username,
        password=password or f"{username}'s password",
        body=body,
        cnonce="c",
        nonce_count=count,
    )


def test_a_stranger_is_offered_sha_256_first_and_then_md5() -> None:
    offered = [parse_directives(value) or {} for value in challenges(ask(server()))]
    assert [one["algorithm"] for one in offered] == ["SHA-256", "MD5"]
    assert all((one["qop"], one["realm"]) == ("auth", REALM) for one in offered)
    assert len({one["nonce"] for one in offered}) == 1
    assert not is_stale(ask(server()))


def test_an_account_is_offered_only_its_own_algorithms() -> None:
    offered = challenges(ask(server(), uri="sip:old@example.org"))
    assert ["MD5" in value for value in offered] == [True]


def test_unknown_address_unknown_name_and_wrong_password_look_alike() -> None:
    auth = server()
    first = challenges(ask(auth))
    wrong = challenges(ask(auth, answer(first, password="guess")))
    unknown = challenges(ask(auth, answer(first, username="nobody")))
    elsewhere = challenges(ask(auth, uri="sip:nobody@example.org"))
    assert first == wrong == unknown == elsewhere


def test_the_right_password_opens_with_either_algorithm() -> None:
    auth = server()
    for number in range(2):
        offered = challenges(ask(auth, salt=bytes([number])))
        assert ask(auth, answer(offered[number:])) == "anna"


@pytest.mark.parametrize("algorithm", ["MD5-sess", "SHA-256-sess", "sha-256"])
@pytest.mark.parametrize("qop", ["auth", "auth-int"])
def test_session_variants_and_body_protection_are_verified(algorithm: str, qop: str) -> None:
    auth = server()
    nonce = (parse_directives(challenges(ask(auth))[0]) or {})["nonce"]
    challenge = f'Digest realm="{REALM}", nonce="{nonce}", qop="{qop}", algorithm={algorithm}'
    value = answer([challenge], body=b"place")
    if qop == "auth-int":
        assert not is_stale(ask(auth, value, body=b"other"))
    assert ask(auth, value, body=b"place") == "anna"


def test_an_algorithm_that_the_account_may_not_use_is_as_a_wrong_password() -> None:
    auth = server()
    value = answer(challenges(ask(auth))[:1], username="old", uri="sip:old@example.org")
    assert not is_stale(ask(auth, value, uri="sip:old@example.org"))


def test_a_nonce_count_must_grow() -> None:
    auth = server()
    offered = challenges(ask(auth))
    assert ask(auth, answer(offered, count=1)) == "anna"
    assert is_stale(ask(auth, answer(offered, count=1)))
    assert ask(auth, answer(offered, count=7)) == "anna"
    assert is_stale(ask(auth, answer(offered, count=6)))
    assert ask(auth, answer(offered, count=8)) == "anna"
    assert is_stale(ask(server(), answer(offered, count=0)))


def test_an_old_nonce_is_stale_but_not_wrong() -> None:
    auth = server()
    value = answer(challenges(ask(auth)))
    assert is_stale(ask(auth, value, now=NOW + NONCE_LIFETIME_S + 1))
    assert is_stale(ask(auth, value, now=NOW - 2 * NONCE_STEP_S))
    assert ask(auth, value, now=NOW + NONCE_LIFETIME_S - NONCE_STEP_S - 1) == "anna"


def test_after_a_restart_nonces_are_stale_and_nothing_is_replayed() -> None:
    before = server()
    value = answer(challenges(ask(before)))
    after = Authenticator(Directory([account("anna")], realm=REALM), secret=b"another secret!!")
    assert is_stale(ask(after, value))


def test_a_forged_nonce_is_stale_only_to_who_knows_the_password() -> None:
    auth = server()
    for nonce in ("0", "x" * 58, "é" * 58, "0" * 58):
        challenge = f'Digest realm="{REALM}", nonce="{nonce}", qop="auth", algorithm=MD5'
        assert is_stale(ask(auth, answer([challenge])))
        assert not is_stale(ask(auth, answer([challenge], password="guess")))


def test_a_retransmitted_request_is_given_the_same_challenge() -> None:
    auth = server()
    assert challenges(ask(auth, salt=b"one")) == challenges(ask(auth, salt=b"one", now=NOW + 1))
    assert challenges(ask(auth, salt=b"one")) != challenges(ask(auth, salt=b"two"))


def test_an_answer_for_another_user_is_refused_but_the_server_s_own_address_is_not() -> None:
    auth = server()
    assert ask(auth, answer(challenges(ask(auth, salt=b"1")), uri="sip:192.0.2.5:5060")) == "anna"
    assert ask(auth, answer(challenges(ask(auth, salt=b"2")), uri="sip:anna@192.0.2.5")) == "anna"
    refused = ask(auth, answer(challenges(ask(auth, salt=b"3")), uri="sip:bert@example.org"))
    assert isinstance(refused, PeerFault)
    assert refused.status == 400


def test_an_answer_for_another_realm_is_passed_over() -> None:
    auth = server()
    foreign = answer(['Digest realm="elsewhere", nonce="n", qop="auth"'])
    own = answer(challenges(ask(auth)))
    assert not is_stale(ask(auth, foreign, "Basic YTpi"))
    assert ask(auth, foreign, own) == "anna"


def test_what_another_realm_is_answered_may_be_of_the_oldest_kind() -> None:
    auth = server()
    elsewhere = 'Digest username="anna", realm="elsewhere", nonce="n", uri="sip:x", response="0"'  # no qop
    mine = answer(challenges(ask(auth)))
    assert ask(auth, elsewhere, mine) == "anna"


def test_counting_is_bounded_and_what_is_forgotten_cannot_be_replayed() -> None:
    auth = server(max_counted_nonces=3)
    values = []
    for number in range(10):
        now = NOW + number * NONCE_STEP_S
        values.append(answer(challenges(ask(auth, salt=bytes([number]), now=now))))
        assert ask(auth, values[-1], now=now) == "anna"
        assert len(auth._uses) <= 3
    for value in values:
        assert is_stale(ask(auth, value, now=NOW + 10 * NONCE_STEP_S))


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(CallerError):
        Authenticator(Directory([account("anna")], realm=REALM), secret=b"short")
