"""`waywarn run` as a process: it starts, drains on SIGTERM, and loses nothing to SIGKILL."""

import asyncio
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from sip import ListenAddress, Transport
from tests.waywarn.phone import Phone
from tests.waywarn.test_service import CONFIGURATION, STREET, run
from tests.waywarn.town import DOMAIN, ON_STREET, PASSWORD

START_S = 60.0


@asynccontextmanager
async def process(folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, ListenAddress]]:
    """Run the service in a process of its own; gives it and its UDP address."""
    (folder / "street.geojson").write_text(STREET)
    (folder / "waywarn.toml").write_text(CONFIGURATION.format(domain=DOMAIN, password=PASSWORD, smtp_port=9))
    command = (sys.executable, "-m", "waywarn", "run", "-c", "waywarn.toml")
    service = await asyncio.create_subprocess_exec(*command, cwd=folder, stderr=asyncio.subprocess.PIPE)
    try:
        yield service, await asyncio.wait_for(udp_address(service), START_S)
    finally:
        if service.returncode is None:
            service.kill()
        await service.communicate()


async def udp_address(service: asyncio.subprocess.Process) -> ListenAddress:
    assert service.stderr is not None
    port = 0
    async for line in service.stderr:
        if found := re.search(rb"transport=UDP host=127.0.0.1 port=(\d+)", line):
            port = int(found[1])
        if b"service.ready" in line:
            return ListenAddress(Transport.UDP, "127.0.0.1", port)
    pytest.fail("the service ended before it was ready")


def stored_fixes(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "waywarn.sqlite")) as connection:
        count: int = connection.execute("SELECT count(*) FROM fixes").fetchone()[0]
        return count


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_orderly_and_what_was_answered_is_stored(tmp_path: Path, number: signal.Signals) -> None:
    async def story() -> None:
        async with process(tmp_path) as (service, address):
            async with Phone.at(address) as phone:
                assert (await phone.publish(ON_STREET)).status == 200
            service.send_signal(number)
            assert await service.wait() == 0
        assert stored_fixes(tmp_path) == 1

    run(story())


def test_a_killed_service_has_what_it_answered_and_goes_on_from_there(tmp_path: Path) -> None:
    async def story() -> None:
        for round_ in (1, 2):
            async with process(tmp_path) as (service, address), Phone.at(address) as phone:
                assert (await phone.publish(ON_STREET)).status == 200
                service.kill()
                await service.wait()
            assert stored_fixes(tmp_path) == round_

    run(story())


def test_a_port_that_is_taken_ends_the_start_with_2_and_says_which(tmp_path: Path) -> None:
    async def story() -> None:
        async with process(tmp_path) as (_, address):
            text = (
                (tmp_path / "waywarn.toml")
                .read_text()
                .replace("udp:127.0.0.1:0", f"udp:127.0.0.1:{address.port}")
            )
            (tmp_path / "second.toml").write_text(text)
            command = (sys.executable, "-m", "waywarn", "run", "-c", "second.toml")
            second = await asyncio.create_subprocess_exec(
                *command, cwd=tmp_path, stderr=asyncio.subprocess.PIPE
            )
            _, said = await second.communicate()
            assert second.returncode == 2
            assert f"cannot listen on udp:127.0.0.1:{address.port}" in said.decode()

    run(story())
