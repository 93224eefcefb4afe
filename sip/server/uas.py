"""The server's side of SIP: bytes in, and what to do about them out. No socket, no clock.

Order: syntax, retransmission, method, domain, extensions, who sent it. What a request asks for is then
decided by ``presence_server.py``, in order of arrival; its answer comes back by `UserAgentServer.answer`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from sip.account import Account
from sip.body import ACCEPTED_TYPES
from sip.directory import Directory
from sip.envelope import Envelope, open_envelope
from sip.errors import MessageError, PeerFault
from sip.headers import Headers
from sip.message import Request, Response, parse_message
from sip.peer import Peer
from sip.reply import Reply, is_answerable, reply_address, write_response
from sip.server.admitted import Admitted
from sip.server.authenticator import Authenticator
from sip.server.checks import SERVED, check_domain, check_extensions, check_method
from sip.server.compositor import ALLOWED_EVENTS
from sip.server.limits import Gate, Rates
from sip.server.outcome import Answer, Refused
from sip.server.relay import Forward, Relay
from sip.server.transaction import Pending, Transactions, merge_key, transaction_key

CAPABILITIES = (
    ("Allow", ", ".join(SERVED)),
    ("Allow-Events", ALLOWED_EVENTS),
    ("Accept", ACCEPTED_TYPES),
    ("Accept-Encoding", "identity"),
)
FULL_RETRY_AFTER_S = 8  # a quarter of the 32 s after which a remembered answer is forgotten


@dataclass(frozen=True, slots=True)
class Ignored:
    """Bytes that get no answer, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A response came."""

    response: Response


class UserAgentServer:
    """Receives requests and writes answers.

    Parameters
    ----------
    directory
        Those who may ask.
    domains
        Hosts of a Request-URI that are ours; IP addresses always are.
    secret
        Fresh randomness, at least 16 bytes; keys nonces and tags.
    transactions
        What was answered lately; a smaller one than usual may be given.
    relay
        Passes on what is for others; without it calls are 405.
    rates
        How much one source and one account may ask; by default the usual.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        domains: Iterable[str],
        secret: bytes,
        transactions: Transactions | None = None,
        relay: Relay | None = None,
        rates: Rates | None = None,
    ) -> None:
        self._domains = frozenset(domain.lower() for domain in domains)
        self._secret = secret[:64]  # all that blake2b takes as a key
        self._authenticator = Authenticator(directory, secret=secret)
        self._transactions = transactions if transactions is not None else Transactions()
        self._relay = relay
        self._gate = Gate(rates)

    def receive(self, data: bytes, peer: Peer, now: float) -> Reply | Admitted | Forward | Answered | Ignored:
        """Look at one message: a datagram, or what ``stream.py`` cut out of a connection.

        Returns
        -------
        Reply
            Send it now.
        Admitted
            Decide it, and give what it comes to to `answer` (or the request to `overloaded`).
        Forward
            Pass it on.
        Answered
            A response, to a request of the server's own (see `welcome`) or to none.
        Ignored
            What nobody could be answered, a retransmission of what is being decided, and what came from a
            source that asks far too much (``limits.py``).
        """
        if not self._gate.enter(peer.host, now):
            return Ignored("too much from this source")
        try:
            message = parse_message(data)
        except MessageError as error:
            if error.seen is None or not is_answerable(error.seen):
                return Ignored(error.reason)
            return self._refuse(error.seen, peer, error, now)
        if isinstance(message, Response):
            forward = self._relay.respond(message) if self._relay is not None else None
            return forward or Answered(message)
        if not is_answerable(message.headers):
            return Ignored("Missing Via")
        serve = self._acknowledge if message.method == "ACK" else self._serve
        return serve(message, peer, now)

    def answer(self, admitted: Admitted, answer: Answer, now: float) -> bytes:
        """Write the final response, once, and remember it for retransmissions; it goes to ``admitted.to``."""
        data = self._write(admitted.request.headers, admitted.peer, answer)
        reliable = admitted.peer.transport.is_reliable
        self._transactions.finish(admitted.transaction, data, reliable=reliable, now=now)
        return data

    def overloaded(self, admitted: Admitted, *, retry_after_s: int, now: float) -> bytes:
        """Write the 503 of a request that was not taken, or could not be stored; nothing has changed."""
        return self.answer(admitted, _overload(retry_after_s), now)

    def welcome(self, peer: Peer, now: float) -> None:
        """Take note that what was `Answered` was asked: it does not count against its source."""
        self._gate.welcome(peer.host, now)

    def _serve(self, request: Request, peer: Peer, now: float) -> Reply | Admitted | Forward | Ignored:
        try:
            envelope = open_envelope(request, peer.transport)
            key = transaction_key(envelope)
            seen = self._transactions.look_up(key, now)
            if seen is None:
                return self._begin(envelope, peer, key, now)
        except PeerFault as fault:
            return self._refuse(request.headers, peer, fault, now)
        if isinstance(seen, Pending):
            return Ignored("retransmission of a request being decided")
        return Reply(seen, reply_address(request.headers, peer))

    def _acknowledge(self, request: Request, peer: Peer, now: float) -> Forward | Ignored:
        """Pass an ACK on, which is never answered (RFC 3261 17.1.1.3)."""
        if self._relay is None:
            return Ignored("ACK")
        try:
            return self._relay.forward(open_envelope(request, peer.transport), peer, now)
        except PeerFault as fault:
            return Ignored(f"ACK: {fault.reason}")

    def _begin(self, envelope: Envelope, peer: Peer, key: bytes, now: float) -> Reply | Admitted | Forward:
        request, relay = envelope.request, self._relay
        if relay is not None and relay.is_routed(envelope):
            return relay.forward(envelope, peer, now)  # within a call, whose Request-URI is a phone's own
        is_for_others = relay is not None and relay.takes(envelope)
        if not is_for_others:
            check_method(request.method)
        check_domain(envelope, self._domains)
        if request.method == "CANCEL":
            return self._cancel(envelope, peer, now)
        if relay is not None and is_for_others:
            pays = partial(self._let_pay, peer, now)
            return relay.forward(envelope, peer, now, begins=pays)
        check_extensions(request)
        if request.method == "OPTIONS":
            # alike for every user: who exists is told to nobody
            return self._reply(request.headers, peer, Answer(200, CAPABILITIES))
        return self._admit(envelope, peer, key, now)

    def _let_pay(self, peer: Peer, now: float, account: Account) -> None:
        """Let the account pay that begins something; what follows in a call is on its source."""
        self._gate.welcome(peer.host, now)
        if wait_s := self._gate.wait_of_account_s(account.username, now):
            raise PeerFault(503, "Service Unavailable", (("Retry-After", str(wait_s)),))

    def _admit(self, envelope: Envelope, peer: Peer, key: bytes, now: float) -> Reply | Admitted:
        request, target = envelope.request, envelope.target
        merged = merge_key(envelope)
        if self._transactions.is_merged(merged, key):
            raise PeerFault(482, "Loop Detected")
        who = self._authenticator.authenticate(request, target, key + peer.host.encode(), now)
        self._gate.welcome(peer.host, now)
        if wait_s := self._gate.wait_of_account_s(who.account.username, now):
            return self._reply(request.headers, peer, _overload(wait_s))
        if not self._transactions.begin(key, merged, now):
            return self._reply(request.headers, peer, _overload(FULL_RETRY_AFTER_S))
        session_key = who.session_key() if request.method == "REGISTER" else ""
        to = reply_address(request.headers, peer)
        return Admitted(envelope, who.account, peer, to, key, session_key)

    def _cancel(self, envelope: Envelope, peer: Peer, now: float) -> Reply | Forward:
        """Answer a CANCEL, which has no effect on a PUBLISH (RFC 3261 9.2), or let it follow its INVITE."""
        known = self._transactions.look_up(transaction_key(envelope, "PUBLISH"), now)
        if known is None and self._relay is not None:
            return self._relay.forward(envelope, peer, now)
        if known is None:
            raise PeerFault(481, "Call/Transaction Does Not Exist")
        return self._reply(envelope.request.headers, peer, Answer(200))

    def _refuse(self, headers: Headers, peer: Peer, fault: PeerFault, now: float) -> Reply:
        wait_s = self._gate.wait_of_source_s(peer.host, now)
        answer = _overload(wait_s) if wait_s else Refused.from_fault(fault).answer
        return self._reply(headers, peer, answer)

    def _reply(self, headers: Headers, peer: Peer, answer: Answer) -> Reply:
        return Reply(self._write(headers, peer, answer), reply_address(headers, peer))

    def _write(self, headers: Headers, peer: Peer, answer: Answer) -> bytes:
        return write_response(
            headers,
            peer,
            status=answer.status,
            reason=answer.reason,
            extra=answer.headers,
            to_tag=answer.to_tag,
            secret=self._secret,
        )


def _overload(retry_after_s: int) -> Answer:
    return Answer(503, (("Retry-After", str(retry_after_s)),))
