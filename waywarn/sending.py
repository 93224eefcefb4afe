"""The loop that sends what is due: threads, and when to look again.

What may go, in which order and when to retry is the alerts room's `Dispatcher`.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from alerts import Delivery, DeliveryState, Dispatcher
from waywarn import log
from waywarn.store import StoreUnavailableError

MAX_AT_ONCE = min(32, (os.cpu_count() or 1) + 4)  # addresses in flight; apprise's own pool has that size
LONGEST_SLEEP_S = 60.0  # the wall clock may be set, or the machine suspended, while we sleep
PAUSE_AFTER_FAULT_S = 2.0
DRAIN_S = 20.0  # how long a stop waits for messages on their way; what is not confirmed stays in the outbox


class Sender:
    """Keep the outbox moving.

    Parameters
    ----------
    dispatcher
        Which delivery may go.
    clock
        Wall time, UTC seconds.
    """

    def __init__(self, dispatcher: Dispatcher, *, clock: Callable[[], float]) -> None:
        self._dispatcher, self._clock = dispatcher, clock
        self._look = asyncio.Event()
        self._stopping = False
        self._on_their_way: set[asyncio.Task[None]] = set()
        self._pool = ThreadPoolExecutor(MAX_AT_ONCE, thread_name_prefix="deliver")

    def look(self) -> None:
        """Say that something was planned or came back."""
        self._look.set()

    def stop(self) -> None:
        """Let `run` end once what is on its way has come back."""
        self._stopping = True
        self._look.set()

    async def run(self) -> None:
        """Work until stopped."""
        while not self._stopping:
            self._look.clear()
            delay = await self._round()
            try:
                async with asyncio.timeout(delay):
                    await self._look.wait()
            except TimeoutError:
                continue
        if self._on_their_way:
            await asyncio.wait(self._on_their_way, timeout=DRAIN_S)
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _round(self) -> float | None:
        room = MAX_AT_ONCE - len(self._on_their_way)
        if not room:
            return None  # each one that comes back looks again
        try:
            for delivery in await asyncio.to_thread(self._dispatcher.take_due, self._clock(), room):
                task = asyncio.create_task(self._deliver(delivery))
                self._on_their_way.add(task)
                task.add_done_callback(self._on_their_way.discard)
            wake = await asyncio.to_thread(lambda: self._dispatcher.next_wake)
        except StoreUnavailableError as error:
            log.warn("outbox.unavailable", error=str(error))
            return PAUSE_AFTER_FAULT_S
        except Exception as error:  # noqa: BLE001 (the process's edge: the outbox is looked at again)
            log.fail("outbox.fault", error)
            return PAUSE_AFTER_FAULT_S
        return None if wake is None else min(max(wake - self._clock(), 0.0), LONGEST_SLEEP_S)

    async def _deliver(self, delivery: Delivery) -> None:
        loop = asyncio.get_running_loop()
        try:
            outcome = await loop.run_in_executor(self._pool, self._attempt, delivery)
        except Exception as error:  # noqa: BLE001 (the process's edge: the outbox tries again)
            log.fail("delivery.fault", error, delivery=delivery.id)
            await asyncio.sleep(PAUSE_AFTER_FAULT_S)
        else:
            _report(outcome)
        self.look()

    def _attempt(self, delivery: Delivery) -> Delivery:
        return self._dispatcher.deliver(delivery, self._clock())  # the time at which a thread takes it


def _report(outcome: Delivery) -> None:
    told = {
        "delivery": outcome.id,
        "to": outcome.address_key,
        "alert": outcome.fingerprint,
        "edge": outcome.edge.value,
    }
    if outcome.state is DeliveryState.SENT:
        log.say("delivery.sent", **told, attempts=outcome.attempts)
    elif outcome.state is DeliveryState.PENDING:
        log.warn("delivery.again", **told, attempts=outcome.attempts, reason=outcome.last_error)
    else:
        log.warn(
            f"delivery.{outcome.state.value}", **told, attempts=outcome.attempts, reason=outcome.last_error
        )
