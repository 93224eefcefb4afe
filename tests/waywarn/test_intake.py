"""One batch, one commit: what fails is undone in every room, at whichever statement it fails."""

import math
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from alerts import (
    AlertBook,
    AlertChange,
    Delivery,
    DeliveryEvent,
    DeliveryState,
    Edge,
    Ending,
    Notice,
    plan,
)
from corridor import Corridor, format_instant
from rules import Deviation, Discard, Kind
from sip import Published, Refused
from tests.alerts.scenes import NOT_LEFT, WAY, over
from tests.alerts.story import parent
from tests.waywarn.full_disk import failing_at
from tests.waywarn.town import FAR_OFF, NOW, ON_STREET, STREET, Town
from waywarn.intake import Gone, Intake, Judgement, kept
from waywarn.restart import end_orphans, restore
from waywarn.store import Store, StoreUnavailableError
from waywarn.store.schema import alerts


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.sqlite") as opened:
        yield opened


def stray(town: Town, store: Store) -> None:
    """Bring anna to the point where her next fix raises the alarm; its deviation was beyond doubt."""
    for n, place in enumerate((ON_STREET, FAR_OFF)):
        store.commit(town.intake.judge([town.admit(place, NOW + 10 * n)], NOW + 10 * n).batch)


def raising(town: Town) -> Judgement:
    return town.intake.judge([town.admit(FAR_OFF, NOW + 20)], NOW + 20)


def rows(file: Path, table: str) -> int:
    with sqlite3.connect(file) as connection:
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    connection.close()
    return count


TABLES = ("fixes", "publications", "device_states", "rule_states", "transitions", "alerts", "deliveries")


def test_a_batch_that_raises_an_alarm_writes_every_table(tmp_path: Path, store: Store) -> None:
    town = Town()
    stray(town, store)
    judgement = raising(town)
    store.commit(judgement.batch)
    assert {table: rows(tmp_path / "store.sqlite", table) for table in TABLES} == {
        "fixes": 3,
        "publications": 3,
        "device_states": 1,
        "rule_states": 1,
        "transitions": 1,
        "alerts": 1,
        "deliveries": 1,
    }
    (delivery,) = store.due(NOW + 20, 10)
    assert delivery.state is DeliveryState.PENDING
    assert "anna" in delivery.title


def test_a_commit_that_fails_at_any_statement_leaves_store_and_memory_as_they_were(
    tmp_path: Path, store: Store
) -> None:
    town, file = Town(), tmp_path / "store.sqlite"
    stray(town, store)
    before, stored = town.memory(), {table: rows(file, table) for table in TABLES}
    statements = statements_of_a_commit(tmp_path)
    assert statements >= len(TABLES)
    for failing in range(statements):
        judgement = raising(town)
        assert town.memory() != before
        with failing_at(store, failing), pytest.raises(StoreUnavailableError, match="disk is full"):
            store.commit(judgement.batch)
        judgement.undo()
        assert town.memory() == before
        assert {table: rows(file, table) for table in TABLES} == stored
    store.commit(raising(town).batch)
    assert rows(file, "deliveries") == 1


def statements_of_a_commit(tmp_path: Path) -> int:
    town = Town()
    with Store.open(tmp_path / "trial.sqlite") as store:
        stray(town, store)
        with failing_at(store, 10_000) as seen:
            store.commit(raising(town).batch)
    return len(seen)


def test_a_disk_that_is_really_full_refuses_the_commit_and_the_next_one_goes_through(
    tmp_path: Path, store: Store
) -> None:
    town, file = Town(), tmp_path / "store.sqlite"
    with store._engine.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    before = town.memory()
    judgement = town.intake.judge([town.admit(ON_STREET, NOW + n) for n in range(200)], NOW + 200)
    with pytest.raises(StoreUnavailableError, match="full"):
        store.commit(judgement.batch)
    judgement.undo()
    assert town.memory() == before
    assert rows(file, "fixes") == 0
    with store._engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    store.commit(town.intake.judge([town.admit(ON_STREET, NOW)], NOW).batch)
    assert rows(file, "fixes") == 1


def test_a_store_that_another_process_holds_is_unavailable_not_wrong(tmp_path: Path, store: Store) -> None:
    town = Town()
    holder = sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    judgement = town.intake.judge([town.admit(ON_STREET, NOW)], NOW)
    with pytest.raises(StoreUnavailableError, match="locked"):
        store.commit(judgement.batch)
    holder.execute("ROLLBACK")
    holder.close()
    store.commit(judgement.batch)
    assert store.count_fixes() == 1


def test_a_publication_in_the_same_batch_as_a_refusal_is_stored_and_the_refused_one_is_not(
    store: Store,
) -> None:
    town = Town()
    requests = [town.admit(ON_STREET, NOW), town.admit(ON_STREET, NOW + 1, etag="unknown")]
    judgement = town.intake.judge(requests, NOW + 1)
    kinds = [type(outcome) for _, outcome in judgement.outcomes]
    assert kinds == [Published, Refused]
    store.commit(judgement.batch)
    assert store.count_fixes() == 1


