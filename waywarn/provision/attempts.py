"""How often a source may bring a token that gives nothing: few times, so that trying costs it more than us.

Nobody guesses a token (``token.py``); this keeps whoever tries from filling the log and the disk's queue.
"""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

MAX_FAILURES = 10  # at once, of one source: a household that mistypes
RECOVERY_S = 60.0  # after which one more is allowed
MAX_SOURCES = 10_000  # remembered at once; the one that failed longest ago is forgotten first
_IPV6_BITS = 64  # a household has a whole such net, and could come from another address each time


class Attempts:
    """Counts failures by source; each source's count leaks away, one every `RECOVERY_S`.

    Examples
    --------
    >>> attempts = Attempts(max_failures=1)
    >>> attempts.failed("192.0.2.1", 0.0)
    >>> [attempts.wait_s("192.0.2.1", now) for now in (0.0, 60.0)], attempts.wait_s("192.0.2.2", 0.0)
    ([60.0, 0.0], 0.0)
    """

    def __init__(self, *, max_failures: int = MAX_FAILURES, max_sources: int = MAX_SOURCES) -> None:
        self._most_s, self._max_sources = max_failures * RECOVERY_S, max_sources
        self._paid_at: OrderedDict[str, float] = (
            OrderedDict()
        )  # when all failures of a source have leaked away

    def wait_s(self, host: str, now: float) -> float:
        """Tell for how long a source must wait before it may try again; 0: it may now."""
        return max(0.0, self._debt_s(_source(host), now) - (self._most_s - RECOVERY_S))

    def failed(self, host: str, now: float) -> None:
        """Count a failure."""
        source = _source(host)
        debt_s = min(self._debt_s(source, now) + RECOVERY_S, self._most_s)
        self._paid_at.pop(source, None)
        self._paid_at[source] = now + debt_s
        while len(self._paid_at) > self._max_sources:
            self._paid_at.popitem(last=False)

    def _debt_s(self, source: str, now: float) -> float:
        # no more than it can be: the clock may have been set back
        return min(max(0.0, self._paid_at.get(source, now) - now), self._most_s)


def _source(host: str) -> str:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return f"{int(address) >> (128 - _IPV6_BITS):x}::"
    return str(address)
