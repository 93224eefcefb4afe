"""When an agent's process is started, held to be dead, and started again: a machine of one table, no I/O.

The process itself is ``child.py``.
"""

from enum import StrEnum

STARTS_WITHIN_S = 30.0  # the library and its wheel load in one; a small machine that starts is slow
SILENT_S = 15.0  # a beat comes each second; a stalled machine must not cost a healthy child its life
STOPS_WITHIN_S = 8.0  # the child gives itself 5
PAUSE_S = 1.0  # before it is started again; doubled each time, to
PAUSE_MAX_S = 60.0
STEADY_S = 60.0  # who lived so long begins with the short pause again


class State(StrEnum):
    """Where a child stands."""

    PAUSED = "paused"  # no process; one is started when the pause is over
    STARTING = "starting"  # it has not been heard of yet
    ALIVE = "alive"
    STOPPING = "stopping"  # it was asked to end
    STOPPED = "stopped"


class Input(StrEnum):
    """What can happen to it."""

    DUE = "due"  # the time of its state is over
    BEAT = "beat"
    ENDED = "ended"  # the process is gone
    STOP = "stop"


class Action(StrEnum):
    """What is to be done about it."""

    IGNORE = "ignore"
    SPAWN = "spawn"
    KILL = "kill"
    ASK = "ask"  # it to end in order


TABLE: dict[tuple[State, Input], tuple[State, Action]] = {
    (State.PAUSED, Input.DUE): (State.STARTING, Action.SPAWN),
    (State.PAUSED, Input.BEAT): (State.PAUSED, Action.IGNORE),
    (State.PAUSED, Input.ENDED): (State.PAUSED, Action.IGNORE),
    (State.PAUSED, Input.STOP): (State.STOPPED, Action.IGNORE),
    (State.STARTING, Input.DUE): (State.PAUSED, Action.KILL),
    (State.STARTING, Input.BEAT): (State.ALIVE, Action.IGNORE),
    (State.STARTING, Input.ENDED): (State.PAUSED, Action.IGNORE),
    (State.STARTING, Input.STOP): (State.STOPPING, Action.ASK),
    (State.ALIVE, Input.DUE): (State.PAUSED, Action.KILL),
    (State.ALIVE, Input.BEAT): (State.ALIVE, Action.IGNORE),
    (State.ALIVE, Input.ENDED): (State.PAUSED, Action.IGNORE),
    (State.ALIVE, Input.STOP): (State.STOPPING, Action.ASK),
    (State.STOPPING, Input.DUE): (State.STOPPED, Action.KILL),
    (State.STOPPING, Input.BEAT): (State.STOPPING, Action.IGNORE),
    (State.STOPPING, Input.ENDED): (State.STOPPED, Action.IGNORE),
    (State.STOPPING, Input.STOP): (State.STOPPING, Action.IGNORE),
    **{(State.STOPPED, given): (State.STOPPED, Action.IGNORE) for given in Input},
}


class Supervision:
    """One child's life; it begins due to be started.

    Parameters
    ----------
    now
        Seconds of any clock that runs evenly, as everywhere here.
    """

    def __init__(self, now: float) -> None:
        self.state = State.PAUSED
        self.restarts = 0
        self._due: float | None = now
        self._pause_s = PAUSE_S
        self._began = now

    @property
    def next_wake(self) -> float | None:
        """When `Input.DUE` is to be fed; None once it has stopped."""
        return self._due

    def feed(self, given: Input, now: float) -> Action:
        """Take what happened, and say what is to be done."""
        before = self.state
        self.state, action = TABLE[before, given]
        if self.state is State.PAUSED and before is not State.PAUSED:
            self._pause(now)
        elif self.state is State.STARTING and before is not State.STARTING:
            self._began, self._due = now, now + STARTS_WITHIN_S
        elif self.state is State.ALIVE and given is Input.BEAT:
            self._due = now + SILENT_S
        elif self.state is State.STOPPING and before is not State.STOPPING:
            self._due = now + STOPS_WITHIN_S
        elif self.state is State.STOPPED:
            self._due = None
        return action

    def _pause(self, now: float) -> None:
        if now - self._began >= STEADY_S:
            self._pause_s = PAUSE_S
        self._due = now + self._pause_s
        self._pause_s = min(2 * self._pause_s, PAUSE_MAX_S)
        self.restarts += 1
