"""Telling results: each in a MESSAGE to the device's own address, until the server has it.

The format is in docs/commands.md; where results come from is ``duties.py``.
"""

import asyncio
import secrets
from collections.abc import Callable

from sip.command import RESULT_TYPE, Result
from sip.device.caller import Caller
from sip.device.channel import UnansweredError
from sip.device.publication_client import wait_of
from sip.device.request_writer import Identity, RequestWriter
from sip.errors import ChallengeError
from sip.message import Response
from waywarn import log
from waywarn.tracker.order_book import OrderBook

MOST_TRIES = 4  # a stale nonce may come twice; what is challenged more often is refused
_SETTLED = frozenset({200, 202, 404})  # 404: the server knows no such command, or no more


class Teller:
    """Sends what the order book has untold.

    Parameters
    ----------
    identity
        Whose results.
    caller
        By which way.
    book
        Where they are kept.
    session_keys
        Gives the keys of the newest registrations; without one nothing can be signed yet.
    renew
        Asks for a new registration: the server did not know our key.
    """

    def __init__(
        self,
        identity: Identity,
        caller: Caller,
        book: OrderBook,
        *,
        session_keys: Callable[[], tuple[str, ...]],
        renew: Callable[[], None],
    ) -> None:
        self.changed = asyncio.Event()
        """Set when there may be more to tell."""
        self._identity, self._caller, self._book = identity, caller, book
        self._session_keys, self._renew = session_keys, renew
        self._writer = RequestWriter(identity, lambda: secrets.token_hex(12))

    async def run(self) -> None:
        """Tell results for ever."""
        attempts = 0
        while True:
            self.changed.clear()
            untold = self._book.untold() if self._session_keys() else ()
            failed = [result for result in untold if not await self._tell(result)]
            attempts = attempts + 1 if failed else 0
            wait_s = wait_of(None, attempts, lambda: 0.0) if failed else None
            try:
                await asyncio.wait_for(self.changed.wait(), wait_s)
            except TimeoutError:
                continue

    async def _tell(self, result: Result) -> bool:
        try:
            response = await self._ask(result)
        except (UnansweredError, ChallengeError) as error:
            log.warn("result.untold", id=result.id, reason=str(error))
            return False
        if response.status in _SETTLED:
            log.say("result.told", id=result.id, state=result.state.value, status=response.status)
            self._book.told(result.id)
            return True
        log.warn("result.untold", id=result.id, reason=f"{response.status} {response.reason}")
        if response.status == 403:
            self._renew()
        return False

    async def _ask(self, result: Result) -> Response:
        body = result.signed(self._session_keys()[0])
        self._writer.begin()
        for _ in range(MOST_TRIES):
            request = self._writer.write(
                "MESSAGE", [("Content-Type", RESULT_TYPE)], body, request_uri=self._identity.aor
            )
            response = await self._caller.ask(request)
            if response.status not in {401, 407}:
                break
            self._writer.challenged(response)
        return response
