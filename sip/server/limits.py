"""How much one source and one account may ask: token buckets, bounded in memory, without a clock.

Everybody pays at the door, before a byte is read; who turns out to have an account gets it back and pays
from the account's own purse. What is said to those who cannot pay is ``uas.py``'s.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address

MAX_NAMES = 65_536  # buckets kept of each kind, 13 MB when full; the one not used for longest goes first
BURST_S = 2.0  # what was not used for so long may be used at once
_NETWORK_BITS = 64  # of an IPv6 address: who has one address has all of its /64


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests a second.

    Parameters
    ----------
    unknown_per_source
        From one host (IPv4 address, IPv6 /64), of those that no account has sent. A challenge costs some
        50 us of computing, so this default is a tenth of a core.
    per_account
        Of one account. A device moves, publishes a few times a second at most, and sends what it kept
        while offline as fast as it is answered.
    """

    unknown_per_source: float = 2_000.0
    per_account: float = 500.0


class Gate:
    """Lets requests in, or tells how long to stay away.

    A source that has overdrawn its bucket is refused what needs no account; one that has done so by a
    whole burst is not read at all, since even a refusal costs more than the request did.
    """

    def __init__(self, rates: Rates | None = None) -> None:
        rates = rates or Rates()
        self._sources = Buckets(rates.unknown_per_source)
        self._accounts = Buckets(rates.per_account)

    def enter(self, host: str, now: float) -> bool:
        """Take a token of the source; False where nothing of it should be read."""
        return self._sources.take(_source(host), now, floor=-self._sources.burst)

    def welcome(self, host: str, now: float) -> None:
        """Give the token back: it was somebody known, or an answer to what we asked."""
        self._sources.give_back(_source(host), now)

    def wait_of_source_s(self, host: str, now: float) -> int:
        """Give for how long a source should stay away, whole seconds; 0 where it need not."""
        return self._sources.wait_s(_source(host), now)

    def wait_of_account_s(self, username: str, now: float) -> int:
        """Take a token of an account; give for how long it should stay away, 0 where it had one."""
        return 0 if self._accounts.take(username, now) else max(self._accounts.wait_s(username, now), 1)


class Buckets:
    """One bucket for each name, full at first.

    Examples
    --------
    >>> buckets = Buckets(10.0)
    >>> [buckets.take("a", 0.0) for _ in range(21)].count(True), buckets.wait_s("a", 0.0)
    (20, 0)
    >>> buckets.take("a", 0.1)
    True
    """

    def __init__(self, per_s: float, *, max_names: int = MAX_NAMES) -> None:
        self._per_s, self.burst = per_s, per_s * BURST_S
        self._max = max_names
        self._left: dict[str, tuple[float, float]] = {}  # tokens at an instant; the least lately used first

    def __len__(self) -> int:
        return len(self._left)

    def take(self, name: str, now: float, *, floor: float = 0.0) -> bool:
        """Take a token, down to `floor` left; False, and nothing is taken, where there is none."""
        left = self._now(name, now)
        taken = left - 1 >= floor
        self._put(name, left - 1 if taken else left, now)
        return taken

    def give_back(self, name: str, now: float) -> None:
        """Put a token back."""
        self._put(name, min(self._now(name, now) + 1, self.burst), now)

    def wait_s(self, name: str, now: float) -> int:
        """Give the whole seconds until the bucket is no more overdrawn."""
        return math.ceil(max(-self._now(name, now), 0.0) / self._per_s)

    def _now(self, name: str, now: float) -> float:
        known = self._left.get(name)
        if known is None:
            return self.burst
        left, at = known
        if now > at:  # the wall clock may be set back
            left += (now - at) * self._per_s
        return left if left < self.burst else self.burst

    def _put(self, name: str, left: float, now: float) -> None:
        self._left.pop(name, None)
        if left >= self.burst:
            return  # full, as one that is not known
        self._left[name] = (left, now)
        if len(self._left) > self._max:
            del self._left[next(iter(self._left))]


@lru_cache(maxsize=4_096)
def _source(host: str) -> str:
    if ":" not in host:
        return host
    return str(int(IPv6Address(host)) >> (128 - _NETWORK_BITS))
