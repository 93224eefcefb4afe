"""The registering device: its table, and scripted conversations."""

import itertools
from collections.abc import Sequence

import pytest

from sip.account import Account
from sip.device.publication_client import Finished, Retrying, Send
from sip.device.registration_client import (
    REFUSED_AGAIN_S,
    Effect,
    Registered,
    RegistrationClient,
    event_of,
)
from sip.device.registration_table import TABLE, Act, Event, Phase
from sip.device.request_writer import Identity
from sip.digest import Credentials, session_key
from sip.headers import Headers
from sip.message import Request, Response

NONCE = 'Digest realm="example.org", nonce="n1", qop="auth", algorithm=SHA-256'
HERE, THERE = "sip:anna@192.0.2.7:4000", "sip:anna@198.51.100.9:5000;transport=tcp"


def client(password: str | None = "secret") -> RegistrationClient:
    tokens = (f"token{number}" for number in itertools.count())
    return RegistrationClient(
        Identity("sip:anna@example.org", "sip:anna@example.org", "anna", password),
        registrar="sip:example.org",
        instance="urn:uuid:1",
        products="waywarn/1 waywarn-commands/1",
        fresh=lambda: next(tokens),
        jitter=lambda: 0.0,
    )


def response(status: int, **headers: str) -> Response:
    return Response(status, "", Headers([(name.replace("_", "-"), value) for name, value in headers.items()]))


def granted(seconds: int, contact: str = HERE) -> Response:
    others = f"<sip:anna@203.0.113.1>;expires=9999, <{contact}>;expires={seconds};reg-id=1"
    return response(200, Contact=others, Expires="77")


def sent(effects: Sequence[Effect]) -> Request:
    (request,) = [effect.request for effect in effects if isinstance(effect, Send)]
    return request


RESPONSES = {
    Event.OK: granted(600),
    Event.CHALLENGED: response(401, WWW_Authenticate=NONCE),
    Event.TOO_BRIEF: response(423, Min_Expires="1800"),
    Event.BUSY: response(503),
    Event.REFUSED: response(404),
}


def in_phase(phase: Phase) -> RegistrationClient:
    """A client that came there by a legal way."""
    device = client()
    if phase is Phase.OVER:
        device.end(0.0)
    if phase in {Phase.ABSENT, Phase.OVER}:
        return device
    device.reach_at(HERE, 0.0)
    if phase in {Phase.REGISTERED, Phase.REMOVING}:
        device.answered(RESPONSES[Event.OK], 0.0)
    if phase is Phase.REMOVING:
        device.end(1.0)
    if phase is Phase.WAITING:
        device.unanswered("silence", 0.0)
    return device


def happen(device: RegistrationClient, event: Event) -> Sequence[Effect]:
    now = 10_000.0
    if event in {Event.WANTED, Event.MOVED}:
        if event is Event.WANTED and device.phase is not Phase.ABSENT:
            return device._feed(event, now)
        return device.renew(now) if event is Event.MOVED else device.reach_at(THERE, now)
    if event is Event.END:
        return device.end(now)
    if event is Event.DUE:
        device.next_wake = now
        return device.wake(now)
    return device.answered(RESPONSES[event], now)


@pytest.mark.parametrize(("phase", "event"), list(itertools.product(Phase, Event)))
def test_each_phase_meets_each_event_as_the_table_says(phase: Phase, event: Event) -> None:
    device = in_phase(phase)
    assert device.phase is phase
    following, act = TABLE[phase, event]
    effects = happen(device, event)
    assert device.phase is following
    if act is Act.IGNORE:
        assert not effects
    if act in {Act.SEND, Act.SEND_REMOVE, Act.AUTHORIZE, Act.LENGTHEN}:
        assert sent(effects).method == "REGISTER"
    if act in {Act.WAIT, Act.WAIT_LONG}:
        assert isinstance(effects[0], Retrying)
        assert device.next_wake is not None
    assert any(isinstance(effect, Finished) for effect in effects) == (act is Act.FINISH)


def test_a_device_registers_refreshes_and_goes() -> None:
    device = client()
    first = sent(device.reach_at(HERE, 0.0))
    assert (first.method, first.uri) == ("REGISTER", "sip:example.org")
    assert first.headers.get("Contact") == f'<{HERE}>;+sip.instance="<urn:uuid:1>";reg-id=1'
    assert first.headers.get("User-Agent") == "waywarn/1 waywarn-commands/1"
    assert device.reach_at(HERE, 1.0) == []
    assert device.answered(granted(200), 1.0) == [Registered(200.0)]
    assert device.next_wake == 1.0 + 136.0
    assert device.wake(136.9) == []
    again = sent(device.wake(137.0))
    assert again.headers.get("Call-ID") == first.headers.get("Call-ID")
    assert again.headers.get("CSeq") == "2 REGISTER"
    device.answered(granted(200), 137.0)
    assert sent(device.end(140.0)).headers.get("Expires") == "0"
    assert device.answered(response(200), 140.0) == [Finished()]


