"""The queue as a supply of documents: one at a time, in order, and not too fast while catching up.

What is kept is ``fix_queue.py``; the talk is ``waywarn/talk.py``.
"""

import asyncio
from collections.abc import Iterable

from corridor.instant import format_instant
from sip.device.publication_client import Delivered, Document, Lost
from waywarn.tracker.fix_queue import FixQueue, Kept

DEFAULT_PER_SECOND = (
    10.0  # an hour's fixes of one in 10 s in half a minute; a server has many devices that come back
)


class QueueSupply:
    """Gives the oldest fix of the queue, and takes it out when it is settled.

    Parameters
    ----------
    queue
        What is to be sent.
    per_second
        So many a second at most.
    """

    def __init__(self, queue: FixQueue, *, per_second: float = DEFAULT_PER_SECOND) -> None:
        self.changed = asyncio.Event()
        self.is_closed = False
        """Whether no more fixes come; set it, then `changed`."""
        self._queue = queue
        self._every_s = 1 / per_second
        self._not_before = 0.0
        self._under_way: Kept | None = None

    @property
    def next_due(self) -> float | None:
        """When the next may be sent; None while one is under way, and where there is none."""
        return self._not_before if self._under_way is None and len(self._queue) else None

    @property
    def is_over(self) -> bool:
        """Whether all there was is settled, and no more comes."""
        return self.is_closed and self._under_way is None and not len(self._queue)

    def take(self, now: float) -> Document | None:
        """Give the oldest, unless one is under way or the last began a moment ago."""
        if self._under_way is not None or now < self._not_before:
            return None
        self._under_way = self._queue.first()
        if self._under_way is None:
            return None
        self._not_before = now + self._every_s
        return Document(format_instant(self._under_way.time), self._under_way.body)

    def settle(self, effect: Delivered | Lost) -> None:
        """Take out what the server has or refuses; what it could not be asked about stays."""
        kept, self._under_way = self._under_way, None
        if kept is not None and (isinstance(effect, Delivered) or effect.is_refused):
            self._queue.remove(kept.number)
        self.changed.set()

    def rest(self) -> Iterable[Document]:
        """Give nothing: what is in the queue is not lost."""
        return ()
