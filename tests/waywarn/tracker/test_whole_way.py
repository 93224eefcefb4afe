"""The whole way: a service, a tracker and the operator's command line, each a process of its own."""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import ssl
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from corridor.instant import format_instant
from sip.tls import pin_of
from tests.sip.authority import Authority
from waywarn.demo.actors import HOST, PASSWORD, PASSWORD_VARIABLE, free_port, service

PATIENCE_S = 60.0
CONFIGURATION = """\
[service]
store = "waywarn.sqlite"
[sip]
domain = "town.example"
listen = {listen}
{keys}
[devices.anna]
password = "{password}"
"""
TRACKER = """\
[account]
aor = "sip:anna@town.example"
password_env = "{variable}"
[server]
host = "{host}"
port = {port}
transport = "{transport}"
{pin}
[source]
standard_input = true
[queue]
state = "state"
[hooks]
message = ["{python}", "-c", "import os; open('shown','a').write(os.environ['WAYWARN_TEXT']); print('shown')"]
ring = "sleep 60"
photo = "false"
"""


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 150))


def configure(folder: Path, port: int, *, keys: str = "") -> None:
    doors = ("tls",) if keys else ("udp", "tcp")
    listen = json.dumps([f"{door}:{HOST}:{port}" for door in doors])
    (folder / "waywarn.toml").write_text(CONFIGURATION.format(listen=listen, keys=keys, password=PASSWORD))


@asynccontextmanager
async def tracker(
    folder: Path, port: int, transport: str, pin: str = ""
) -> AsyncIterator[asyncio.subprocess.Process]:
    text = TRACKER.format(
        host=HOST,
        port=port,
        transport=transport,
        pin=f'pin = "{pin}"' if pin else "",
        variable=PASSWORD_VARIABLE,
        python=sys.executable,
    )
    (folder / "tracker.toml").write_text(text)
    with (folder / "tracker.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "waywarn", "publish", "-c", "tracker.toml"),
            cwd=folder,
            env=os.environ | {PASSWORD_VARIABLE: PASSWORD},
            stdin=asyncio.subprocess.PIPE,
            stderr=log,
        )
    feeding = asyncio.create_task(feed(process))
    try:
        yield process
    finally:
        feeding.cancel()
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 20)


async def feed(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    with contextlib.suppress(ConnectionError):
        while True:
            fix = {"time": format_instant(time.time()), "lon": 16.37, "lat": 48.2, "accuracy_m": 8}
            process.stdin.write(json.dumps(fix).encode() + b"\n")
            await process.stdin.drain()
            await asyncio.sleep(0.2)


async def until(folder: Path, words: str, count: int = 1) -> None:
    log = folder / "tracker.log"
    while not log.exists() or log.read_text().count(words) < count:
        await asyncio.sleep(0.05)


async def device(folder: Path, *arguments: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "waywarn", "device", *arguments, "-c", "waywarn.toml"),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


def fixes(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(folder / "waywarn.sqlite")) as store:
        return int(store.execute("SELECT count(*) FROM fixes").fetchone()[0])


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_orders_reach_the_device_and_their_results_the_operator(tmp_path: Path, transport: str) -> None:
    async def story() -> None:
        port = free_port()
        configure(tmp_path, port)
        async with service(tmp_path), tracker(tmp_path, port, transport):
            await asyncio.wait_for(until(tmp_path, "registration.done"), PATIENCE_S)
            code, said = await device(tmp_path, "message", "anna", "come home; $(reboot)")
            assert (code, (tmp_path / "shown").read_text()) == (0, "come home; $(reboot)"), said
            before = fixes(tmp_path)
            code, said = await device(tmp_path, "locate", "anna")
            assert code == 0, said
            while fixes(tmp_path) == before:
                await asyncio.sleep(0.05)
            code, said = await device(tmp_path, "ring", "anna", "--for", "1")
            assert code == 0, said
            assert fixes(tmp_path) <= before + 2  # one may have been due meanwhile
            code, said = await device(tmp_path, "photo", "anna")
            assert code == 1, said
            assert "the hook ended with 1" in said
            code, said = await device(tmp_path, "unlock", "anna")
            assert code == 1, said
            assert "no hook for unlock" in said

    run(story())


def test_an_order_waits_for_a_device_that_is_away_and_is_carried_out_once(tmp_path: Path) -> None:
    async def story() -> None:
        port = free_port()
        configure(tmp_path, port)
        async with service(tmp_path):
            code, said = await device(tmp_path, "message", "anna", "later", "--wait", "0")
            assert code == 1, said
            async with tracker(tmp_path, port, "udp"):
                await asyncio.wait_for(until(tmp_path, "result.told"), PATIENCE_S)
            async with tracker(tmp_path, port, "udp"):
                await asyncio.wait_for(until(tmp_path, "registration.done", 2), PATIENCE_S)
                code, said = await device(tmp_path, "message", "anna", ", now")
                assert code == 0, said  # what waited longer would have come before
        assert (tmp_path / "shown").read_text() == "later, now"

    run(story())


def test_over_tls_the_pinned_server_is_told_and_no_other(tmp_path: Path) -> None:
    async def story() -> None:
        port = free_port()
        certificate, key = Authority(tmp_path).issue("elsewhere.example")
        shown = ssl.PEM_cert_to_DER_cert(
            certificate.read_text().partition("-----END")[0] + "-----END CERTIFICATE-----"
        )
        configure(tmp_path, port, keys=f'certificate = "{certificate.name}"\nkey = "{key.name}"')
        async with service(tmp_path):
            async with tracker(tmp_path, port, "tls", "0" * 64):
                await asyncio.wait_for(until(tmp_path, "is not the pinned one", 3), PATIENCE_S)
                assert fixes(tmp_path) == 0
            async with tracker(tmp_path, port, "tls", pin_of(shown)):
                await asyncio.wait_for(until(tmp_path, "registration.done"), PATIENCE_S)
                code, said = await device(tmp_path, "locate", "anna")
                assert code == 0, said
                assert fixes(tmp_path) >= 2

    run(story())
