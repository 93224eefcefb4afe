"""From the outbox to the address: retries, order, caps, crashes."""

import random
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace

import pytest

from alerts import (
    Address,
    AlertBook,
    Backoff,
    Delivery,
    DeliveryState,
    Dispatcher,
    Edge,
    Failed,
    Form,
    MemoryOutbox,
    Notice,
    Recipient,
    Sent,
    plan,
)
from tests.alerts.story import BACK, MORNING, OFF_ROUTE, Post, parent, told

NOW = MORNING + 50.0
DAY_S = 86_400.0


class Scene:
    """One household with an outbox and its dispatcher."""

    def __init__(self, *people: Recipient, post: Post | None = None, policy: Backoff | None = None) -> None:
        self.people = people
        self.book = AlertBook()
        self.outbox = MemoryOutbox()
        self.post = post or Post()
        self.policy = policy
        self.dispatcher = self.restarted()

    def restarted(self) -> Dispatcher:
        return Dispatcher(self.outbox, self.post, self.people, rng=random.Random(1), policy=self.policy)

    def happens(self, *notices: Notice, now: float = NOW) -> None:
        for change in self.book.fold(notices, now):
            self.outbox.add(plan(change, self.people, now))

    def run_until(self, end: float, now: float = NOW) -> float:
        """Follow `next_wake` until nothing is due before `end`; give the time of the last wake."""
        for _ in range(5000):
            self.dispatcher.run_due(now)
            wake = self.dispatcher.next_wake
            if wake is None or wake > end:
                return now
            assert wake > now, "a wake that is not later would spin"
            now = wake
        raise AssertionError("too many wakes")

    @property
    def states(self) -> list[DeliveryState]:
        return [row.state for row in self.outbox.deliveries]


def test_an_alarm_and_its_all_clear_reach_every_address_once() -> None:
    scene = Scene(parent(mail=1, sms=1), parent("father"))
    scene.happens(told(OFF_ROUTE))
    scene.dispatcher.run_due(NOW)
    scene.happens(told(BACK), now=NOW + 300)
    scene.dispatcher.run_due(NOW + 300)
    assert scene.dispatcher.run_due(NOW + 301) == ()
    assert [key for key, _, _ in scene.post.carried] == ["mother/1", "mother/2", "father/1"] * 2
    assert [title for key, title, _ in scene.post.carried if key == "father/1"] == [
        "anna is off route: way to school",
        "anna is back on route: way to school",
    ]
    assert {(row.state, row.attempts, row.last_error) for row in scene.outbox.deliveries} == {
        (DeliveryState.SENT, 1, "")
    }
    assert [row.sent_at for row in scene.outbox.deliveries] == [NOW] * 3 + [NOW + 300] * 3
    assert scene.dispatcher.next_wake is None


def test_a_dead_server_is_tried_again_later_and_later_then_told_once() -> None:
    scene = Scene(parent(), post=Post(("mother/1", 12)))
    scene.happens(told(OFF_ROUTE))
    (first,) = scene.dispatcher.run_due(NOW)
    assert (first.state, first.attempts) == (DeliveryState.PENDING, 1)
    assert first.last_error == "the server does not answer"
    assert NOW + 1 <= first.next_attempt_at <= NOW + 10
    assert scene.dispatcher.run_due(NOW) == ()
    scene.run_until(NOW + DAY_S)
    (row,) = scene.outbox.deliveries
    assert (row.state, row.attempts, len(scene.post.carried)) == (DeliveryState.SENT, 13, 1)


def test_one_dead_address_does_not_hold_up_the_other() -> None:
    scene = Scene(parent(mail=2), post=Post(("mother/1", 3)))
    scene.happens(told(OFF_ROUTE))
    scene.dispatcher.run_due(NOW)
    assert [key for key, _, _ in scene.post.carried] == ["mother/2"]


