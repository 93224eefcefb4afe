"""A whole service on loopback with one device and one watcher, for sipp to watch; and what sipp heard."""

import asyncio
import itertools
import re
import shutil
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from corridor.geodesic import wgs84
from sip import ListenAddress
from sip.pidflo import Circle, Motion, Place, Presence, Usage, parse_pidf, write_pidf
from sip.pidflo.civic import Civic
from tests.waywarn.phone import Phone
from tests.waywarn.town import PASSWORD
from waywarn.config import load_config
from waywarn.service import Service
from waywarn.store import Store

PACE_S = 0.25  # between two places: longer than the pause that the fastest rate leaves, on a busy machine
BETWEEN_S = 10.0
PATIENCE_S = 20.0
CONFIGURATION = """\
[service]
store = "waywarn.sqlite"
[sip]
domain = "{domain}"
listen = ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"]
[devices.anna]
password = "{password}"
algorithms = ["MD5"]
[watchers.grandmother]
password = "{password}"
algorithms = ["MD5"]
watches = [{{ device = "anna"{coarse} }}]
"""


@asynccontextmanager
async def service(
    folder: Path, domain: str, *, coarse_m: float | None = None
) -> AsyncIterator[ListenAddress]:
    """Run a service; gives where it listens for datagrams."""
    file = folder / "waywarn.toml"
    coarse = "" if coarse_m is None else f", coarse_m = {coarse_m}"
    file.write_text(CONFIGURATION.format(domain=domain, password=PASSWORD, coarse=coarse))
    with Store.open(folder / "waywarn.sqlite") as store:
        running = Service(load_config(file, {}), store, time.time)
        task = asyncio.create_task(running.run())
        await running.ready()
        try:
            yield running.addresses[0]
        finally:
            running.stop()
            await task


@dataclass
class Diary:
    """Writes what anna's phone says of its places; each was measured a while after the one before.

    Where they are far apart nobody could have been at both within the pace of a test: they lie in the past.
    """

    domain: str
    middle: tuple[float, float]
    time: float = field(default_factory=lambda: time.time() - 3600)

    def place(self, north_m: float, *, speed_mps: float | None = None, civic: Civic = ()) -> bytes:
        """Say that it is so far north of the middle; it may be told to others."""
        self.time += BETWEEN_S
        lon, lat, _ = wgs84().fwd(*self.middle, 0.0, north_m)
        return write_pidf(
            f"pres:anna@{self.domain}",
            Circle(lon, lat, 8.0),
            time=self.time,
            motion=None if speed_mps is None else Motion(speed_mps),
            usage=Usage(retransmission_allowed=True),
            civic=civic,
        )

    def northwards(self, *metres: float) -> Iterator[bytes]:
        """Be at these distances, over and over."""
        return (self.place(step) for step in itertools.cycle(metres))

    def metres(self, told: "Heard") -> int:
        """Give how far from the middle a NOTIFY has told it."""
        return round(float(wgs84().inv(*self.middle, told.place.lon, told.place.lat)[2]))


@dataclass(frozen=True)
class Heard:
    """One NOTIFY that sipp was sent."""

    at: float
    text: str

    @property
    def presence(self) -> Presence:
        return parse_pidf(self.text.partition("\n\n")[2].strip().encode())

    @property
    def place(self) -> Place:
        place = self.presence.place
        assert place is not None, self.text
        return place


def sipp() -> str:
    found = shutil.which("sipp")
    if found is None:
        pytest.skip("sipp is not installed (Debian: sip-tester)")
    return found


async def watch(
    address: ListenAddress,
    scenario: Path,
    places: Iterator[bytes],
    *,
    domain: str,
    options: Sequence[str] = (),
) -> list[Heard]:
    """Let sipp play a scenario while anna's phone publishes, until sipp has ended; gives what it heard.

    The first place is there before it begins, the others follow once it was told of that.
    """
    folder = scenario.parent
    log, errors = folder / "messages.log", folder / "errors.log"
    command = [sipp(), f"{address.host}:{address.port}", "-sf", str(scenario), *options]
    command += ["-i", "127.0.0.1", "-m", "1", "-t", "u1", "-nostdin"]
    command += ["-timeout", f"{PATIENCE_S:.0f}s", "-timeout_error", "-trace_err", "-error_file", str(errors)]
    command += ["-trace_msg", "-message_file", str(log)]
    async with Phone.at(address) as phone:
        phone.domain = domain
        await _publish(phone, next(places))
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, stdout=asyncio.subprocess.DEVNULL
        )
        while not await _ended(process, PACE_S):
            if heard(log):
                await _publish(phone, next(places))
    assert process.returncode == 0, errors.read_text() if errors.exists() else log.read_text()
    return heard(log)


def heard(log: Path) -> list[Heard]:
    """Read the NOTIFYs, each once, in sipp's log of messages."""
    found: dict[str, Heard] = {}
    text = log.read_text(errors="replace").replace("\r", "") if log.exists() else ""
    for entry in re.split(r"^-{20,} ", text, flags=re.MULTILINE)[1:]:
        stamp, _, rest = entry.partition("\n")
        kind, _, message = rest.partition("\n\n")
        if "received" in kind and message.startswith("NOTIFY"):
            branch = re.search(r"branch=([^;\s]+)", message)
            assert branch is not None
            at = datetime.fromisoformat(stamp.strip()).timestamp()
            found.setdefault(branch[1], Heard(at, message))
    return list(found.values())


async def _publish(phone: Phone, body: bytes) -> None:
    _, answer = await phone.exchange(body)
    assert answer.status == 200, answer


async def _ended(process: asyncio.subprocess.Process, within_s: float) -> bool:
    """Wait for a process; the pause between two places is what it is given to end."""
    try:
        await asyncio.wait_for(process.wait(), within_s)
    except TimeoutError:
        return False
    return True
