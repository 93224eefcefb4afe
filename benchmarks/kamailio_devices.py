"""Devices that publish at a kamailio by our own client, each on its way north, each fix of its own time."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence

from benchmarks.kamailio_server import DOMAIN, PASSWORD
from sip.device.caller import Caller
from sip.device.channel import UnansweredError
from sip.device.publication_client import fields_of_publish
from sip.device.request_writer import Identity, RequestWriter
from sip.message import Response
from sip.pidflo import Carrier, Circle, Usage, write_pidf

KEPT_S = 3600.0
EXPIRES_S = 3600
CHALLENGED = frozenset({401, 407})

Placed = tuple[str, float]
"""A device and the time of a fix of its own."""


class Device:
    """One device, with its credentials and the publication that it keeps alive."""

    def __init__(self, name: str, caller: Caller, part: str = "device") -> None:
        aor = f"sip:{name}@{DOMAIN}"
        self.name, self._aor, self._caller, self._part = name, aor, caller, part
        identity = Identity(aor, aor, name, PASSWORD, algorithms=("MD5",))
        self._writer = RequestWriter(identity, lambda: secrets.token_hex(8))
        self._entity_tag: str | None = None
        self._steps = 0

    async def publish(self, time: float) -> int:
        """Publish the next place; gives the status of the answer, 0 where none came."""
        self._steps += 1
        usage = Usage(retransmission_allowed=True, retention_expiry=time + KEPT_S)
        place = Circle(16.37, 48.2 + self._steps / 1e4, 8)
        body = write_pidf(
            self._aor, place, time=time, usage=usage, carrier=Carrier.TUPLE, carrier_id=self._part
        )
        # kamailio tells of the end of a publication only where it has a basic status to turn into "closed"
        body = body.replace(b"<status>", b"<status><basic>open</basic>", 1)
        self._writer.begin()
        try:
            answer = await self._ask(body)
            if answer.status in CHALLENGED:
                self._writer.challenged(answer)
                answer = await self._ask(body)
        except UnansweredError:
            return 0
        if answer.status == 412:  # it knows the publication no more: begin anew (RFC 3903 4.1)
            self._entity_tag = None
        if answer.status == 200:
            self._entity_tag = answer.headers.get("SIP-ETag")
        return answer.status

    async def leave(self) -> int:
        """Take the publication back; gives the status of the answer."""
        self._writer.begin()
        return (await self._ask(b"", expires_s=0)).status

    async def _ask(self, body: bytes, expires_s: int = EXPIRES_S) -> Response:
        fields = fields_of_publish(expires_s, self._entity_tag, body)
        request = self._writer.write("PUBLISH", fields, body)
        return await self._caller.ask(request)


async def publish_for(
    devices: Sequence[Device], seconds: float, every_s: float, clock: Callable[[], float]
) -> tuple[set[Placed], int]:
    """Let each device publish so often, spread evenly; give what was answered 200, and how many were not."""
    loop = asyncio.get_running_loop()
    began, pause_s = loop.time(), every_s / len(devices)
    placed: set[Placed] = set()
    failed, under_way = 0, set[asyncio.Task[None]]()

    async def one(device: Device, time: float) -> None:
        nonlocal failed
        if await device.publish(time) == 200:
            placed.add((device.name, time))
        else:
            failed += 1

    for number in range(round(seconds / pause_s)):
        await asyncio.sleep(max(0.0, began + number * pause_s - loop.time()))
        under_way.add(asyncio.create_task(one(devices[number % len(devices)], float(int(clock())))))
    await asyncio.gather(*under_way)
    return placed, failed


async def until(holds: Callable[[], bool] | Callable[[], Awaitable[bool]], within_s: float) -> float | None:
    """Wait until something holds; give after how many seconds, or None where it did not in time."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while loop.time() - began < within_s:
        held = holds()
        if held if isinstance(held, bool) else await held:
            return loop.time() - began
        await asyncio.sleep(0.05)
    return None
