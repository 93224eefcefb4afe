"""What other commands write into the store while the service runs, noticed within a second.

`waywarn device` and its like are processes of their own: the store is all that they share with the service.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from waywarn import log
from waywarn.store import StoreUnavailableError

EVERY_S = 0.25  # what is asked for beside the service is done within a second; a look costs under 1 ms

Look = Callable[[], Awaitable[None]]


class Polling:
    """Looks at the store again and again.

    Parameters
    ----------
    looks
        Each reads what it is about, and does what follows from a change; called one after the other, in the
        service's own loop. One that fails is called again all the same.
    """

    def __init__(self, looks: Sequence[Look]) -> None:
        self._looks = tuple(looks)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            for look in self._looks:
                await _tried(look)
            await asyncio.sleep(EVERY_S)


async def _tried(look: Look) -> None:
    try:
        await look()
    except StoreUnavailableError as error:
        log.warn("store.look_failed", error=str(error))
    except Exception as error:  # noqa: BLE001 (the process's edge: the next second looks again)
        log.fail("store.look_fault", error)
