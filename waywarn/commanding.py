"""The way back as the service has it: the courier of commands on its store, and told of each commit.

What a command goes through is ``wayback/``; the registrations are the presence server's.
"""

import secrets
from collections.abc import Callable, Sequence
from functools import partial

from sip import Account, BindingChange, Directory, ListenAddress, Peer, Request, Transport
from sip.agent_talk import AgentAccount
from sip.server.binding import Binding
from waywarn.config import Config
from waywarn.config.fields import OWN_USER, is_every_address
from waywarn.intake import Judgement
from waywarn.operator import Station
from waywarn.outgoing import Outgoing
from waywarn.presence import Presence
from waywarn.store import Store
from waywarn.wayback.at_operator import AtOperator
from waywarn.wayback.bell import PhoneBell
from waywarn.wayback.courier import Courier
from waywarn.wayback.doors import Phones, Ticket
from waywarn.wayback.ledger import Ledger
from waywarn.wayback.request import Carrier

Addresses = Callable[[], Sequence[ListenAddress]]


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

    def connect(
        self, presence: Presence, outgoing: Outgoing, addresses: Addresses, station: Station | None
    ) -> None:
        """Take note of where devices are registered, who sends, where we listen, and who watches elsewhere.

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
            sender=f"sip:{OWN_USER}@{self._config.sip.domain}",
            fresh=lambda: secrets.token_hex(8),
            clock=self._clock,
            phones=Phones(
                self._bell(presence.directory, addresses),
                AtOperator(station.agents, station.addresses) if station is not None else None,
            ),
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

    def _bell(self, directory: Directory, addresses: Addresses) -> PhoneBell | str:
        """Give what rings phones, and an account that it calls with; or say why nothing can."""
        sip = self._config.sip
        if not PhoneBell.is_installed():
            return "a phone is rung by pjsua2, which is not installed: pip install 'waywarn[agent]'"
        if all(each.transport == "tls" for each in sip.listen):
            return "a phone is rung through our own server by tcp or udp; add one to [sip] listen"
        if directory.of_user(OWN_USER) is not None:
            return f"a phone is rung as sip:{OWN_USER}@{sip.domain}, and that is somebody's account"
        password, aor = secrets.token_hex(16), f"sip:{OWN_USER}@{sip.domain}"
        directory.put(Account.with_password(OWN_USER, password, realm=sip.realm, aor=aor, device_id=None))

        def account() -> AgentAccount:
            open_text = [each for each in addresses() if each.transport is not Transport.TLS]
            at = min(open_text, key=lambda each: each.transport is Transport.UDP)  # TCP where there is any
            by = at.transport.lower()
            return AgentAccount(
                aor, f"sip:{_here(at.host)}:{at.port};transport={by}", OWN_USER, password, by, registers=False
            )

        return PhoneBell(account)

    def _ways_of(self, aor: str, now: float) -> Sequence[Binding]:
        if self._presence is None:
            return ()
        return [each for each in self._presence.registrar.bindings_of(aor, now) if each.session_key]

    def _post(self, outgoing: Outgoing, request: Request, to: Peer, ticket: Ticket) -> None:
        courier = self._courier
        if courier is not None:
            outgoing.ask(request, to, partial(courier.heard, ticket))


def _here(host: str) -> str:
    """Give the address by which this machine reaches its own listener."""
    if is_every_address(host):
        return "[::1]" if ":" in host else "127.0.0.1"
    return f"[{host}]" if ":" in host else host
