"""The whole way on loopback: SIP bytes in, the store, and a mail out."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from alerts import DeliveryState
from tests.waywarn.phone import Phone
from tests.waywarn.town import DOMAIN, FAR_OFF, ON_STREET, PASSWORD, pidf
from waywarn.assignment import Assignment
from waywarn.config import load_config
from waywarn.demo.mailbox import Mailbox, text_of
from waywarn.service import Service
from waywarn.store import Store

CONFIGURATION = """\
[service]
store = "waywarn.sqlite"
[sip]
domain = "{domain}"
listen = ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"]
[devices.anna]
password = "{password}"
algorithms = ["SHA-256", "MD5"]
[rules.to_school]
kind = "deviation"
device = "anna"
path = "street.geojson"
half_width_m = 40
starts = "at_once"
ends = "never"
tell = ["mother"]
[recipients.mother]
time_zone = "Europe/Vienna"
addresses = ["mailto://127.0.0.1:{smtp_port}/?from=waywarn@town.example&to=mother@town.example&mode=insecure"]
"""
STREET = '{"type": "LineString", "coordinates": [[16.37, 48.2], [16.38, 48.2]]}'
PATIENCE_S = 20.0


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 60))


@contextlib.asynccontextmanager
async def running(
    folder: Path,
    *,
    smtp_port: int = 9,
    clock: Callable[[], float] = time.time,
    follows: str = 'device = "anna"',
    stored: Sequence[Assignment] = (),
) -> AsyncIterator[tuple[Service, Store]]:
    (folder / "street.geojson").write_text(STREET)
    file = folder / "waywarn.toml"
    text = CONFIGURATION.format(domain=DOMAIN, password=PASSWORD, smtp_port=smtp_port)
    file.write_text(text.replace('device = "anna"', follows))
    with Store.open(folder / "waywarn.sqlite") as store:
        for assignment in stored:
            store.assign(assignment)
        service = Service(load_config(file, {}), store, clock)
        task = asyncio.create_task(service.run())
        await service.ready()
        try:
            yield service, store
        finally:
            service.stop()
            await task


@pytest.mark.parametrize("transport", [0, 1], ids=["udp", "tcp"])
def test_a_device_that_strays_and_returns_is_told_of_by_one_mail_each(tmp_path: Path, transport: int) -> None:
    async def story() -> None:
        mailbox = Mailbox()
        server, smtp_port = await mailbox.open()
        async with server, running(tmp_path, smtp_port=smtp_port) as (service, store):
            async with Phone.at(service.addresses[transport]) as phone:
                began = time.time() - 100
                for n, place in enumerate((ON_STREET, FAR_OFF, FAR_OFF, FAR_OFF)):
                    assert (await phone.publish(place, began + 10 * n)).status == 200
                await asyncio.wait_for(mailbox.wait_for(1), PATIENCE_S)
                for n in (5, 6, 7):
                    assert (await phone.publish(ON_STREET, began + 10 * n)).status == 200
                await asyncio.wait_for(mailbox.wait_for(2), PATIENCE_S)
            assert store.count_fixes() == 7
        assert len(mailbox.mails) == 2
        alarm, clear = mailbox.mails
        assert "anna" in alarm["subject"]
        assert "openstreetmap.org" in text_of(alarm)
        assert "back" in f"{clear['subject']} {text_of(clear)}".lower()

    run(story())


def test_a_device_follows_the_rules_that_the_store_assigns_to_it_for_as_long_as_it_says(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        began = time.time() - 100
        stored = (Assignment("an*", "to_school", began, began + 45), Assignment("ben", "to_school"))
        async with running(tmp_path, follows="assigned = true", stored=stored) as (service, store):
            async with Phone.at(service.addresses[0]) as phone:
                for n, place in enumerate((ON_STREET, FAR_OFF, FAR_OFF, FAR_OFF, FAR_OFF)):
                    assert (await phone.publish(place, began + 10 * n)).status == 200
                assert (await phone.publish(FAR_OFF, began + 60)).status == 200
            assert store.count_fixes() == 6
        with contextlib.closing(sqlite3.connect(tmp_path / "waywarn.sqlite")) as connection:
            said = connection.execute("SELECT kind, round(time - ?) FROM transitions ORDER BY id", (began,))
            assert said.fetchall() == [("off_route", 20.0), ("ended", 45.0)]

    run(story())
    assert 'what="ben follows to_school"' in caplog.text


def test_a_retransmission_gets_the_same_bytes_and_is_stored_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as (service, store):
            async with Phone.at(service.addresses[0]) as phone:
                request, answer = await phone.exchange(pidf(ON_STREET, time.time()))
                again = [await phone.tell(request) for _ in range(3)]
            assert set(again) == {answer.to_bytes()}
            assert store.count_fixes() == 1

    run(story())


def test_a_locked_store_answers_503_and_takes_the_next_try(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as (service, store):
            async with Phone.at(service.addresses[0]) as phone:
                with contextlib.closing(
                    sqlite3.connect(tmp_path / "waywarn.sqlite", isolation_level=None)
                ) as other:
                    other.execute("BEGIN IMMEDIATE")
                    refused = await phone.publish(ON_STREET)
                    other.execute("ROLLBACK")
                assert refused.status == 503
                assert refused.headers.only("Retry-After") is not None
                assert store.count_fixes() == 0
                assert (await phone.publish(ON_STREET)).status == 200
            assert store.count_fixes() == 1

    run(story())


def test_a_dead_mail_server_delays_the_alarm_and_a_restart_delivers_it(tmp_path: Path) -> None:
    async def story() -> None:
        began = time.time() - 100
        async with running(tmp_path, smtp_port=9) as (service, store):
            async with Phone.at(service.addresses[0]) as phone:
                for n, place in enumerate((ON_STREET, FAR_OFF, FAR_OFF, FAR_OFF)):
                    await phone.publish(place, began + 10 * n)
            await until(lambda: bool(store.undelivered()) and store.undelivered()[0].attempts > 0)
            assert store.undelivered()[0].state is DeliveryState.PENDING
        mailbox = Mailbox()
        server, smtp_port = await mailbox.open()
        async with (
            server,
            running(tmp_path, smtp_port=smtp_port, clock=lambda: time.time() + 3600) as (_, store),
        ):
            await asyncio.wait_for(mailbox.wait_for(1), PATIENCE_S)
            await until(lambda: not store.undelivered())
        assert len(mailbox.mails) == 1

    run(story())


def test_garbage_is_survived_and_answered_where_the_standard_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as (service, store):
            async with Phone.at(service.addresses[0]) as phone:
                for garbage in (b"\x00" * 100, b"PUBLISH", b"A" * 60_000, b"SIP/2.0 200 OK\r\n\r\n"):
                    phone.throw(garbage)
                _, answer = await phone.exchange(b"<presence/>")
                assert answer.status == 400
                assert (await phone.publish(ON_STREET)).status == 200
            assert store.count_fixes() == 1

    run(story())


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.05)
