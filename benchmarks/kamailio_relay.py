"""PUBLISH through a kamailio that only relays, digest end to end: is each that was answered 200 stored, once.

Run: ``python -m benchmarks.kamailio_relay [--calls 20000] [--devices 100] [--transport udp]``. Kamailio is
before ``waywarn run`` with ``docs/kamailio/relay.cfg``; waywarn challenges, kamailio passes all through. Exit
code 1 where one was refused, is missing, or is stored twice.
"""

import argparse
import asyncio
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kamailio_devices import Device, until
from benchmarks.kamailio_server import DOMAIN, HOST, PASSWORD, MissingError, free_port, kamailio
from sip.device.caller import call
from sip.device.channel import ServerAddress
from sip.peer import Transport

STARTS_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Load:
    """How much."""

    calls: int
    devices: int
    transport: Transport = Transport.UDP


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    statuses: Mapping[int, int]
    stored: int
    distinct: int
    wall_s: float

    @property
    def is_good(self) -> bool:
        """Whether all were answered 200 and stored once."""
        return set(self.statuses) == {200} and self.statuses[200] == self.stored == self.distinct


def main() -> int:
    """Run it once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--devices", type=int, default=100)
    parser.add_argument("--transport", choices=["udp", "tcp"], default="udp", help="of the devices")
    given = parser.parse_args()
    load = Load(given.calls, given.devices, Transport(given.transport.upper()))
    with tempfile.TemporaryDirectory(prefix="waywarn-relay-") as folder:
        try:
            outcome = asyncio.run(run(load, Path(folder)))
        except MissingError as error:
            print(error, file=sys.stderr)
            return 2
    print(describe(load, outcome))
    return 0 if outcome.is_good else 1


async def run(load: Load, folder: Path) -> Outcome:
    """Start the service and kamailio before it, publish, and count what is stored."""
    port = free_port()
    config = write_configuration(folder, port, load)
    log = folder / "service.log"
    with log.open("wb") as writable:
        command = (sys.executable, "-m", "waywarn", "run", "-c", str(config))
        service = await asyncio.create_subprocess_exec(*command, stderr=writable)
        try:
            if await until(lambda: b"service.ready" in log.read_bytes(), STARTS_WITHIN_S) is None:
                raise OSError(f"the service did not start: {log.read_text()}")
            filled = {"!WAYWARN_PORT!5070!": f"!WAYWARN_PORT!{port}!"}
            async with kamailio(folder, "relay", filled) as server:
                server_there = ServerAddress(HOST, server.address.port, load.transport)
                statuses, wall_s = await _publish(load, server_there)
        finally:
            service.send_signal(signal.SIGTERM)
            await service.wait()
    with closing(sqlite3.connect(folder / "relayed.sqlite")) as store:
        rows = [tuple(row) for row in store.execute("SELECT device_id, time FROM fixes")]
    return Outcome(statuses, len(rows), len(set(rows)), wall_s)


async def _publish(load: Load, server: ServerAddress) -> tuple[Counter[int], float]:
    """Let all devices publish at once, each one after the other; count the answers, and say how long."""
    first = float(int(time.time()) - load.calls // load.devices - 1)
    answers: Counter[int] = Counter()

    async def walk(device: Device, steps: int) -> None:
        for step in range(steps):
            answers[await device.publish(first + step)] += 1

    began = time.monotonic()
    async with call(server) as caller, asyncio.TaskGroup() as tasks:
        for number in range(load.devices):
            tasks.create_task(walk(Device(f"d{number}", caller), load.calls // load.devices))
    return answers, time.monotonic() - began


def write_configuration(folder: Path, port: int, load: Load) -> Path:
    """Write a service without rules that listens where kamailio sends to."""
    config = folder / "relayed.toml"
    devices = "".join(
        f'[devices.d{number}]\npassword = "{PASSWORD}"\nalgorithms = ["MD5"]\n'
        for number in range(load.devices)
    )
    config.write_text(
        f"""[service]
store = "relayed.sqlite"
[sip]
domain = "{DOMAIN}"
listen = ["tcp:{HOST}:{port}", "udp:{HOST}:{port}"]
{devices}"""
    )
    config.chmod(0o600)
    return config


def describe(load: Load, outcome: Outcome) -> str:
    """Say it in a few lines."""
    return (
        f"{load.calls} PUBLISH of {load.devices} devices over {load.transport} in {outcome.wall_s:.1f} s "
        f"({outcome.statuses[200] / outcome.wall_s:.0f} a second); by status: {dict(outcome.statuses)}; "
        f"{outcome.stored} stored, {outcome.stored - outcome.distinct} of them twice\n"
        f"  {'as it must be' if outcome.is_good else 'NOT as it must be'}"
    )


if __name__ == "__main__":
    sys.exit(main())
