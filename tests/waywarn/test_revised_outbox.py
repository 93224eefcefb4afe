"""Messages that the store withdraws or rewrites with the alert, and what it knows of the past."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from alerts import AlertBook, DeliveryEvent, DeliveryState, Edge, plan
from rules import Engine
from rules.transition import Kind, Transition
from tests.alerts.scenes import PHONE, TRIPS, WAY, over, retraction
from tests.alerts.story import BACK, MORNING, OFF_ROUTE, parent, told
from tests.alerts.test_revisions import amendment
from tests.waywarn.full_disk import failing_at
from tests.waywarn.town import FAR_OFF, ON_STREET, Town
from tests.waywarn.town import NOW as START
from waywarn.intake import Intake, kept
from waywarn.store import Batch, Store, StoreUnavailableError
from waywarn.store.schema import deliveries

NOW = MORNING + 50.0
FOR_EVER = 1e12
MOTHER = (parent("mother"),)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    with Store.open(file) as opened:
        yield opened


def decide(store: Store, book: AlertBook, *said: Transition) -> None:
    changes = book.fold([told(each) for each in said], NOW)
    orders = [order for change in changes for order in plan(change, MOTHER, NOW)]
    store.commit(
        Batch(
            now=NOW,
            alerts=tuple(kept(change, NOW) for change in changes),
            deliveries=tuple((order, FOR_EVER) for order in orders),
        )
    )


def states(store: Store) -> list[tuple[str, str]]:
    with store._engine.connect() as connection:
        query = select(deliveries.c.edge, deliveries.c.state).order_by(deliveries.c.id)
        return [(edge, state) for edge, state in connection.execute(query).all()]


def test_what_waits_is_cancelled_in_the_transaction_of_the_retraction(store: Store) -> None:
    book = AlertBook(past=store)
    decide(store, book, OFF_ROUTE)
    decide(store, book, retraction(OFF_ROUTE))
    assert states(store) == [("opened", "cancelled"), ("retracted", "pending")]
    assert store.open_alerts() == ()


def test_a_retraction_that_cannot_be_stored_leaves_the_message_as_it_was(store: Store) -> None:
    book = AlertBook(past=store)
    decide(store, book, OFF_ROUTE)
    for failing in range(4):
        changes = book.fold([told(retraction(OFF_ROUTE))], NOW)
        orders = tuple((order, FOR_EVER) for change in changes for order in plan(change, MOTHER, NOW))
        with failing_at(store, failing), pytest.raises(StoreUnavailableError):
            store.commit(Batch(now=NOW, alerts=tuple(kept(c, NOW) for c in changes), deliveries=orders))
        book.undo(changes)
        assert states(store) == [("opened", "pending")]
    assert book.open_alerts == store.open_alerts()


def test_what_is_on_its_way_is_recalled_and_told_to_be_sent(store: Store) -> None:
    book = AlertBook(past=store)
    decide(store, book, OFF_ROUTE)
    (due,) = store.due(NOW, 5)
    claimed = store.claim(due)
    assert claimed == due
    decide(store, book, retraction(OFF_ROUTE))
    assert states(store)[0] == ("opened", "recalled")
    store.mark(claimed.after(DeliveryEvent.FAILED, now=NOW, again_at=NOW + 9, reason="no answer"))
    assert states(store)[0] == ("opened", "recalled")
    assert store.next_due() == NOW  # the retraction's, which will find that it has to wait
    store.mark(claimed.after(DeliveryEvent.ACCEPTED, now=NOW + 9))
    assert states(store)[0] == ("opened", "sent")
    (retracted,) = store.due(NOW, 5)
    assert [row.state for row in store.earlier_of(retracted)] == [DeliveryState.SENT]


def test_what_an_earlier_process_may_have_sent_is_recalled(file: Path) -> None:
    with Store.open(file) as store:
        decide(store, AlertBook(past=store), OFF_ROUTE)
    with Store.open(file) as again:
        book = AlertBook(again.open_alerts(), past=again)
        decide(again, book, retraction(OFF_ROUTE))
        assert states(again) == [("opened", "recalled"), ("retracted", "pending")]


def test_a_message_that_was_cancelled_cannot_be_claimed(store: Store) -> None:
    book = AlertBook(past=store)
    decide(store, book, OFF_ROUTE)
    (due,) = store.due(NOW, 5)
    decide(store, book, retraction(OFF_ROUTE))
    assert store.claim(due) is None


def test_claiming_waits_for_a_commit_that_withdraws(store: Store) -> None:
    book = AlertBook(past=store)
    decide(store, book, OFF_ROUTE)
    (due,) = store.due(NOW, 5)
    claimed: list[object] = []
    thread = threading.Thread(target=lambda: claimed.append(store.claim(due)))
    with store._claims.lock:
        thread.start()
        thread.join(0.05)
        assert claimed == []
    thread.join()
    assert claimed == [due]


def test_a_waiting_message_is_rewritten_and_keeps_its_place_no_longer(store: Store) -> None:
    book = AlertBook(past=store)
    decide(store, book, OFF_ROUTE)
    decide(store, book, amendment(OFF_ROUTE, earlier_s=60))
    (due,) = store.due(NOW, 5)
    assert "07:40:10" in due.body
    assert states(store) == [("opened", "pending")]


def test_the_past_gives_what_ended_since_as_it_stands(store: Store) -> None:
    book = AlertBook(past=store)
    decide(store, book, OFF_ROUTE, BACK)
    (ended,) = store.ended_alerts("way_to_school", "anna", BACK.time)
    assert ended.closed == told(BACK)
    assert store.ended_alerts("way_to_school", "anna", BACK.time + 1) == ()
    assert store.ended_alerts("way_to_school", "ben", 0.0) == ()
    decide(store, book, retraction(BACK))
    assert store.ended_alerts("way_to_school", "anna", 0.0) == ()
    assert store.open_alerts() == book.open_alerts


def test_a_trip_goes_on_over_a_restart_and_is_numbered_on(file: Path) -> None:
    with Store.open(file) as store:
        decide(store, AlertBook(trips=TRIPS, past=store), WAY, PHONE)
    with Store.open(file) as store:
        book = AlertBook(trips=TRIPS, past=store)
        book.restore(store.open_alerts(), store.alert_numbers({"morning"}))
        decide(store, book, over(PHONE, Kind.HEARD), over(WAY, Kind.BACK_ON_ROUTE), WAY)
        (second,) = store.open_alerts()
        assert second.fingerprint == "morning/anna/2"
        edges = [row.edge for row in store.due(NOW, 9)]
        assert edges == [Edge.OPENED, Edge.UPDATED, Edge.RESOLVED, Edge.OPENED]


def test_a_late_fix_deletes_the_alarm_that_it_refutes(store: Store) -> None:
    town = Town()
    book, engine = AlertBook(past=store), Engine([town.rule], late_horizon_s=900.0)
    intake = Intake(
        town.presence, engine, book, recipients={town.rule.name: [town.mother]}, terms=store.newest_terms()
    )
    for after_s, place in ((0, ON_STREET), (10, FAR_OFF), (20, FAR_OFF), (15, ON_STREET)):
        judgement = intake.judge([town.admit(place, START + after_s)], START + 30)
        store.commit(judgement.batch)
    assert [said.kind for said in judgement.step.transitions] == [Kind.RETRACTED]
    assert states(store) == [("opened", "cancelled"), ("retracted", "pending")]
    assert store.open_alerts() == ()
