"""Results of commands in real bytes: from the MESSAGE of a device to the row in the store."""

from sip.command import RESULT_TYPE, Result, ResultState
from sip.order import Order
from sip.server.admitted import Admitted
from sip.server.inbox import Acknowledged, Inbox
from sip.server.outcome import Refused
from tests.sip.talk import Talk, document
from tests.waywarn.wayback.world import Registration, World
from waywarn.store import Batch
from waywarn.wayback.states import State

KEY = Registration().session_key


def message(world: World, body: bytes, *, kind: str = RESULT_TYPE, who: str = "anna") -> Admitted:
    talk = Talk(now=world.now)
    fields: dict[str, str | None] = {"Content-Type": kind}
    request = talk.request(method="MESSAGE", user=who, event=None, body=body, headers=fields)
    admitted = talk.receive(talk.authorized(request, who))
    assert isinstance(admitted, Admitted)
    return admitted


def sent(world: World) -> str:
    command = world.give(Order.LOCATE)
    world.register(Registration())
    world.look()
    return command


def test_a_result_is_stored_with_its_batch_and_then_answered_200(world: World) -> None:
    command = sent(world)
    inbox = Inbox(world.ledger)
    body = Result(command, ResultState.FAILED, "no satellite in sight").signed(KEY)
    outcome = inbox.apply(message(world, body, kind=RESULT_TYPE.upper() + ";charset=utf-8"), world.now)
    assert isinstance(outcome, Acknowledged)
    assert outcome.answer.status == 200
    assert world.row(command).state is State.SENT
    world.store.commit(Batch(now=world.now, presence=(outcome.change,)))
    assert (world.row(command).state, world.row(command).detail) == (State.FAILED, "no satellite in sight")
    again = inbox.apply(message(world, body), world.now)
    assert again == Acknowledged(None)
    inbox.undo(again)  # which takes back nothing
    assert inbox.apply(message(world, body), world.now) == again


def test_a_result_whose_commit_fails_is_undone(world: World) -> None:
    command = sent(world)
    inbox = Inbox(world.ledger)
    admitted = message(world, Result(command, ResultState.DONE).signed(KEY))
    outcome = inbox.apply(admitted, world.now)
    assert isinstance(outcome, Acknowledged)
    inbox.undo(outcome)
    assert inbox.apply(admitted, world.now) == outcome


def test_what_is_no_result_or_of_nobody_is_refused(world: World) -> None:
    command = sent(world)
    inbox = Inbox(world.ledger)
    done = Result(command, ResultState.DONE)
    for body, who, status in (
        (b"{}", "anna", 400),
        (done.signed("00" * 32), "anna", 403),
        (done.signed(KEY), "bert", 404),
        (Result("f" * 16, ResultState.DONE).signed(KEY), "anna", 404),
    ):
        outcome = inbox.apply(message(world, body, who=who), world.now)
        assert isinstance(outcome, Refused)
        assert outcome.answer.status == status


def test_a_server_that_gives_no_commands_reads_no_results(world: World) -> None:
    inbox = Inbox()
    outcome = inbox.apply(message(world, Result("f" * 16, ResultState.DONE).signed(KEY)), world.now)
    assert isinstance(outcome, Refused)
    assert outcome.answer.status == 415


def test_places_come_as_before(world: World) -> None:
    inbox = Inbox(world.ledger)
    place = message(world, document(lat=48.5), kind="application/pidf+xml")
    report = inbox.apply(place, world.now).report
    assert report is not None
    assert report.fix.lat == 48.5
