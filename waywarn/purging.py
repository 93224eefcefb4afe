"""The loop that removes what may not be kept any more (RFC 4119, 2.2.2)."""

import asyncio
from collections.abc import Callable

from waywarn import log
from waywarn.store import Store, StoreUnavailableError

EVERY_S = 60.0  # how long after the end of its retention a place may still be on the disk


async def purge_for_ever(store: Store, clock: Callable[[], float]) -> None:
    """Purge again and again, until cancelled."""
    while True:
        try:
            purged = await asyncio.to_thread(store.purge, clock())
        except StoreUnavailableError as error:
            log.warn("store.purge_failed", error=str(error))
        except Exception as error:  # noqa: BLE001 (the process's edge: the next minute tries again)
            log.fail("store.purge_fault", error)
        else:
            if purged.undelivered:
                log.warn("delivery.retention_ended", deliveries=purged.undelivered)
        await asyncio.sleep(EVERY_S)
