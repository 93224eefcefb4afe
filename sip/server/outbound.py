"""Requests of the server's own until they are answered: NOTIFY, and what is told to a device.

Non-INVITE client transactions (RFC 3261 17.1.2) by the flow that a peer came by; when each is sent again
is ``client_transaction.py``. What is sent, and what an answer means, its owner knows by his ticket.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from sip.address import MAGIC_COOKIE, parse_via
from sip.client_transaction import Action, ClientTransaction
from sip.errors import PeerFault
from sip.headers import Headers, split_commas
from sip.message import Request, Response
from sip.peer import Peer, Transport
from sip.server.agenda import Agenda

MAX_OUTBOUND = 65_536  # 2,000 requests a second that nobody answers, for 32 s; about 150 MB with their bytes


@dataclass(frozen=True, slots=True)
class Notification:
    """A request to send: without a Via, the flow that it goes by, and its owner's name for it."""

    request: Request
    to: Peer
    ticket: Hashable


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a request: its final answer, or None where none came."""

    ticket: Hashable
    response: Response | None


@dataclass(frozen=True, slots=True)
class Woken:
    """What time has brought: bytes to send again, and requests that nobody answered."""

    resend: tuple[tuple[Peer, bytes], ...] = ()
    settled: tuple[Settled, ...] = ()


@dataclass(slots=True)
class _Sent:
    transaction: ClientTransaction
    to: Peer
    data: bytes
    ticket: Hashable


class Outbound:
    """Keeps the requests that are under way.

    Parameters
    ----------
    sent_by
        For each door, ``host:port`` as peers reach it: goes into Via.
    fresh
        Gives a token that nobody can guess, at each call another.
    """

    def __init__(self, sent_by: Mapping[int, str], fresh: Callable[[], str]) -> None:
        self._sent_by, self._fresh = sent_by, fresh
        self._sent: dict[tuple[str, str], _Sent] = {}  # by branch and method
        self._wakes: Agenda[tuple[str, str]] = Agenda()

    def __len__(self) -> int:
        return len(self._sent)

    @property
    def is_full(self) -> bool:
        """Whether no more may be sent for now."""
        return len(self._sent) >= MAX_OUTBOUND

    def reaches(self, to: Peer) -> bool:
        """Tell whether the door of a flow is there: the configuration may have changed at a restart."""
        return to.door in self._sent_by

    @property
    def next_wake(self) -> float | None:
        """When `wake` is due; None while nothing is under way."""
        return self._wakes.next_wake

    def send(self, request: Request, to: Peer, ticket: Hashable, now: float) -> bytes:
        """Begin a transaction; gives the bytes that are to be sent now."""
        branch = f"{MAGIC_COOKIE}{self._fresh()}"
        via = f"SIP/2.0/{to.transport} {self._sent_by[to.door]};branch={branch};rport"
        data = Request(
            request.method, request.uri, Headers([("Via", via), *request.headers]), request.body
        ).to_bytes()
        reliable = to.transport is not Transport.UDP
        key = branch, request.method
        self._sent[key] = _Sent(ClientTransaction(now, reliable=reliable), to, data, ticket)
        self._schedule(key)
        return data

    def owns(self, response: Response) -> bool:
        """Tell whether a response answers a request of ours, now or a moment ago."""
        return _key_of(response.headers) in self._sent

    def receive(self, response: Response, now: float) -> Settled | None:
        """Take a response; None for a provisional one, a copy, and one to no request of ours."""
        key = _key_of(response.headers)
        sent = self._sent.get(key)
        if sent is None:
            return None
        action = sent.transaction.answered(response.status, now)
        self._schedule(key)
        return Settled(sent.ticket, response) if action is Action.DELIVER else None

    def failed(self, to: Peer, now: float) -> tuple[Settled, ...]:
        """Give up what was sent by a flow that is gone."""
        return tuple(
            Settled(sent.ticket, None)
            for key, sent in list(self._sent.items())
            if sent.to == to and self._ends(key, sent.transaction.failed(now)) is Action.FAIL
        )

    def wake(self, now: float) -> Woken:
        """Do what is due: send again, give up, forget."""
        resend: list[tuple[Peer, bytes]] = []
        settled: list[Settled] = []
        while (key := self._wakes.pop_due(now)) is not None:
            sent = self._sent[key]
            action = sent.transaction.wake(now)
            if action is Action.SEND:
                resend.append((sent.to, sent.data))
            elif action is Action.TIME_OUT:
                settled.append(Settled(sent.ticket, None))
            self._schedule(key)
        return Woken(tuple(resend), tuple(settled))

    def _ends(self, key: tuple[str, str], action: Action) -> Action:
        self._schedule(key)
        return action

    def _schedule(self, key: tuple[str, str]) -> None:
        wake = self._sent[key].transaction.next_wake
        if wake is None:
            del self._sent[key]
            self._wakes.drop(key)
        else:
            self._wakes.put(key, wake)


def _key_of(headers: Headers) -> tuple[str, str]:
    """Name the transaction of a response by its top Via's branch and its CSeq's method (17.1.3)."""
    try:
        vias = split_commas(headers.get("Via") or "")
        branch = parse_via(vias[0]).branch if vias else None
    except PeerFault:
        branch = None
    return branch or "", (headers.get("CSeq") or "").rpartition(" ")[2]
