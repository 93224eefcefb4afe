"""What a retraction does to messages: deleted before they went, taken back from those who were told."""

import random
from collections.abc import Iterable
from dataclasses import replace

import pytest

from alerts import (
    AlertBook,
    Delivery,
    DeliveryState,
    Dispatcher,
    Edge,
    MemoryOutbox,
    MemoryPast,
    plan,
)
from alerts.following import ANSWERS, Turn, turn_of
from rules.transition import Transition
from tests.alerts.scenes import PHONE, TRIPS, WAY, retraction
from tests.alerts.story import BACK, ENTERED, MORNING, OFF_ROUTE, Post, parent, told
from tests.alerts.test_revisions import amendment

NOW = MORNING + 50.0
S, C, R, P = DeliveryState.SENT, DeliveryState.CANCELLED, DeliveryState.RECALLED, DeliveryState.PENDING


class Home:
    """Parents, an outbox and its dispatcher; the mother's server may be down."""

    def __init__(self, trips: dict[str, str] | None = None, *, dead: Iterable[str] = ()) -> None:
        self.past, self.outbox, self.post = MemoryPast(), MemoryOutbox(), Post()
        self.book = AlertBook(trips=trips, past=self.past)
        self.post.dead = set(dead)
        self.people = (parent("mother"), parent("father"))
        self.now = NOW
        self.start()

    def start(self) -> None:
        self.dispatcher = Dispatcher(self.outbox, self.post, self.people, rng=random.Random(1))

    def restart(self) -> None:
        self.outbox = MemoryOutbox(self.outbox.deliveries)
        self.start()

    def decides(self, *said: Transition) -> None:
        changes = self.book.fold([told(each) for each in said], self.now)
        for change in changes:
            self.outbox.add(plan(change, self.people, self.now))
        self.past.add(change.after for change in changes)

    def sends(self) -> None:
        self.dispatcher.run_due(self.now)

    def settles(self) -> None:
        self.post.dead = set()
        while (wake := self.dispatcher.next_wake) is not None:
            self.now = max(wake, self.now)
            self.dispatcher.run_due(self.now)

    def states(self, edge: Edge, part: str = "") -> dict[str, DeliveryState]:
        rows = [row for row in self.outbox.deliveries if row.edge is edge and row.part.startswith(part)]
        return {row.recipient: row.state for row in rows}

    def titles(self, key: str) -> list[str]:
        return [title for told_key, title, _ in self.post.carried if told_key == key]


def test_what_was_not_sent_is_cancelled_at_once_and_says_why() -> None:
    home = Home()
    home.decides(OFF_ROUTE)
    home.decides(retraction(OFF_ROUTE))
    assert home.states(Edge.OPENED) == {"mother": C, "father": C}
    assert home.outbox.deliveries[0].last_error == "a fix that arrived late shows that it was not so"
    home.settles()
    assert home.post.asked == []
    assert home.states(Edge.RETRACTED) == {"mother": C, "father": C}


def test_exactly_those_who_were_told_are_told_that_it_was_not_so() -> None:
    home = Home(dead=["mother/1"])
    home.decides(OFF_ROUTE)
    home.sends()
    home.decides(retraction(OFF_ROUTE))
    home.settles()
    assert home.states(Edge.OPENED) == {"mother": C, "father": S}
    assert home.titles("mother/1") == []
    assert home.titles("father/1") == [
        "anna is off route: way to school",
        "Withdrawn: anna is off route: way to school",
    ]


def test_an_alarm_that_was_over_already_is_taken_back_with_its_end() -> None:
    home = Home()
    home.decides(OFF_ROUTE)
    home.sends()
    home.decides(BACK, retraction(OFF_ROUTE))
    home.settles()
    assert home.titles("father/1")[1:] == ["Withdrawn: anna is off route: way to school"]
    assert home.states(Edge.RESOLVED) == {"mother": C, "father": C}


def test_an_end_that_was_not_told_is_deleted_and_nothing_is_said() -> None:
    home = Home()
    home.decides(OFF_ROUTE)
    home.sends()
    home.decides(BACK)
    home.decides(retraction(BACK))
    home.settles()
    assert home.titles("father/1") == ["anna is off route: way to school"]
    assert home.states(Edge.REOPENED) == {"mother": C, "father": C}


def test_who_was_told_of_an_end_is_told_that_it_goes_on_and_of_the_real_end() -> None:
    home = Home()
    home.decides(OFF_ROUTE, BACK)
    home.settles()
    home.decides(retraction(BACK))
    home.settles()
    home.decides(BACK)
    home.settles()
    assert home.titles("mother/1") == [
        "anna is off route: way to school",
        "anna is back on route: way to school",
        "Not over: anna is off route: way to school",
        "anna is back on route: way to school",
    ]


def test_an_event_is_taken_back_like_an_alarm() -> None:
    home = Home(dead=["mother/1"])
    home.decides(ENTERED)
    home.sends()
    home.decides(retraction(ENTERED))
    home.settles()
    assert home.titles("mother/1") == []
    assert home.titles("father/1")[1:] == ["Withdrawn: anna entered School yard: at school"]


@pytest.mark.parametrize("arrives", [True, False])
def test_what_is_on_its_way_cannot_be_taken_back_silently(*, arrives: bool) -> None:
    home = Home(dead=[] if arrives else ["mother/1", "father/1"])
    home.decides(OFF_ROUTE)
    flying = home.dispatcher.take_due(home.now)
    home.decides(retraction(OFF_ROUTE))
    assert home.states(Edge.OPENED) == {"mother": R, "father": R}
    outcomes = [home.dispatcher.deliver(row, home.now) for row in flying]
    assert {row.state for row in outcomes} == {S if arrives else P}
    assert home.states(Edge.OPENED) == dict.fromkeys(("mother", "father"), S if arrives else R)
    home.settles()
    assert len(home.titles("mother/1")) == 2
    assert home.states(Edge.RETRACTED) == {"mother": S, "father": S}


