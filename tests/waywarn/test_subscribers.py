"""Watchers on real sockets through the whole service; a restart forgets none of them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchmarks.sip_client import Client
from benchmarks.subscribers import configuration, measure
from sip.peer import Transport
from waywarn.config import load_config
from waywarn.service import Service
from waywarn.store import Store

WATCHERS, PLACES = 200, 2


@pytest.mark.xdist_group("subscribers")
def test_two_hundred_watchers_are_told_every_place_once_and_in_order(tmp_path: Path) -> None:
    outcome = asyncio.run(asyncio.wait_for(measure(tmp_path, WATCHERS, PLACES), 120))
    print(f"until the last was told: {[round(each, 3) for each in outcome.slowest_s]} s")
    assert outcome.complete == WATCHERS


def test_a_restart_forgets_no_subscription_and_no_place(tmp_path: Path) -> None:
    file = tmp_path / "waywarn.toml"
    file.write_text(configuration(1))

    async def story() -> None:
        with Store.open(tmp_path / "watch.sqlite") as store:
            async with contextlib.AsyncExitStack() as stack:
                async with serving(file, store) as service:
                    way = ("127.0.0.1", service.addresses[0].port, Transport.UDP)
                    watcher = await stack.enter_async_context(Client.at("w0", *way))
                    assert (await watcher.subscribe("anna")).status == 200
                    await told(watcher)
                    async with Client.at("anna", *way) as anna:
                        assert (await anna.publish(16.37, 48.2)).status == 200
                watcher.told.clear()
                file.write_text(configuration(1).replace("udp:127.0.0.1:0", f"udp:127.0.0.1:{way[1]}"))
                async with serving(file, store):
                    await told(watcher)  # anew, without having asked
                    assert watcher.told[0][1] == (16.37, 48.2)

    asyncio.run(asyncio.wait_for(story(), 60))


@contextlib.asynccontextmanager
async def serving(file: Path, store: Store) -> AsyncIterator[Service]:
    service = Service(load_config(file, {}), store)
    task = asyncio.create_task(service.run())
    await service.ready()
    try:
        yield service
    finally:
        service.stop()
        await task


async def told(watcher: Client) -> None:
    while not watcher.told:
        await asyncio.sleep(0.005)
