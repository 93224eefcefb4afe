"""The courier where something fails: one command's fault is its own, and memory comes back to the store."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from sip.command import Result, ResultState, parse_result
from sip.message import Request
from sip.order import Order
from sip.peer import Peer
from tests.waywarn.wayback.world import ANNA, Registration, World
from waywarn.store import purge
from waywarn.store.command_table import KEPT_S, CommandTable, Move
from waywarn.wayback.doors import Ticket
from waywarn.wayback.errand import FIRST_RETRY_S, Errand
from waywarn.wayback.ledger import Settlement
from waywarn.wayback.states import Input, State

TRACKER = Registration()


def settled(world: World, command: str) -> Settlement:
    """Take in the result of a command whose commit is under way."""
    signed = parse_result(Result(command, ResultState.DONE).signed(TRACKER.session_key))
    change = world.ledger.settle(ANNA, signed, world.now)
    assert change is not None
    return change


def sent(world: World) -> Errand:
    command = world.give(Order.LOCATE)
    world.register(TRACKER)
    world.look()
    errand = world.ledger.get(command)
    assert errand is not None
    assert errand.state is State.SENT
    return errand


def test_one_that_cannot_be_sent_stops_no_other_and_is_tried_again(world: World) -> None:
    first, second = world.give(Order.LOCATE), world.give(Order.LOCK)
    post = world.courier._post

    def fails_for_the_first(request: Request, to: Peer, ticket: Ticket) -> None:
        if ticket.command == first and ticket.attempt == 1:
            raise ValueError("no such door")
        post(request, to, ticket)

    world.courier._post = fails_for_the_first
    world.register(TRACKER)
    world.look()
    assert [posted.ticket.command for posted in world.wire] == [second]
    world.look()
    assert world.row(first).state is State.QUEUED
    world.now += FIRST_RETRY_S
    world.look()
    assert [posted.ticket.command for posted in world.wire] == [second, first]


def test_a_result_that_could_not_be_stored_where_the_command_moved_meanwhile(world: World) -> None:
    errand = sent(world)
    change = settled(world, errand.id)
    taken = errand.moved(Input.TAKEN, world.now, "the device has it")
    assert taken is not None
    assert world.store.commands.move([Move(taken, errand.state)]) == (True,)
    world.ledger.put(taken, errand)
    world.ledger.undo(change)
    world.now = errand.expires_at
    world.look()
    world.look()
    row = world.row(errand.id)
    assert row.state is State.EXPIRED
    assert row.detail == "the device has it, and has not said what came of it"
    assert world.ledger.unread == frozenset()


def test_a_result_that_could_not_be_stored_leaves_what_another_process_ended(world: World) -> None:
    errand = sent(world)
    change = settled(world, errand.id)
    world.look()  # settled, as it seems: nothing more is heard of it
    ended = errand.moved(Input.EXPIRE, world.now, "the account was revoked")
    assert ended is not None
    world.ledger.take([ended], world.now)
    world.ledger.undo(change)
    assert world.ledger.get(errand.id) == ended


def test_a_row_that_was_read_before_its_result_came_does_not_open_the_command_again(world: World) -> None:
    errand = sent(world)
    settled(world, errand.id)
    world.ledger.take([errand], world.now)
    assert world.ledger.get(errand.id) is None  # settled: nothing more is heard of it


class Meanwhile:
    """The table, where something happens while a command is moved in it."""

    def __init__(self, table: CommandTable, happens: Callable[[], object]) -> None:
        self._table, self._happens = table, happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def move(self, moves: Sequence[Move]) -> tuple[bool, ...]:
        written = self._table.move(moves)
        self._happens()
        return written


def test_a_command_whose_result_comes_while_it_is_moved_is_not_sent_again(world: World) -> None:
    errand = sent(world)
    world.answer(world.wire.pop(), None)
    world.look()
    world.now += FIRST_RETRY_S
    table = Meanwhile(world.store.commands, lambda: settled(world, errand.id))
    world.courier._table = table  # type: ignore[assignment]  # all of a table, and more happens
    world.look()
    assert world.row(errand.id).attempts == 2
    assert world.wire == []


def test_a_result_that_could_not_be_stored_may_be_told_again(world: World) -> None:
    errand = sent(world)
    change = settled(world, errand.id)
    world.look()
    world.ledger.undo(change)
    assert settled(world, errand.id) == change


def test_more_commands_than_fit_a_slice_are_purged_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "SLICE", 2)
    for _ in range(5):
        world.give(Order.LOCATE, for_s=60)
    assert world.store.purge(world.now + 60 + KEPT_S).commands == 5


def test_who_is_locked_follows_the_accounts(world: World) -> None:
    world.courier.lock({"anna", "nobody"})
    assert world.directory.locked == {ANNA.aor}
    world.directory.remove(ANNA.aor)
    world.courier.lock({"anna", "berta"})
    assert world.directory.locked == {"sip:berta@example.org"}
