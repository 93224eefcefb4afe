"""A connection to gpsd, kept up: when the daemon goes away it is asked for again, ever less often.

What its lines mean is ``gpsd_report.py``. The socket is the event loop's.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Self

from corridor.fix import Fix
from waywarn.tracker.gpsd_report import MAX_LINE_BYTES, ReportError, fix_of_report, watch

DEFAULT_PORT = 2947  # assigned by IANA
CONNECT_S = 10.0
SILENCE_S = 60.0  # a receiver reports once a second; gpsd itself may hang, or its machine be gone
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
_ADDRESS = re.compile(
    r"gpsd:(?://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>\d{1,5}))?(?P<device>/.+)?)?"
)


class SourceError(ValueError):
    """A source that cannot be named so; the text says how."""


@dataclass(frozen=True, slots=True)
class GpsdAddress:
    """Where gpsd listens, and which of its receivers is meant; None is all of them."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    device: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``gpsd:`` or ``gpsd://host:port/dev/ttyACM0``.

        Raises
        ------
        SourceError
            It is neither.

        Examples
        --------
        >>> GpsdAddress.parse("gpsd://192.0.2.7/dev/ttyACM0")
        GpsdAddress(host='192.0.2.7', port=2947, device='/dev/ttyACM0')
        """
        match = _ADDRESS.fullmatch(text)
        port = int(match["port"] or DEFAULT_PORT) if match else 0
        if match is None or not 0 < port < 65_536:
            raise SourceError(f"{text!r} names no gpsd; give gpsd: or gpsd://host:port/dev/ttyACM0")
        return cls((match["host"] or cls().host).strip("[]"), port, match["device"])


async def fixes_of_gpsd(
    address: GpsdAddress, device_id: str, tell: Callable[[str], None]
) -> AsyncIterator[Fix]:
    """Give the fixes of gpsd for ever.

    Parameters
    ----------
    address
        Where it listens.
    device_id
        Of the fixes.
    tell
        Is told when the connection is lost, and when it is there again.
    """
    wait_s = FIRST_WAIT_S
    while True:
        try:
            async for fix in _one_connection(address, device_id, tell):
                wait_s = FIRST_WAIT_S
                yield fix
            reason = "it closed the connection"
        except TimeoutError:
            reason = f"it said nothing for {SILENCE_S:.0f} s"
        except (OSError, ValueError) as error:  # ValueError: a line beyond the limit
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        tell(f"gpsd at {address.host} port {address.port}: {reason}; again in {wait_s:.0f} s")
        await asyncio.sleep(wait_s)
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)


async def _one_connection(
    address: GpsdAddress, device_id: str, tell: Callable[[str], None]
) -> AsyncIterator[Fix]:
    opening = asyncio.open_connection(address.host, address.port, limit=MAX_LINE_BYTES)
    try:
        reader, writer = await asyncio.wait_for(opening, CONNECT_S)
    except TimeoutError:
        raise ConnectionError(f"no connection within {CONNECT_S:.0f} s") from None
    try:
        writer.write(watch(address.device))
        while True:
            line = await asyncio.wait_for(reader.readline(), SILENCE_S)
            if not line.endswith(b"\n"):
                return
            try:
                fix = fix_of_report(line, device_id)
            except ReportError as error:
                tell(f"gpsd at {address.host} port {address.port}: {error}")
                continue
            if fix is not None:
                yield fix
    finally:
        writer.close()
