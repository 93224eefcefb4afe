"""The client's transaction: timers of RFC 3261, 17.1.2, and each state with each input."""

import itertools

import pytest

from sip.client_transaction import TABLE, Action, ClientTransaction, Input, State


def retransmissions(transaction: ClientTransaction) -> tuple[list[float], float]:
    """Play time until it gives up: when it sent again, and when it gave up."""
    sent: list[float] = []
    while (now := transaction.next_wake) is not None:
        action = transaction.wake(now)
        if action is Action.SEND:
            sent.append(now)
        if action is Action.TIME_OUT:
            return sent, now
    raise AssertionError("it never gave up")


def test_over_udp_it_is_sent_again_after_t1_doubling_to_t2_and_given_up_after_64_t1() -> None:
    sent, given_up = retransmissions(ClientTransaction(100.0, reliable=False))
    assert [at - 100 for at in sent] == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert given_up == 132.0


def test_over_tcp_nothing_is_sent_again() -> None:
    assert retransmissions(ClientTransaction(0.0, reliable=True)) == ([], 32.0)


def test_a_provisional_answer_slows_it_down_to_t2() -> None:
    transaction = ClientTransaction(0.0, reliable=False)
    assert transaction.answered(100, 0.1) is Action.IGNORE
    sent, given_up = retransmissions(transaction)
    assert sent[:3] == [0.5, 4.5, 8.5]
    assert given_up == 32.0


@pytest.mark.parametrize(("reliable", "lingers_s"), [(False, 5.0), (True, 0.0)])
def test_an_answer_is_delivered_once_and_its_copies_are_absorbed(*, reliable: bool, lingers_s: float) -> None:
    transaction = ClientTransaction(0.0, reliable=reliable)
    assert transaction.answered(200, 0.25) is Action.DELIVER
    assert transaction.answered(200, 0.25) is Action.IGNORE
    assert transaction.next_wake == 0.25 + lingers_s
    assert transaction.wake(0.25 + lingers_s) is Action.IGNORE
    assert transaction.state is State.TERMINATED
    assert transaction.next_wake is None


def test_a_late_wake_sends_once_and_a_very_late_one_gives_up() -> None:
    transaction = ClientTransaction(0.0, reliable=False)
    assert transaction.wake(20.0) is Action.SEND
    assert transaction.next_wake == 21.0
    assert transaction.wake(20.5) is Action.IGNORE
    assert transaction.wake(99.0) is Action.TIME_OUT


@pytest.mark.parametrize(("state", "given"), list(itertools.product(State, Input)))
def test_each_state_knows_what_to_do_with_each_input(state: State, given: Input) -> None:
    following, action = TABLE[state, given]
    if state is State.TERMINATED:
        assert (following, action) == (state, Action.IGNORE)
    if action in {Action.TIME_OUT, Action.FAIL}:
        assert following is State.TERMINATED
    if action is Action.DELIVER:
        assert following is State.COMPLETED
    if action is Action.SEND:
        assert following is state


def test_a_broken_transport_ends_it_unless_it_was_answered() -> None:
    transaction = ClientTransaction(0.0, reliable=True)
    assert transaction.failed(1.0) is Action.FAIL
    transaction = ClientTransaction(0.0, reliable=False)
    transaction.answered(200, 0.5)
    assert transaction.failed(1.0) is Action.IGNORE