def test_the_same_place_published_twice_is_told_once_and_named_a_duplicate(store: Store) -> None:
    town = Town()
    stray(town, store)
    judgement = town.intake.judge([town.admit(FAR_OFF, NOW + 20), town.admit(FAR_OFF, NOW + 20)], NOW + 20)
    store.commit(judgement.batch)
    assert [fix.discard for fix in judgement.batch.fixes] == [None, Discard.DUPLICATE]
    assert len(store.due(NOW + 20, 10)) == 1


def test_a_document_that_forbids_retransmission_raises_an_alarm_without_the_place(store: Store) -> None:
    town = Town()
    usage = "<gbp:retransmission-allowed>no</gbp:retransmission-allowed>"
    for n, place in enumerate((ON_STREET, FAR_OFF, FAR_OFF)):
        store.commit(town.intake.judge([town.admit(place, NOW + 10 * n, usage=usage)], NOW + 10 * n).batch)
    (delivery,) = store.due(NOW + 20, 10)
    assert "anna" in delivery.body
    assert "48.2" not in delivery.body
    assert "openstreetmap" not in delivery.body


def test_a_document_past_its_retention_is_answered_and_leaves_no_trace(store: Store) -> None:
    town = Town()
    usage = f"<gbp:retention-expiry>{format_instant(NOW - 1)}</gbp:retention-expiry>"
    judgement = town.intake.judge([town.admit(FAR_OFF, NOW, usage=usage)], NOW)
    assert isinstance(judgement.outcomes[0][1], Published)
    store.commit(judgement.batch)
    assert store.count_fixes() == 0
    assert not judgement.batch.deliveries


def test_the_store_gives_a_restart_everything_the_rooms_had(store: Store) -> None:
    town = Town()
    stray(town, store)
    store.commit(raising(town).batch)
    again = Town()
    restore(store, again.compositor, again.engine, again.book)
    again.intake = Intake(again.presence, again.engine, again.book, recipients={}, terms=store.newest_terms())
    assert again.memory() == town.memory()


def test_retention_removes_every_place_and_keeps_that_there_was_an_alarm(
    tmp_path: Path, store: Store
) -> None:
    town, file = Town(), tmp_path / "store.sqlite"
    stray(town, store)
    store.commit(raising(town).batch)
    purged = store.purge(NOW + 3 * 86_400)
    assert (purged.fixes, purged.transitions, purged.alerts, purged.undelivered) == (3, 1, 1, 1)
    assert {table: rows(file, table) for table in ("fixes", "transitions", "alerts")} == {
        "fixes": 0,
        "transitions": 0,
        "alerts": 1,
    }
    (alert,) = store.open_alerts()
    assert alert.fingerprint == "to_school/anna/1"
    assert math.isnan(alert.opened.transition.lat)
    (given_up,) = store.undelivered()
    assert given_up.state is DeliveryState.GIVEN_UP
    assert given_up.body == ""


def test_an_alarm_whose_rule_is_gone_after_a_restart_is_ended_and_told(store: Store) -> None:
    town = Town()
    stray(town, store)
    store.commit(raising(town).batch)
    other = Town(rule=Deviation(Corridor(STREET, half_width_m=90), device="anna", name="to_school"))
    restore(store, other.compositor, other.engine, other.book)
    (change,) = end_orphans(store, other.engine, other.book, {"mother": other.mother}, NOW + 100)
    assert change.after.ending is Ending.RULE_REMOVED
    assert store.open_alerts() == ()
    assert [delivery.edge.value for delivery in store.due(NOW + 100, 10)] == ["opened", "resolved"]


def test_a_rule_that_was_taken_out_and_put_back_raises_again(store: Store) -> None:
    town = Town()
    stray(town, store)
    store.commit(raising(town).batch)
    without = Town(rule=Deviation(Corridor(STREET, half_width_m=90), device="anna", name="other"))
    restore(store, without.compositor, without.engine, without.book)
    end_orphans(store, without.engine, without.book, {}, NOW + 30)
    back = Town()
    restore(store, back.compositor, back.engine, back.book)
    said = [
        transition.episode
        for n in (40, 50, 60)
        for transition in back.intake.judge([back.admit(FAR_OFF, NOW + n)], NOW + n).step.transitions
        if transition.kind is Kind.OFF_ROUTE
    ]
    assert said == [2]


def test_a_place_whose_retention_ended_while_its_alarm_was_open_does_not_come_back(store: Store) -> None:
    town, later = Town(), NOW + 2 * 86_400
    stray(town, store)
    store.commit(raising(town).batch)
    store.purge(later)
    for n in (0, 10, 20):
        store.commit(town.intake.judge([town.admit(ON_STREET, later + n)], later + n).batch)
    assert store.open_alerts() == ()
    with store._engine.connect() as connection:
        (record,) = connection.scalars(select(alerts.c.record)).all()
    assert math.isnan(record["opened"]["transition"]["lat"])
    assert record["closed"]["transition"]["lat"] == pytest.approx(48.2)


