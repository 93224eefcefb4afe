"""One request until its answer: the non-INVITE client transaction (RFC 3261, 17.1.2; RFC 4320).

Values only: the bytes go out by ``device/caller.py`` and ``server/outbound.py``, which wake this at
`ClientTransaction.next_wake`.
"""

from enum import StrEnum

T1_S = 0.5  # estimated round trip (17.1.1.1)
T2_S = 4.0  # longest interval between retransmissions
T4_S = 5.0  # how long a late answer may linger in the network


class State(StrEnum):
    """Where a transaction stands."""

    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"  # answered; more copies of the answer are absorbed
    TERMINATED = "terminated"


class Input(StrEnum):
    """What can happen to it."""

    TIMER_E = "timer_e"  # retransmit
    TIMER_F = "timer_f"  # too late
    TIMER_K = "timer_k"  # no more copies of the answer are to be expected
    PROVISIONAL = "provisional"
    FINAL = "final"
    TRANSPORT_ERROR = "transport_error"


class Action(StrEnum):
    """What the caller does about it."""

    IGNORE = "ignore"
    SEND = "send"  # the same bytes again
    DELIVER = "deliver"  # hand the answer up
    TIME_OUT = "time_out"  # tell that no answer came
    FAIL = "fail"  # tell that the transport failed


TABLE: dict[tuple[State, Input], tuple[State, Action]] = {
    (State.TRYING, Input.TIMER_E): (State.TRYING, Action.SEND),
    (State.TRYING, Input.TIMER_F): (State.TERMINATED, Action.TIME_OUT),
    (State.TRYING, Input.TIMER_K): (State.TRYING, Action.IGNORE),
    (State.TRYING, Input.PROVISIONAL): (State.PROCEEDING, Action.IGNORE),
    (State.TRYING, Input.FINAL): (State.COMPLETED, Action.DELIVER),
    (State.TRYING, Input.TRANSPORT_ERROR): (State.TERMINATED, Action.FAIL),
    (State.PROCEEDING, Input.TIMER_E): (State.PROCEEDING, Action.SEND),
    (State.PROCEEDING, Input.TIMER_F): (State.TERMINATED, Action.TIME_OUT),
    (State.PROCEEDING, Input.TIMER_K): (State.PROCEEDING, Action.IGNORE),
    (State.PROCEEDING, Input.PROVISIONAL): (State.PROCEEDING, Action.IGNORE),
    (State.PROCEEDING, Input.FINAL): (State.COMPLETED, Action.DELIVER),
    (State.PROCEEDING, Input.TRANSPORT_ERROR): (State.TERMINATED, Action.FAIL),
    (State.COMPLETED, Input.TIMER_K): (State.TERMINATED, Action.IGNORE),
    **{
        (State.COMPLETED, given): (State.COMPLETED, Action.IGNORE)
        for given in Input
        if given is not Input.TIMER_K
    },
    **{(State.TERMINATED, given): (State.TERMINATED, Action.IGNORE) for given in Input},
}


class ClientTransaction:
    """A request that has just been sent for the first time.

    Parameters
    ----------
    now
        When that was, in seconds of any clock that runs evenly.
    reliable
        Whether it went over TCP: then nothing is retransmitted, and nothing lingers.
    """

    __slots__ = ("_interval_s", "_reliable", "_timers", "state")

    def __init__(self, now: float, *, reliable: bool) -> None:
        self.state = State.TRYING
        self._reliable = reliable
        self._interval_s = T1_S
        self._timers = {Input.TIMER_F: now + 64 * T1_S}
        if not reliable:
            self._timers[Input.TIMER_E] = now + T1_S

    @property
    def next_wake(self) -> float | None:
        """When `wake` is to be called next; None once all is over."""
        return min(self._timers.values(), default=None)

    def wake(self, now: float) -> Action:
        """Fire the timer that is due; at most one, the latest word (time-out) first."""
        for timer in (Input.TIMER_F, Input.TIMER_K, Input.TIMER_E):
            if timer in self._timers and self._timers[timer] <= now:
                del self._timers[timer]
                return self._feed(timer, now)
        return Action.IGNORE

    def answered(self, status: int, now: float) -> Action:
        """Take an answer to it; copies of the final one are absorbed."""
        return self._feed(Input.PROVISIONAL if status < 200 else Input.FINAL, now)

    def failed(self, now: float) -> Action:
        """Take note that the transport cannot carry it."""
        return self._feed(Input.TRANSPORT_ERROR, now)

    def _feed(self, given: Input, now: float) -> Action:
        self.state, action = TABLE[self.state, given]
        if self.state is State.TERMINATED:
            self._timers.clear()
        elif self.state is State.COMPLETED:
            self._linger(action, now)
        elif action is Action.SEND:
            self._timers[Input.TIMER_E] = now + self._next_interval()
        return action

    def _next_interval(self) -> float:
        # in PROCEEDING the server is known to be at work: no more often than T2 (17.1.2.2)
        doubled = T2_S if self.state is State.PROCEEDING else 2 * self._interval_s
        self._interval_s = min(doubled, T2_S)
        return self._interval_s

    def _linger(self, action: Action, now: float) -> None:
        if action is Action.DELIVER:
            self._timers = {Input.TIMER_K: now + (0.0 if self._reliable else T4_S)}
