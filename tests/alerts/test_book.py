"""Opening, repeating and ending alerts."""

from dataclasses import replace

import pytest

from alerts import AlertBook, AlertStatus, DeliveryError, Edge, Ending
from alerts.alert import Alert
from alerts.fingerprint import EVENT_KINDS
from rules.transition import OPENING, Kind, Reason, Transition
from tests.alerts.story import ARRIVED, BACK, ENTERED, LEFT, MORNING, OFF_ROUTE, STARTED, TIME_UP, told

NOW = MORNING + 50.0


def test_off_route_opens_an_alert_with_its_evidence() -> None:
    (change,) = AlertBook().fold([told(OFF_ROUTE)], NOW)
    assert change.edge is Edge.OPENED
    assert change.before is None
    alert = change.after
    assert (alert.fingerprint, alert.status) == ("way_to_school/anna/3", AlertStatus.FIRING)
    assert (alert.starts_at, alert.raised_at, alert.opened) == (MORNING, NOW, told(OFF_ROUTE))


def test_the_same_fingerprint_again_changes_nothing() -> None:
    book = AlertBook()
    book.fold([told(OFF_ROUTE)], NOW)
    assert book.fold([told(replace(OFF_ROUTE, time=MORNING + 60, distance_m=400.0))], NOW + 10) == ()


@pytest.mark.parametrize(
    ("transition", "ending"),
    [
        (BACK, Ending.BACK_ON_ROUTE),
        (ARRIVED, Ending.ARRIVED),
        (TIME_UP, Ending.WINDOW_CLOSED),
        (replace(TIME_UP, reason=Reason.END_REACHED), Ending.ENDED),
    ],
    ids=lambda value: value.value if isinstance(value, Ending) else "",
)
def test_a_closing_transition_ends_it_for_its_own_reason(transition: Transition, ending: Ending) -> None:
    book = AlertBook()
    (opened,) = book.fold([told(OFF_ROUTE)], NOW)
    (closed,) = book.fold([told(transition)], NOW + 300)
    assert (closed.edge, closed.before, closed.after.ending) == (Edge.RESOLVED, opened.after, ending)
    assert closed.after.status is AlertStatus.RESOLVED
    assert (closed.after.ends_at, closed.after.resolved_at) == (transition.time, NOW + 300)
    assert closed.after.fingerprint == opened.after.fingerprint
    assert book.open_alerts == ()


@pytest.mark.parametrize("kind", sorted({*Kind} - OPENING - EVENT_KINDS))
@pytest.mark.parametrize("closes", [False, True])
def test_without_an_open_alert_nothing_else_tells_anybody(kind: Kind, *, closes: bool) -> None:
    transition = replace(STARTED, kind=kind, closes_alarm=closes)
    assert AlertBook().fold([told(transition)], NOW) == ()


def test_what_does_not_close_the_alarm_leaves_it_open() -> None:
    book = AlertBook()
    book.fold([told(OFF_ROUTE)], NOW)
    assert book.fold([told(STARTED), told(replace(ARRIVED, closes_alarm=False))], NOW) == ()
    assert len(book.open_alerts) == 1


def test_rules_and_devices_do_not_mix() -> None:
    book = AlertBook()
    book.fold([told(OFF_ROUTE), told(replace(OFF_ROUTE, device="ben")), told(OFF_ROUTE)], NOW)
    (closed,) = book.fold([told(replace(BACK, device="ben"))], NOW)
    assert closed.after.device == "ben"
    assert [alert.device for alert in book.open_alerts] == ["anna"]


def test_a_newer_episode_ends_one_that_was_never_closed() -> None:
    book = AlertBook()
    book.fold([told(OFF_ROUTE)], NOW)
    newer = replace(OFF_ROUTE, episode=4, starts_at=MORNING + 600, time=MORNING + 640)
    old, new = book.fold([told(newer)], NOW + 600)
    assert (old.after.fingerprint, old.after.ending) == ("way_to_school/anna/3", Ending.SUPERSEDED)
    assert (new.after.fingerprint, new.edge) == ("way_to_school/anna/4", Edge.OPENED)
    assert book.open_alerts == (new.after,)


