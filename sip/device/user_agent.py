"""What the device answers when the server asks: MESSAGE is handed on, OPTIONS told, the rest refused.

Each request is decided once; its retransmissions get the same bytes (RFC 3261, 17.2.2). What a MESSAGE means
is not known here; the socket is ``channel.py``.
"""

from collections.abc import Callable

from sip.envelope import Envelope, open_envelope
from sip.errors import PeerFault
from sip.message import Request
from sip.peer import Peer
from sip.reply import is_answerable, write_response
from sip.server.transaction import PENDING, Transactions, transaction_key

ALLOW = "MESSAGE, OPTIONS, CANCEL"
MAX_TRANSACTIONS = 256  # 8 requests a second for 32 s: more is no order of a person's

Fields = tuple[tuple[str, str], ...]


class UserAgent:
    """The device as a server of its server.

    Parameters
    ----------
    take
        Is handed each MESSAGE once; a `PeerFault` of it is the answer, else that is 200.
    accepts
        The types of body that it reads, for the Accept field.
    secret
        Key of the To tags.
    """

    def __init__(self, take: Callable[[Request], None], *, accepts: str, secret: bytes) -> None:
        self._take = take
        self._accepts = accepts
        self._secret = secret
        self._transactions = Transactions(max_transactions=MAX_TRANSACTIONS)

    def receive(self, request: Request, peer: Peer, now: float) -> bytes | None:
        """Give the bytes of the answer; None where there must be none.

        Parameters
        ----------
        request
            As it came.
        peer
            Where it came from; the answer goes back by the same way.
        now
            Seconds of any clock that runs evenly.
        """
        if request.method == "ACK" or not is_answerable(request.headers):
            return None
        try:
            envelope = open_envelope(request, peer.transport)
        except PeerFault as fault:
            return self._answer(request, peer, fault.status, fault.reason, fault.headers)
        key = transaction_key(envelope)
        known = self._transactions.look_up(key, now)
        if known is not None:
            return None if known is PENDING else bytes(known)  # type: ignore[arg-type] # bytes, if not PENDING
        if not self._transactions.begin(key, None, now):
            return self._answer(request, peer, 503, None, (("Retry-After", "32"),))
        answer = self._decide(envelope, peer)
        self._transactions.finish(key, answer, reliable=peer.transport.is_reliable, now=now)
        return answer

    def _decide(self, envelope: Envelope, peer: Peer) -> bytes:
        request = envelope.request
        try:
            _check(request)
            if request.method == "MESSAGE":
                self._take(request)
        except PeerFault as fault:
            return self._answer(request, peer, fault.status, fault.reason, fault.headers)
        abilities = (("Allow", ALLOW), ("Accept", self._accepts))
        return self._answer(request, peer, 200, None, abilities if request.method == "OPTIONS" else ())

    def _answer(self, request: Request, peer: Peer, status: int, reason: str | None, fields: Fields) -> bytes:
        return write_response(
            request.headers, peer, status=status, reason=reason, extra=fields, secret=self._secret
        )


def _check(request: Request) -> None:
    if request.method == "CANCEL":
        raise PeerFault(481, "Call/Transaction Does Not Exist")  # each was answered when it came
    if request.method not in {"MESSAGE", "OPTIONS"}:
        raise PeerFault(405, "Method Not Allowed", (("Allow", ALLOW),))
    if required := request.headers.items_of("Require"):
        raise PeerFault(420, "Bad Extension", (("Unsupported", ", ".join(required)),))
