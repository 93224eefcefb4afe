"""The courier: what is sent when, and what becomes of it."""

import asyncio

import pytest

from sip.command import COMMAND_TYPE, Result, ResultState, parse_command
from sip.order import Order
from tests.sip.talk import account
from tests.waywarn.wayback.world import ANNA, NO_BELL, Device, Registration, World
from waywarn.provision.new_device import NewDevice
from waywarn.provision.token import Issue, Token, TokenKind
from waywarn.store.command_table import KEPT_S
from waywarn.wayback.courier import NOT_REGISTERED
from waywarn.wayback.errand import FIRST_RETRY_S
from waywarn.wayback.request import Carrier
from waywarn.wayback.states import Input, State

TRACKER = Registration()
PHONE = Registration(user_agent="Some Phone 1.0")


def test_a_command_waits_for_its_device_and_goes_when_it_registers(world: World) -> None:
    command = world.give(Order.LOCATE)
    world.look()
    assert (world.row(command).state, world.row(command).detail) == (State.QUEUED, NOT_REGISTERED)
    world.register(TRACKER)
    world.look()
    (posted,) = world.wire
    assert posted.request.method == "MESSAGE"
    assert posted.request.uri == TRACKER.contact
    assert posted.request.headers.get("Content-Type") == COMMAND_TYPE
    signed = parse_command(posted.request.body)
    assert signed.command.id == command
    assert signed.is_signed_by([TRACKER.session_key])
    assert world.row(command).state is State.SENT
    world.answer(posted, 200)
    world.look()
    assert world.row(command).state is State.ACKNOWLEDGED
    assert world.tell(Result(command, ResultState.DONE, "published").signed(TRACKER.session_key)) == 200
    world.look()
    row = world.row(command)
    assert (row.state, row.detail, row.settled_at) == (State.DONE, "published", world.now)
    assert len(world.wire) == 1


def test_it_is_written_as_sent_before_it_is_sent(world: World) -> None:
    command = world.give(Order.LOCATE)
    seen: list[State] = []
    world.register(TRACKER)
    world.courier._post = lambda *_: seen.append(world.row(command).state)
    world.look()
    assert seen == [State.SENT]


def test_an_unanswered_attempt_is_repeated_later_and_later_with_the_same_id(world: World) -> None:
    command = world.give(Order.LOCK)
    world.register(TRACKER)
    world.look()
    pause = FIRST_RETRY_S
    for attempt in (1, 2, 3):
        assert len(world.wire) == attempt
        world.answer(world.wire[-1], None)
        world.look()
        world.now += pause - 0.1
        world.look()
        assert len(world.wire) == attempt
        world.now += 0.1
        world.look()
        pause *= 2
    assert {parse_command(posted.request.body).command.id for posted in world.wire} == {command}
    assert world.row(command).attempts == 4


def test_a_registration_ends_the_pause(world: World) -> None:
    world.give(Order.LOCK)
    world.register(TRACKER)
    world.look()
    world.answer(world.wire[0], 503)
    world.look()
    assert len(world.wire) == 1
    world.register(Registration(session_key="ab" * 32))
    world.look()
    assert parse_command(world.wire[1].request.body).is_signed_by(["ab" * 32])


def test_the_next_attempt_tries_the_next_registration(world: World) -> None:
    other = Registration(contact="sip:anna@192.0.2.11")
    world.give(Order.LOCK)
    world.register(TRACKER, other)
    world.look()
    world.answer(world.wire[0], 480)
    world.register(TRACKER, other)
    world.look()
    assert [posted.request.uri for posted in world.wire] == [TRACKER.contact, other.contact]


def test_the_answer_to_an_earlier_attempt_says_nothing_of_this_one(world: World) -> None:
    command = world.give(Order.LOCK)
    world.register(TRACKER)
    world.look()
    world.answer(world.wire[0], 503)
    world.register(TRACKER)
    world.look()
    world.answer(world.wire[0], 415)
    world.look()
    assert world.row(command).state is State.SENT


@pytest.mark.parametrize("status", [405, 415, 501])
def test_a_phone_that_reads_no_commands_says_so_and_that_is_told(world: World, status: int) -> None:
    command = world.give(Order.LOCK)
    world.register(PHONE)
    world.look()
    world.answer(world.wire[0], status)
    world.look()
    row = world.row(command)
    assert row.state is State.REFUSED
    assert "does not read commands" in row.detail


def test_a_text_to_a_phone_is_plain_and_done_when_it_is_delivered(world: World) -> None:
    command = world.give(Order.MESSAGE, {"text": "Komm heim\nMama"})
    world.register(PHONE)
    world.look()
    request = world.wire[0].request
    assert request.headers.get("Content-Type") == "text/plain;charset=utf-8"
    assert request.body.decode() == "Komm heim\nMama"
    world.answer(world.wire[0], 200)
    world.look()
    assert world.row(command).state is State.DONE


