"""The promises that hold whatever fails in whatever order, with any number of deaths in between."""

import random
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import (
    Address,
    AlertBook,
    Backoff,
    DeliveryState,
    Dispatcher,
    Edge,
    Failed,
    Form,
    MemoryOutbox,
    Sent,
    plan,
)
from alerts.cap import day_start
from rules.transition import Transition
from tests.alerts.story import BACK, MORNING, OFF_ROUTE, parent, told

PEOPLE = (parent("mother", mail=1, sms=2, sms_per_day=2), parent("father", mail=1))
KEYS = [address.key for person in PEOPLE for address in person.addresses]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["off", "back"]), st.sampled_from(["anna", "ben"])),
        st.sampled_from(["claim", "run", "restart"]),
        st.tuples(st.just("finish"), st.integers(0, 2)),
        st.tuples(st.just("dead"), st.sets(st.sampled_from(KEYS))),
        st.tuples(st.just("pass"), st.sampled_from([1.0, 20.0, 400.0, 4000.0])),
    ),
    min_size=5,
    max_size=60,
)
Step = str | tuple[str, str | int | float | set[str]]


class Told:
    """A channel that knows what each address has been told, by the message itself."""

    def __init__(self) -> None:
        self.dead: set[str] = set()
        self.told: list[tuple[str, str]] = []

    def send(self, address: Address, title: str, body: str) -> Sent | Failed:
        del title
        if address.key in self.dead:
            return Failed("down")
        self.told.append((address.key, body))
        return Sent()


class World:
    """One outbox, a dispatcher that may die, and a clock that only moves when told."""

    def __init__(self, seed: int) -> None:
        self.now = MORNING
        self.rng = random.Random(seed)
        self.book, self.outbox, self.channel = AlertBook(), MemoryOutbox(), Told()
        self.flying = list(self.start().take_due(self.now))
        self.episodes = {"anna": 0, "ben": 0}

    def start(self) -> Dispatcher:
        # the first delay may outlast the next event
        policy = Backoff(first_s=200.0, give_up_after_s=3000.0)
        self.dispatcher = Dispatcher(self.outbox, self.channel, PEOPLE, rng=self.rng, policy=policy)
        return self.dispatcher

    def off(self, device: str) -> None:
        if any(alert.device == device for alert in self.book.open_alerts):
            return
        self.episodes[device] += 1
        self.now += 61.0  # an SMS knows its alarm by the minute only
        self._happens(replace(OFF_ROUTE, device=device, episode=self.episodes[device], starts_at=self.now))

    def back(self, device: str) -> None:
        self.now += 61.0
        self._happens(replace(BACK, device=device, episode=self.episodes[device], time=self.now))

    def _happens(self, transition: Transition) -> None:
        for change in self.book.fold([told(transition)], self.now):
            self.outbox.add(plan(change, PEOPLE, self.now))

    def claim(self) -> None:
        self.flying += self.dispatcher.take_due(self.now)
        keys = [row.address_key for row in self.flying]
        assert len(set(keys)) == len(keys), "two messages in flight to one address"

    def finish(self, index: int) -> None:
        if index < len(self.flying):
            self.dispatcher.deliver(self.flying.pop(index), self.now)

    def restart(self) -> None:
        """Die before anything in flight was sent, and come back."""
        self.flying.clear()
        self.start()

    def take(self, step: Step) -> None:
        match step:
            case ("off", str(device)):
                self.off(device)
            case ("back", str(device)):
                self.back(device)
            case "claim":
                self.claim()
            case "run":
                self.dispatcher.run_due(self.now)
            case "restart":
                self.restart()
            case ("finish", int(index)):
                self.finish(index)
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


def order_of(world: World, key: str, fingerprint: str) -> list[Edge]:
    """Say which edges of an alert an address was told, in order."""
    bodies = [body for told_key, body in world.channel.told if told_key == key]
    rows = [
        row for row in world.outbox.deliveries if (row.address_key, row.fingerprint) == (key, fingerprint)
    ]
    return [row.edge for body in bodies for row in rows if row.body == body]


@settings(max_examples=300, deadline=None)
@given(STEPS, st.integers())
def test_each_address_is_told_once_per_edge_and_the_alarm_comes_first(steps: list[Step], seed: int) -> None:
    world = World(seed)
    for step in steps:
        world.take(step)
    world.settle()
    sms_of_day: Counter[float] = Counter()
    for row in world.outbox.deliveries:
        assert row.state is not DeliveryState.PENDING
        edges = order_of(world, row.address_key, row.fingerprint)
        assert edges in ([], [Edge.OPENED], [Edge.OPENED, Edge.RESOLVED])
        assert (row.edge in edges) == (row.state is DeliveryState.SENT)
        if row.form is Form.SMS and row.sent_at is not None:
            sms_of_day[day_start(PEOPLE[0], row.sent_at)] += 1
    assert max(sms_of_day.values(), default=0) <= PEOPLE[0].sms_per_day
