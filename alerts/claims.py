"""Which rows of an outbox may have gone out, as far as this process can know.

A row that is being sent may be withdrawn meanwhile, and a process may die between sending and marking: what
may have gone must not be taken back silently.
"""

import threading


class Claims:
    """Remember what was claimed for sending and not marked yet.

    Parameters
    ----------
    known_up_to
        The newest row when this process opened the outbox: an earlier process may have sent any up to it and
        died before it could say so.
    """

    __slots__ = ("_claimed", "_known_up_to", "lock")

    def __init__(self, known_up_to: int) -> None:
        self.lock = threading.Lock()  # held while rows are claimed, and while they are withdrawn
        self._known_up_to = known_up_to
        self._claimed: set[int] = set()

    def add(self, row: int) -> None:
        """Say that a row is about to be sent."""
        self._claimed.add(row)

    def drop(self, row: int) -> None:
        """Say that what came of it is kept."""
        self._claimed.discard(row)

    def may_have_gone(self, row: int) -> bool:
        """Tell whether a row that is still pending may have been sent all the same."""
        return row in self._claimed or row <= self._known_up_to
