"""THE table of a command to a device: what follows from each (state, input), and what is done.

Read by the queue, by the store's statements, by the tests, which walk it, and by docs/commands.md. When an
input comes is the queue's.
"""

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """Where a command stands; the words are stored and shown."""

    QUEUED = "queued"  # waits for the device, or for the next attempt
    SENT = "sent"  # on its way; nobody knows whether it arrived
    ACKNOWLEDGED = "acknowledged"  # the device has it, and has not said what came of it
    DONE = "done"
    REFUSED = "refused"  # the device would not
    FAILED = "failed"  # the device tried
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Input(StrEnum):
    """What happens to a command; one at a time."""

    SEND = "send"  # the device is registered, and it is time
    TAKEN = "taken"  # 2xx of a device that will send a result
    DELIVERED = "delivered"  # 2xx of a plain phone, or its bell rang: nothing more will come
    UNREACHED = "unreached"  # no answer, or one that another attempt may better
    DECLINED = "declined"  # an answer that no attempt will better
    RESULT_DONE = "result: done"
    RESULT_REFUSED = "result: refused"
    RESULT_FAILED = "result: failed"
    EXPIRE = "expire"
    CANCEL = "cancel"
    RESTART = "restart"  # the service died while it was on its way


class Action(StrEnum):
    """What is done with a move."""

    SEND = "send"  # it is written as sent, and then put on the wire
    AGAIN = "again"  # it will be tried again, later
    HOLD = "hold"  # its result is waited for
    SETTLE = "settle"  # nothing is done any more


class Move(NamedTuple):
    """Where to, and what is done."""

    state: State
    action: Action


class Ignored(NamedTuple):
    """Nothing changes."""


IGNORED = Ignored()
_S, _I = State, Input
_DONE = Move(_S.DONE, Action.SETTLE)
_REFUSED = Move(_S.REFUSED, Action.SETTLE)
_FAILED = Move(_S.FAILED, Action.SETTLE)
_EXPIRED = Move(_S.EXPIRED, Action.SETTLE)
_CANCELLED = Move(_S.CANCELLED, Action.SETTLE)
_AGAIN = Move(_S.QUEUED, Action.AGAIN)

# A result may come before the answer to the request, and after an attempt that nobody heard of.
_RESULTS: dict[Input, Move | Ignored] = {
    _I.RESULT_DONE: _DONE,
    _I.RESULT_REFUSED: _REFUSED,
    _I.RESULT_FAILED: _FAILED,
}
# What a device did in time is told, however late it tells, and whatever was decided here meanwhile.
_TRUTH: dict[Input, Move | Ignored] = {
    _I.RESULT_DONE: _DONE,
    _I.RESULT_REFUSED: IGNORED,
    _I.RESULT_FAILED: _FAILED,
}
_NOT_ON_ITS_WAY: dict[Input, Move | Ignored] = {
    _I.TAKEN: IGNORED,  # the answer to an attempt that was given up, or that its result overtook
    _I.DELIVERED: IGNORED,
    _I.UNREACHED: IGNORED,
    _I.DECLINED: IGNORED,
    _I.RESTART: IGNORED,
}
_NOTHING_MORE: dict[Input, Move | Ignored] = dict.fromkeys(Input, IGNORED)

TABLE: dict[State, dict[Input, Move | Ignored]] = {
    _S.QUEUED: {
        **_NOT_ON_ITS_WAY,
        **_RESULTS,
        _I.SEND: Move(_S.SENT, Action.SEND),
        _I.EXPIRE: _EXPIRED,
        _I.CANCEL: _CANCELLED,
    },
    _S.SENT: {
        **_RESULTS,
        _I.SEND: IGNORED,
        _I.TAKEN: Move(_S.ACKNOWLEDGED, Action.HOLD),
        _I.DELIVERED: _DONE,
        _I.UNREACHED: _AGAIN,
        _I.DECLINED: _REFUSED,
        _I.EXPIRE: _EXPIRED,
        _I.CANCEL: IGNORED,  # it may be carried out this moment: "cancelled" would be a lie
        _I.RESTART: _AGAIN,
    },
    _S.ACKNOWLEDGED: {
        **_NOT_ON_ITS_WAY,
        **_RESULTS,
        _I.SEND: IGNORED,
        _I.EXPIRE: _EXPIRED,
        _I.CANCEL: IGNORED,
    },
    _S.EXPIRED: {**_NOTHING_MORE, **_TRUTH},
    _S.CANCELLED: {**_NOTHING_MORE, **_TRUTH},
    _S.DONE: _NOTHING_MORE,
    _S.REFUSED: _NOTHING_MORE,
    _S.FAILED: _NOTHING_MORE,
}
"""Every state with every input."""

OPEN = frozenset({State.QUEUED, State.SENT, State.ACKNOWLEDGED})
"""The states in which something will still happen."""


def states_that(given: Input) -> tuple[State, ...]:
    """Give the states in which an input changes anything.

    Examples
    --------
    >>> states_that(Input.CANCEL)
    (<State.QUEUED: 'queued'>,)
    """
    return tuple(state for state, row in TABLE.items() if isinstance(row[given], Move))


def as_markdown() -> str:
    """Write the table for docs/commands.md: inputs down, states across; a dot where nothing changes."""
    lines = ["| | " + " | ".join(State) + " |", "|---" * (len(State) + 1) + "|"]
    for given in Input:
        moves = (TABLE[state][given] for state in State)
        cells = (move.state.value if isinstance(move, Move) else "·" for move in moves)
        lines.append(f"| {given} | {' | '.join(cells)} |")
    return "\n".join(lines)
