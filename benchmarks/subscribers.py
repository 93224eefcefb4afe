"""Two hundred watchers of one device, each on a socket of its own, through a running service.

Run: ``python -m benchmarks.subscribers [--watchers 200] [--publishes 10]``. Checks that every watcher is
told every place, once and in order; prints how long after its 200 the last of them was told. Exit code 1
where a check fails.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.sip_client import DOMAIN, PASSWORD, PATIENCE_S, Client
from sip.peer import Transport

SHARE_TCP = 4  # every fourth watcher comes by TCP
PAUSE_S = 1.2  # between two places: each is told at once by a rate of one a second


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    watchers: int
    publishes: int
    complete: int  # watchers that were told all places, once, in order
    slowest_s: tuple[float, ...]  # for each place, until the last watcher was told, from before its PUBLISH

    @property
    def is_good(self) -> bool:
        """Whether everybody was told everything."""
        return self.complete == self.watchers


def configuration(watchers: int) -> str:
    """Write a service with one device and its watchers, by UDP and TCP on free ports."""
    lines = [
        '[service]\nstore = "watch.sqlite"\nlog = "warning"',
        f'[sip]\ndomain = "{DOMAIN}"\nlisten = ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"]',
        f'[devices.anna]\npassword = "{PASSWORD}"\nretransmission = true',
    ]
    lines += [
        f'[watchers.w{number}]\npassword = "{PASSWORD}"\nwatches = [{{ device = "anna" }}]'
        for number in range(watchers)
    ]
    return "\n".join(lines) + "\n"


async def measure(folder: Path, watchers: int, publishes: int) -> Outcome:
    """Start a service, let everybody subscribe, publish, and see who was told what, when."""
    from waywarn.config import load_config
    from waywarn.service import Service
    from waywarn.store import Store

    file = folder / "waywarn.toml"
    file.write_text(configuration(watchers))
    file.chmod(0o600)
    with Store.open(folder / "watch.sqlite") as store:
        service = Service(load_config(file, {}), store)
        task = asyncio.create_task(service.run())
        await service.ready()
        try:
            return await _watch(service.addresses[0].port, service.addresses[1].port, watchers, publishes)
        finally:
            service.stop()
            await task


async def _watch(udp: int, tcp: int, watchers: int, publishes: int) -> Outcome:
    async with AsyncExitStack() as stack:
        anna = await stack.enter_async_context(Client.at("anna", "127.0.0.1", udp, Transport.UDP))
        clients = []
        for number in range(watchers):
            by_tcp = number % SHARE_TCP == 0
            way = (tcp, Transport.TCP) if by_tcp else (udp, Transport.UDP)
            clients.append(await stack.enter_async_context(Client.at(f"w{number}", "127.0.0.1", *way)))
        for client in clients:
            assert (await client.subscribe("anna")).status == 200
        places = [(16.37, round(48.2 + number / 1_000, 3)) for number in range(publishes)]
        slowest = [await _one(anna, clients, place) for place in places]
        expected = [None, *places]
        complete = sum([at for _, at in client.told] == expected for client in clients)
    return Outcome(watchers, publishes, complete, tuple(slowest))


async def _one(anna: Client, clients: list[Client], place: tuple[float, float]) -> float:
    await asyncio.sleep(PAUSE_S)
    began = time.monotonic()
    assert (await anna.publish(*place)).status == 200
    while time.monotonic() - began < PATIENCE_S:
        if all(client.told and client.told[-1][1] == place for client in clients):
            return max(client.told[-1][0] for client in clients) - began
        await asyncio.sleep(0.005)
    return float("inf")


def main() -> int:
    """Measure, and say what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watchers", type=int, default=200)
    parser.add_argument("--publishes", type=int, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="waywarn-watch-") as folder:
        outcome = asyncio.run(measure(Path(folder), given.watchers, given.publishes))
    slowest = sorted(outcome.slowest_s)
    print(
        f"{outcome.complete} of {outcome.watchers} watchers were told all {outcome.publishes} places,"
        " once, in order"
    )
    print(
        f"from PUBLISH to the last of them: median {slowest[len(slowest) // 2] * 1e3:.0f} ms,"
        f" at most {slowest[-1] * 1e3:.0f} ms"
    )
    return 0 if outcome.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
