"""A service with its HTTPS door open on loopback, and what the tests ask of it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.waywarn.town import DOMAIN, PASSWORD
from waywarn.config import load_config
from waywarn.provision.certificate import read_certificate, self_signed
from waywarn.provision.enrolment_url import EnrolmentUrl
from waywarn.provision.fetching import fetch_handout
from waywarn.provision.handout import Handout
from waywarn.provision.new_device import NewDevice
from waywarn.provision.token import Issue, Token, TokenKind
from waywarn.service import Service
from waywarn.store import Store

CONFIGURATION = f"""\
[service]
store = "waywarn.sqlite"
[sip]
domain = "{DOMAIN}"
listen = ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"]
[provision]
listen = "127.0.0.1:0"
[devices.berta]
password = "{PASSWORD}"
[rules.yard]
kind = "geofence"
devices = ["an*"]
circle = {{ lon = 16.3720, lat = 48.2, radius_m = 200 }}
[rules.heard]
kind = "silence"
devices = ["*"]
silence_s = 600
"""


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 60))


def fresh(number: int = 1, kind: TokenKind = TokenKind.TRACKER, valid_s: float = 600.0) -> Issue:
    return Issue(Token.fresh(number.to_bytes), kind, time.time() + valid_s)


@dataclass
class Home:
    """The service, and its store as another process has it."""

    service: Service
    store: Store
    beside: Store
    pin: str

    @property
    def url(self) -> EnrolmentUrl:
        assert self.service.door_port
        return EnrolmentUrl("127.0.0.1", self.service.door_port, self.pin)

    def add(self, name: str, issue: Issue, **values: str) -> None:
        """Add a device as a command does, by a connection of its own."""
        device = NewDevice.read(name, **{"profile": "child"} | values)
        self.beside.accounts.add(device, issue, time.time())

    async def enroll(self, issue: Issue) -> Handout:
        """Enrol as a device does; it waits, and the service must not."""
        return await asyncio.to_thread(fetch_handout, self.url, issue.token)


def prepare(folder: Path) -> Path:
    """Write configuration and certificate, unless they are there."""
    file = folder / "waywarn.toml"
    if not file.exists():
        file.write_text(CONFIGURATION)
        made, key = self_signed(["127.0.0.1", "localhost"], now=time.time(), valid_days=2)
        (folder / "provision.crt").write_bytes(made)
        (folder / "provision.key").write_bytes(key)
    return file


@contextlib.asynccontextmanager
async def home(folder: Path, *, clock: Callable[[], float] = time.time) -> AsyncIterator[Home]:
    """Run the service."""
    file = prepare(folder)
    with Store.open(folder / "waywarn.sqlite") as store, Store.open(folder / "waywarn.sqlite") as beside:
        service = Service(load_config(file, {}), store, clock)
        task = asyncio.create_task(service.run())
        await asyncio.wait_for(service.ready(), 30)
        try:
            yield Home(service, store, beside, read_certificate(folder / "provision.crt").pin)
        finally:
            service.stop()
            await task