def test_what_is_told_of_a_trip_names_no_place_whose_retention_has_ended() -> None:
    opened = Notice(replace(NOT_LEFT, rule="home"), keep_until=NOW + 60)
    again = Notice(replace(WAY, rule="way"), keep_until=NOW + 500)
    book = AlertBook(trips={"home": "morning", "way": "morning"})
    book.fold([opened, again], NOW)
    ended = [replace(each.transition, kind=Kind.ENDED, closes_alarm=True) for each in (opened, again)]
    *_, last = book.fold([Notice(each, keep_until=NOW + 900) for each in ended], NOW + 100)
    change, keep_until = kept(last, NOW + 100)
    assert keep_until == NOW + 500
    (message,) = plan(change, [parent()], NOW + 100)
    assert isinstance(message, Delivery)
    assert "anna has not left by" in message.body
    assert "Home" not in message.body


def test_an_alarm_that_is_open_again_is_told_though_its_place_may_not_be_kept_any_more() -> None:
    town = Town()
    opened = Notice(replace(WAY, rule="to_school"), keep_until=NOW + 60)
    back = Notice(over(opened.transition, Kind.BACK_ON_ROUTE), keep_until=NOW + 900)
    town.book.fold([opened], NOW)
    (ended,) = town.book.fold([back], NOW + 50)
    again = AlertChange(ended.after, ended.before or ended.after, Edge.REOPENED)
    *_, (message, until) = town.intake._deliveries([kept(again, NOW + 100)], NOW + 100)
    assert isinstance(message, Delivery)
    assert until > NOW + 100
    assert "openstreetmap" not in message.body


def test_a_message_that_the_purge_gave_up_does_not_come_back(store: Store) -> None:
    town = Town()
    stray(town, store)
    store.commit(raising(town).batch)
    (on_its_way,) = store.due(NOW + 20, 1)
    store.purge(NOW + 3 * 86_400)
    store.mark(on_its_way.after(DeliveryEvent.FAILED, now=NOW + 21, again_at=NOW + 22, reason="no answer"))
    (row,) = store.undelivered()
    assert row.state is DeliveryState.GIVEN_UP


def test_an_all_clear_outlives_the_retention_of_its_alarm(store: Store) -> None:
    town = Town()
    soon_over = f"<gbp:retention-expiry>{format_instant(NOW + 60)}</gbp:retention-expiry>"
    for n, place in enumerate((ON_STREET, FAR_OFF, FAR_OFF)):
        store.commit(
            town.intake.judge([town.admit(place, NOW + 10 * n, usage=soon_over)], NOW + 10 * n).batch
        )
    for n in (30, 40):
        store.commit(town.intake.judge([town.admit(ON_STREET, NOW + n)], NOW + n).batch)
    assert store.purge(NOW + 61).undelivered == 1
    assert [delivery.edge.value for delivery in store.due(NOW + 61, 10)] == ["resolved"]


def test_what_a_gone_account_had_goes_with_it_and_what_it_asked_before_is_refused(
    tmp_path: Path, store: Store
) -> None:
    town = Town()
    store.commit(town.intake.judge([town.admit(ON_STREET, NOW)], NOW).batch)
    before = town.admit(ON_STREET, NOW + 1)
    judgement = town.intake.judge([before, Gone(town.account.aor)], NOW + 1)
    store.commit(judgement.batch)
    assert [outcome.answer.status for _, outcome in judgement.outcomes] == [403]
    assert town.compositor.publications == {}
    assert (rows(tmp_path / "store.sqlite", "publications"), rows(tmp_path / "store.sqlite", "fixes")) == (
        0,
        1,
    )


def test_an_account_that_comes_back_in_the_same_batch_begins_anew(tmp_path: Path, store: Store) -> None:
    town = Town()
    store.commit(town.intake.judge([town.admit(ON_STREET, NOW)], NOW).batch)
    judgement = town.intake.judge([Gone(town.account.aor), town.admit(ON_STREET, NOW + 1)], NOW + 1)
    store.commit(judgement.batch)
    assert [outcome.answer.status for _, outcome in judgement.outcomes] == [200]
    assert len(town.compositor.publications) == rows(tmp_path / "store.sqlite", "publications") == 1


def test_a_batch_in_which_an_account_went_can_be_undone(store: Store) -> None:
    town = Town()
    store.commit(town.intake.judge([town.admit(ON_STREET, NOW)], NOW).batch)
    judgement = town.intake.judge([town.admit(ON_STREET, NOW + 1), Gone(town.account.aor)], NOW + 1)
    judgement.undo()
    assert town.compositor.publications == {}  # gone is gone, whether or not it could be stored


def test_what_has_ended_is_said_again_until_it_is_stored() -> None:
    town = Town()
    town.intake.judge([town.admit(ON_STREET, NOW - 1)], NOW)
    (tag,) = town.compositor.publications
    later = NOW + 4_000
    lost = town.intake.judge([], later)
    assert [change.removed for change in lost.batch.presence] == [tag]  # type: ignore[attr-defined]
    lost.undo()
    assert (town.intake.next_wake or later) <= later
    assert town.intake.judge([], later + 1).batch.presence == lost.batch.presence
    assert town.intake.judge([], later + 2).batch.presence == ()