def test_the_life_is_that_of_its_own_contact() -> None:
    device = client()
    device.reach_at(HERE, 0.0)
    older = f"<{HERE}1>;expires=2"  # another port, of an earlier start
    ours = f"<{HERE};alias=192.0.2.7~4000~1>;expires=500"  # as a proxy may write it
    assert device.answered(response(200, Contact=f"{older}, {ours}"), 1.0) == [Registered(500.0)]


@pytest.mark.parametrize(
    ("written", "granted_s"),
    [
        (f"{HERE};expires=60", 60.0),
        (f'"anna" <{HERE}> ;expires=60', 60.0),
        ("<sip:;expires=60", 600.0),  # cannot be read: as long as was asked for
    ],
)
def test_its_own_contact_is_known_with_and_without_brackets(written: str, granted_s: float) -> None:
    device = client()
    device.reach_at(HERE, 0.0)
    assert device.answered(response(200, Contact=written), 1.0) == [Registered(granted_s)]


def test_both_ends_have_the_same_session_key_and_the_older_one_still_counts() -> None:
    account = Account.with_password(
        "anna", "secret", realm="example.org", aor="sip:anna@example.org", device_id="anna"
    )
    device = client()
    device.reach_at(HERE, 0.0)
    assert device.session_keys == ()
    keys = []
    request = sent(device.answered(RESPONSES[Event.CHALLENGED], 0.0))
    for _ in range(2):
        credentials = Credentials.parse(request.headers.get("Authorization") or "")
        assert credentials is not None
        keys.append(session_key(account.ha1["SHA-256"], credentials))
        device.answered(granted(600), 1.0)
        request = sent(device.wake(600.0))
    assert device.session_keys[1:] == tuple(reversed(keys))


def test_a_new_address_is_registered_at_once_also_while_a_request_is_under_way() -> None:
    device = client()
    device.reach_at(HERE, 0.0)
    assert device.reach_at(THERE, 0.5) == []
    effects = device.answered(granted(600), 1.0)
    assert THERE in (sent(effects).headers.get("Contact") or "")
    device.answered(granted(600, THERE), 2.0)
    assert HERE in (sent(device.reach_at(HERE, 3.0)).headers.get("Contact") or "")


def test_it_never_gives_up_and_never_hurries() -> None:
    device = client()
    device.reach_at(HERE, 0.0)
    waits = []
    for _ in range(40):
        (effect,) = device.unanswered("no answer in 32 s", 0.0)
        assert isinstance(effect, Retrying)
        waits.append(effect.wait_s)
        assert device.next_wake is not None
        sent(device.wake(device.next_wake))
    assert waits[:8] == [1, 2, 4, 8, 16, 32, 64, 64]
    assert set(waits[8:]) == {64}


def test_a_wrong_password_is_tried_once_in_five_minutes() -> None:
    device = client()
    device.reach_at(HERE, 0.0)
    device.answered(RESPONSES[Event.CHALLENGED], 0.0)
    (effect,) = device.answered(RESPONSES[Event.CHALLENGED], 1.0)
    assert effect == Retrying(
        "the server does not take the password of 'anna'", REFUSED_AGAIN_S, is_denied=True
    )
    assert sent(device.wake(1.0 + REFUSED_AGAIN_S))
    nobody = client(password=None)
    nobody.reach_at(HERE, 0.0)
    (effect,) = nobody.answered(RESPONSES[Event.CHALLENGED], 0.0)
    assert isinstance(effect, Retrying)


def test_a_longer_life_is_asked_for_once_and_statuses_mean_what_they_say() -> None:
    device = client()
    device.reach_at(HERE, 0.0)
    assert sent(device.answered(RESPONSES[Event.TOO_BRIEF], 0.0)).headers.get("Expires") == "1800"
    (effect,) = device.answered(RESPONSES[Event.TOO_BRIEF], 0.0)
    assert isinstance(effect, Retrying)
    assert [event_of(status) for status in (202, 407, 423, 500, 403, 600)] == [
        Event.OK,
        Event.CHALLENGED,
        Event.TOO_BRIEF,
        Event.BUSY,
        Event.REFUSED,
        Event.REFUSED,
    ]
