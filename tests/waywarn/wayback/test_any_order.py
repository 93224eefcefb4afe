"""Whatever happens in whatever order: carried out at most once and in time, never lost, along the table."""

from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sip.order import Order
from tests.waywarn.wayback.world import Device, Registration, World
from waywarn.wayback.states import OPEN, TABLE, Move, State

_NUMBERS = count()

OPERATIONS = st.one_of(
    st.tuples(st.just("give"), st.sampled_from([5.0, 40.0, 400.0])),
    st.tuples(st.just("register"), st.integers(0, 2)),
    st.tuples(st.just("unregister"), st.none()),
    st.tuples(st.just("wait"), st.sampled_from([0.5, 4.0, 30.0, 200.0])),
    st.tuples(st.just("arrives"), st.booleans()),  # and its answer arrives too, or is lost
    st.tuples(st.just("is lost"), st.booleans()),  # and that is noticed, or not yet
    st.tuples(st.just("refuses"), st.sampled_from([403, 415, 480, 503])),
    st.tuples(st.just("tells"), st.booleans()),  # and that is stored, or not
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
)


def _reachable() -> dict[State, set[State]]:
    """Give where a command can come to from each state, by any number of moves."""
    reach = {
        state: {move.state for move in row.values() if isinstance(move, Move)} for state, row in TABLE.items()
    }
    for _ in State:
        reach = {state: to.union(*(reach[each] for each in to)) for state, to in reach.items()}
    return reach


REACHABLE = _reachable()


class Story:
    """A world, its device, and what a plain observer knows of both."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.device = Device(Registration())
        self.given: dict[str, State] = {}
        self.told: set[str] = set()

    def step(self, what: str, value: object) -> None:
        world = self.world
        match what, value:
            case "give", float(for_s):
                self.given[world.give(Order.LOCATE, for_s=for_s)] = State.QUEUED
            case "register", int(number):
                self.device.registration = Registration(session_key=f"{number:064x}")
                world.register(self.device.registration)
            case "unregister", _:
                world.register()
            case "wait", float(seconds):
                world.now += seconds
            case "cancel", int(which) if which < len(self.given):
                world.store.commands.cancel(list(self.given)[which], world.now)
            case "restart", _:
                world.start()
            case "tells", bool(stored) if self.device.results:
                self._tell(stored=stored)
            case _, _ if world.wire:
                self._wire(what, value)
        world.look()
        self.check()

    def _wire(self, what: str, value: object) -> None:
        if what not in {"arrives", "is lost", "refuses"}:
            return
        posted = self.world.wire.pop(0)
        if what == "refuses" and isinstance(value, int):
            self.world.answer(posted, value)
        elif what == "is lost" and value:
            self.world.answer(posted, None)
        elif what == "arrives":
            try:
                status = self.device.receive(posted.request, self.world.now)
            except AssertionError:
                status = 403  # it has registered anew meanwhile
            if value:
                self.world.answer(posted, status)

    def _tell(self, *, stored: bool) -> None:
        body = self.device.results[0]
        status = self.world.tell(body, stored=stored)
        if status in {200, 404}:
            self.device.results.pop(0)
        if status == 403:  # signed with a key that a restart forgot: sign anew, as a device does
            self.device.results.pop(0)
            self._again(body)

    def _again(self, body: bytes) -> None:
        from sip.command import parse_result

        result = parse_result(body).result
        self.device.results.append(result.signed(self.device.registration.session_key))

    def check(self) -> None:
        for command, before in self.given.items():
            row = self.world.row(command)
            assert row.state is before or row.state in REACHABLE[before], (before, row.state)
            self.given[command] = row.state
            if (done_at := self.device.done_at.get(command)) is not None:
                assert row.created_at <= done_at < row.expires_at
                assert row.attempts > 0
            if row.state is State.DONE:
                assert command in self.device.done_at

    def end(self) -> None:
        """Let the network be good for as long as the longest lifetime."""
        world = self.world
        world.register(self.device.registration)
        for _ in range(30):
            world.look()
            while world.wire:
                self._wire("arrives", value=True)
            world.look()
            while self.device.results:
                self._tell(stored=True)
            world.now += 20
            self.check()
        for command in self.given:
            row = world.row(command)
            assert row.state not in OPEN
            if command in self.device.done_at:
                assert row.state in {State.DONE, State.REFUSED}, row


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stores")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(operations=st.lists(OPERATIONS, min_size=5, max_size=40))
def test_at_most_once_in_time_and_never_lost(folder: Path, operations: list[tuple[str, object]]) -> None:
    world = World(folder / f"{next(_NUMBERS)}.sqlite")
    try:
        story = Story(world)
        for operation in operations:
            story.step(*operation)
        story.end()
    finally:
        world.store.close()


def test_in_a_good_network_everything_given_is_done(world: World) -> None:
    story = Story(world)
    for _ in range(5):
        story.step("give", 400.0)
    story.end()
    assert set(story.given.values()) == {State.DONE}
