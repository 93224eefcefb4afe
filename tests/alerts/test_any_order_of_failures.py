"""The promises that hold whatever fails in whatever order, with any number of deaths in between."""

import random
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import (
    WAITING,
    Address,
    Alert,
    AlertBook,
    Backoff,
    Delivery,
    DeliveryState,
    Dispatcher,
    Edge,
    Failed,
    Form,
    MemoryOutbox,
    MemoryPast,
    Sent,
    plan,
)
from alerts.cap import day_start
from rules.transition import Kind, Reason, Transition
from tests.alerts.scenes import TRIPS, retraction
from tests.alerts.story import BACK, MORNING, OFF_ROUTE, parent, told

PEOPLE = (parent("mother", mail=1, sms=2, sms_per_day=4), parent("father", mail=1))
KEYS = [address.key for person in PEOPLE for address in person.addresses]
RULES = st.sampled_from(["way_to_school", "phone"])
HAPPENINGS = st.sampled_from(["raise", "raise", "raise", "end", "retract", "retract", "retract_end", "amend"])
STEPS = st.lists(
    st.one_of(
        st.tuples(HAPPENINGS, RULES, st.just("anna")),
        st.tuples(HAPPENINGS, RULES, st.just("anna")),
        st.sampled_from(["claim", "run", "restart"]),
        st.tuples(st.sampled_from(["finish", "die_after_sending"]), st.integers(0, 2)),
        st.tuples(st.just("dead"), st.sets(st.sampled_from(KEYS))),
        st.tuples(st.just("pass"), st.sampled_from([1.0, 20.0, 400.0, 4000.0])),
    ),
    min_size=15,
    max_size=60,
)
Step = str | tuple[str, str | int | float | set[str]] | tuple[str, str, str]


class Told:
    """A channel that knows which rows each address has been told."""

    def __init__(self) -> None:
        self.row: Delivery | None = None  # that is being sent
        self.dead: set[str] = set()
        self.told: list[Delivery] = []

    def send(self, address: Address, title: str, body: str) -> Sent | Failed:
        assert self.row is not None
        assert (self.row.address_key, self.row.title, self.row.body) == (address.key, title, body)
        if address.key in self.dead:
            return Failed("down")
        self.told.append(self.row)
        return Sent()


class Watched(Dispatcher):
    """A dispatcher that says which row it hands to the channel."""

    def deliver(self, delivery: Delivery, now: float) -> Delivery:
        assert isinstance(self._channel, Told)
        self._channel.row = delivery
        return super().deliver(delivery, now)


class World:
    """One outbox, a dispatcher that may die, and a clock that only moves when told."""

    def __init__(self, seed: int, trips: dict[str, str]) -> None:
        self.now = MORNING
        self.rng = random.Random(seed)
        self.past, self.outbox, self.channel = MemoryPast(), MemoryOutbox(), Told()
        self.book = AlertBook(trips=trips, past=self.past)
        self.alerts: dict[str, Alert] = {}
        self.flying: list[Delivery] = []
        self.start()
        self.raised: dict[tuple[str, str], Transition] = {}
        self.ended: dict[tuple[str, str], Transition] = {}
        self.episodes: Counter[tuple[str, str]] = Counter()

    def start(self) -> Dispatcher:
        # the first delay may outlast the next event
        policy = Backoff(first_s=200.0, give_up_after_s=3000.0)
        self.dispatcher = Watched(self.outbox, self.channel, PEOPLE, rng=self.rng, policy=policy)
        return self.dispatcher

    def happens(self, what: str, rule: str, device: str) -> None:
        key = (rule, device)
        self.now += 61.0  # an SMS knows its alarm by the minute only
        opened, ended = self.raised.get(key), self.ended.get(key)
        if what == "raise" and (opened is None or ended is not None):
            self.episodes[key] += 1
            self.ended.pop(key, None)
            at = {"starts_at": self.now, "time": self.now, "episode": self.episodes[key]}
            self.raised[key] = self._said(replace(OFF_ROUTE, rule=rule, device=device, **at))  # type: ignore[arg-type]  # numbers
        elif what == "end" and opened is not None and ended is None:
            of_alarm = {"rule": rule, "device": device, "episode": opened.episode, "time": self.now}
            self.ended[key] = self._said(replace(BACK, **of_alarm))  # type: ignore[arg-type]  # by their names
        elif what == "retract" and opened is not None:
            self._said(retraction(opened))
            del self.raised[key]
            self.ended.pop(key, None)
        elif what == "retract_end" and ended is not None:
            self._said(retraction(ended))
            del self.ended[key]
        elif what == "amend" and opened is not None:
            self.raised[key] = really = replace(opened, time=opened.time - 7, starts_at=opened.starts_at - 7)
            amended = replace(really, kind=Kind.AMENDED, reason=Reason.LATE_FIX, revises=Kind.OFF_ROUTE)
            self._said(replace(amended, revises_time=opened.time))

    def _said(self, transition: Transition) -> Transition:
        changes = self.book.fold([told(transition)], self.now)
        for change in changes:
            self.outbox.add(plan(change, PEOPLE, self.now))
            self.alerts[change.after.fingerprint] = change.after
        self.past.add(change.after for change in changes)
        return transition

    def claim(self) -> None:
        self.flying += self.dispatcher.take_due(self.now)
        keys = [row.address_key for row in self.flying]
        assert len(set(keys)) == len(keys), "two messages in flight to one address"

    def finish(self, index: int) -> None:
        if index < len(self.flying):
            self.dispatcher.deliver(self.flying.pop(index), self.now)

    def die_after_sending(self, index: int) -> None:
        """Send, and die before it can be marked."""
        if index < len(self.flying):
            row = self.flying[index]
            address = next(a for person in PEOPLE for a in person.addresses if a.key == row.address_key)
            self.channel.row = row
            self.channel.send(address, row.title, row.body)
        self.restart()

    def restart(self) -> None:
        """Die before anything in flight was sent, and come back."""
        self.flying.clear()
        self.outbox = MemoryOutbox(self.outbox.deliveries)
        self.start()

    def take(self, step: Step) -> None:
        match step:
            case (str(what), str(rule), str(device)):
                self.happens(what, rule, device)
            case "claim":
                self.claim()
            case "run":
                self.dispatcher.run_due(self.now)
            case "restart":
                self.restart()
            case ("finish", int(index)):
                self.finish(index)
            case ("die_after_sending", int(index)):
                self.die_after_sending(index)
            case ("dead", set(keys)):
                self.channel.dead = keys
            case ("pass", float(seconds)):
                self.now += seconds

    def settle(self) -> None:
        """Let everything come to its end with a channel that works."""
        self.channel.dead = set()
        while self.flying:
            self.finish(0)
        for _ in range(500):
            self.dispatcher.run_due(self.now)
            wake = self.dispatcher.next_wake
            if wake is None:
                return
            assert wake > self.now
            self.now = wake
        raise AssertionError("it never comes to rest")

    def told_to(self, key: str, fingerprint: str) -> list[Delivery]:
        """Say what of an alert an address was told, in order."""
        return [row for row in self.channel.told if (row.address_key, row.fingerprint) == (key, fingerprint)]