def test_a_text_to_a_tracker_is_a_command(world: World) -> None:
    world.give(Order.MESSAGE, {"text": "Komm heim"})
    world.register(TRACKER)
    world.look()
    assert parse_command(world.wire[0].request.body).command.arguments == {"text": "Komm heim"}


@pytest.mark.parametrize("carrier", Carrier)
def test_the_configuration_says_in_which_method_a_device_hears_commands(
    world: World, carrier: Carrier
) -> None:
    world._carriers = {"anna": carrier}
    world.start()
    world.give(Order.RING, {"for_s": 5})
    world.register(PHONE)
    world.look()
    request = world.wire[0].request
    assert request.method == carrier
    assert request.headers.get("CSeq") == f"1 {carrier}"
    assert parse_command(request.body).command.order is Order.RING


def test_without_a_bell_a_phone_cannot_be_rung_and_it_is_said_why(world: World) -> None:
    command = world.give(Order.RING, {"for_s": 5})
    world.register(PHONE)
    world.look()
    world.look()
    assert (world.row(command).state, world.row(command).detail) == (State.REFUSED, NO_BELL)
    assert world.wire == []


def test_a_phone_is_rung_by_the_bell(world: World) -> None:
    rung: list[tuple[str, float]] = []

    async def bell(uri: str, for_s: float) -> tuple[Input, str]:
        rung.append((uri, for_s))
        return Input.DELIVERED, "answered"

    world._bell = bell
    world.start()
    command = world.give(Order.RING, {"for_s": 5})
    world.register(PHONE)

    async def twice() -> None:
        await world.courier.look()
        await asyncio.sleep(0)
        await world.courier.look()

    asyncio.run(twice())
    assert rung == [(ANNA.aor, 5.0)]
    assert (world.row(command).state, world.row(command).detail) == (State.DONE, "answered")


def test_what_expired_is_not_sent(world: World) -> None:
    command = world.give(Order.LOCATE, for_s=60)
    world.look()
    world.now += 60
    world.register(TRACKER)
    world.look()
    assert world.wire == []
    row = world.row(command)
    assert row.state is State.EXPIRED
    assert row.detail == f"it never reached the device ({NOT_REGISTERED})"


def test_a_result_that_comes_after_the_expiry_is_told_all_the_same(world: World) -> None:
    command = world.give(Order.PHOTO, for_s=60)
    world.register(TRACKER)
    world.look()
    world.answer(world.wire[0], 200)
    world.now += 61
    world.look()
    assert world.row(command).state is State.EXPIRED
    assert world.tell(Result(command, ResultState.DONE, "kept").signed(TRACKER.session_key)) == 200
    assert world.row(command).state is State.DONE


def test_a_result_is_taken_once_from_its_own_device_with_a_key_of_its_own(world: World) -> None:
    command = world.give(Order.LOCK)
    done = Result(command, ResultState.DONE).signed(TRACKER.session_key)
    world.look()
    assert world.tell(done) == 404  # the device cannot have it
    world.register(TRACKER)
    world.look()
    assert world.tell(done, who=account("berta")) == 404
    assert world.tell(Result(command, ResultState.DONE).signed("00" * 32)) == 403
    assert world.tell(Result("f" * 16, ResultState.DONE).signed(TRACKER.session_key)) == 404
    assert world.tell(done, stored=False) == 503
    assert world.row(command).state is State.SENT
    assert world.tell(done) == 200
    assert world.tell(Result(command, ResultState.FAILED).signed(TRACKER.session_key)) == 200
    assert world.row(command).state is State.DONE


def test_a_result_signed_with_the_key_of_the_command_is_taken_after_a_new_registration(world: World) -> None:
    command = world.give(Order.LOCK)
    world.register(TRACKER)
    world.look()
    world.register(Registration(session_key="ab" * 32))
    assert world.tell(Result(command, ResultState.DONE).signed(TRACKER.session_key)) == 200


def test_what_was_on_its_way_at_a_restart_is_sent_again(world: World) -> None:
    device = Device(TRACKER)
    command = world.give(Order.SHUTDOWN)
    world.register(TRACKER)
    world.look()
    device.receive(world.wire[0].request, world.now)
    world.start()
    world.look()
    (posted,) = world.wire
    device.receive(posted.request, world.now)
    assert list(device.done_at) == [command]
    assert world.tell(device.results[-1]) == 200
    assert world.row(command).state is State.DONE


def test_a_lock_holds_at_our_server_whether_or_not_the_device_hears_of_it(world: World) -> None:
    world.give(Order.LOCK)
    world.look()
    assert world.directory.locked == {ANNA.aor}
    world.start()
    world.look()
    assert world.directory.locked == {ANNA.aor}
    world.give(Order.UNLOCK)
    world.look()
    assert world.directory.locked == set()


