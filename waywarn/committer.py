"""The loop between the wire and the store: gather, judge, commit, and only then answer.

A batch is whatever arrived while the last commit ran. What a request means is judged in
``intake.py``; sockets are the listener's.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from sip import Admitted, Peer, Refused, UserAgentServer
from waywarn import log
from waywarn.intake import Intake, Judgement
from waywarn.reporting import report
from waywarn.store import Store, StoreUnavailableError

MAX_WAITING = (
    5_000  # about two seconds of the highest load; a device's retransmission comes sooner than its answer
)
MAX_BATCH = 1_000  # bounds the time that one commit may hold the others up
RETRY_AFTER_S = 5  # what a device is told when the store stands still
LONGEST_SLEEP_S = 60.0  # the wall clock may be set, or the machine suspended, while we sleep
TIMER_RETRY_S = 1.0  # pause before timers are tried again after a commit of theirs failed

Send = Callable[[Peer, bytes], None]


class Committer:
    """Answer each admitted request once, after what it brought is stored.

    Parameters
    ----------
    intake, store, server
        Who judges, keeps and words the answer.
    send
        Puts an answer on the wire.
    clock
        Wall time, UTC seconds.
    on_planned
        Called after each commit that planned deliveries.
    """

    def __init__(
        self,
        intake: Intake,
        store: Store,
        server: UserAgentServer,
        send: Send,
        *,
        clock: Callable[[], float],
        on_planned: Callable[[], None],
    ) -> None:
        self._intake, self._store, self._server = intake, store, server
        self._send, self._clock, self._on_planned = send, clock, on_planned
        self._waiting: deque[Admitted] = deque()
        self._something = asyncio.Event()
        self._draining = False
        self._not_before = 0.0

    def offer(self, request: Admitted) -> None:
        """Take a request in, or answer it 503 where there is no room for it."""
        if self._draining or len(self._waiting) >= MAX_WAITING:
            log.warn("publication.overload", waiting=len(self._waiting), draining=self._draining)
            self._put_off([request])
            return
        self._waiting.append(request)
        self._something.set()

    def drain(self) -> None:
        """Let `run` end once everything that waits is answered."""
        self._draining = True
        self._something.set()

    async def run(self) -> None:
        """Work until drained."""
        while True:
            await self._wait()
            await self._tick()
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH))]
            if batch:
                await self._settle(batch)
            elif self._draining:
                return

    async def _wait(self) -> None:
        if self._waiting:
            return
        self._something.clear()
        wake = self._intake.next_wake
        delay = None if wake is None else min(max(wake, self._not_before) - self._clock(), LONGEST_SLEEP_S)
        try:
            async with asyncio.timeout(None if delay is None else max(delay, 0.0)):
                if not self._draining:
                    await self._something.wait()
        except TimeoutError:
            return

    async def _tick(self) -> None:
        """Settle what time brings; requests that arrived before are not yet in."""
        wake = self._intake.next_wake
        if wake is not None and max(wake, self._not_before) <= self._clock():
            await self._settle([])

    async def _settle(self, requests: Sequence[Admitted]) -> None:
        judgement: Judgement | None = None
        try:
            judgement = self._intake.judge(requests, self._clock())
            if judgement.batch.holds_anything:
                await asyncio.to_thread(self._store.commit, judgement.batch)
        except StoreUnavailableError as error:
            _take_back(judgement)
            self._not_before = self._clock() + TIMER_RETRY_S
            log.warn("store.unavailable", requests=len(requests), error=str(error))
            self._put_off(requests)
        except Exception as error:  # noqa: BLE001 (the process's edge: a fault of one request stays its own)
            _take_back(judgement)
            await self._one_by_one(requests, error)
        else:
            self._tell(judgement)

    def _put_off(self, requests: Sequence[Admitted]) -> None:
        now = self._clock()
        for request in requests:
            self._send(request.to, self._server.overloaded(request, retry_after_s=RETRY_AFTER_S, now=now))

    async def _one_by_one(self, requests: Sequence[Admitted], error: Exception) -> None:
        if len(requests) > 1:
            for request in requests:
                await self._settle([request])
            return
        log.fail("publication.failed", error, requests=len(requests))
        now = self._clock()
        self._not_before = now + TIMER_RETRY_S
        for request in requests:
            outcome = Refused(500, "Server Internal Error")
            self._send(request.to, self._server.answer(request, outcome, now))

    def _tell(self, judgement: Judgement) -> None:
        now = self._clock()
        for request, outcome in judgement.outcomes:
            self._send(request.to, self._server.answer(request, outcome, now))
        report(judgement)
        if judgement.batch.deliveries:
            self._on_planned()


def _take_back(judgement: Judgement | None) -> None:
    if judgement is not None:
        judgement.undo()
