"""The commands of which something may still be heard, in the memory of the service.

The store has them all; what another process has given or taken back comes in by `take`. The results of
devices come in by `settle`, and are undone where their commit fails.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from sip.account import Account
from sip.command import ResultState, SignedResult
from sip.errors import PeerFault
from waywarn.wayback.errand import Errand
from waywarn.wayback.states import Input, State

LATE_RESULT_S = 604_800.0  # so long after its expiry the result of a command is still taken

_GIVEN = {
    ResultState.DONE: Input.RESULT_DONE,
    ResultState.REFUSED: Input.RESULT_REFUSED,
    ResultState.FAILED: Input.RESULT_FAILED,
}


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a device told of a command, for the commit of its MESSAGE: before, after, and what moved it."""

    before: Errand
    after: Errand
    given: Input


class Ledger:
    """Commands by id.

    Parameters
    ----------
    session_keys
        Gives the keys of the registrations of an address of record at a moment.
    """

    def __init__(self, session_keys: Callable[[str, float], Iterable[str]]) -> None:
        self._session_keys = session_keys
        self._held: dict[str, Errand] = {}
        self._signed_with: dict[str, set[str]] = {}
        self._unread: set[str] = set()

    def __iter__(self) -> Iterator[Errand]:
        return iter(tuple(self._held.values()))

    def get(self, id: str) -> Errand | None:  # noqa: A002 (as everywhere)
        """Give one, as it stands."""
        return self._held.get(id)

    @property
    def unread(self) -> frozenset[str]:
        """Those that the store has in another state than was thought: they must be read again."""
        return frozenset(self._unread)

    def take(self, changed: Iterable[Errand], now: float) -> None:
        """Take in what was read: what another process has given or ended, and what was `unread`.

        What nothing is heard of any more is forgotten.
        """
        self._unread.clear()
        for errand in changed:
            held = self._held.get(errand.id)
            if held is None or (held.is_open and not errand.is_open):
                self._held[errand.id] = errand
        for errand in self:
            if not _may_be_heard_of(errand, now):
                self._drop(errand.id)

    def put(self, after: Errand, found: Errand) -> None:
        """Take over a move that the store has; one that was moved elsewhere meanwhile stays as it is."""
        if self._held.get(after.id) == found:
            self._held[after.id] = after

    def drop(self, errand: Errand) -> None:
        """Forget one that the store has in another state, until the next `take` brings what it is."""
        self._drop(errand.id)
        self._unread.add(errand.id)

    def hurry(self, device: str, now: float) -> None:
        """Let everything that waits for a device be tried at once: it has just registered."""
        for errand in self:
            if errand.device == device and errand.state is State.QUEUED and errand.next_attempt_at > now:
                self._held[errand.id] = replace(errand, next_attempt_at=now)

    def signed_with(self, errand: Errand, session_key: str) -> None:
        """Take note of a key: the result may come signed with it when the device has another already."""
        self._signed_with.setdefault(errand.id, set()).add(session_key)

    def settle(self, account: Account, signed: SignedResult, now: float) -> Settlement | None:
        """Take in what a device told; memory is changed at once, see `undo`.

        Returns
        -------
        Settlement or None
            None where it was told before.

        Raises
        ------
        PeerFault
            404: no such command of this device's is known (any more). 403: no key of its registrations
            signed it.
        """
        held = self._held.get(signed.result.id)
        if held is None or held.device != account.device_id or not held.may_be_known:
            raise PeerFault(404, "Unknown Command")
        keys = {*self._session_keys(account.aor, now), *self._signed_with.get(held.id, ())}
        if not signed.is_signed_by(keys):
            raise PeerFault(403, "Signed With Another Key")
        given = _GIVEN[signed.result.state]
        after = held.moved(given, now, signed.result.detail)
        if after is None:
            return None
        self._held[held.id] = after
        return Settlement(held, after, given)

    def undo(self, settlement: Settlement) -> None:
        """Put a command back as it was, unless another process has ended it meanwhile."""
        id_ = settlement.before.id
        if self._held.get(id_) in {None, settlement.after}:  # settled, it may have been forgotten already
            self._held[id_] = settlement.before

    def _drop(self, id_: str) -> None:
        self._held.pop(id_, None)
        self._signed_with.pop(id_, None)


def _may_be_heard_of(errand: Errand, now: float) -> bool:
    given_up = errand.state in {State.EXPIRED, State.CANCELLED} and errand.may_be_known
    return errand.is_open or (given_up and errand.expires_at > now - LATE_RESULT_S)