def after(steps: list[Step], seed: int, trips: dict[str, str]) -> World:
    world = World(seed, trips)
    for step in steps:
        world.take(step)
    world.settle()
    return world


def states_of(world: World, row_ids: set[int | None]) -> set[DeliveryState]:
    return {row.state for row in world.outbox.deliveries if row.id in row_ids}


@settings(max_examples=300, deadline=None)
@given(STEPS, st.integers(), st.sampled_from([TRIPS, {}]))
def test_what_follows_goes_to_exactly_those_who_were_told(
    steps: list[Step], seed: int, trips: dict[str, str]
) -> None:
    world = after(steps, seed, trips)
    for key in KEYS:
        for fingerprint in world.alerts:
            follows(world, key, fingerprint)


def follows(world: World, key: str, fingerprint: str) -> None:
    rows = [
        row for row in world.outbox.deliveries if (row.address_key, row.fingerprint) == (key, fingerprint)
    ]
    said = world.told_to(key, fingerprint)
    heard: set[str] = set()  # parts that the reader believes in
    over, ever = False, False
    for row in said:
        match row.edge:
            case Edge.OPENED | Edge.UPDATED:
                heard.add(row.part)
                ever = True
            case Edge.RETRACTED:
                assert row.part in heard or said.count(row) > 1, "taken back, and was never told"
                heard.discard(row.part)
            case Edge.RESOLVED:
                assert ever, "an end of what was never told"
                over = True
            case Edge.REOPENED:
                assert over, "open again, and was never told to be over"
                over = False
    lost = {row.edge for row in rows if row.state is DeliveryState.GIVEN_UP}
    alert = world.alerts[fingerprint]
    for part in alert.parts or (alert,):
        if part.is_retracted and not lost:
            assert part.fingerprint not in heard, "told, and never taken back"
    if ever and heard and not lost:
        assert over is not alert.is_firing, "the last that was heard is not how it stands"


@settings(max_examples=200, deadline=None)
@given(STEPS, st.integers(), st.sampled_from([TRIPS, {}]))
def test_each_row_comes_to_rest_and_is_told_once_unless_somebody_died(
    steps: list[Step], seed: int, trips: dict[str, str]
) -> None:
    world = after(steps, seed, trips)
    nobody_died = not any(step == "restart" or step[0] == "die_after_sending" for step in steps)
    times = Counter(row.id for row in world.channel.told)
    sms_of_day: Counter[float] = Counter()
    for row in world.outbox.deliveries:
        assert row.state not in WAITING
        assert times[row.id] or row.state is not DeliveryState.SENT
        if nobody_died:
            assert times[row.id] == (row.state is DeliveryState.SENT)
        assert not (times[row.id] and row.state is DeliveryState.CANCELLED)
        if row.form is Form.SMS and row.sent_at is not None:
            sms_of_day[day_start(PEOPLE[0], row.sent_at)] += 1
    assert max(sms_of_day.values(), default=0) <= PEOPLE[0].sms_per_day
