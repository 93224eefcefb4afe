"""Entering and leaving a fence, from a publication to the outbox: told once, also over a restart."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from alerts import Edge
from corridor import Fence
from rules import Geofence, Kind
from tests.waywarn.full_disk import failing_at
from tests.waywarn.test_intake import TABLES, rows
from tests.waywarn.town import FAR_OFF, NOW, ON_STREET, Town
from waywarn.restart import restore
from waywarn.store import Store, StoreUnavailableError

PRIVATE = "<gbp:retransmission-allowed>no</gbp:retransmission-allowed>"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.sqlite") as opened:
        yield opened


def fenced(confirm_fixes: int = 1, radius_m: float = 100.0) -> Town:
    yard = Fence.circle(*FAR_OFF, radius_m, name="School yard")
    rule = Geofence(yard, device="ann*", name="at_school", confirm_fixes=confirm_fixes)
    return Town(rule=rule, tag_prefix=token_hex(4))


def go(town: Town, store: Store, place: tuple[float, float], at: float, *, usage: str = "") -> list[Kind]:
    judgement = town.intake.judge([town.admit(place, NOW + at, usage=usage)], NOW + at)
    store.commit(judgement.batch)
    return [said.kind for said in judgement.step.transitions]


def restarted(store: Store, **rule: float) -> Town:
    town = fenced(**rule)  # type: ignore[arg-type]  # numbers of a rule
    restore(store, town.compositor, town.engine, town.book)
    return town


def test_entering_and_leaving_are_told_once_each_and_nothing_stays_open(store: Store) -> None:
    town = fenced()
    said = [
        go(town, store, place, 10 * n) for n, place in enumerate((ON_STREET, FAR_OFF, FAR_OFF, ON_STREET))
    ]
    assert said == [[], [Kind.ENTER], [], [Kind.EXIT]]
    entered, left = store.due(NOW + 40, 10)
    assert (entered.edge, left.edge) == (Edge.OPENED, Edge.OPENED)
    assert entered.title == "anna entered School yard: at school"
    assert left.title == "anna left School yard: at school"
    assert "openstreetmap.org" in entered.body
    assert store.open_alerts() == ()
    assert [each.fence for each in store.transitions("anna")] == ["School yard"] * 2
    assert [each.half_width_m for each in store.transitions("anna")] == [None] * 2


def test_a_restart_enters_no_fence_twice_and_leaves_it_once(store: Store) -> None:
    town = fenced()
    assert [go(town, store, place, 10 * n) for n, place in enumerate((ON_STREET, FAR_OFF))] == [
        [],
        [Kind.ENTER],
    ]
    again = restarted(store)
    assert again.engine.snapshot().memberships == town.engine.snapshot().memberships
    assert again.engine.snapshot().membership_rows == town.engine.snapshot().membership_rows
    assert go(again, store, FAR_OFF, 20) == []
    once_more = restarted(store)
    assert go(once_more, store, ON_STREET, 30) == [Kind.EXIT]
    assert go(restarted(store), store, ON_STREET, 40) == []
    assert len(store.due(NOW + 40, 10)) == 2


def test_a_run_of_fixes_goes_on_over_a_restart(store: Store) -> None:
    town = fenced(confirm_fixes=2)
    assert go(town, store, ON_STREET, 0) + go(town, store, FAR_OFF, 10) == []
    assert go(restarted(store, confirm_fixes=2), store, FAR_OFF, 20) == [Kind.ENTER]


def test_a_fence_that_was_moved_begins_anew(store: Store) -> None:
    town = fenced()
    go(town, store, FAR_OFF, 0)
    assert go(restarted(store, radius_m=90), store, FAR_OFF, 10) == [Kind.ENTER]


def test_a_commit_that_fails_leaves_where_the_device_stands_as_it_was(tmp_path: Path, store: Store) -> None:
    town, file = fenced(), tmp_path / "store.sqlite"
    go(town, store, ON_STREET, 0)
    tables = (*TABLES, "memberships")
    before, stored = town.memory(), {table: rows(file, table) for table in tables}
    for failing in range(6):
        judgement = town.intake.judge([town.admit(FAR_OFF, NOW + 10)], NOW + 10)
        assert [said.kind for said in judgement.step.transitions] == [Kind.ENTER]
        with failing_at(store, failing), pytest.raises(StoreUnavailableError, match="disk is full"):
            store.commit(judgement.batch)
        judgement.undo()
        assert town.memory() == before
        assert {table: rows(file, table) for table in tables} == stored
    assert go(town, store, FAR_OFF, 10) == [Kind.ENTER]
    assert len(store.due(NOW + 10, 10)) == 1


def test_where_the_place_may_not_be_told_the_fence_is_not_named(store: Store) -> None:
    town = fenced()
    go(town, store, ON_STREET, 0, usage=PRIVATE)
    assert go(town, store, FAR_OFF, 10, usage=PRIVATE) == [Kind.ENTER]
    (delivery,) = store.due(NOW + 10, 10)
    assert "anna entered a fence" in delivery.body
    assert "yard" not in (delivery.title + delivery.body + delivery.fingerprint).lower()


def test_what_is_kept_after_retention_names_no_fence(tmp_path: Path, store: Store) -> None:
    town = fenced()
    go(town, store, FAR_OFF, 0)
    purged = store.purge(NOW + 3 * 86_400)
    assert (purged.transitions, purged.alerts, purged.deliveries) == (1, 1, 1)
    assert rows(tmp_path / "store.sqlite", "alerts") == 1
    for table in ("alerts", "deliveries", "transitions"):
        assert "yard" not in dump(tmp_path / "store.sqlite", table).lower()


def dump(file: Path, table: str) -> str:
    connection = sqlite3.connect(file)
    text = str(connection.execute(f"SELECT * FROM {table}").fetchall())
    connection.close()
    return text
