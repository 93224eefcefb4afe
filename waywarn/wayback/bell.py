"""The bell: rings plain phones by an agent in a child process, which calls through our own server.

The child lives while something rings; who starts it and looks after it is ``waywarn/operator/``.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec

from sip.agent_talk import AgentAccount, Ending, Settled
from waywarn.operator.agents import Agents
from waywarn.wayback.states import Input

LIBRARY = "pjsua2"
READY_WITHIN_S = 20.0  # a small machine takes some seconds to load the library
LOOK_EVERY_S = 0.05
_GIVEN_UP = frozenset({0, 487})  # we ended it ourselves, after it had rung for as long as was asked
_DECLINED = frozenset({600, 603, 606})


class PhoneBell:
    """Rings phones; several at once share a child.

    Parameters
    ----------
    account
        Gives who calls, and by which of our addresses; asked when a child is started.
    """

    def __init__(self, account: Callable[[], AgentAccount]) -> None:
        self._account = account
        self._agents: Agents | None = None
        self._users = 0
        self._turn = asyncio.Lock()

    @staticmethod
    def is_installed() -> bool:
        """Tell whether the library that it needs is there."""
        return find_spec(LIBRARY) is not None

    async def __call__(self, uri: str, for_s: float) -> tuple[Input, str]:
        """Ring an address of ours; gives what that means for its command, and says it."""
        async with self._running() as agents:
            try:
                async with asyncio.timeout(READY_WITHIN_S):
                    while not agents.is_ready:
                        await asyncio.sleep(LOOK_EVERY_S)
            except TimeoutError:
                return Input.UNREACHED, "the agent that rings phones does not start"
            return meaning_of_ring(await agents.ring(uri, for_s))

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[Agents]:
        async with self._turn:
            if self._agents is None:
                self._agents = Agents(self._account())
                await self._agents.__aenter__()
            agents = self._agents
            self._users += 1
        try:
            yield agents
        finally:
            self._users -= 1
            async with self._turn:
                if self._users == 0 and self._agents is agents:
                    self._agents = None
                    await agents.__aexit__()


def meaning_of_ring(settled: Settled) -> tuple[Input, str]:
    """Give what the end of a call means for a command to ring, and say it.

    A phone that rang has done what was asked, whether or not anybody took the call.

    Examples
    --------
    >>> meaning_of_ring(Settled(1, Ending.NO_ANSWER, 487, 30.0))
    (<Input.DELIVERED: 'delivered'>, 'rang for 30 s, nobody answered')
    """
    after = f"{settled.after_s:.0f} s"
    match settled.ending:
        case Ending.ANSWERED:
            return Input.DELIVERED, f"answered after {after}"
        case Ending.NO_ANSWER if settled.status in _GIVEN_UP and settled.after_s >= 1:
            return Input.DELIVERED, f"rang for {after}, nobody answered"
        case Ending.BUSY:
            return Input.DECLINED, f"the phone is busy, or somebody declined the call ({settled.status})"
        case Ending.REFUSED if settled.status in _DECLINED:
            return Input.DECLINED, f"somebody declined the call ({settled.status})"
        case _:
            said = f"answers {settled.status}" if settled.status else "does not answer"
            return Input.UNREACHED, f"the phone {said}"
