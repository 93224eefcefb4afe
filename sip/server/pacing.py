"""How often a watcher is told: the rates of RFC 6446, and the pause of RFC 3856 where none is asked.

Rates are notifications a second, never intervals. What is told is ``notifier.py``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from sip.errors import PeerFault

PAUSE_S = 5.0  # between two NOTIFYs where no max-rate is asked (RFC 3856 6.10)
MAX_RATE = 10.0  # a second; nobody is told the same thing more often than that
PERIOD_S = 60.0  # over which an adaptive rate is held (RFC 6446 7.1: the rolling period is ours to choose)

_RATE = re.compile(r"\d{1,2}(?:\.\d{1,10})?", re.ASCII)  # RFC 6446 9.1
_NAMES = ("max-rate", "min-rate", "adaptive-min-rate")


@dataclass(frozen=True, slots=True)
class Pace:
    """The rates that were adopted for a subscription; None where none was asked.

    Parameters
    ----------
    max_rate
        Notifications a second at most; what comes sooner waits, and the latest state goes out.
    min_rate
        At least so many, though nothing has changed.
    adaptive_min_rate
        At least so many on average over `PERIOD_S`: those that something caused count.
    """

    max_rate: float | None = None
    min_rate: float | None = None
    adaptive_min_rate: float | None = None

    @classmethod
    def asked(cls, parameters: Mapping[str, str | None], expires_s: float) -> Self:
        """Adopt the rates of an Event field, as far as they can be held.

        A minimum above the maximum is lowered to it, and above `MAX_RATE` to that; a maximum that would
        allow nothing before the subscription ends is raised (RFC 6446 section 4 and 6).

        Raises
        ------
        PeerFault
            400: no rate, or a rate of zero.

        Examples
        --------
        >>> Pace.asked({"max-rate": "0.1", "min-rate": "2"}, 600)
        Pace(max_rate=0.1, min_rate=0.1, adaptive_min_rate=None)
        """
        most, least, adaptive = (_rate(parameters, name) for name in _NAMES)
        if most is not None:
            most = min(max(most, 1 / expires_s if expires_s > 0 else most), MAX_RATE)
        ceiling = MAX_RATE if most is None else most
        lowered = [None if rate is None else min(rate, ceiling) for rate in (least, adaptive)]
        return cls(most, *lowered)

    @property
    def shortest_s(self) -> float:
        """The least time between two notifications that something caused."""
        return PAUSE_S if self.max_rate is None else max(1 / self.max_rate, 1 / MAX_RATE)

    def longest_s(self, sent: Sequence[float], now: float) -> float | None:
        """Give the most time after the last notification; None where it may be silent for ever.

        Parameters
        ----------
        sent
            When it was notified, in order.
        now
            UTC seconds.
        """
        longest = [1 / self.min_rate] if self.min_rate is not None else []
        if self.adaptive_min_rate is not None:
            count = sum(now - PERIOD_S < each for each in sent)
            adaptive_s = count / (self.adaptive_min_rate**2 * PERIOD_S)  # RFC 6446 7.1
            longest.append(max(self._least_s, adaptive_s))
        return min(longest, default=None)

    @property
    def _least_s(self) -> float:
        return 1 / MAX_RATE if self.max_rate is None else self.shortest_s

    def __str__(self) -> str:
        """Write the parameters of Subscription-State that tell what was adopted."""
        rates = zip(_NAMES, (self.max_rate, self.min_rate, self.adaptive_min_rate), strict=True)
        return "".join(f";{name}={_written(rate)}" for name, rate in rates if rate is not None)


def _rate(parameters: Mapping[str, str | None], name: str) -> float | None:
    if name not in parameters:
        return None
    text = parameters[name] or ""
    if _RATE.fullmatch(text) is None or float(text) == 0:
        raise PeerFault(400, f"Bad {name}")  # a pause is asked for by a small rate (RFC 6446 6.2)
    return float(text)


def _written(rate: float) -> str:
    return f"{rate:.10f}".rstrip("0").rstrip(".")