def test_giving_up_is_visible_and_counts_its_attempts() -> None:
    scene = Scene(parent(), policy=Backoff(give_up_after_s=3600))
    scene.post.dead.add("mother/1")
    scene.happens(told(OFF_ROUTE))
    last = scene.run_until(NOW + DAY_S)
    (row,) = scene.outbox.deliveries
    assert row.state is DeliveryState.GIVEN_UP
    assert last == NOW + 3600
    assert row.last_error == f"given up after {row.attempts} attempts: the server does not answer"
    assert row.attempts == len(scene.post.asked) > 10
    assert scene.dispatcher.next_wake is None


def test_what_waited_out_a_long_standstill_is_still_tried_once() -> None:
    scene = Scene(parent())
    scene.happens(told(OFF_ROUTE))
    (row,) = scene.dispatcher.run_due(NOW + 3 * DAY_S)
    assert row.state is DeliveryState.SENT


def test_an_all_clear_waits_for_its_alarm_and_follows_at_once() -> None:
    scene = Scene(parent(mail=2), post=Post(("mother/1", 6)))
    scene.happens(told(OFF_ROUTE))
    scene.dispatcher.run_due(NOW)
    scene.happens(told(BACK), now=NOW + 2)
    scene.run_until(NOW + DAY_S, NOW + 2)
    first = [title for key, title, _ in scene.post.carried if key == "mother/1"]
    assert first == ["anna is off route: way to school", "anna is back on route: way to school"]
    rows = {(row.address_key, row.edge): row for row in scene.outbox.deliveries}
    alarm, clear = rows["mother/1", Edge.OPENED], rows["mother/1", Edge.RESOLVED]
    assert alarm.sent_at is not None
    assert clear.sent_at is not None
    assert 0 <= clear.sent_at - alarm.sent_at <= 1.0
    assert clear.attempts == 1
    # the other address did not wait
    assert rows["mother/2", Edge.RESOLVED].sent_at == NOW + 2


def test_nobody_gets_an_all_clear_of_an_alarm_they_never_got() -> None:
    scene = Scene(parent(mail=2), policy=Backoff(give_up_after_s=600))
    scene.post.dead.add("mother/1")
    scene.happens(told(OFF_ROUTE))
    scene.run_until(NOW + 300)
    scene.happens(told(BACK), now=NOW + 301)
    scene.run_until(NOW + DAY_S, NOW + 301)
    assert scene.states == [
        DeliveryState.GIVEN_UP,
        DeliveryState.SENT,
        DeliveryState.CANCELLED,
        DeliveryState.SENT,
    ]
    assert scene.outbox.deliveries[2].last_error == "its alarm was never told to this address"


def test_who_was_added_after_the_alarm_gets_no_all_clear() -> None:
    scene = Scene(parent())
    scene.happens(told(OFF_ROUTE))
    scene.dispatcher.run_due(NOW)
    scene.people = (parent(), parent("father"))
    scene.dispatcher.use_recipients(scene.people)
    scene.happens(told(BACK), now=NOW + 300)
    scene.dispatcher.run_due(NOW + 300)
    assert scene.states == [DeliveryState.SENT, DeliveryState.SENT, DeliveryState.CANCELLED]


def test_an_address_that_is_gone_is_given_up_with_that_reason() -> None:
    scene = Scene(parent(mail=2, sms=1))
    scene.happens(told(OFF_ROUTE))
    scene.dispatcher.use_recipients({"mother": parent(mail=1)})
    scene.dispatcher.run_due(NOW)
    assert scene.states == [DeliveryState.SENT, DeliveryState.GIVEN_UP, DeliveryState.GIVEN_UP]
    assert scene.outbox.deliveries[1].last_error == "address mother/2 is no longer configured"
    scene.dispatcher.use_recipients(())
    scene.happens(told(BACK))
    scene.dispatcher.run_due(NOW)
    assert scene.states[3:] == [DeliveryState.GIVEN_UP, DeliveryState.CANCELLED, DeliveryState.CANCELLED]


def episodes(count: int) -> Sequence[Notice]:
    return [told(replace(OFF_ROUTE, device=f"van-{n}")) for n in range(count)]


