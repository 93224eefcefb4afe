"""A courier on a real store, and a device that remembers what it did; the wire between them is a list."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from sip.account import Account
from sip.command import Command, Result, ResultState, Validity, parse_command, parse_result
from sip.directory import Directory
from sip.errors import PeerFault
from sip.headers import Headers
from sip.message import Request, Response
from sip.order import Argument, Order
from sip.peer import Peer, Transport
from tests.sip.talk import NOW, account
from waywarn.store import Batch, Store
from waywarn.wayback.courier import Courier
from waywarn.wayback.doors import Bell, Elsewhere, Phones, Ticket
from waywarn.wayback.errand import Errand
from waywarn.wayback.ledger import Ledger
from waywarn.wayback.request import Carrier

ANNA = account("anna")
NO_BELL = "nothing here can ring"
FLOW = Peer(Transport.UDP, "192.0.2.10", 40_000)


@dataclass(frozen=True)
class Registration:
    """One way to a device."""

    contact: str = "sip:anna@192.0.2.10:40000"
    flow: Peer = FLOW
    session_key: str = "5e55" * 16
    user_agent: str | None = "tracker waywarn-commands/1"


@dataclass(frozen=True)
class Posted:
    """A request on the wire, and how its answer is brought back."""

    request: Request
    ticket: Ticket


@dataclass
class Device:
    """Carries a command out once, when it is in time."""

    registration: Registration
    done_at: dict[str, float] = field(default_factory=dict)
    results: list[bytes] = field(default_factory=list)

    def receive(self, request: Request, now: float) -> int:
        """Do as docs/commands.md says; gives the status of the answer."""
        signed = parse_command(request.body)
        assert signed.is_signed_by([self.registration.session_key])
        command = signed.command
        if command.id not in self.done_at and command.validity(now) is Validity.VALID:
            self.done_at[command.id] = now
        state = ResultState.DONE if command.id in self.done_at else ResultState.REFUSED
        self.results.append(Result(command.id, state, "done").signed(self.registration.session_key))
        return 200


class World:
    """A service's half of the way back, which can be stopped and started again on its store."""

    def __init__(
        self, file: Path, *, bell: Bell | str = NO_BELL, carriers: dict[str, Carrier] | None = None
    ) -> None:
        self.now = NOW
        self.store = Store.open(file)
        self.registrations: list[Registration] = []
        self.wire: list[Posted] = []
        self._bell, self._carriers = bell, carriers or {}
        self._elsewhere: Elsewhere | None = None
        self._ids, self._tokens = count(), count()
        self.start()

    def start(self) -> None:
        """Begin anew, as after a restart: what was on the wire is nobody's any more."""
        self.wire.clear()
        self.directory = Directory([ANNA, account("berta")], realm="example.org")
        self.ledger = Ledger(lambda aor, _: [each.session_key for each in self._ways(aor)])
        self.courier = Courier(
            self.store.commands,
            self.ledger,
            self.directory,
            ways_of=lambda aor, _: self._ways(aor),
            post=self._post,
            carriers=self._carriers,
            sender="sip:waywarn@example.org",
            fresh=lambda: f"t{next(self._tokens)}",
            clock=lambda: self.now,
            phones=Phones(self._bell, self._elsewhere),
        )

    def look(self) -> None:
        """Let the courier do what is to be done now."""
        asyncio.run(self.courier.look())

    def give(self, order: Order, arguments: dict[str, Argument] | None = None, *, for_s: float = 600) -> str:
        """Give a command, as another process does."""
        command = Command(
            f"{next(self._ids):016d}", order, arguments or {}, self.now // 1, self.now // 1 + for_s
        )
        self.store.commands.give(Errand.of(command, "anna"))
        return command.id

    def register(self, *registrations: Registration) -> None:
        """Let anna be registered, so and no other way."""
        self.registrations = list(registrations)
        if registrations:
            self.courier.registered(ANNA.aor)

    def answer(self, posted: Posted, status: int | None) -> None:
        """Bring the answer to a request; None: there was none."""
        response = None if status is None else Response(status, "", Headers())
        self.courier.heard(posted.ticket, response)

    def tell(self, body: bytes, *, stored: bool = True, who: Account = ANNA) -> int:
        """Bring the result of a command in, in a batch of its own; gives the status of the answer."""
        try:
            change = self.ledger.settle(who, parse_result(body), self.now)
        except PeerFault as fault:
            return fault.status
        if change is not None and not stored:
            self.ledger.undo(change)
            return 503
        if change is not None:
            self.store.commit(Batch(now=self.now, presence=(change,)))
        return 200

    def row(self, command: str) -> Errand:
        """Give a command as the store has it."""
        errand = self.store.commands.get(command)
        assert errand is not None
        return errand

    def _ways(self, aor: str) -> Sequence[Registration]:
        return self.registrations if aor == ANNA.aor else ()

    def _post(self, request: Request, to: Peer, ticket: Ticket) -> None:
        assert to in {each.flow for each in self.registrations}
        self.wire.append(Posted(request, ticket))
