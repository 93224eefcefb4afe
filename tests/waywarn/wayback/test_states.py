"""The table of a command, walked: every pair is in it, and what must never be is nowhere."""

from itertools import product
from pathlib import Path

import pytest

from sip.order import Order
from tests.sip.talk import NOW
from waywarn.wayback.errand import LIFETIMES_S, LONGEST_RETRY_S, Errand
from waywarn.wayback.states import (
    IGNORED,
    OPEN,
    TABLE,
    Action,
    Input,
    Move,
    State,
    as_markdown,
    states_that,
)

SETTLED = [state for state in State if state not in OPEN]
RESULTS = [Input.RESULT_DONE, Input.RESULT_REFUSED, Input.RESULT_FAILED]


def errand(state: State) -> Errand:
    return Errand("0" * 16, "anna", Order.LOCATE, {}, NOW, NOW + 60, state=state, attempts=1)


@pytest.mark.parametrize(("state", "given"), list(product(State, Input)))
def test_every_pair_is_in_the_table_and_moves_an_errand_so(state: State, given: Input) -> None:
    move = TABLE[state][given]
    after = errand(state).moved(given, NOW + 1, "why")
    if move is IGNORED:
        assert after is None
        return
    assert isinstance(move, Move)
    assert after is not None
    assert after.state is move.state
    assert after.detail == "why"
    assert (after.settled_at == NOW + 1) == (move.action is Action.SETTLE) == (after.state in SETTLED)
    assert (after.attempts == 2) == (move.action is Action.SEND)
    assert (after.next_attempt_at >= NOW + 1) == (move.action is Action.AGAIN)


def test_nothing_is_sent_but_what_is_queued() -> None:
    assert states_that(Input.SEND) == (State.QUEUED,)


@pytest.mark.parametrize("state", [State.DONE, State.REFUSED, State.FAILED])
def test_what_a_device_told_never_changes(state: State) -> None:
    assert set(TABLE[state].values()) == {IGNORED}


@pytest.mark.parametrize("state", [State.EXPIRED, State.CANCELLED])
def test_what_was_given_up_changes_only_by_what_the_device_did(state: State) -> None:
    moves = {given: move.state for given, move in TABLE[state].items() if isinstance(move, Move)}
    assert moves == {Input.RESULT_DONE: State.DONE, Input.RESULT_FAILED: State.FAILED}


@pytest.mark.parametrize("state", sorted(OPEN))
def test_every_open_command_comes_to_an_end(state: State) -> None:
    assert TABLE[state][Input.EXPIRE] == Move(State.EXPIRED, Action.SETTLE)
    assert all(isinstance(TABLE[state][given], Move) for given in RESULTS)


def test_pauses_grow_to_their_cap_and_a_restart_makes_none() -> None:
    pauses = []
    for attempts in range(1, 40):
        sent = Errand("0" * 16, "anna", Order.LOCATE, {}, 0.0, 60.0, state=State.SENT, attempts=attempts)
        again = sent.moved(Input.UNREACHED, 0.0)
        restarted = sent.moved(Input.RESTART, 7.0)
        assert again is not None
        assert restarted is not None
        assert restarted.next_attempt_at == 7.0
        pauses.append(again.next_attempt_at)
    assert pauses == sorted(pauses)
    assert pauses[:3] == [5.0, 10.0, 20.0]
    assert pauses[-1] == LONGEST_RETRY_S


def test_every_command_has_a_lifetime() -> None:
    assert set(LIFETIMES_S) == set(Order)


def test_the_documentation_shows_the_table() -> None:
    assert as_markdown() in (Path(__file__).parents[3] / "docs" / "commands.md").read_text()
