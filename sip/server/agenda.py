"""An agenda: what is due when, one moment for each key. No clock; what is done then its owner knows."""

import heapq
from typing import Any, Generic, Protocol, TypeVar


class _Key(Protocol):
    """Can be looked up, and put in order with another of the same moment."""

    def __hash__(self) -> int: ...

    def __lt__(self, other: Any, /) -> bool: ...


K = TypeVar("K", bound=_Key)

_SLACK = 64  # entries that no longer count, beyond as many as there are that do


class Agenda(Generic[K]):
    """Keeps the moment of each key; however often it changes, memory is that of the keys.

    Examples
    --------
    >>> agenda: Agenda[str] = Agenda()
    >>> agenda.put("anna", 20.0)
    >>> agenda.put("anna", 30.0)
    >>> agenda.next_wake, agenda.pop_due(29.0), agenda.pop_due(30.0)
    (30.0, None, 'anna')
    """

    def __init__(self) -> None:
        self._at: dict[K, float] = {}
        self._heap: list[tuple[float, K]] = []  # entries that no longer count stay for a while

    def __len__(self) -> int:
        return len(self._at)

    @property
    def next_wake(self) -> float | None:
        """The first moment; None while there is none."""
        while self._heap and self._at.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def moment_of(self, key: K) -> float | None:
        """Give the moment of a key; None where it has none."""
        return self._at.get(key)

    def put(self, key: K, at: float) -> None:
        """Give a key its moment, in the place of the one that it had."""
        if self._at.get(key) == at:
            return
        self._at[key] = at
        heapq.heappush(self._heap, (at, key))
        if len(self._heap) > 2 * len(self._at) + _SLACK:
            self._heap = [(moment, each) for each, moment in self._at.items()]
            heapq.heapify(self._heap)

    def drop(self, key: K) -> None:
        """Take a key out; one that is not there is no error."""
        self._at.pop(key, None)

    def pop_due(self, now: float) -> K | None:
        """Take the first key out whose moment has come; None where there is none."""
        at = self.next_wake
        if at is None or at > now:
            return None
        _, key = heapq.heappop(self._heap)
        del self._at[key]
        return key
