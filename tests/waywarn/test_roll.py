"""Who is added, enrolled, enrolled anew and revoked, as the directory of the service follows it."""

from contextlib import AbstractContextManager
from dataclasses import replace

from sqlalchemy import Connection

from sip import Account, Directory
from sip.digest import hash_a1
from waywarn.presets import Preset
from waywarn.provision.stored_account import StoredAccount
from waywarn.roll import Roll
from waywarn.store.account_table import AccountTable

DOMAIN = "town.example"
ANNA = StoredAccount("anna", "a", Preset.CHILD, 3600.0, ("SHA-256",), created_at=0.0, revision=1)


def no_store() -> AbstractContextManager[Connection]:
    raise AssertionError("what is followed is handed in")


def enrolled(
    account: StoredAccount, revision: int, password: str = "p", *, realm: str = DOMAIN
) -> StoredAccount:
    ha1 = {"SHA-256": hash_a1("SHA-256", account.sip_user, realm, password)}
    return replace(account, revision=revision, realm=realm, ha1=ha1, enrolled_at=1.0)


def revoked(account: StoredAccount, revision: int) -> StoredAccount:
    return replace(account, revision=revision, ha1=None, realm=None, revoked_at=2.0)


class Village:
    def __init__(self, *configured: Account) -> None:
        self.directory, self.gone = Directory(configured, realm=DOMAIN), list[str]()
        table = AccountTable(no_store, no_store)
        self.roll = Roll(table, self.directory, domain=DOMAIN)

    def follow(self, *changed: StoredAccount) -> None:
        self.gone += self.roll.apply(changed)

    @property
    def users(self) -> list[str]:
        return sorted(account.username for account in self.directory)


def test_an_account_comes_when_it_is_enrolled_and_goes_when_it_is_revoked() -> None:
    village = Village()
    village.follow(ANNA)
    assert village.users == []
    village.follow(enrolled(ANNA, 2))
    assert (village.users, village.gone) == (["a"], [])
    account = village.directory.of_aor(f"sip:a@{DOMAIN}")
    assert account is not None
    assert (account.device_id, account.policy.retention_s) == ("anna", 3600.0)
    village.follow(revoked(ANNA, 3))
    assert (village.users, village.gone) == ([], [f"sip:a@{DOMAIN}"])
    assert village.roll.revision == 3


def test_what_was_followed_is_not_followed_again() -> None:
    village = Village()
    change = enrolled(ANNA, 2)
    village.gone += village.roll.enrolled(change)  # by the door first, then by the next look
    village.follow(change)
    village.follow(ANNA)
    assert (village.users, village.gone) == (["a"], [])


def test_a_device_at_the_door_hides_no_revocation_just_before() -> None:
    berta = StoredAccount("berta", "b", Preset.CAR, 3600.0, ("SHA-256",), created_at=0.0, revision=2)
    changes = [revoked(ANNA, 4), enrolled(berta, 5)]
    village = Village()
    village.follow(enrolled(ANNA, 3), berta)
    village.gone += village.roll.enrolled(changes[1])
    village.follow(*(each for each in changes if each.revision > village.roll.revision))
    assert (village.users, village.gone) == (["b"], [f"sip:a@{DOMAIN}"])


def test_a_revocation_that_is_seen_late_takes_nothing_from_the_next_holder_of_the_address() -> None:
    village = Village()
    village.follow(enrolled(ANNA, 2))
    berta = StoredAccount("berta", "a", Preset.CAR, 3600.0, ("SHA-256",), created_at=0.0, revision=4)
    village.roll.enrolled(enrolled(berta, 5))
    village.follow(revoked(ANNA, 3))
    account = village.directory.of_user("a")
    assert account is not None
    assert account.device_id == "berta"
    assert village.gone == [f"sip:a@{DOMAIN}"]


def test_other_secrets_cut_off_whoever_had_the_old_ones() -> None:
    village = Village()
    village.follow(enrolled(ANNA, 2, "old"))
    village.follow(enrolled(ANNA, 3, "new"))
    account = village.directory.of_user("a")
    assert account is not None
    assert account.ha1["SHA-256"] == hash_a1("SHA-256", "a", DOMAIN, "new")
    assert village.gone == [f"sip:a@{DOMAIN}"]


def test_a_start_ends_what_was_kept_of_the_revoked_but_not_of_a_namesake() -> None:
    village = Village()
    berta = StoredAccount("berta", "a", Preset.CAR, 3600.0, ("SHA-256",), created_at=0.0, revision=4)
    clara = StoredAccount("clara", "c", Preset.CAR, 3600.0, ("SHA-256",), created_at=0.0, revision=5)
    village.follow(revoked(ANNA, 3), enrolled(berta, 4), revoked(clara, 5))
    assert (village.users, village.gone) == (["a"], [f"sip:c@{DOMAIN}"])


def test_the_configuration_wins() -> None:
    configured = Account.with_password(
        "a", "configured", realm=DOMAIN, aor=f"sip:a@{DOMAIN}", device_id="berta"
    )
    village = Village(configured)
    berta = replace(ANNA, name="berta", sip_user="b")
    village.follow(enrolled(ANNA, 2), enrolled(berta, 3), revoked(ANNA, 4))
    assert village.directory.of_user("a") is configured
    assert (village.users, village.gone) == (["a"], [])


def test_secrets_of_another_realm_are_of_no_use() -> None:
    village = Village()
    village.follow(enrolled(ANNA, 2, realm="elsewhere.example"))
    assert village.users == []
