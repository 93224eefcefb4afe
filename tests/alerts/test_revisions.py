"""What a late fix takes back or moves: of alarms, their ends, events, alone and within a trip."""

from dataclasses import replace

import pytest

from alerts import AlertChange, Edge, Ending
from rules.transition import Kind, Reason, Transition
from tests.alerts.scenes import PHONE, WAY, retraction
from tests.alerts.story import ENTERED, LEFT, MORNING, OFF_ROUTE, told
from tests.alerts.test_trips import BACK, FLAPS, HEARD, NOW, Morning

ALONE = replace(OFF_ROUTE, rule="alone")
ALONE_BACK = replace(BACK, rule="alone")


def amendment(said: Transition, *, earlier_s: float) -> Transition:
    return replace(
        said,
        kind=Kind.AMENDED,
        reason=Reason.LATE_FIX,
        revises=said.kind,
        revises_time=said.time,
        time=said.time - earlier_s,
        starts_at=said.starts_at - earlier_s,
        lon=16.5,
    )


def told_of(changes: list[AlertChange]) -> list[Edge]:
    return [change.edge for change in changes]


@pytest.mark.parametrize("fold", [True, False], ids=["in one fold", "in folds of their own"])
@pytest.mark.parametrize("restart", [True, False], ids=["restarted", "running"])
class TestAlone:
    """An alarm of its own, an event."""

    def after(self, said: list[Transition], *, fold: bool, restart: bool) -> list[AlertChange]:
        """Give what the last transition changes."""
        morning = Morning()
        if fold:
            return morning.happens(*said)[len(said) - 1 :]
        for each in said[:-1]:
            morning.happens(each)
        return (morning.restarted() if restart else morning).happens(said[-1])

    def test_an_alarm_that_was_never_so_ends_as_retracted(self, *, fold: bool, restart: bool) -> None:
        (change,) = self.after([ALONE, retraction(ALONE)], fold=fold, restart=restart)
        assert (change.edge, change.after.ending) == (Edge.RETRACTED, Ending.RETRACTED)
        assert change.before is not None
        assert change.before.is_firing

    def test_one_that_has_ended_is_retracted_too(self, *, fold: bool, restart: bool) -> None:
        (change,) = self.after([ALONE, ALONE_BACK, retraction(ALONE)], fold=fold, restart=restart)
        assert (change.edge, change.after.ending) == (Edge.RETRACTED, Ending.RETRACTED)

    def test_an_end_that_was_never_so_opens_the_alarm_again(self, *, fold: bool, restart: bool) -> None:
        (change,) = self.after([ALONE, ALONE_BACK, retraction(ALONE_BACK)], fold=fold, restart=restart)
        assert (change.edge, change.after.is_firing) == (Edge.REOPENED, True)
        assert change.after.opened == told(ALONE)

    def test_an_event_that_was_never_so_is_retracted(self, *, fold: bool, restart: bool) -> None:
        (change,) = self.after([LEFT, ENTERED, retraction(LEFT)], fold=fold, restart=restart)
        assert (change.edge, change.after.ending, change.after.is_event) == (
            Edge.RETRACTED,
            Ending.RETRACTED,
            True,
        )

    def test_times_are_amended_and_the_name_stays(self, *, fold: bool, restart: bool) -> None:
        for said in ([ALONE], [ALONE, ALONE_BACK], [ENTERED]):
            moved = amendment(said[-1], earlier_s=30)
            (change,) = self.after([*said, moved], fold=fold, restart=restart)
            assert change.edge is Edge.AMENDED
            assert change.before is not None
            assert change.after.fingerprint == change.before.fingerprint
            evidence = change.after.closed or change.after.opened
            assert (evidence.transition.time, evidence.transition.lon) == (moved.time, 16.5)
            assert evidence.transition.kind is said[-1].kind
            assert evidence.transition.reason is said[-1].reason
            assert evidence.transition.revises is None

    def test_an_event_is_found_by_the_time_that_was_amended(self, *, fold: bool, restart: bool) -> None:
        moved = amendment(ENTERED, earlier_s=30)
        gone = replace(retraction(ENTERED), time=moved.time, revises_time=moved.time)
        (change,) = self.after([ENTERED, moved, gone], fold=fold, restart=restart)
        assert change.edge is Edge.RETRACTED
        assert change.after.fingerprint.startswith("at_school/anna/enter/2026-11-23T06:51:10Z/")


