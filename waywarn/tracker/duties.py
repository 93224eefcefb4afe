"""Carrying out orders: hooks are run, ``locate`` and ``report`` are done here, each result is kept.

Which orders are genuine was decided in ``orders.py``; telling the results is ``telling.py``.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sip.command import Command, Result, ResultState
from sip.order import Order
from waywarn import log
from waywarn.tracker.hooks import LIMIT_S, Ended, run_hook, variables_of
from waywarn.tracker.order_book import OrderBook

MOST_AT_ONCE = 8
RINGING_S = 1.0  # what has not failed by then rings
BEFORE_SHUTDOWN_S = 5.0  # for the result to reach the server, docs/commands.md: it is sent before
_POWER = Path("/sys/class/power_supply")


class Position(Protocol):
    """What `locate` and `report` need of the tracker."""

    async def locate(self) -> str:
        """Queue a fresh fix; give words about it, or raise `OrderFailedError`."""

    def waiting(self) -> int:
        """Give how many fixes wait in the queue."""


class OrderFailedError(RuntimeError):
    """It was tried and did not come about; the text says why."""


@dataclass(frozen=True, slots=True)
class HookSettings:
    """The programs of the owner, by order, and the environment they run in."""

    programs: Mapping[Order, Sequence[str]]
    environ: Mapping[str, str] = field(repr=False)
    limit_s: float = LIMIT_S


class Duties:
    """Carries out orders, several at once.

    Parameters
    ----------
    book
        Where results are kept.
    hooks
        What to run.
    position
        For `locate` and `report`.
    told
        Is called when there is a result to tell.
    """

    def __init__(
        self, book: OrderBook, hooks: HookSettings, position: Position, told: Callable[[], None]
    ) -> None:
        self._book, self._hooks, self._position, self._told = book, hooks, position, told
        self._running: set[asyncio.Task[None]] = set()

    def carry_out(self, command: Command) -> None:
        """Begin with an order."""
        if len(self._running) >= MOST_AT_ONCE:
            self._end(command, ResultState.REFUSED, f"{MOST_AT_ONCE} orders are under way")
            return
        self._start(self._one(command))

    def show(self, text: str, variables: Mapping[str, str]) -> bool:
        """Hand the text of a plain message to the hook of `message`, unless too much is under way."""
        if len(self._running) >= MOST_AT_ONCE:
            return False
        self._start(self._shown({**variables, "WAYWARN_COMMAND": "message", "WAYWARN_TEXT": text}))
        return True

    async def stop(self) -> None:
        """End what runs; its orders count as failed at the next start."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _one(self, command: Command) -> None:
        do = {
            Order.LOCATE: self._locate,
            Order.REPORT: self._report,
            Order.RING: self._ring,
            Order.SHUTDOWN: self._shut_down,
        }.get(command.order, self._hook)
        try:
            await do(command)
        except OrderFailedError as error:
            self._end(command, ResultState.FAILED, str(error))
        except OSError as error:
            self._end(command, ResultState.FAILED, f"the hook cannot be started: {error.strerror or error}")
        except Exception as error:  # noqa: BLE001 (an order's edge: the tracker must go on)
            log.fail("order.fault", error, id=command.id)
            self._end(command, ResultState.FAILED, "a fault of the tracker; see its log")

    async def _locate(self, command: Command) -> None:
        if command.order in self._hooks.programs:  # it may wake a receiver
            _check(await self._run(command, self._hooks.limit_s))
        self._end(command, ResultState.DONE, await self._position.locate())

    async def _report(self, command: Command) -> None:
        words = [f"{self._position.waiting()} fixes wait", *_batteries()]
        self._end(command, ResultState.DONE, ", ".join(words))

    async def _ring(self, command: Command) -> None:
        """Ring for as long as was asked: a hook whose sound is shorter is begun again."""
        if self._has_none(command):
            return
        until_s = _clock() + float(command.arguments["for_s"])
        ringing = asyncio.create_task(self._ring_until(command, until_s))
        try:
            done, _ = await asyncio.wait({ringing}, timeout=RINGING_S)
            if done:
                ringing.result()  # raises what it could not do
            self._end(command, ResultState.DONE, "ringing")
            await asyncio.wait({ringing})
        finally:
            ringing.cancel()

    async def _ring_until(self, command: Command, until_s: float) -> None:
        while (left_s := until_s - _clock()) > 0:
            began_s = _clock()
            ended = await self._run(command, left_s)
            if ended.code is not None:
                _check(ended)
            pause_s = began_s + RINGING_S - _clock()
            await asyncio.sleep(max(0.0, min(pause_s, until_s - _clock())))

    async def _shut_down(self, command: Command) -> None:
        if self._has_none(command):
            return
        self._end(command, ResultState.DONE, "shutting down")
        await asyncio.sleep(BEFORE_SHUTDOWN_S)
        ended = await self._run(command, self._hooks.limit_s)
        if ended.code != 0:
            log.warn("order.shutdown_failed", id=command.id, said=ended.said)

    async def _hook(self, command: Command) -> None:
        if not self._has_none(command):
            ended = _check(await self._run(command, self._hooks.limit_s))
            self._end(command, ResultState.DONE, ended.said)

    def _has_none(self, command: Command) -> bool:
        if command.order in self._hooks.programs:
            return False
        self._end(command, ResultState.REFUSED, f"this device has no hook for {command.order.value}")
        return True

    async def _run(self, command: Command, limit_s: float) -> Ended:
        variables = variables_of(command.order.value, command.id, command.arguments)
        program = self._hooks.programs[command.order]
        return await run_hook(program, variables, environ=self._hooks.environ, limit_s=limit_s)

    async def _shown(self, variables: Mapping[str, str]) -> None:
        try:
            program = self._hooks.programs[Order.MESSAGE]
            _check(
                await run_hook(program, variables, environ=self._hooks.environ, limit_s=self._hooks.limit_s)
            )
        except (OSError, OrderFailedError) as error:
            log.warn("message.not_shown", reason=str(error))

    def _end(self, command: Command, state: ResultState, detail: str) -> None:
        log.say("order.ended", order=command.order.value, id=command.id, state=state.value)
        self._book.end(Result.cut(command.id, state, detail))
        self._told()


def _check(ended: Ended) -> Ended:
    if ended.code == 0:
        return ended
    how = "the hook took too long" if ended.code is None else f"the hook ended with {ended.code}"
    raise OrderFailedError(f"{how}: {ended.said}" if ended.said else how)


def _batteries() -> list[str]:
    levels = []
    for file in sorted(_POWER.glob("*/capacity"))[:4]:
        try:
            levels.append(f"{file.parent.name} {int(file.read_text()):d} %")
        except (OSError, ValueError):
            continue
    return levels


def _clock() -> float:
    return asyncio.get_running_loop().time()
