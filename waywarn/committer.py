"""The loop between the wire and the store: gather, judge, commit, and only then answer.

A batch is whatever arrived while the last commit ran. What a request means is judged in
``intake.py``; sockets are the listener's.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from sip import Admitted, Peer, Refused, UserAgentServer
from waywarn import log
from waywarn.intake import Arrival, Gone, Heard, Intake, Judgement
from waywarn.reporting import report
from waywarn.store import Store, StoreUnavailableError

MAX_WAITING = (
    5_000  # about two seconds of the highest load; a device's retransmission comes sooner than its answer
)
MAX_WAIT_S = 2.0  # by then a device has asked four times (0, 0.5, 1 and 2 s ...): it is told to come later
MAX_HELD = 50_000  # documents of a watched server while the store stands still: 300 devices for half an hour
MAX_BATCH = 1_000  # bounds the time that one commit may hold the others up
RETRY_AFTER_S = 5  # what a device is told when the store stands still
LONGEST_SLEEP_S = 60.0  # the wall clock may be set, or the machine suspended, while we sleep
TIMER_RETRY_S = 1.0  # pause before timers are tried again after a commit of theirs failed

Send = Callable[[Peer, bytes], bool]


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
    on_settled
        Called with each judgement that was committed, after its requests were answered.
    """

    def __init__(
        self,
        intake: Intake,
        store: Store,
        server: UserAgentServer,
        send: Send,
        *,
        clock: Callable[[], float],
        on_settled: Callable[[Judgement], None],
    ) -> None:
        self._intake, self._store, self._server = intake, store, server
        self._send, self._clock, self._on_settled = send, clock, on_settled
        self._waiting: deque[Arrival] = deque()
        self._held: deque[Heard] = deque()
        self._something = asyncio.Event()
        self._oldest_at = 0.0  # when the first of those that wait came
        self._draining = False
        self._not_before, self._silent_until = 0.0, 0.0

    def offer(self, arrival: Arrival) -> None:
        """Take in what arrived; where there is no room a request is answered 503.

        Places that came without a request are held instead, for nobody would send them again; the oldest
        are lost where there are too many of them.

        There is none behind too many, and behind one that has waited too long already: a slow disk, or a
        processor that others use, shows as that first.
        """
        now = self._clock()
        if isinstance(arrival, Heard):
            self._hold([arrival])
            return
        if not self._waiting:
            self._oldest_at = now
        is_full = len(self._waiting) >= MAX_WAITING or now - self._oldest_at >= MAX_WAIT_S
        if (is_full or self._draining) and not isinstance(arrival, Gone):
            self._tell_overload(now)
            self._put_off([arrival])
            return
        self._waiting.append(arrival)
        self._something.set()

    def _tell_overload(self, now: float) -> None:
        """Log it, once a second: a line for each request would be more of what there is too much of."""
        if now >= self._silent_until:
            self._silent_until = now + 1.0
            log.warn("intake.overload", waiting=len(self._waiting), draining=self._draining)

    def drain(self) -> None:
        """Let `run` end once everything that waits is answered."""
        self._draining = True
        self._something.set()

    async def run(self) -> None:
        """Work until drained."""
        while True:
            await self._wait()
            await self._tick()
            batch = self._batch()
            self._oldest_at = self._clock()
            if batch:
                await self._settle(batch)
            elif self._draining:
                return

    def _batch(self) -> list[Arrival]:
        batch: list[Arrival] = []
        if self._draining or self._clock() >= self._not_before:
            batch += [self._held.popleft() for _ in range(min(len(self._held), MAX_BATCH))]
        batch += [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH - len(batch)))]
        return batch

    def _hold(self, heard: Sequence[Heard]) -> None:
        """Hold what came first before what came later."""
        self._held.extend(heard)
        while len(self._held) > MAX_HELD:
            _tell_lost([self._held.popleft()])
        self._something.set()

    async def _wait(self) -> None:
        may_take = self._draining or self._clock() >= self._not_before
        if self._waiting or (self._held and may_take):
            return
        self._something.clear()
        wake = self._intake.next_wake
        # without one too: what a watcher answers may end his subscription while we sleep
        due = self._not_before if self._held else wake
        delay = LONGEST_SLEEP_S if due is None else max(due, self._not_before) - self._clock()
        try:
            async with asyncio.timeout(min(max(delay, 0.0), LONGEST_SLEEP_S)):
                if not self._draining:
                    await self._something.wait()
        except TimeoutError:
            return

    async def _tick(self) -> None:
        """Settle what time brings; requests that arrived before are not yet in."""
        wake = self._intake.next_wake
        if wake is not None and max(wake, self._not_before) <= self._clock():
            await self._settle([])

    async def _settle(self, arrivals: Sequence[Arrival]) -> None:
        judgement: Judgement | None = None
        try:
            judgement = self._intake.judge(arrivals, self._clock())
            if judgement.batch.holds_anything:
                await asyncio.to_thread(self._store.commit, judgement.batch)
        except StoreUnavailableError as error:
            _take_back(judgement)
            self._not_before = self._clock() + TIMER_RETRY_S
            log.warn("store.unavailable", arrivals=len(arrivals), error=str(error))
            heard = [arrival for arrival in arrivals if isinstance(arrival, Heard)]
            if heard and not self._draining:
                self._held.extendleft(reversed(heard))
                arrivals = [arrival for arrival in arrivals if not isinstance(arrival, Heard)]
            self._put_off(arrivals)
        except Exception as error:  # noqa: BLE001 (the process's edge: a fault of one request stays its own)
            _take_back(judgement)
            await self._one_by_one(arrivals, error)
        else:
            self._tell(judgement)

    def _put_off(self, arrivals: Sequence[Arrival]) -> None:
        now = self._clock()
        for request in _requests(arrivals):
            self._send(request.to, self._server.overloaded(request, retry_after_s=RETRY_AFTER_S, now=now))

    async def _one_by_one(self, arrivals: Sequence[Arrival], error: Exception) -> None:
        if len(arrivals) > 1:
            for arrival in arrivals:
                await self._settle([arrival])
            return
        log.fail("intake.failed", error, arrivals=len(arrivals))
        now = self._clock()
        self._not_before = now + TIMER_RETRY_S
        for request in _requests(arrivals):
            answer = Refused(500, "Server Internal Error").answer
            self._send(request.to, self._server.answer(request, answer, now))

    def _tell(self, judgement: Judgement) -> None:
        now = self._clock()
        for request, outcome in judgement.outcomes:
            self._send(request.to, self._server.answer(request, outcome.answer, now))
        report(judgement)
        self._on_settled(judgement)


def _take_back(judgement: Judgement | None) -> None:
    if judgement is not None:
        judgement.undo()


def _tell_lost(heard: Sequence[Heard]) -> None:
    if heard:
        log.warn("report.lost", reports=sum(len(each.reports) for each in heard))


def _requests(arrivals: Sequence[Arrival]) -> list[Admitted]:
    _tell_lost([arrival for arrival in arrivals if isinstance(arrival, Heard)])
    return [arrival for arrival in arrivals if isinstance(arrival, Admitted)]
