"""Accounts and tokens in the store, walked at random beside a plain model of them."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from waywarn.provision.new_device import DeviceError, NewDevice
from waywarn.provision.stored_account import StoredAccount
from waywarn.provision.token import Issue, Token, TokenKind, TokenRefusal
from waywarn.store import Store
from waywarn.store.tokens import REMEMBERED_S

NAMES = st.sampled_from(["anna", "berta", "clara"])
KINDS = st.sampled_from(TokenKind)
VALID_S = 100.0


def token_of(number: int) -> Token:
    return Token.fresh(number.to_bytes)


def secrets_of(account: StoredAccount) -> dict[str, str]:
    return dict.fromkeys(account.algorithms, "0" * 64)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "waywarn.sqlite") as opened:
        yield opened


def anna(**values: str) -> NewDevice:
    return NewDevice.read("anna", **{"profile": "child"} | values)


def issue(number: int, kind: TokenKind = TokenKind.TRACKER) -> Issue:
    return Issue(token_of(number), kind, VALID_S)


def test_a_token_is_stored_as_its_hash_alone(store: Store, tmp_path: Path) -> None:
    token = token_of(2**150 + 7)
    store.accounts.add(anna(), Issue(token, TokenKind.TRACKER, VALID_S), 0.0)
    store.close()
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert token.hashed.encode() in held
    assert token.digits.encode() not in held
    assert str(token).encode() not in held


def test_two_accounts_have_two_sip_users(store: Store) -> None:
    store.accounts.add(anna(sip_user="a"), issue(1), 0.0)
    with pytest.raises(DeviceError, match="'a' is the SIP user of 'anna'"):
        store.accounts.add(NewDevice.read("berta", profile="car", sip_user="a"), issue(2), 0.0)
    assert [each.name for each in store.accounts.all()] == ["anna"]


def test_a_refused_account_leaves_its_token_unknown(store: Store) -> None:
    store.accounts.add(anna(), issue(1), 0.0)
    with pytest.raises(DeviceError, match="has an account"):
        store.accounts.add(anna(), issue(2), 0.0)
    used = store.accounts.enrol(
        token_of(2), TokenKind.TRACKER, realm="example.org", secrets=secrets_of, now=1.0
    )
    assert used is TokenRefusal.UNKNOWN


def test_a_phone_stays_a_phone_when_its_token_is_long_over(store: Store) -> None:
    store.accounts.add(anna(), issue(1, TokenKind.PHONE), 0.0)
    store.accounts.enrol(token_of(1), TokenKind.PHONE, realm="r", secrets=secrets_of, now=1.0)
    later = VALID_S + REMEMBERED_S + 1
    store.accounts.add(NewDevice.read("berta", profile="child"), issue(2), later)
    assert store.accounts.kind_of("anna") is TokenKind.PHONE


def test_changes_are_seen_in_order_and_once(store: Store) -> None:
    store.accounts.add(anna(), issue(1), 0.0)
    store.accounts.add(NewDevice.read("berta", profile="car"), issue(2), 0.0)
    seen = store.accounts.all()[-1].revision
    assert store.accounts.changed_after(seen) == ()
    store.accounts.revoke("anna", 5.0)
    (changed,) = store.accounts.changed_after(seen)
    assert (changed.name, changed.revoked_at, changed.ha1) == ("anna", 5.0, None)
    assert [each.name for each in store.accounts.all()] == ["berta", "anna"]


@dataclass
class Modelled:
    """What the plain model knows of an account."""

    is_revoked: bool = False
    secrets: int | None = None  # the number of the token that made them


class Tokens(RuleBasedStateMachine):
    """Adding, issuing, using and revoking in any order, with time going on."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.open(Path(self.folder.name) / "waywarn.sqlite")
        self.now, self.number = 0.0, 9
        self.held: dict[str, Modelled] = {}
        self.tokens: dict[int, list[object]] = {}  # number: account, kind, expiry, whether used

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def _fresh(self, kind: TokenKind) -> Issue:
        self.number += 1
        return Issue(token_of(self.number), kind, self.now + VALID_S)

    def _issued(self, name: str, kind: TokenKind) -> None:
        for number in [n for n, (of, _, _, used) in self.tokens.items() if of == name and not used]:
            del self.tokens[number]
        self.tokens[self.number] = [name, kind, self.now + VALID_S, False]

    @rule(seconds=st.sampled_from([0.0, 1.0, VALID_S / 2, VALID_S]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(name=NAMES, kind=KINDS)
    def add(self, name: str, kind: TokenKind) -> None:
        device, asked = NewDevice.read(name, profile="car"), self._fresh(kind)
        if name in self.held and not self.held[name].is_revoked:
            with pytest.raises(DeviceError):
                self.store.accounts.add(device, asked, self.now)
            return
        self.store.accounts.add(device, asked, self.now)
        self.held[name] = Modelled()
        self._issued(name, kind)

    @rule(name=NAMES, kind=KINDS)
    def issue(self, name: str, kind: TokenKind) -> None:
        asked = self._fresh(kind)
        if name not in self.held or self.held[name].is_revoked:
            with pytest.raises(DeviceError):
                self.store.accounts.issue({name: asked}, self.now)
            return
        self.store.accounts.issue({name: asked}, self.now)
        self._issued(name, kind)

    @rule(name=NAMES)
    def revoke(self, name: str) -> None:
        stands = name in self.held and not self.held[name].is_revoked
        assert self.store.accounts.revoke(name, self.now) is stands
        if stands:
            self.held[name] = Modelled(is_revoked=True)
            self.tokens = {n: row for n, row in self.tokens.items() if row[0] != name}

    @rule(back=st.integers(0, 3), kind=KINDS)
    def use(self, back: int, kind: TokenKind) -> None:
        number = self.number - back
        given = self.store.accounts.enrol(
            token_of(number),
            kind,
            realm="example.org",
            secrets=lambda account: {"SHA-256": f"{account.name}{number}"},
            now=self.now,
        )
        row = self.tokens.get(number)
        if row is None:
            assert given is TokenRefusal.UNKNOWN
        elif row[1] is not kind:
            assert given is TokenRefusal.OTHER_KIND
        elif row[3]:
            assert given is TokenRefusal.USED
        elif self.now >= row[2]:  # type: ignore[operator]  # the row's third is a number
            assert given is TokenRefusal.EXPIRED
        else:
            assert isinstance(given, StoredAccount)
            assert given.name == row[0]
            row[3] = True
            self.held[given.name].secrets = number

    @invariant()
    def the_store_is_as_the_model(self) -> None:
        stored = {
            each.name: (each.is_revoked, None if each.ha1 is None else each.ha1["SHA-256"])
            for each in self.store.accounts.all()
        }
        assert stored == {
            name: (each.is_revoked, None if each.secrets is None else f"{name}{each.secrets}")
            for name, each in self.held.items()
        }


TestTokens = Tokens.TestCase
TestTokens.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
