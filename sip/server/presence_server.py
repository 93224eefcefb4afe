"""The presence server (RFC 3856): each request to the one who decides its method, in order of arrival.

Who they are: ``compositor.py`` decides PUBLISH, ``inbox.py`` MESSAGE. Nothing is stored here but in
memory, and each change can be undone until its commit is certain.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from sip.server.admitted import Admitted
from sip.server.outcome import Outcome, Refused


class Decider(Protocol):
    """Decides the requests of one method."""

    @property
    def next_wake(self) -> float | None:
        """When `expire` is due; None while nothing ends."""

    def apply(self, admitted: Admitted, now: float) -> Outcome:
        """Decide a request; memory is changed at once."""

    def undo(self, outcome: Any) -> None:  # each takes back only what it gave itself
        """Put everything back as it was before; several are undone in reverse order."""

    def expire(self, now: float) -> tuple[object, ...]:
        """Remove what has ended by `now`; gives the changes that the store follows."""

    def drop(self, aor: str) -> tuple[object, ...]:
        """Remove all that an account had, which is gone; gives the changes that the store follows."""


class PresenceServer:
    """Decides what was admitted.

    Parameters
    ----------
    deciders
        By method.
    """

    def __init__(self, deciders: Mapping[str, Decider]) -> None:
        self._deciders = dict(deciders)
        self._owed: tuple[object, ...] = ()  # what has ended, and could not be stored yet

    @property
    def next_wake(self) -> float | None:
        """When `expire` is due; None while nothing ends."""
        if self._owed:
            return 0.0
        wakes = (each.next_wake for each in self._deciders.values())
        return min((wake for wake in wakes if wake is not None), default=None)

    def apply(self, admitted: Admitted, now: float) -> Outcome:
        """Decide a request; memory is changed at once, see `undo`."""
        decider = self._deciders.get(admitted.request.method)
        return decider.apply(admitted, now) if decider else Refused(405, "Method Not Allowed")

    def undo(self, admitted: Admitted, outcome: Outcome) -> None:
        """Put everything back as it was before; several are undone in reverse order."""
        if not isinstance(outcome, Refused):
            self._deciders[admitted.request.method].undo(outcome)

    def expire(self, now: float) -> tuple[object, ...]:
        """Remove what has ended by `now`, and say what; the store follows."""
        owed, self._owed = self._owed, ()
        return (*owed, *self._ended(now))

    def undo_expire(self, changes: tuple[object, ...]) -> None:
        """Take back what `expire` gave: it has ended all the same, and is given again the next time."""
        self._owed = changes

    def drop(self, aor: str) -> tuple[object, ...]:
        """Remove all that an account had, which is gone, and say what; the store follows."""
        return tuple(change for each in self._deciders.values() for change in each.drop(aor))

    def _ended(self, now: float) -> Iterator[object]:
        for each in self._deciders.values():
            yield from each.expire(now)