def test_what_was_never_raised_or_is_retracted_already_tells_nobody() -> None:
    morning = Morning()
    assert morning.happens(retraction(ALONE), retraction(ENTERED), amendment(ALONE, earlier_s=1)) == []
    morning.happens(ALONE)
    assert morning.happens(retraction(replace(ALONE, episode=99)), retraction(ALONE_BACK)) == []
    morning.happens(retraction(ALONE))
    assert morning.happens(retraction(ALONE), amendment(ALONE, earlier_s=5)) == []


def test_an_alarm_may_be_raised_again_after_it_was_retracted() -> None:
    morning = Morning()
    assert told_of(morning.happens(ALONE, retraction(ALONE), ALONE)) == [
        Edge.OPENED,
        Edge.RETRACTED,
        Edge.OPENED,
    ]


def test_an_end_is_taken_back_though_a_later_alarm_is_open() -> None:
    morning = Morning()
    later = replace(ALONE, episode=4, starts_at=MORNING + 1300, time=MORNING + 1345)
    morning.happens(ALONE, ALONE_BACK, later)
    replaced, again, gone = morning.happens(retraction(ALONE_BACK), retraction(later))
    assert (replaced.after.ending, again.edge, gone.edge) == (
        Ending.SUPERSEDED,
        Edge.REOPENED,
        Edge.RETRACTED,
    )
    assert morning.book.open_alerts == (again.after,)


def test_both_places_terms_hold_for_what_is_amended() -> None:
    morning = Morning()
    morning.book.fold([told(ALONE, may_tell_place=False)], NOW)
    (change,) = morning.happens(amendment(ALONE, earlier_s=30))
    assert change.after.opened.may_tell_place is False
    assert change.after.starts_at == ALONE.starts_at - 30


def test_a_trip_goes_on_without_the_alarm_that_was_never_so() -> None:
    morning = Morning()
    morning.happens(WAY, PHONE)
    (change,) = morning.happens(retraction(WAY))
    assert (change.edge, change.part) == (Edge.RETRACTED, "way_to_school/anna/3")
    assert change.after.is_firing
    assert change.after.starts_at == PHONE.starts_at
    (last,) = morning.happens(retraction(PHONE))
    assert (last.edge, last.after.ending) == (Edge.RETRACTED, Ending.RETRACTED)
    assert morning.book.open_alerts == ()


def test_a_trip_whose_other_alarms_are_over_ends_with_the_one_that_was_never_so() -> None:
    morning = Morning()
    morning.happens(WAY, PHONE, BACK)
    gone, over = morning.happens(retraction(PHONE))
    assert (gone.edge, gone.part, over.edge) == (Edge.RETRACTED, "phone/anna/1", Edge.RESOLVED)
    assert over.after.ending is Ending.BACK_ON_ROUTE


def test_what_flapped_untold_is_told_once_its_first_alarm_is_taken_back() -> None:
    morning = Morning()
    morning.happens(WAY, PHONE, HEARD, FLAPS)
    assert told_of(morning.happens(retraction(PHONE))) == [Edge.RETRACTED, Edge.UPDATED]
    assert told_of(morning.happens(retraction(FLAPS))) == [Edge.RETRACTED]


def test_what_flapped_untold_is_taken_back_untold() -> None:
    morning = Morning()
    morning.happens(WAY, PHONE, HEARD, FLAPS)
    assert told_of(morning.happens(retraction(FLAPS))) == [Edge.NOTED]


def test_an_end_that_was_never_so_opens_the_trip_again_or_is_noted_in_it() -> None:
    morning = Morning()
    morning.happens(WAY, PHONE, BACK)
    assert told_of(morning.happens(retraction(BACK))) == [Edge.NOTED]
    morning.happens(BACK, HEARD)
    assert told_of(morning.happens(retraction(HEARD))) == [Edge.REOPENED]
    assert [alarm.rule for alarm in morning.book.open_alarms] == ["phone"]


def test_an_end_taken_back_joins_the_alarm_that_the_trip_has_by_now() -> None:
    morning = Morning()
    morning.happens(WAY, BACK, FLAPS)
    (change,) = morning.happens(retraction(BACK))
    assert (change.edge, change.after.fingerprint) == (Edge.UPDATED, "morning/anna/2")


def test_times_within_a_trip_are_amended_with_its_own() -> None:
    morning = Morning()
    morning.happens(WAY, PHONE)
    (change,) = morning.happens(amendment(WAY, earlier_s=60))
    assert (change.edge, change.after.starts_at) == (Edge.AMENDED, WAY.starts_at - 60)