def test_a_lock_that_is_taken_back_holds_no_more(world: World) -> None:
    command = world.give(Order.LOCK)
    world.look()
    cancelled = world.store.commands.cancel(command, world.now)
    assert cancelled is not None
    assert cancelled.state is State.CANCELLED
    world.register(TRACKER)
    world.look()
    assert world.directory.locked == set()
    assert world.wire == []


def test_what_is_on_its_way_cannot_be_taken_back(world: World) -> None:
    command = world.give(Order.SHUTDOWN)
    world.register(TRACKER)
    world.look()
    held = world.store.commands.cancel(command, world.now)
    assert held is not None
    assert held.state is State.SENT
    assert world.store.commands.cancel("f" * 16, world.now) is None


def test_a_command_is_purged_a_month_after_its_expiry(world: World) -> None:
    command = world.give(Order.MESSAGE, {"text": "private"}, for_s=60)
    world.store.purge(world.now + 60 + KEPT_S - 1)
    assert world.store.commands.get(command) is not None
    assert world.store.purge(world.now + 60 + KEPT_S).commands == 1
    assert world.store.commands.get(command) is None


def test_a_command_that_is_given_after_a_purge_is_seen(world: World) -> None:
    world.register(TRACKER)
    first = world.give(Order.LOCATE)
    world.look()
    world.answer(world.wire[-1], 200)
    world.look()
    assert world.tell(Result(first, ResultState.DONE, "").signed(TRACKER.session_key)) == 200
    world.look()
    world.now = world.row(first).expires_at + KEPT_S
    assert world.store.purge(world.now).commands == 1
    world.give(Order.LOCK)
    world.register(TRACKER)
    world.look()
    assert len(world.wire) == 2


@pytest.mark.parametrize("sent", [False, True], ids=["waiting", "sent"])
def test_what_waits_for_a_revoked_account_never_reaches_the_next_of_its_name(
    world: World,
    sent: bool,  # noqa: FBT001 (a table's column)
) -> None:
    issue = Issue(Token.fresh((1).to_bytes), TokenKind.TRACKER, world.now + 3_600)
    world.store.accounts.add(NewDevice.read("anna", profile="child"), issue, world.now)
    if sent:
        world.register(TRACKER)
    command = world.give(Order.LOCK)
    world.look()
    assert len(world.wire) == sent
    assert world.store.commands.locked() == {"anna"}
    assert world.store.accounts.revoke("anna", world.now)
    world.now += 1
    world.look()
    assert (world.row(command).state, world.row(command).detail) == (State.EXPIRED, "the account was revoked")
    assert world.store.commands.locked() == frozenset()
    if sent:
        world.answer(world.wire[-1], None)
    world.now += 3_600
    world.register(TRACKER)
    world.look()
    assert len(world.wire) == sent
    assert ANNA.aor not in world.directory.locked


def test_many_commands_wait_together_and_go_with_one_registration(world: World) -> None:
    commands = [world.give(Order.LOCATE) for _ in range(300)]
    world.look()
    world.look()
    assert {world.row(each).detail for each in commands} == {NOT_REGISTERED}
    world.register(TRACKER)
    world.look()
    assert len(world.wire) == 300


def test_what_was_taken_back_while_the_service_was_looking_is_not_sent(world: World) -> None:
    first, second = world.give(Order.LOCATE), world.give(Order.LOCATE)
    world.look()
    world.store.commands.cancel(first, world.now)
    world.register(TRACKER)
    world.look()
    assert [parse_command(posted.request.body).command.id for posted in world.wire] == [second]


class Theirs:
    """Another server, at which anna is."""

    def __init__(self) -> None:
        self.did: list[tuple[str, object]] = []

    def address_of(self, device: str) -> str | None:
        return "sip:anna@operator.example" if device == "anna" else None

    async def ring(self, uri: str, for_s: float) -> tuple[Input, str]:
        self.did.append((uri, for_s))
        return Input.DELIVERED, "rang"

    async def tell(self, uri: str, text: str) -> tuple[Input, str]:
        self.did.append((uri, text))
        raise RuntimeError("the agent died")


def test_a_device_at_an_operators_server_is_rung_and_written_to_there(world: World) -> None:
    theirs = Theirs()
    world._elsewhere = theirs
    world.start()
    ring = world.give(Order.RING, {"for_s": 5})
    text = world.give(Order.MESSAGE, {"text": "Komm heim"})
    lock = world.give(Order.LOCK)

    async def twice() -> None:
        await world.courier.look()
        await asyncio.sleep(0)
        await world.courier.look()

    asyncio.run(twice())
    there = "sip:anna@operator.example"
    assert sorted(theirs.did, key=str) == [(there, "Komm heim"), (there, 5.0)]
    assert world.row(ring).state is State.DONE
    assert (world.row(text).state, world.row(text).detail) == (State.QUEUED, "the agent failed")
    assert (world.row(lock).state, world.row(lock).detail) == (State.QUEUED, NOT_REGISTERED)
