"""The publishing device's table: each phase with each event, and every conversation ends."""

import itertools
from collections.abc import Iterator

import pytest

from sip.device.publication_client import Delivered, Effect, Finished, Lost, PublicationClient, Send
from sip.device.publication_table import TABLE, Act, Event, Phase
from sip.message import Response
from tests.sip.device.test_publication_client import NONCE, A, B, C, client, ok, response, told


def in_phase(phase: Phase) -> PublicationClient:
    """A client that came there by a legal way."""
    device = client()
    if phase is Phase.OVER:
        device.end(0.0)
    if phase in {Phase.ABSENT, Phase.OVER}:
        return device
    device.publish(A, 0.0)
    if phase is Phase.INITIATING:
        return device
    device.answered(ok("t1", "100"), 0.0)
    if phase in {Phase.MODIFYING, Phase.WAITING}:
        device.publish(B, 1.0)
    if phase is Phase.WAITING:
        device.unanswered("silence", 1.0)
    if phase is Phase.REFRESHING:
        device.wake(50.0)
    if phase is Phase.REMOVING:
        device.end(1.0)
    return device


RESPONSES = {
    Event.OK: ok("t2"),
    Event.CHALLENGED: response(401, WWW_Authenticate=NONCE),
    Event.GONE: response(412),
    Event.TOO_BRIEF: response(423, Min_Expires="7200"),
    Event.BUSY: response(503),
    Event.REFUSED: response(400),
    Event.FORBIDDEN: response(403),
}


def happen(device: PublicationClient, event: Event) -> list[Effect]:
    if event is Event.NEW:
        return device.publish(C, 55.0)
    if event is Event.END:
        return device.end(55.0)
    if event is Event.DUE:
        return device.wake(55.0)
    return device.answered(RESPONSES[event], 55.0)


@pytest.mark.parametrize(("phase", "event"), list(itertools.product(Phase, Event)))
def test_each_phase_meets_each_event_as_the_table_says(phase: Phase, event: Event) -> None:
    device = in_phase(phase)
    assert device.phase is phase
    following, act = TABLE[phase, event]
    effects = happen(device, event)
    if act is Act.IGNORE:
        assert [effect for effect in effects if not isinstance(effect, Lost)] == []
        assert device.phase is phase
    elif following not in {Phase.HELD, Phase.ABSENT}:  # from there it goes on by itself
        assert device.phase is following
    if act.startswith("send"):
        assert isinstance(effects[0], Send)
    assert (device.phase is Phase.OVER) == any(
        isinstance(effect, Finished) for effect in effects
    ) or phase is Phase.OVER


def everything_ends(scripts: Iterator[Response | None]) -> int:
    """Drive one client with two documents through a script of answers; how many steps it took."""
    device = client()
    settled: list[Effect] = []
    todo = device.publish(A, 0.0) + device.publish(B, 0.0) + device.end(0.0)
    now = 0.0
    for step in range(200):
        settled += told(todo)
        if device.phase is Phase.OVER:
            documents = [effect.document.label for effect in settled if isinstance(effect, Delivered | Lost)]
            assert sorted(documents) == ["a", "b"]
            assert sum(isinstance(effect, Finished) for effect in settled) == 1
            return step
        if any(isinstance(effect, Send) for effect in todo):
            answer = next(scripts)
            now += 1
            todo = device.unanswered("silence", now) if answer is None else device.answered(answer, now)
        else:
            assert device.next_wake is not None
            now = device.next_wake
            todo = device.wake(now)
    raise AssertionError("it goes on for ever")


@pytest.mark.parametrize("first", [*RESPONSES.values(), None])
@pytest.mark.parametrize("second", [*RESPONSES.values(), None])
def test_whatever_the_server_answers_each_document_is_settled_once_and_all_ends(
    first: Response | None, second: Response | None
) -> None:
    for third in [*RESPONSES.values(), None]:
        everything_ends(itertools.cycle([first, second, third]))