def test_sms_over_the_days_cap_are_given_up_and_say_so() -> None:
    scene = Scene(parent(mail=1, sms=1, sms_per_day=2))
    scene.happens(*episodes(4))
    scene.dispatcher.run_due(NOW)
    sms = [row for row in scene.outbox.deliveries if row.address_key == "mother/2"]
    assert [row.state for row in sms] == [DeliveryState.SENT] * 2 + [DeliveryState.GIVEN_UP] * 2
    assert sms[2].last_error == "2 of 2 SMS of the day are sent to mother"
    mails = [row.state for row in scene.outbox.deliveries if row.address_key == "mother/1"]
    assert mails == [DeliveryState.SENT] * 4


def test_the_cap_starts_anew_at_the_recipients_midnight() -> None:
    scene = Scene(parent(mail=0, sms=1, sms_per_day=1))
    scene.happens(told(OFF_ROUTE))
    scene.dispatcher.run_due(NOW)
    tomorrow = NOW + 17 * 3600  # 00:42 of the next day in Vienna
    scene.happens(*episodes(1), now=tomorrow)
    scene.dispatcher.run_due(tomorrow)
    assert scene.states == [DeliveryState.SENT, DeliveryState.SENT]


def test_two_phones_of_one_recipient_share_the_cap_even_in_flight() -> None:
    scene = Scene(parent(mail=0, sms=2, sms_per_day=1))
    scene.happens(told(OFF_ROUTE))
    (claimed,) = scene.dispatcher.take_due(NOW)
    assert scene.dispatcher.take_due(NOW) == ()
    assert scene.dispatcher.next_wake is None  # the end of the flight is the wake
    scene.dispatcher.deliver(claimed, NOW)
    assert scene.dispatcher.take_due(NOW) == ()
    assert scene.states == [DeliveryState.SENT, DeliveryState.GIVEN_UP]


def test_a_failed_sms_leaves_its_place_to_the_other_phone() -> None:
    scene = Scene(parent(mail=0, sms=2, sms_per_day=1), post=Post(("mother/1", 1)))
    scene.happens(told(OFF_ROUTE))
    scene.dispatcher.run_due(NOW)
    assert [key for key, _, _ in scene.post.carried] == ["mother/2"]
    scene.run_until(NOW + 60)
    assert scene.states == [DeliveryState.GIVEN_UP, DeliveryState.SENT]


def test_the_cap_holds_with_many_threads() -> None:
    scene = Scene(parent(mail=1, sms=4, sms_per_day=25))
    scene.happens(*episodes(20))
    flying: set[Future[Delivery]] = set()
    with ThreadPoolExecutor(5) as pool:
        for _ in range(1000):
            flying |= {
                pool.submit(scene.dispatcher.deliver, row, NOW) for row in scene.dispatcher.take_due(NOW)
            }
            if not flying:
                break
            landed, flying = wait(flying, timeout=10, return_when=FIRST_COMPLETED)
            assert landed
    assert scene.dispatcher.next_wake is None
    sms = [row.state for row in scene.outbox.deliveries if row.form is Form.SMS]
    assert (sms.count(DeliveryState.SENT), sms.count(DeliveryState.GIVEN_UP)) == (25, 55)
    assert len(scene.post.carried) == 25 + 20


def test_one_address_has_one_message_in_flight_and_others_go_on() -> None:
    scene = Scene(parent(mail=2))
    scene.happens(*episodes(3))
    first = scene.dispatcher.take_due(NOW)
    assert [row.address_key for row in first] == ["mother/1", "mother/2"]
    assert scene.dispatcher.take_due(NOW) == ()
    scene.dispatcher.deliver(first[1], NOW)
    (second,) = scene.dispatcher.take_due(NOW)
    assert second.address_key == "mother/2"
    assert second.fingerprint == "way_to_school/van-1/3"


def test_many_rows_of_a_slow_address_do_not_fill_the_batch() -> None:
    scene = Scene(parent(mail=2))
    scene.happens(*episodes(30))
    taken = scene.dispatcher.take_due(NOW, limit=2)
    assert {row.address_key for row in taken} == {"mother/1", "mother/2"}