def test_what_an_earlier_process_may_have_sent_is_sent_again_and_taken_back() -> None:
    home = Home()
    home.decides(OFF_ROUTE)
    home.dispatcher.take_due(home.now)  # sent, and dead before it was marked
    home.restart()
    home.decides(retraction(OFF_ROUTE))
    home.settles()
    assert [title.partition(":")[0] for title in home.titles("father/1")] == [
        "anna is off route",
        "Withdrawn",
    ]


def test_a_message_withdrawn_while_it_was_being_chosen_does_not_go() -> None:
    home = Home()
    home.decides(OFF_ROUTE)

    class Slow(MemoryOutbox):
        def due(self, *arguments: object, **options: object) -> tuple[Delivery, ...]:
            rows = super().due(*arguments, **options)  # type: ignore[arg-type]  # passed on
            if rows and rows[0].edge is Edge.OPENED:
                home.decides(retraction(OFF_ROUTE))
            return rows

    home.outbox = slow = Slow()
    slow.add(plan(AlertBook().fold([told(OFF_ROUTE)], NOW)[0], home.people, NOW))
    home.start()
    home.settles()
    assert home.post.asked == []


def test_a_pending_message_reads_as_it_really_was_and_nobody_is_told_again() -> None:
    home = Home(dead=["mother/1"])
    home.decides(OFF_ROUTE)
    home.sends()
    home.decides(amendment(OFF_ROUTE, earlier_s=60))
    home.settles()
    bodies = {key: body for key, _, body in home.post.carried}
    assert "Since: Mon 23 Nov 2026, 07:41:10" in bodies["father/1"]
    assert "Since: Mon 23 Nov 2026, 07:40:10" in bodies["mother/1"]
    assert len(home.post.carried) == 2


def test_the_trip_s_next_alarm_is_the_first_that_is_heard_of_it() -> None:
    home = Home(TRIPS, dead=["mother/1"])
    home.decides(WAY, PHONE)
    home.sends()
    home.decides(retraction(WAY))
    home.settles()
    assert home.titles("mother/1") == ["Update: No sign of anna since 07:46: morning"]
    (_, _, body) = next(carried for carried in home.post.carried if carried[1].startswith("Update"))
    mothers = [body for key, _, body in home.post.carried if key == "mother/1"]
    assert "off route" not in mothers[0]
    assert "off route" in body
    assert home.titles("father/1")[-1] == "Withdrawn: anna is off route: morning"


def test_each_message_answers_what_the_table_says() -> None:
    assert set(ANSWERS) == set(Edge) - {Edge.AMENDED, Edge.NOTED}


def row(edge: Edge, state: DeliveryState, number: int, part: str = "way") -> Delivery:
    home = Home()
    home.decides(OFF_ROUTE)
    first = home.outbox.deliveries[0]
    return replace(first, id=number, edge=edge, state=state, part=part, sent_at=NOW if state is S else None)


G = DeliveryState.GIVEN_UP
O, U, END, BACKED, AGAIN = Edge.OPENED, Edge.UPDATED, Edge.RESOLVED, Edge.RETRACTED, Edge.REOPENED  # noqa: E741
WHEN = [
    (O, [], Turn.NOW),
    (END, [], Turn.NEVER),
    (END, [(O, S)], Turn.NOW),
    (END, [(O, P)], Turn.LATER),
    (END, [(O, R)], Turn.LATER),
    (END, [(O, G)], Turn.NEVER),
    (END, [(O, C)], Turn.NEVER),
    (END, [(O, C), (U, S)], Turn.NOW),
    (END, [(O, S), (U, P)], Turn.LATER),
    (U, [(O, S)], Turn.NOW),
    (U, [(O, C)], Turn.NOW),
    (U, [(O, G)], Turn.NOW),  # an alarm too, and the first that is heard of the trip
    (U, [(O, P)], Turn.LATER),
    (U, [], Turn.NOW),
    (END, [(O, G), (U, S)], Turn.NOW),
    (BACKED, [(O, S)], Turn.NOW),
    (BACKED, [(O, C)], Turn.NEVER),
    (AGAIN, [(O, S)], Turn.NEVER),
    (AGAIN, [(O, S), (END, S)], Turn.NOW),
    (AGAIN, [(O, S), (END, C)], Turn.NEVER),
    (AGAIN, [(O, S), (END, S), (AGAIN, S), (END, C)], Turn.NEVER),
    (BACKED, [(O, S), (BACKED, S), (O, C)], Turn.NEVER),
    (END, [(O, S), (BACKED, S), (O, G)], Turn.NEVER),
]


@pytest.mark.parametrize(("edge", "earlier", "turn"), WHEN)
def test_whose_turn_it_is(edge: Edge, earlier: list[tuple[Edge, DeliveryState]], turn: Turn) -> None:
    rows = [row(each, state, number) for number, (each, state) in enumerate(earlier, 1)]
    assert turn_of(row(edge, P, 99), rows) is turn


def test_a_retraction_answers_the_message_of_its_own_part() -> None:
    earlier = [row(O, S, 1, "way"), row(U, C, 2, "phone")]
    assert turn_of(row(BACKED, P, 3, "phone"), earlier) is Turn.NEVER
    assert turn_of(row(BACKED, P, 3, "way"), earlier) is Turn.NOW
