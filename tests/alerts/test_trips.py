"""Rules of one trip: one alarm from the first to the end of the last, with a history."""

from dataclasses import replace

import pytest

from alerts import Alert, AlertBook, AlertChange, AlertStatus, Edge, Ending, MemoryPast
from alerts.history import history
from alerts.recipient import Form
from alerts.saying import news
from alerts.text import render
from rules.transition import Kind, Reason, Transition
from tests.alerts.scenes import NOT_ARRIVED, PHONE, TRIPS, VIENNA, WAY, over, retraction
from tests.alerts.story import ENTERED, MORNING, STARTED, TIME_UP, told

NOW = MORNING + 50.0
BACK = over(WAY, Kind.BACK_ON_ROUTE, after_s=1200)
HEARD = over(PHONE, Kind.HEARD, Reason.FIX_CAME, after_s=840)
FLAPS = replace(PHONE, episode=2, starts_at=MORNING + 900, time=MORNING + 1080)
HEARD_AGAIN = over(FLAPS, Kind.HEARD, Reason.FIX_CAME, after_s=1100)


class Morning:
    """A book with one trip, and the past that its changes go to."""

    def __init__(self) -> None:
        self.past = MemoryPast()
        self.book = AlertBook(trips=TRIPS, past=self.past)

    def happens(self, *said: Transition) -> list[AlertChange]:
        changes = self.book.fold([told(each) for each in said], NOW)
        self.past.add(change.after for change in changes)
        return [*changes]

    def edges(self, *said: Transition) -> list[str]:
        return [change.edge.value for change in self.happens(*said)]

    def restarted(self) -> "Morning":
        again = Morning()
        again.past = self.past
        again.book = AlertBook(trips=TRIPS, past=self.past)
        stored = [Alert.from_record(alert.as_record()) for alert in self.past._alerts.values()]
        again.book.restore(stored, {("morning", "anna"): sum(alert.is_trip for alert in stored)})
        return again


def test_the_first_alarm_opens_the_trip_the_last_end_closes_it() -> None:
    morning = Morning()
    assert morning.edges(WAY) == ["opened"]
    assert morning.edges(PHONE) == ["updated"]
    assert morning.edges(HEARD) == ["noted"]
    (last,) = morning.happens(BACK)
    assert (last.edge, last.after.ending, last.after.ends_at) == (
        Edge.RESOLVED,
        Ending.BACK_ON_ROUTE,
        BACK.time,
    )
    assert last.after.fingerprint == "morning/anna/1"
    assert morning.book.open_alerts == ()


def test_a_trip_is_numbered_by_itself_and_its_parts_keep_their_names() -> None:
    morning = Morning()
    morning.happens(WAY, BACK)
    (second,) = morning.happens(replace(WAY, episode=9))
    assert second.after.fingerprint == "morning/anna/2"
    assert [part.fingerprint for part in second.after.parts] == ["way_to_school/anna/9"]
    assert second.after.rule == "morning"


def test_what_flaps_is_told_once_and_stands_in_the_history() -> None:
    morning = Morning()
    assert morning.edges(WAY, PHONE, HEARD, FLAPS, HEARD_AGAIN) == [
        "opened",
        "updated",
        "noted",
        "noted",
        "noted",
    ]
    (closed,) = morning.happens(BACK)
    assert [*history(closed.after, VIENNA)] == [
        "Mon 07:41: anna is off route (way to school)",
        "Mon 07:46: No sign of anna since 07:46 (phone)",
        "Mon 07:55: anna is heard again (phone)",
        "Mon 07:56: No sign of anna since 07:56 (phone)",
        "Mon 07:59: anna is heard again (phone)",
        "Mon 08:01: anna is back on route (way to school)",
    ]


def test_rules_outside_the_trip_and_other_devices_have_alarms_of_their_own() -> None:
    morning = Morning()
    changes = morning.happens(WAY, NOT_ARRIVED, replace(PHONE, device="ben"), ENTERED, STARTED)
    assert [(change.edge, change.after.fingerprint.split("/")[:2]) for change in changes] == [
        (Edge.OPENED, ["morning", "anna"]),
        (Edge.OPENED, ["at_school", "anna"]),
        (Edge.OPENED, ["morning", "ben"]),
        (Edge.OPENED, ["at_school", "anna"]),
    ]
    assert [alert.is_trip for alert in morning.book.open_alerts] == [True, False, True]


def test_an_alarm_that_only_ran_out_of_time_leaves_the_trip_without_an_all_clear() -> None:
    morning = Morning()
    *_, last = morning.happens(WAY, PHONE, replace(TIME_UP, episode=3), HEARD)
    assert last.edge is Edge.RESOLVED
    assert [part.ending for part in last.after.parts] == [Ending.WINDOW_CLOSED, Ending.HEARD]