def test_a_crash_between_send_and_mark_repeats_one_message_and_loses_none() -> None:
    scene = Scene(parent())
    scene.happens(*episodes(2))
    (claimed,) = scene.dispatcher.take_due(NOW)
    (mother,) = scene.people
    scene.post.send(mother.addresses[0], claimed.title, claimed.body)  # sent; the process dies here
    scene.dispatcher = scene.restarted()
    scene.dispatcher.run_due(NOW + 5)
    assert scene.states == [DeliveryState.SENT] * 2
    assert len(scene.post.carried) == 3


class FullDisk(MemoryOutbox):
    """An outbox that cannot be written to for a while."""

    __slots__ = ("full",)

    def __init__(self) -> None:
        super().__init__()
        self.full = False

    def mark(self, delivery: Delivery) -> None:
        if self.full:
            raise OSError("no space left")
        super().mark(delivery)


def test_a_store_that_fails_after_sending_does_not_tell_twice() -> None:
    scene = Scene(parent(mail=2))
    scene.outbox = disk = FullDisk()
    scene.dispatcher = scene.restarted()
    scene.happens(told(OFF_ROUTE))
    first, second = scene.dispatcher.take_due(NOW)
    disk.full = True
    with pytest.raises(OSError, match="no space"):
        scene.dispatcher.deliver(first, NOW)
    wake = scene.dispatcher.next_wake
    assert wake is not None
    assert NOW < wake <= NOW + 10
    with pytest.raises(OSError, match="no space"):
        scene.dispatcher.take_due(wake)
    disk.full = False
    scene.dispatcher.deliver(second, NOW)
    scene.run_until(NOW + DAY_S)
    assert scene.states == [DeliveryState.SENT] * 2
    assert scene.outbox.deliveries[0].sent_at == NOW
    assert sorted(scene.post.asked) == ["mother/1", "mother/2"]


def test_a_store_that_fails_while_choosing_claims_nothing() -> None:
    scene = Scene(parent("father"), parent(mail=0, sms=1, sms_per_day=0))
    scene.outbox = disk = FullDisk()
    scene.dispatcher = scene.restarted()
    scene.happens(told(OFF_ROUTE))
    disk.full = True
    with pytest.raises(OSError, match="no space"):
        scene.dispatcher.take_due(NOW)
    disk.full = False
    scene.dispatcher.run_due(NOW)
    assert scene.states == [DeliveryState.SENT, DeliveryState.GIVEN_UP]


class Broken(Post):
    """A channel with a defect of its own."""

    def send(self, address: Address, title: str, body: str) -> Sent | Failed:
        if not self.asked:
            self.asked.append(address.key)
            raise TypeError("a defect")
        return super().send(address, title, body)


def test_a_defect_in_a_channel_is_raised_and_retried_without_spinning() -> None:
    scene = Scene(parent(), post=Broken())
    scene.happens(told(OFF_ROUTE))
    (claimed,) = scene.dispatcher.take_due(NOW)
    with pytest.raises(TypeError, match="a defect"):
        scene.dispatcher.deliver(claimed, NOW)
    assert scene.outbox.deliveries[0].last_error == "internal error: TypeError"
    scene.run_until(NOW + 60, NOW + 1)
    assert scene.states == [DeliveryState.SENT]


class Misconfigured(Post):
    """A channel that never will."""

    def send(self, address: Address, title: str, body: str) -> Sent | Failed:  # noqa: ARG002  the Channel's
        return Failed("nomatch: nothing to send to", permanent=True)


def test_a_permanent_failure_is_not_tried_again() -> None:
    scene = Scene(parent(), post=Misconfigured())
    scene.happens(told(OFF_ROUTE))
    scene.dispatcher.run_due(NOW)
    (row,) = scene.outbox.deliveries
    assert (row.state, row.attempts, row.last_error) == (
        DeliveryState.GIVEN_UP,
        1,
        "nomatch: nothing to send to",
    )


def test_an_unknown_row_cannot_be_marked() -> None:
    scene = Scene(parent())
    scene.happens(told(OFF_ROUTE))
    (row,) = scene.outbox.deliveries
    with pytest.raises(KeyError, match="not in this outbox"):
        MemoryOutbox().mark(row)
