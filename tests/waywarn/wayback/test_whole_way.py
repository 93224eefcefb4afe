"""The whole way on loopback: command line, store, service, a device on a real socket, and back."""

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sip import Transport
from sip.command import COMMAND_TYPE
from tests.waywarn.test_service import running
from tests.waywarn.wayback.tracker import Memory, Tracker
from waywarn.commands.device import device
from waywarn.service import Service
from waywarn.store import Store
from waywarn.wayback import Errand, State

PATIENCE_S = 15.0


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 60))


async def ask(folder: Path, *words: str, wait_s: float = PATIENCE_S) -> Result:
    """Run `waywarn device ...` beside the service, as another process would."""
    line = [*words, "-c", str(folder / "waywarn.toml")]
    if words[0] not in {"commands", "cancel"}:
        line += ["--wait", str(wait_s)]
    return await asyncio.to_thread(lambda: CliRunner().invoke(device, line, catch_exceptions=False))


def newest(store: Store) -> Errand:
    return store.commands.newest("anna", 1)[0]


async def until(store: Store, state: State, *, said: str = "") -> Errand:
    """Wait until the newest command is in a state, with something in its detail."""
    async with asyncio.timeout(PATIENCE_S):
        while (errand := newest(store)).state is not state or said not in errand.detail:
            await asyncio.sleep(0.02)
    return errand


def at(service: Service, transport: Transport) -> Any:
    return next(each for each in service.addresses if each.transport is transport)


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
def test_a_registered_device_carries_a_command_out_and_tells(tmp_path: Path, transport: Transport) -> None:
    async def story() -> None:
        memory = Memory()
        async with running(tmp_path) as (service, store), Tracker.at(at(service, transport), memory) as anna:
            assert (await anna.register()).status == 200
            asked = asyncio.create_task(ask(tmp_path, "lock", "anna", "--yes", "--text", "Verloren?"))
            await anna.serve_one()
            result = await asked
            assert result.exit_code == 0, result.stderr
            assert "done: did lock" in result.stdout
            assert newest(store).attempts == 1
            assert memory.begun == [newest(store).id]

    run(story())


def test_a_command_waits_for_the_registration_and_goes_with_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            running(tmp_path) as (service, store),
            Tracker.at(at(service, Transport.UDP), Memory()) as anna,
        ):
            result = await ask(tmp_path, "locate", "anna", wait_s=2.5)
            assert result.exit_code == 1
            assert "waits: the device is not registered" in result.stderr
            await anna.register()
            await anna.serve_one()
            await until(store, State.DONE)

    run(story())


def test_a_restart_in_between_forgets_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        memory = Memory()
        async with (
            running(tmp_path) as (service, store),
            Tracker.at(at(service, Transport.UDP), memory) as anna,
        ):
            await anna.register()
            anna.answer = None
            await ask(tmp_path, "shutdown", "anna", "--yes", wait_s=0)
            early = await anna.carry_out(await anna.heard())
            assert newest(store).state is State.SENT
        async with (
            running(tmp_path) as (service, store),
            Tracker.at(at(service, Transport.UDP), memory) as anna,
        ):
            await anna.register()
            await anna.serve_one()
            errand = await until(store, State.DONE)
            assert errand.id == early.id
            assert errand.attempts >= 2
            assert memory.begun == [early.id]

    run(story())


def test_a_command_given_while_the_service_is_down_goes_out_when_it_is_up(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as (service, _):
            pass
        result = await ask(tmp_path, "locate", "anna", wait_s=0)
        assert "does `waywarn run` run" in result.stderr
        async with (
            running(tmp_path) as (service, store),
            Tracker.at(at(service, Transport.UDP), Memory()) as anna,
        ):
            await anna.register()
            await anna.serve_one()
            await until(store, State.DONE)

    run(story())


def test_a_registration_outlives_the_service(tmp_path: Path) -> None:
    async def story() -> None:
        memory = Memory()
        async with running(tmp_path) as (service, _):
            first = Tracker(memory)
            await first._connect(at(service, Transport.UDP))
            await first.register()
            first._transport.close()
        with Store.open(tmp_path / "waywarn.sqlite") as store:
            (binding,) = store.bindings()
            assert binding.session_key == first.keys[-1]

    run(story())


def test_a_plain_phone_gets_a_text_and_refuses_what_it_cannot(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            running(tmp_path) as (service, store),
            Tracker.at(at(service, Transport.UDP), Memory(), user_agent="Some Phone") as phone,
        ):
            await phone.register()
            result = await ask(tmp_path, "message", "anna", "Komm heim")
            assert result.exit_code == 0
            request = await phone.heard()
            assert request.method == "MESSAGE"
            assert request.headers.get("Content-Type") == "text/plain;charset=utf-8"
            assert request.body == b"Komm heim"
            assert "sip:waywarn@" in (request.headers.get("From") or "")
            phone.answer = 415
            result = await ask(tmp_path, "photo", "anna")
            assert result.exit_code == 1
            assert "does not read commands" in result.stderr
            assert (await phone.heard()).headers.get("Content-Type") == COMMAND_TYPE
            assert newest(store).state is State.REFUSED

    run(story())


def test_a_lock_is_in_force_at_the_server_within_a_second_and_after_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as (service, _):
            directory = service._presence.directory
            assert directory.locked == set()
            await ask(tmp_path, "lock", "anna", "--yes", wait_s=0)
            async with asyncio.timeout(3):
                while not directory.locked:
                    await asyncio.sleep(0.02)
        async with running(tmp_path) as (service, store):
            directory = service._presence.directory
            assert len(directory.locked) == 1
            await ask(tmp_path, "unlock", "anna", wait_s=0)
            async with asyncio.timeout(3):
                while directory.locked:
                    await asyncio.sleep(0.02)
            assert store.commands.locked() == frozenset()

    run(story())


def test_a_result_signed_with_another_key_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            running(tmp_path) as (service, store),
            Tracker.at(at(service, Transport.UDP), Memory()) as anna,
        ):
            await anna.register()
            await ask(tmp_path, "locate", "anna", wait_s=0)
            result = await anna.carry_out(await anna.heard())
            assert (await anna.tell(result.signed("00" * 32))).status == 403
            assert (await anna.tell(b"{}")).status == 400
            await until(store, State.ACKNOWLEDGED)
            await anna.register()  # another key; the command's own still holds
            assert (await anna.tell(result.signed(anna.keys[0]))).status == 200
            await until(store, State.DONE)
            assert (await anna.tell(result.signed(anna.keys[1]))).status in {200, 404}  # told before
            assert threading.active_count() < 50

    run(story())
