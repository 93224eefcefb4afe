"""Non-INVITE server transactions (RFC 3261 17.2.2, 17.2.3): the same request is decided once.

Only requests of authenticated peers are remembered; refusing a stranger needs no memory
(RFC 3261 8.2.7). What the answer says is not known here.
"""

from collections import deque
from hashlib import blake2b
from typing import Final

from sip.envelope import Envelope

TIMER_J_S = 32.0  # 64 * T1: over UDP a retransmission may come that late
MAX_TRANSACTIONS = 131_072  # 2,000 requests a second for 32 s, twice; about 90 MB when full


class Pending:
    """The type of `PENDING`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "PENDING"


PENDING: Final = Pending()
"""The request is being decided: its retransmission is absorbed, for no 100 is sent (RFC 4320 4.1)."""


def transaction_key(envelope: Envelope, method: str | None = None) -> bytes:
    """Give 16 bytes that are the same for a request and its retransmissions only (RFC 3261 17.2.3).

    Parameters
    ----------
    envelope
        The request.
    method
        Looks for the transaction of another method: a CANCEL's for what it would cancel.
    """
    request, via = envelope.request, envelope.via
    wanted = method or request.method
    branch = via.branch
    if branch is not None:
        return _hash("3261", branch, via.sent_by, wanted)
    to_tag, from_tag = envelope.recipient.tag or "", envelope.sender.tag or ""
    number = (request.headers.get("CSeq") or "").split()[0]
    top = request.headers.get("Via") or ""
    return _hash("2543", request.uri, to_tag, from_tag, envelope.call_id, number, top, wanted)


def merge_key(envelope: Envelope) -> bytes | None:
    """Give 16 bytes that a request and its copies by other ways share; None inside a dialog (8.2.2.2)."""
    if envelope.recipient.tag is not None:
        return None
    cseq = envelope.request.headers.get("CSeq") or ""
    return _hash("merged", envelope.call_id, " ".join(cseq.split()), envelope.sender.tag or "")


class Transactions:
    """What was answered lately, and what is being decided.

    Parameters
    ----------
    max_transactions
        More are not begun: forgetting one early would decide a retransmission again.
    """

    def __init__(self, *, max_transactions: int = MAX_TRANSACTIONS) -> None:
        self._max = max_transactions
        self._known: dict[bytes, tuple[bytes | Pending, float]] = {}  # what was answered, and until when
        self._merged: dict[bytes, bytes] = {}  # merge key to transaction
        self._merge_key_of: dict[bytes, bytes] = {}
        self._ends: deque[tuple[float, bytes]] = deque()  # in order, for all live equally long

    def __len__(self) -> int:
        return len(self._known)

    def look_up(self, key: bytes, now: float) -> bytes | Pending | None:
        """Give the final response sent, `PENDING`, or None for a request not seen before."""
        self._forget(now)
        known = self._known.get(key)
        return known[0] if known is not None else None

    def is_merged(self, merged: bytes | None, key: bytes) -> bool:
        """Tell whether the same request came with another branch."""
        return merged is not None and self._merged.get(merged, key) != key

    def begin(self, key: bytes, merged: bytes | None, now: float) -> bool:
        """Remember a request as being decided; False where there is no room.

        One that is never answered is forgotten after 32 s too: by then its sender has given up.
        """
        if len(self._known) >= self._max:
            return False
        self._keep(key, PENDING, now)
        if merged is not None:
            self._merged[merged] = key
            self._merge_key_of[key] = merged
        return True

    def finish(self, key: bytes, response: bytes, *, reliable: bool, now: float) -> None:
        """Keep the final response for retransmissions: 32 s, over a reliable transport not at all."""
        if reliable:
            self._remove(key)
        elif key in self._known:
            self._keep(key, response, now)

    def _keep(self, key: bytes, value: bytes | Pending, now: float) -> None:
        self._known[key] = (value, now + TIMER_J_S)
        self._ends.append((now + TIMER_J_S, key))

    def _forget(self, now: float) -> None:
        while self._ends and self._ends[0][0] <= now:
            ends_at, key = self._ends.popleft()
            known = self._known.get(key)
            if known is not None and known[1] <= ends_at:  # else it was answered since
                self._remove(key)

    def _remove(self, key: bytes) -> None:
        self._known.pop(key, None)
        merged = self._merge_key_of.pop(key, None)
        if merged is not None:
            self._merged.pop(merged, None)


def _hash(*parts: str) -> bytes:
    # hashed, so that what a peer sends cannot size our memory
    return blake2b("\0".join(parts).encode("utf-8", "surrogateescape"), digest_size=16).digest()
