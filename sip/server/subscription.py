"""A subscription to a device's presence: the dialog, who watches whom, and until when. Values only.

Who makes them is ``subscriptions.py``, who is told ``notifier.py``. No place is in them: what a restart
keeps of them outlives no retention.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from sip.filters import Filters
from sip.peer import Peer
from sip.server.outcome import Answer
from sip.server.pacing import Pace

Key = tuple[str, str, str]  # Call-ID, our tag, the watcher's tag (RFC 3261 12)


class Ending(StrEnum):
    """Why a subscription ends, as Subscription-State says it (RFC 6665 4.1.3)."""

    TIMEOUT = "timeout"  # it was not refreshed, or the watcher ended it
    REJECTED = "rejected"  # the watcher may not any more
    NO_RESOURCE = "noresource"  # there is no such device any more
    DEACTIVATED = "deactivated"  # the watcher is gone: it is not even told


@dataclass(frozen=True, slots=True)
class Subscription:
    """One watcher of one device.

    Parameters
    ----------
    call_id, local_tag, remote_tag
        Name the dialog.
    local, remote
        To and From of the SUBSCRIBE, without tags.
    remote_target
        Contact of the watcher: where NOTIFYs are addressed to.
    route
        Route set, in the order of sending.
    flow
        By which NOTIFYs are sent: the one by which the SUBSCRIBE came.
    watcher, device
        Addresses of record.
    event_id
        ``id`` of the Event field; None without one.
    remote_cseq
        Of the last SUBSCRIBE.
    reserved_cseq
        NOTIFYs up to it may have been sent: after a restart numbers go on behind it.
    expires_at
        UTC seconds.
    pace, filters
        How often, and of what, the watcher wants to be told.
    """

    call_id: str
    local_tag: str
    remote_tag: str
    local: str
    remote: str
    remote_target: str
    route: tuple[str, ...]
    flow: Peer
    watcher: str
    device: str
    event_id: str | None
    remote_cseq: int
    reserved_cseq: int
    expires_at: float
    pace: Pace = field(default_factory=Pace)
    filters: Filters = field(default_factory=Filters)

    @property
    def key(self) -> Key:
        """What names it."""
        return self.call_id, self.local_tag, self.remote_tag


@dataclass(frozen=True, slots=True)
class SubscriptionChange:
    """What becomes of a subscription, for the store and for the watcher.

    Parameters
    ----------
    before, after
        None: there was none, or is none any more.
    ending
        Why it ended; None where it did not.
    """

    before: Subscription | None
    after: Subscription | None
    ending: Ending | None = None

    @property
    def about(self) -> Subscription:
        """The subscription: as it is now, else as it was."""
        about = self.after or self.before
        assert about is not None  # noqa: S101 (made with one at least)
        return about


@dataclass(frozen=True, slots=True)
class CseqReserved:
    """More numbers for the NOTIFYs of a subscription; the watcher is told nothing of it.

    Of the subscription only the name is in it: a refresh may be on its way to the store.
    """

    key: Key
    reserved_cseq: int


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A SUBSCRIBE that is answered 200 once its change is stored.

    Parameters
    ----------
    change
        What becomes of the subscription.
    answer
        The 200.
    replaced
        What was kept before, for undoing.
    """

    change: SubscriptionChange
    answer: Answer
    replaced: Subscription | None = None

    report = None
