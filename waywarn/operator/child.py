"""One agent's process and the pipe to it: started by spawn, read in a thread, killed by its own id.

When it is started, and again, is ``supervision.py``; what it does is ``sip/agent.py``.
"""

import asyncio
import multiprocessing
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from sip.agent_talk import MAX_WORD_BYTES, AgentAccount, Order, Word, read_word, write_word
from sip.errors import CallerError
from waywarn import log

# never fork: locks that other threads hold would stay locked in the child
_SPAWN = multiprocessing.get_context("spawn")


class Child:
    """A running agent.

    Parameters
    ----------
    account, watched
        Whom it is, and whose presence it watches.
    on_word
        Called in the loop with each word of it.
    on_ended
        Called in the loop once, when its process is gone.
    """

    def __init__(
        self,
        account: AgentAccount,
        watched: Sequence[str],
        *,
        on_word: Callable[[Word], None],
        on_ended: Callable[[], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_word, self._on_ended = on_word, on_ended
        self._pipe, theirs = _SPAWN.Pipe()
        # The child is not told to end when we do, by a signal: it notices that its pipe has no other end.
        self._process: BaseProcess = _SPAWN.Process(
            target=_be_agent, args=(theirs, account, tuple(watched)), name="waywarn-agent", daemon=True
        )
        self._process.start()
        theirs.close()
        self._thread = threading.Thread(target=self._listen, name="waywarn-agent-pipe", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid or 0

    def send(self, order: Order) -> bool:
        """Give it an order; False where it is gone."""
        try:
            self._pipe.send_bytes(write_word(order))
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """End it at once, if it has not ended."""
        self._process.kill()

    def _listen(self) -> None:
        """Read the pipe until it has no other end."""
        try:
            while True:
                word = read_word(self._pipe.recv_bytes(MAX_WORD_BYTES))
                self._loop.call_soon_threadsafe(self._on_word, word)
        except (EOFError, OSError):
            pass
        except CallerError as error:  # a library in C has written over its memory: nothing of it is believed
            log.warn("agent.confused", pid=self.pid, error=str(error))
            self._process.kill()
        self._process.join()  # only its end closes its end of the pipe
        self._pipe.close()
        try:
            self._loop.call_soon_threadsafe(self._on_ended)
        except RuntimeError:  # the loop is closed: nobody is left to be told
            return


def _be_agent(pipe: Connection, account: AgentAccount, watched: Sequence[str]) -> None:
    from sip.agent import run_agent  # only here: the library must never be in the service's own process

    run_agent(pipe, account, watched)
