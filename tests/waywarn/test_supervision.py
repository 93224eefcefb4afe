"""One agent's life: started, held to be dead, started again after a pause that grows, ended in order."""

import itertools

from waywarn.operator.supervision import (
    PAUSE_MAX_S,
    PAUSE_S,
    SILENT_S,
    STARTS_WITHIN_S,
    STEADY_S,
    STOPS_WITHIN_S,
    TABLE,
    Action,
    Input,
    State,
    Supervision,
)


def test_the_table_covers_every_pair() -> None:
    assert set(TABLE) == set(itertools.product(State, Input))


def test_a_stopped_child_stays_so_whatever_happens() -> None:
    assert {TABLE[State.STOPPED, given] for given in Input} == {(State.STOPPED, Action.IGNORE)}


def test_it_is_due_at_once_and_alive_with_its_first_beat() -> None:
    child = Supervision(100.0)
    assert child.next_wake == 100.0
    assert child.feed(Input.DUE, 100.0) is Action.SPAWN
    assert child.next_wake == 100.0 + STARTS_WITHIN_S
    assert child.feed(Input.BEAT, 101.0) is Action.IGNORE
    assert (child.state, child.next_wake) == (State.ALIVE, 101.0 + SILENT_S)


def test_one_that_does_not_start_or_falls_silent_is_killed_and_started_again() -> None:
    for beats in (0, 1):
        child = Supervision(0.0)
        child.feed(Input.DUE, 0.0)
        for beat in range(beats):
            child.feed(Input.BEAT, float(beat))
        assert child.next_wake is not None
        silent_at = child.next_wake
        assert child.feed(Input.DUE, silent_at) is Action.KILL
        assert child.feed(Input.ENDED, silent_at) is Action.IGNORE
        assert child.next_wake == silent_at + PAUSE_S
        assert child.feed(Input.DUE, silent_at + PAUSE_S) is Action.SPAWN
        assert child.restarts == 1


def test_the_pause_grows_while_it_keeps_dying_and_is_short_again_after_a_steady_time() -> None:
    child, now, pauses = Supervision(0.0), 0.0, []
    for lives_s in [1.0] * 8 + [STEADY_S, 1.0]:
        child.feed(Input.DUE, now)
        child.feed(Input.BEAT, now)
        now += lives_s
        child.feed(Input.ENDED, now)
        assert child.next_wake is not None
        pauses.append(child.next_wake - now)
        now = child.next_wake
    assert pauses == [1, 2, 4, 8, 16, 32, PAUSE_MAX_S, PAUSE_MAX_S, PAUSE_S, 2 * PAUSE_S]


def test_it_is_asked_to_end_and_killed_where_it_does_not() -> None:
    child = Supervision(0.0)
    child.feed(Input.DUE, 0.0)
    assert child.feed(Input.STOP, 5.0) is Action.ASK
    assert child.next_wake == 5.0 + STOPS_WITHIN_S
    assert child.feed(Input.BEAT, 6.0) is Action.IGNORE
    assert child.feed(Input.DUE, 5.0 + STOPS_WITHIN_S) is Action.KILL
    assert child.next_wake is None
    assert str(child.state) == "stopped"


def test_one_that_waits_for_its_pause_just_stops() -> None:
    child = Supervision(0.0)
    assert child.feed(Input.STOP, 0.0) is Action.IGNORE
    assert (child.state, child.next_wake) == (State.STOPPED, None)