def test_a_silence_that_ran_out_of_time_is_over_once_a_fix_ends_the_trip_well() -> None:
    morning = Morning()
    morning.happens(PHONE, WAY)
    morning.happens(replace(HEARD, kind=Kind.ENDED, reason=Reason.WINDOW_CLOSED))
    (last,) = morning.happens(BACK)
    message = render(last, zone=VIENNA, form=Form.FULL)
    assert message.title == "anna is back on route: morning"
    assert "no all-clear" not in message.body


def test_a_silence_that_lasts_beyond_the_end_of_the_others_is_no_all_clear() -> None:
    morning = Morning()
    morning.happens(PHONE, WAY, BACK)
    silent = replace(HEARD, kind=Kind.ENDED, reason=Reason.WINDOW_CLOSED, time=BACK.time + 60)
    (last,) = morning.happens(silent)
    assert "no all-clear" in render(last, zone=VIENNA, form=Form.FULL).body


def test_in_the_history_a_silence_ends_before_the_next_begins_at_that_fix() -> None:
    morning = Morning()
    again = replace(FLAPS, starts_at=HEARD.time)
    morning.happens(WAY, PHONE, HEARD, again)
    (last,) = morning.book.open_alerts
    assert [line.partition(": ")[2] for line in history(last, VIENNA)][-2:] == [
        "anna is heard again (phone)",
        f"{news(last.parts[-1], VIENNA)!s} (phone)",
    ]


@pytest.mark.parametrize("cut", range(7))
def test_undo_puts_the_book_back_exactly_wherever_it_is_cut(cut: int) -> None:
    said = [WAY, PHONE, HEARD, retraction(WAY), FLAPS, retraction(FLAPS), replace(WAY, episode=4)]
    morning = Morning()
    morning.happens(*said[:cut])
    before, numbers = morning.book.open_alerts, dict(morning.book._numbers)
    changes = morning.book.fold([told(each) for each in said[cut:]], NOW)
    assert changes
    morning.book.undo(changes)
    assert morning.book.open_alerts == before
    assert {key: count for key, count in morning.book._numbers.items() if count} == numbers
    again = morning.happens(*said[cut:])
    assert [change.after for change in again] == [change.after for change in changes]


def test_a_restart_goes_on_with_the_same_alarm_and_the_next_number() -> None:
    morning = Morning()
    morning.happens(WAY, PHONE)
    again = morning.restarted()
    assert again.book.open_alerts == morning.book.open_alerts
    assert again.edges(PHONE, FLAPS) == ["noted"]
    assert again.edges(HEARD_AGAIN, BACK) == ["noted", "resolved"]
    (anew,) = again.restarted().happens(replace(WAY, episode=4))
    assert anew.after.fingerprint == "morning/anna/2"


def test_a_rule_that_vanished_ends_its_part_and_the_trip_with_the_last() -> None:
    morning = Morning()
    morning.happens(WAY, PHONE)
    (noted,) = morning.book.end_orphan("phone", "anna", NOW + 9)
    assert (noted.edge, noted.after.status) == (Edge.NOTED, AlertStatus.FIRING)
    assert [alarm.rule for alarm in morning.book.open_alarms] == ["way_to_school"]
    (last,) = morning.book.end_orphan("way_to_school", "anna", NOW + 9)
    assert (last.edge, last.after.ending) == (Edge.RESOLVED, Ending.RULE_REMOVED)


def test_an_alarm_of_a_trip_that_was_dissolved_is_still_ended_by_its_rule() -> None:
    morning = Morning()
    (opened,) = morning.happens(WAY)
    book = AlertBook([opened.after])
    assert book.fold([told(WAY)], NOW) == ()
    (closed,) = book.fold([told(BACK)], NOW)
    assert (closed.edge, closed.after.fingerprint) == (Edge.RESOLVED, "morning/anna/1")


def test_an_alarm_of_its_own_is_ended_by_a_rule_that_has_joined_a_trip_since() -> None:
    (alone,) = AlertBook().fold([told(WAY)], NOW)
    book = AlertBook([alone.after], trips=TRIPS)
    assert book.fold([told(WAY)], NOW) == ()
    assert [change.edge for change in book.fold([told(PHONE), told(BACK)], NOW)] == [
        Edge.OPENED,
        Edge.RESOLVED,
    ]
    (trip,) = book.open_alerts
    assert trip.fingerprint == "morning/anna/1"


def test_a_newer_episode_takes_the_place_of_one_that_was_never_closed() -> None:
    morning = Morning()
    morning.happens(WAY)
    (change,) = morning.happens(replace(WAY, episode=4, starts_at=MORNING + 600))
    assert change.edge is Edge.NOTED
    assert [part.ending for part in change.after.parts] == [Ending.SUPERSEDED, None]


def test_records_keep_the_parts() -> None:
    morning = Morning()
    *_, last = morning.happens(WAY, PHONE, HEARD, BACK)
    assert Alert.from_record(last.after.as_record()) == last.after
    cleared = last.after.without_place()
    assert "16.37" not in str(cleared.as_record())