def test_undo_puts_the_book_back_exactly() -> None:
    book = AlertBook()
    book.fold([told(OFF_ROUTE)], NOW)
    before = book.open_alerts
    newer = replace(OFF_ROUTE, episode=4)
    changes = book.fold([told(BACK), told(newer), told(replace(BACK, episode=4)), told(newer)], NOW)
    assert len(changes) == 4
    book.undo(changes)
    assert book.open_alerts == before


def test_a_vanished_rule_ends_its_alert_once() -> None:
    book = AlertBook()
    book.fold([told(OFF_ROUTE)], NOW)
    (change,) = book.end_orphan("way_to_school", "anna", NOW + 9)
    assert (change.after.ending, change.after.ends_at, change.after.closed) == (
        Ending.RULE_REMOVED,
        NOW + 9,
        None,
    )
    assert book.end_orphan("way_to_school", "anna", NOW + 9) == ()


def test_a_restored_book_goes_on_where_the_stored_one_stood() -> None:
    book = AlertBook()
    changes = book.fold([told(OFF_ROUTE), told(replace(OFF_ROUTE, device="ben")), told(BACK)], NOW)
    stored = {change.after.fingerprint: change.after.as_record() for change in changes}
    again = AlertBook(Alert.from_record(record) for record in stored.values())
    assert again.open_alerts == book.open_alerts
    assert again.fold([told(replace(OFF_ROUTE, device="ben"))], NOW) == ()


def test_records_keep_every_digit() -> None:
    book = AlertBook()
    book.fold([told(replace(OFF_ROUTE, lon=16.3720771234567, probability=1 / 3), may_tell_place=False)], NOW)
    (closed,) = book.fold([told(BACK)], NOW + 0.1)
    assert Alert.from_record(closed.after.as_record()) == closed.after


def test_a_half_ended_alert_cannot_exist() -> None:
    (change,) = AlertBook().fold([told(OFF_ROUTE)], NOW)
    with pytest.raises(DeliveryError, match="go together"):
        replace(change.after, ends_at=NOW)
    with pytest.raises(DeliveryError, match="not all finite"):
        replace(change.after, starts_at=float("nan"))


def test_an_event_is_told_once_and_stays_open_for_nobody() -> None:
    book = AlertBook()
    entered, left = book.fold([told(ENTERED), told(LEFT)], NOW)
    for change, transition in ((entered, ENTERED), (left, LEFT)):
        assert (change.edge, change.before) == (Edge.OPENED, None)
        alert = change.after
        assert (alert.status, alert.ending, alert.is_event) == (AlertStatus.RESOLVED, Ending.HAPPENED, True)
        assert (alert.starts_at, alert.ends_at, alert.opened) == (
            transition.time,
            transition.time,
            told(transition),
        )
    assert book.open_alerts == ()
    book.restore([entered.after, left.after])
    assert book.open_alerts == ()


def test_events_do_not_share_a_fingerprint() -> None:
    others = (
        LEFT,
        replace(ENTERED, fence="Play ground"),
        replace(ENTERED, time=ENTERED.time + 5),
        replace(ENTERED, device="ben"),
        replace(ENTERED, rule="elsewhere"),
    )
    changes = AlertBook().fold([told(each) for each in (ENTERED, *others)], NOW)
    assert len({change.after.fingerprint for change in changes}) == 1 + len(others)


def test_a_fingerprint_and_what_is_kept_after_retention_name_no_fence() -> None:
    (change,) = AlertBook().fold([told(ENTERED)], NOW)
    kept = change.after.without_place()
    assert kept.is_event
    assert "yard" not in str(kept.as_record()).lower()
    assert Alert.from_record(change.after.as_record()) == change.after


def test_undoing_an_event_leaves_an_alarm_of_the_same_names_open() -> None:
    book = AlertBook()
    book.fold([told(OFF_ROUTE)], NOW)
    before = book.open_alerts
    changes = book.fold([told(replace(ENTERED, rule=OFF_ROUTE.rule))], NOW)
    book.undo(changes)
    assert book.open_alerts == before


def test_an_alert_stored_before_there_were_fences_is_read() -> None:
    (change,) = AlertBook().fold([told(OFF_ROUTE)], NOW)
    record = change.after.as_record()
    del record["opened"]["transition"]["fence"]
    assert Alert.from_record(record) == change.after
