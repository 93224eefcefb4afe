"""The ways of requests that began something: what follows each, a copy, CANCEL or ACK, goes the same one.

How a way is found, and what is written on it, is ``relay.py``.
"""

from collections import Counter
from dataclasses import dataclass

from sip.errors import PeerFault
from sip.peer import Peer

WAY_S = 240.0  # longer than a call rings (Timer C is 3 min)
MAX_WAYS = 16_384  # requests begun within that time; about 8 MB when full
MAX_WAYS_PER_ACCOUNT = 2_048  # one account pushes nobody else's out


@dataclass(frozen=True, slots=True)
class Way:
    """Where a request goes: the flow, the Request-URI there, and what is left of its Route."""

    flow: Peer
    uri: str
    routes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Begun:
    """Who began something, by which way, and until when that is remembered."""

    aor: str
    way: Way
    ends_at: float


class Ways:
    """Remembers ways for a while."""

    def __init__(self) -> None:
        self._begun: dict[str, _Begun] = {}  # in order of their end
        self._number_of: Counter[str] = Counter()  # by account

    def __len__(self) -> int:
        return len(self._begun)

    def find(self, key: str, now: float) -> Way | None:
        """Give the way of a request; None where it began nothing lately."""
        begun = self._begun.get(key)
        return begun.way if begun is not None and begun.ends_at > now else None

    def remember(self, key: str, way: Way, aor: str, now: float) -> None:
        """Remember the way of a request that an account begins; the oldest goes where there are too many.

        Raises
        ------
        PeerFault
            503 with Retry-After: this account has begun too much lately.
        """
        self._forget(key)
        while self._begun and self._begun[oldest := next(iter(self._begun))].ends_at <= now:
            self._forget(oldest)
        if self._number_of[aor] >= MAX_WAYS_PER_ACCOUNT:
            raise PeerFault(503, "Too Much Begun", (("Retry-After", f"{WAY_S:.0f}"),))
        if len(self._begun) >= MAX_WAYS:
            self._forget(next(iter(self._begun)))
        self._begun[key] = _Begun(aor, way, now + WAY_S)
        self._number_of[aor] += 1

    def _forget(self, key: str) -> None:
        if (begun := self._begun.pop(key, None)) is not None:
            self._number_of[begun.aor] -= 1
            if not self._number_of[begun.aor]:
                del self._number_of[begun.aor]
