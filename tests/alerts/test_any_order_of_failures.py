"""The promises that hold whatever fails in whatever order, with any number of deaths in between."""

import random
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
    MemoryOutbox,
    Sent,
    plan,
)
from rules.transition import Transition
from tests.alerts.story import BACK, MORNING, OFF_ROUTE, parent, told

PEOPLE = (parent("mother", mail=1, sms=1, sms_per_day=3), parent("father", mail=1))
STEPS = st.lists(
    st.one_of(
        st.sampled_from(["off", "back", "other_off", "other_back", "claim", "restart"]),
        st.tuples(st.just("finish"), st.integers(0, 2), st.booleans()),
        st.tuples(st.just("pass"), st.sampled_from([1.0, 20.0, 400.0, 4000.0])),
    ),
    max_size=60,
)


class Told:
    """A channel that knows what each address has been told, by the message itself."""

    def __init__(self) -> None:
        self.works = True
        self.told: list[tuple[str, str]] = []

    def send(self, address: Address, title: str, body: str) -> Sent | Failed:
        del title
        if not self.works:
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
        policy = Backoff(give_up_after_s=3000.0)
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

    def finish(self, index: int, *, works: bool) -> None:
        if index < len(self.flying):
            self.channel.works = works
            self.dispatcher.deliver(self.flying.pop(index), self.now)

    def restart(self) -> None:
        """Die before anything in flight was sent, and come back."""
        self.flying.clear()
        self.start()

    def settle(self) -> None:
        """Let everything come to its end with a channel that works."""
        while self.flying:
            self.finish(0, works=True)
        for _ in range(500):
            self.channel.works = True
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
def test_each_address_is_told_once_per_edge_and_the_alarm_comes_first(
    steps: list[str | tuple[str, float] | tuple[str, int, bool]], seed: int
) -> None:
    world = World(seed)
    for step in steps:
        match step:
            case "off" | "other_off":
                world.off("anna" if step == "off" else "ben")
            case "back" | "other_back":
                world.back("anna" if step == "back" else "ben")
            case "claim":
                world.claim()
            case "restart":
                world.restart()
            case ("finish", int(index), bool(works)):
                world.finish(index, works=works)
            case ("pass", float(seconds)):
                world.now += seconds
    world.settle()
    for row in world.outbox.deliveries:
        assert row.state is not DeliveryState.PENDING
        edges = order_of(world, row.address_key, row.fingerprint)
        assert edges in ([], [Edge.OPENED], [Edge.OPENED, Edge.RESOLVED])
        assert (row.edge in edges) == (row.state is DeliveryState.SENT)
    sms = [body for key, body in world.channel.told if key == "mother/2"]
    assert len(sms) <= 3 * (1 + int((world.now - MORNING) // 86_400 + 1))
