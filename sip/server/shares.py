"""How many subscriptions a watcher and a device have, and how many are too many.

What a subscription is, is ``subscription.py``; who is granted one, ``subscriptions.py``.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from sip.errors import PeerFault
from sip.filters.faults import FilterFault
from sip.server.subscription import Subscription

MAX_SUBSCRIPTIONS = 20_000
MAX_PER_WATCHER = 2_000  # a dispatcher watches a fleet
MAX_PER_DEVICE = 1_000
MAX_PER_PAIR = 250  # of one watcher on one device: there is room for others
MAX_AREAS_PER_PAIR = 32  # an area costs 0.3 ms at each place of the device
RETRY_AFTER_S = 60


class _Share(NamedTuple):
    """Whose subscriptions are counted, or the areas in them."""

    watcher: str | None = None
    device: str | None = None
    of_areas: bool = False


class Shares:
    """Counts subscriptions."""

    def __init__(self) -> None:
        self._counts: Counter[_Share] = Counter()

    def add(self, subscription: Subscription) -> None:
        """Count one more."""
        for share, number in _weights(subscription):
            self._count(share, number)

    def remove(self, subscription: Subscription) -> None:
        """Count one that was added no more."""
        for share, number in _weights(subscription):
            self._count(share, -number)

    def check_room(self, first: Subscription) -> None:
        """Refuse one more where there are too many.

        Raises
        ------
        PeerFault
            503 with Retry-After.
        """
        watcher, device = first.watcher, first.device
        full = (
            self._counts[_Share()] >= MAX_SUBSCRIPTIONS
            or self._counts[_Share(watcher=watcher)] >= MAX_PER_WATCHER
            or self._counts[_Share(device=device)] >= MAX_PER_DEVICE
            or self._counts[_Share(watcher, device)] >= MAX_PER_PAIR
        )
        if full:
            raise PeerFault(503, "Too Many Subscriptions", (("Retry-After", str(RETRY_AFTER_S)),))

    def check_areas(self, after: Subscription, before: Subscription | None) -> None:
        """Refuse filters that bring more areas than a watcher may have on a device.

        Parameters
        ----------
        after, before
            The subscription as it is asked for, and as it is counted now; None for a new one.

        Raises
        ------
        FilterFault
            488.
        """
        new, had = len(after.filters.areas), len(before.filters.areas) if before is not None else 0
        number = self._counts[_Share(after.watcher, after.device, of_areas=True)] - had + new
        if new > had and number > MAX_AREAS_PER_PAIR:
            raise FilterFault(
                f"subscriptions of {after.watcher} to {after.device} would have {number} areas;"
                f" at most {MAX_AREAS_PER_PAIR}"
            )

    def _count(self, share: _Share, number: int) -> None:
        self._counts[share] += number
        if not self._counts[share]:
            del self._counts[share]


def _weights(subscription: Subscription) -> Iterator[tuple[_Share, int]]:
    watcher, device = subscription.watcher, subscription.device
    yield _Share(), 1
    yield _Share(watcher=watcher), 1
    yield _Share(device=device), 1
    yield _Share(watcher, device), 1
    yield _Share(watcher, device, of_areas=True), len(subscription.filters.areas)
