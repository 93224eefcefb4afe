"""The civic address beside the newest place outlives a restart, and goes when the place must."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from corridor import Fix
from rules import Discard
from sip import Account
from sip.pidflo.civic import Civic
from waywarn.presence import _report
from waywarn.store import Batch, Store, StoredFix, Terms
from waywarn.store.schema import civic_addresses

NOW = 1_790_000_000.0
SCHOOL: Civic = (("country", "AT"), ("FLR", "2"))
HOME: Civic = (("country", "AT"), ("A1", "Wien"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.sqlite") as opened:
        yield opened


def keep(store: Store, time: float, civic: Civic, discard: Discard | None = None) -> None:
    fix = Fix("anna", time, 16.37, 48.2)
    terms = Terms(may_tell_place=True, keep_until=NOW + 100)
    store.commit(Batch(now=time, fixes=(StoredFix(fix, "anna", "Point", discard, terms, civic),)))


def civic(store: Store) -> Civic:
    newest = store.newest_judged("anna", NOW)
    assert newest is not None
    account = Account.with_password(
        "anna", "x", realm="r", aor="sip:anna@r", device_id="anna", algorithms=["MD5"]
    )
    assert _report(account, newest).civic == newest.civic
    return newest.civic


def test_the_address_beside_the_newest_place_is_kept(store: Store) -> None:
    keep(store, NOW - 20, HOME)
    keep(store, NOW - 10, SCHOOL)
    assert civic(store) == SCHOOL


def test_a_newer_place_without_an_address_has_none(store: Store) -> None:
    keep(store, NOW - 20, SCHOOL)
    keep(store, NOW - 10, ())
    assert civic(store) == ()


def test_neither_a_late_place_nor_one_that_was_not_believed_takes_its_place(store: Store) -> None:
    keep(store, NOW - 20, SCHOOL)
    keep(store, NOW - 30, HOME)
    keep(store, NOW + 30, HOME, Discard.FUTURE)
    assert civic(store) == SCHOOL


def test_it_is_purged_with_the_place(store: Store) -> None:
    keep(store, NOW - 20, SCHOOL)
    store.purge(NOW + 100)
    with store._engine.connect() as connection:
        assert connection.execute(select(civic_addresses)).all() == []
