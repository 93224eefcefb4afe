"""The way back as the service has it: the courier of commands on its store, and told of each commit.

What a command goes through is ``wayback/``; the registrations are the presence server's.
"""

import secrets
from collections.abc import Callable, Sequence
from functools import partial

from sip import BindingChange, Peer, Request
from sip.server.binding import Binding
from waywarn.config import Config
from waywarn.intake import Judgement
from waywarn.outgoing import Outgoing
from waywarn.presence import Presence
from waywarn.store import Store
from waywarn.wayback.courier import Courier, Ticket
from waywarn.wayback.ledger import Ledger
from waywarn.wayback.request import Carrier

SENDER = "waywarn"  # who commands and messages are from, at our own domain


class Commanding:
    """All that the way back is made of.

    Parameters
    ----------
    config
        Our domain, and how devices hear commands.
    store
        Holds the queue.
    clock
        Wall time, UTC seconds.
    """

    def __init__(self, config: Config, store: Store, *, clock: Callable[[], float]) -> None:
        self._config, self._store, self._clock = config, store, clock
        self._presence: Presence | None = None
        self._courier: Courier | None = None
        self.ledger = Ledger(lambda aor, now: [each.session_key for each in self._ways_of(aor, now)])
        """Takes the results of devices."""

    def connect(self, presence: Presence, outgoing: Outgoing) -> None:
        """Take note of where devices are registered, and of who sends.

        Raises
        ------
        StoreError
            The store cannot be read.
        """
        self._presence = presence
        self._courier = Courier(
            self._store.commands,
            self.ledger,
            presence.directory,
            ways_of=self._ways_of,
            post=partial(self._post, outgoing),
            carriers={
                name: Carrier(device.commands)
                for name, device in self._config.devices.items()
                if device.commands is not None
            },
            sender=f"sip:{SENDER}@{self._config.sip.domain}",
            fresh=lambda: secrets.token_hex(8),
            clock=self._clock,
        )
        self._courier.lock(self._store.commands.locked())  # before the first call can come

    async def run(self) -> None:
        """Work until cancelled."""
        if self._courier is not None:
            await self._courier.run()

    def settled(self, judgement: Judgement) -> None:
        """Take what was committed: who has registered."""
        for change in judgement.batch.presence:
            if isinstance(change, BindingChange) and self._courier is not None:
                for aor in {binding.aor for binding in change.added}:
                    self._courier.registered(aor)

    def _ways_of(self, aor: str, now: float) -> Sequence[Binding]:
        if self._presence is None:
            return ()
        return [each for each in self._presence.registrar.bindings_of(aor, now) if each.session_key]

    def _post(self, outgoing: Outgoing, request: Request, to: Peer, ticket: Ticket) -> None:
        courier = self._courier
        if courier is not None:
            outgoing.ask(request, to, partial(courier.heard, ticket))
