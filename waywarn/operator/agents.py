"""All agents: the list of addresses over as many children as it takes, each started again when it dies.

When a child counts as dead is ``supervision.py``, its process ``child.py``.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Self

from sip.agent_talk import (
    MAX_WATCHED,
    AgentAccount,
    Beat,
    Ending,
    Notified,
    Registered,
    Ring,
    Settled,
    Stop,
    Subscribed,
    Tell,
    Unread,
    Word,
)
from waywarn import log
from waywarn.operator.child import Child
from waywarn.operator.supervision import Action, Input, State, Supervision

ANSWER_WITHIN_S = 40.0  # a transaction of the library's ends after 32
GONE = Settled(0, Ending.REFUSED, 0, 0.0)  # the agent was not there, or died before it knew


@dataclass(eq=False)
class _Place:
    """One child's place: its list stays, its processes come and go."""

    name: str
    account: AgentAccount
    addresses: tuple[str, ...]
    supervision: Supervision
    child: Child | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    active: set[str] = field(default_factory=set)


class Agents:
    """Agents at one server; as a context, they run inside it.

    Parameters
    ----------
    account
        Whom they are.
    addresses
        Whose presence they watch; each is watched by one child. With none there is one child, to ring
        and tell.
    on_notified
        Called with each document that comes.
    per_child
        How many addresses one child watches at most.
    """

    def __init__(
        self,
        account: AgentAccount,
        addresses: Sequence[str] = (),
        *,
        on_notified: Callable[[Notified], None] = lambda _: None,
        per_child: int = MAX_WATCHED,
    ) -> None:
        distinct = tuple(dict.fromkeys(addresses))
        parts = [distinct[at : at + per_child] for at in range(0, len(distinct), per_child)] or [()]
        now = time.monotonic()
        # one of them registers: whoever calls the account is to reach one of them, not all
        self._places = [
            _Place(
                f"agent-{n}", replace(account, registers=account.registers and n == 0), part, Supervision(now)
            )
            for n, part in enumerate(parts)
        ]
        self._on_notified = on_notified
        self._numbers = itertools.count(1)
        self._asked: dict[int, tuple[_Place, asyncio.Future[Settled]]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._look_after(place)) for place in self._places]
        return self

    async def __aexit__(self, *_: object) -> None:
        for place in self._places:
            self._feed(place, Input.STOP)
        await asyncio.gather(*self._tasks)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that run now."""
        return tuple(place.child.pid for place in self._places if place.child is not None)

    @property
    def active(self) -> frozenset[str]:
        """The addresses whose subscriptions are in force now."""
        return frozenset().union(*(place.active for place in self._places))

    @property
    def is_ready(self) -> bool:
        """Whether the child that rings and tells has been heard of."""
        return self._places[0].supervision.state is State.ALIVE

    async def ring(self, uri: str, for_s: float) -> Settled:
        """Call an address with a tone, until answered or so long; say how it ended."""
        return await self._ask(Ring(next(self._numbers), uri, for_s), for_s + ANSWER_WITHIN_S)

    async def tell(self, uri: str, text: str, media_type: str = "text/plain") -> Settled:
        """Send an address a MESSAGE; say how it ended."""
        return await self._ask(Tell(next(self._numbers), uri, media_type, text), ANSWER_WITHIN_S)

    async def _ask(self, order: Ring | Tell, within_s: float) -> Settled:
        place = self._places[0]
        if place.child is None or place.supervision.state is not State.ALIVE or not place.child.send(order):
            return replace(GONE, number=order.number)
        answer: asyncio.Future[Settled] = asyncio.get_running_loop().create_future()
        self._asked[order.number] = place, answer
        try:
            async with asyncio.timeout(within_s):
                return await answer
        except TimeoutError:
            return Settled(order.number, Ending.NO_ANSWER, 0, within_s)
        finally:
            del self._asked[order.number]

    async def _look_after(self, place: _Place) -> None:
        """Feed time to a place until it has stopped."""
        while (wake := place.supervision.next_wake) is not None:
            place.changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, wake - time.monotonic())):
                    await place.changed.wait()
                continue
            self._feed(place, Input.DUE)
        while place.child is not None:  # told to end, or killed: it does
            place.changed.clear()
            await place.changed.wait()

    def _feed(self, place: _Place, given: Input) -> None:
        before = place.supervision.state
        action = place.supervision.feed(given, time.monotonic())
        if action is Action.SPAWN:
            self._spawn(place)
        elif action is Action.KILL and place.child is not None:
            log.warn("agent.silent", agent=place.name, pid=place.child.pid, state=before.value)
            place.child.kill()
        elif action is Action.ASK and (place.child is None or not place.child.send(Stop())):
            log.say_detail("agent.gone", agent=place.name)
        place.changed.set()

    def _spawn(self, place: _Place) -> None:
        """Start a process in a place; what an earlier one still says is not heard any more."""
        place.active.clear()
        child: Child | None = None
        child = Child(
            place.account,
            place.addresses,
            on_word=lambda word: self._hear(place, word) if place.child is child else None,
            on_ended=lambda: self._ended(place, child),
        )
        place.child = child
        log.say("agent.started", agent=place.name, pid=child.pid, watches=len(place.addresses))

    def _ended(self, place: _Place, child: Child | None) -> None:
        if place.child is not child:
            return
        for at, answer in self._asked.values():
            if at is place and not answer.done():
                answer.set_result(GONE)
        place.child = None
        place.active.clear()
        if place.supervision.state not in {State.STOPPING, State.STOPPED}:
            log.warn("agent.ended", agent=place.name, pid=child.pid if child else 0)
        self._feed(place, Input.ENDED)

    def _hear(self, place: _Place, word: Word) -> None:
        match word:
            case Beat():
                self._feed(place, Input.BEAT)
            case Notified():
                self._on_notified(word)
            case Subscribed():
                self._subscribed(place, word)
            case Unread():
                log.warn("operator.unread", address=word.address, reason=word.reason)
            case Registered():
                event = log.say if 200 <= word.status < 300 else log.warn
                event("operator.registered", agent=place.name, status=word.status, reason=word.reason)
            case Settled():
                asked = self._asked.get(word.number)
                if asked is not None and not asked[1].done():
                    asked[1].set_result(word)

    def _subscribed(self, place: _Place, word: Subscribed) -> None:
        if word.state == "active":
            place.active.add(word.address)
            log.say_detail("operator.watching", address=word.address)
            return
        place.active.discard(word.address)
        if place.supervision.state is State.ALIVE:
            log.warn(
                "operator.not_watching",
                address=word.address,
                state=word.state,
                status=word.status,
                reason=word.reason,
            )
