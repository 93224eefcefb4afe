"""Devices publish at kamailio, agents watch them there, and one agent is killed: nothing is to be lost.

Run: ``python -m benchmarks.kamailio_watcher [--devices 300] [--per-child 150] [--seconds 60] [--every 10]``.
Every device publishes; one of the child processes is killed by SIGKILL; every fix that kamailio has answered
200 from then on must be in the store. Exit code 1 where one is not.
"""

import argparse
import asyncio
import os
import signal
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kamailio_devices import Device, Placed, publish_for, until
from benchmarks.kamailio_server import DOMAIN, PASSWORD, Kamailio, MissingError, kamailio, make_store
from sip.device.caller import call
from sip.device.channel import ServerAddress
from sip.peer import Transport
from waywarn.config import load_config
from waywarn.service import Service
from waywarn.store import Store

WATCHER = "waywarn"
WATCHING_WITHIN_S = 60.0
ARRIVING_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Load:
    """How much."""

    devices: int
    per_child: int
    seconds: float
    every_s: float

    @property
    def names(self) -> list[str]:
        """The devices."""
        return [f"d{number}" for number in range(self.devices)]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    children: int
    watching_after_s: float | None
    again_after_s: float | None
    published: int
    failed: int
    missing: int
    stored: int

    @property
    def is_good(self) -> bool:
        """Whether no device was lost, and no fix."""
        watched = self.watching_after_s is not None and self.again_after_s is not None
        return watched and self.published > 0 and self.failed == self.missing == 0


def main() -> int:
    """Run it once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=300)
    parser.add_argument("--per-child", type=int, default=150)
    parser.add_argument("--seconds", type=float, default=60, help="how long they publish after the kill")
    parser.add_argument("--every", type=float, default=10, help="seconds between two fixes of a device")
    given = parser.parse_args()
    load = Load(given.devices, given.per_child, given.seconds, given.every)
    with tempfile.TemporaryDirectory(prefix="waywarn-kamailio-") as folder:
        try:
            outcome = asyncio.run(run(load, Path(folder)))
        except MissingError as error:
            print(error, file=sys.stderr)
            return 2
    print(describe(load, outcome))
    return 0 if outcome.is_good else 1


async def run(load: Load, folder: Path) -> Outcome:
    """Start kamailio and the service, kill a child, and count what is stored."""
    database = folder / "presence.sqlite"
    make_store(database, [WATCHER, *load.names])
    filled = {"/var/lib/kamailio/presence.sqlite": str(database)}
    async with kamailio(folder, "watcher", filled) as server:
        config = write_configuration(folder, server, load)
        with Store.open(folder / "watched.sqlite") as store:
            service = Service(load_config(config, {}), store)
            running = asyncio.create_task(service.run())
            await service.ready()
            try:
                return await _watch(load, server, service, folder / "watched.sqlite")
            finally:
                service.stop()
                await running


async def _watch(load: Load, server: Kamailio, service: Service, store: Path) -> Outcome:
    station = service.station
    if station is None:
        raise ValueError("the configuration has no [operator]")
    agents = station.agents
    watching = await until(lambda: len(agents.active) == load.devices, WATCHING_WITHIN_S)
    children = agents.pids
    async with call(ServerAddress(server.address.host, server.address.port, Transport.TCP)) as caller:
        devices = [Device(name, caller) for name in load.names]
        await publish_for(devices, load.every_s, load.every_s, time.time)
        os.kill(children[0], signal.SIGKILL)
        await until(lambda: len(agents.active) < load.devices, WATCHING_WITHIN_S)
        publishing = asyncio.create_task(publish_for(devices, load.seconds, load.every_s, time.time))
        again = await until(lambda: len(agents.active) == load.devices, WATCHING_WITHIN_S)
        placed, failed = await publishing
    await until(lambda: not placed - stored_in(store), ARRIVING_WITHIN_S)
    stored = stored_in(store)
    return Outcome(len(children), watching, again, len(placed), failed, len(placed - stored), len(stored))


def write_configuration(folder: Path, server: Kamailio, load: Load) -> Path:
    """Write a service that watches all devices, and has no rule for them."""
    config = folder / "watched.toml"
    names = "".join(f"[devices.{name}]\n" for name in load.names)
    config.write_text(
        f"""[service]
store = "watched.sqlite"
log = "warning"
[sip]
domain = "{DOMAIN}"
listen = ["udp:127.0.0.1:0"]
[operator]
server = "tcp:{server.address.host}:{server.address.port}"
user = "{WATCHER}"
password = "{PASSWORD}"
bound_to = "127.0.0.1"
watches = ["d*"]
per_child = {load.per_child}
{names}"""
    )
    config.chmod(0o600)
    return config


def stored_in(store: Path) -> set[Placed]:
    """Give what is stored."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        return set(connection.execute("SELECT device_id, time FROM fixes"))


def describe(load: Load, outcome: Outcome) -> str:
    """Say it in a few lines."""
    watched, again = _s(outcome.watching_after_s), _s(outcome.again_after_s)
    return (
        f"{load.devices} devices over {outcome.children} children: watched after {watched}; "
        f"one killed, all watched again after {again}\n"
        f"  {outcome.published} fixes in the {load.seconds:g} s after the kill, {outcome.failed} refused, "
        f"{outcome.missing} not in the store; {outcome.stored} stored in all\n"
        f"  {'as it must be' if outcome.is_good else 'NOT as it must be'}"
    )


def _s(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f} s"


if __name__ == "__main__":
    sys.exit(main())
