"""What watchers are told of devices, and when (RFC 6665, 6446, 6447; STANDARDS C3 to C19).

It works on what is committed: subscriptions are decided in ``subscriptions.py``, places in the rooms
behind. NOTIFYs leave by ``outbound.py``; one is under way to a watcher at a time, and the next one tells
what is newest then.
"""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from sip.filters import Seen, Told
from sip.headers import Headers
from sip.message import Request
from sip.server.agenda import Agenda
from sip.server.outbound import Notification
from sip.server.pacing import MAX_RATE, PERIOD_S
from sip.server.permission import Watching
from sip.server.report import LocationReport
from sip.server.subscription import Ending, Key, Subscription, SubscriptionChange
from sip.server.subscriptions import CSEQ_BLOCK, Subscriptions
from sip.server.view import Shown, View

REMOVING = frozenset({404, 405, 410, 416, *range(480, 486), 489, 501, 604})
"""Answers to a NOTIFY that end the subscription (RFC 6665 4.2.2)."""

RESTORED_PER_S = 200  # after a restart each watcher is told anew, not all of them at once
RESTORED_AFTER_S = 1.0  # by then the numbers that the first NOTIFYs use are reserved in the store
MAX_AT_ONCE = 500  # NOTIFYs of one `due`: what is received is looked at between them
_MAX_HISTORY = int(MAX_RATE * PERIOD_S)


@dataclass(slots=True)
class _Watch:
    """One subscription, as the telling of it stands."""

    subscription: Subscription
    cseq: int = 0
    reserved_cseq: int = CSEQ_BLOCK
    under_way: int | None = None  # CSeq of the NOTIFY that waits for its answer
    is_owed: bool = True  # at once, whatever the pace
    is_changed: bool = False  # something that the watcher wants to know
    is_cut_off: bool = False  # the flow is gone: nothing is sent until the watcher comes again
    ending: Ending | None = None
    told: Told | None = None  # for the filters; with the document, what the watcher knows
    body: bytes | None = None
    last: float = 0.0  # when it was told
    sent: deque[float] = field(default_factory=lambda: deque(maxlen=_MAX_HISTORY))  # in `PERIOD_S`, or before


class Notifier:
    """Tells watchers.

    Parameters
    ----------
    subscriptions
        Who decides them; told of those that an answer ends.
    """

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions
        self._watches: dict[Key, _Watch] = {}
        self._of_device: defaultdict[str, set[Key]] = defaultdict(set)
        self._shown: dict[str, Shown] = {}
        self._wakes: Agenda[Key] = Agenda()
        self._ends: Agenda[str] = Agenda()  # when the place of a device may be told no more

    @property
    def next_wake(self) -> float | None:
        """When `due` is to be asked next; None while there is nothing to wait for."""
        wakes = (self._wakes.next_wake, self._ends.next_wake)
        return min((wake for wake in wakes if wake is not None), default=None)

    def restore(self, now: float) -> None:
        """Tell every subscription that a restart has kept anew, some at a time."""
        for number, subscription in enumerate(tuple(self._subscriptions.all.values())):
            watch = self._follow(subscription)
            # behind all that may have been used: a block could be reserved, and used, and not stored yet
            watch.cseq = subscription.reserved_cseq + CSEQ_BLOCK
            watch.reserved_cseq = self._subscriptions.reserve(subscription.key, watch.cseq)
            self._wake(watch, now + RESTORED_AFTER_S + number / RESTORED_PER_S)

    def changed(self, change: SubscriptionChange, now: float) -> None:
        """Take what became of a subscription, once that is stored: it is told at once (RFC 6665 4.2.1.2)."""
        about = change.about
        watch = self._watches.get(about.key) or self._follow(about)
        watch.subscription, watch.ending = about, change.ending
        watch.is_owed, watch.is_cut_off, watch.under_way = True, False, None
        if change.ending is Ending.DEACTIVATED:
            self._forget(watch)
        else:
            self._wake(watch, now)

    def placed(self, device: str, report: LocationReport | None, now: float) -> None:
        """Take a place of a device, by its address of record, once it is stored; older ones tell nothing."""
        shown = self._shown.get(device)
        if shown is None:
            if report is None:
                return
            shown = self._shown[device] = Shown(device)
        if report is not None and shown.report is not None and report.fix.time < shown.report.fix.time:
            return
        shown.put(report)
        if report is None:
            self._ends.drop(device)
        else:
            self._ends.put(device, report.keep_until)
        for key in self._of_device.get(device, ()):
            self._see(self._watches[key], now)

    def due(self, now: float) -> tuple[Notification, ...]:
        """Give the NOTIFYs that are to be sent now, `MAX_AT_ONCE` at most: the others at the next call."""
        while (device := self._ends.pop_due(now)) is not None:
            self.placed(device, None, now)  # RFC 4119 2.2.2: beyond its retention
        found: list[Notification] = []
        while len(found) < MAX_AT_ONCE and (key := self._wakes.pop_due(now)) is not None:
            found += self._tell(self._watches[key], now)
        return tuple(found)

    def answered(self, ticket: Hashable, status: int | None, now: float) -> None:
        """Take a final answer to a NOTIFY; None where none came."""
        watch, number = self._sent(ticket)
        if watch is None or watch.under_way != number:
            return
        watch.under_way = None
        if watch.ending is not None:
            self._forget(watch)
        elif status is None or status in REMOVING:
            watch.is_cut_off = True
            self._subscriptions.end(watch.subscription.key, Ending.DEACTIVATED)
        else:
            self._plan(watch, now)

    def unreachable(self, ticket: Hashable, now: float) -> None:  # noqa: ARG002 (as every source)
        """Take note that the flow to a watcher is gone: he is told when he comes again, or it ends."""
        watch, number = self._sent(ticket)
        if watch is None or watch.under_way != number:
            return
        watch.under_way = None
        self._cut_off(watch)

    # What is due

    def _tell(self, watch: _Watch, now: float) -> Iterator[Notification]:
        if watch.under_way is not None or watch.is_cut_off:
            return  # looked at again when the answer is there, or the watcher
        if not self._subscriptions.is_reachable(watch.subscription.flow):
            self._cut_off(watch)
            return
        at = self._at(watch, now)
        if at is not None and at <= now:
            yield self._notify(watch, now)
        elif at is not None:
            self._wake(watch, at)

    def _at(self, watch: _Watch, now: float) -> float | None:
        """Say when a watcher is to be told next: at once, as soon as the pace allows, or by the clock."""
        if watch.is_owed:
            return now
        watch.last = min(watch.last, now)  # the clock may have been set back
        pace = watch.subscription.pace
        pauses_s = [pace.shortest_s] if watch.is_changed else []
        if (longest_s := pace.longest_s(watch.sent, now)) is not None:
            pauses_s.append(longest_s)  # shorter than the pause that nobody asked for, it counts all the same
        return watch.last + min(pauses_s) if pauses_s else None

    def _see(self, watch: _Watch, now: float) -> None:
        """Look at what is current with the eyes of a watcher, who may wait for just that."""
        view, told = self._view(watch), watch.told
        if view.body == watch.body:  # what he knows; a coarse place stays, and nobody learns of its fixes
            watch.is_changed = False
            return
        comes_or_goes = told is None or (told.seen == Seen()) != (view.seen == Seen())
        if comes_or_goes or watch.subscription.filters.is_triggered(told, view.seen):
            watch.is_changed = True
            self._plan(watch, now)

    def _plan(self, watch: _Watch, now: float) -> None:
        """Wake when there is something to tell; who is owed a NOTIFY has his wake already."""
        if watch.is_owed or watch.is_cut_off or watch.under_way is not None:
            return
        at = self._at(watch, now)
        if at is not None:
            self._wake(watch, at)

    def _view(self, watch: _Watch) -> View:
        subscription = watch.subscription
        shown = self._shown.get(subscription.device) or Shown(subscription.device)
        permission = self._subscriptions.permission(subscription)
        return shown.to(subscription.watcher, permission, subscription.filters.forms)

    # NOTIFY

    def _notify(self, watch: _Watch, now: float) -> Notification:
        subscription = watch.subscription
        if self._subscriptions.permission(subscription).watching is Watching.DENY and watch.ending is None:
            watch.ending = Ending.REJECTED
            self._subscriptions.end(subscription.key, Ending.DEACTIVATED)
        view = self._view(watch)
        watch.cseq += 1
        if watch.cseq > watch.reserved_cseq - CSEQ_BLOCK // 4:
            watch.reserved_cseq = self._subscriptions.reserve(subscription.key, watch.cseq)
        watch.under_way, watch.is_owed, watch.is_changed = watch.cseq, False, False
        watch.told, watch.body = subscription.filters.told(watch.told, view.seen), view.body
        watch.last = now
        watch.sent.append(now)
        request = self._request(watch, view, now)
        return Notification(request, subscription.flow, (subscription.key, watch.cseq))

    def _request(self, watch: _Watch, view: View, now: float) -> Request:
        to = watch.subscription
        pairs = [
            ("Max-Forwards", "70"),
            *(("Route", route) for route in to.route),
            ("From", f"<{to.local}>;tag={to.local_tag}"),
            ("To", f"<{to.remote}>" + (f";tag={to.remote_tag}" if to.remote_tag else "")),
            ("Call-ID", to.call_id),
            ("CSeq", f"{watch.cseq} NOTIFY"),
            ("Contact", f"<{self._subscriptions.contact(to.flow)}>"),
            ("Event", "presence" + (f";id={to.event_id}" if to.event_id else "")),
            ("Subscription-State", _state(watch, now)),
        ]
        has_body = watch.ending in {None, Ending.TIMEOUT}
        if has_body:
            pairs.append(("Content-Type", "application/pidf+xml"))
        return Request("NOTIFY", to.remote_target, Headers(pairs), view.body if has_body else b"")

    # Watches

    def _follow(self, subscription: Subscription) -> _Watch:
        watch = _Watch(subscription)
        self._watches[subscription.key] = watch
        self._of_device[subscription.device].add(subscription.key)
        return watch

    def _cut_off(self, watch: _Watch) -> None:
        """Tell nothing more to a watcher whose flow is gone, and keep nothing of what he was told."""
        watch.is_cut_off, watch.told, watch.body = True, None, None
        if watch.ending is not None:
            self._forget(watch)

    def _forget(self, watch: _Watch) -> None:
        key, device = watch.subscription.key, watch.subscription.device
        self._watches.pop(key, None)
        self._wakes.drop(key)
        self._of_device[device].discard(key)
        if not self._of_device[device]:
            del self._of_device[device]

    def _sent(self, ticket: Hashable) -> tuple[_Watch | None, int]:
        assert isinstance(ticket, tuple)  # noqa: S101 (made by `_notify`)
        key, number = ticket
        return self._watches.get(key), number

    def _wake(self, watch: _Watch, at: float) -> None:
        known = self._wakes.moment_of(watch.subscription.key)
        if known is None or at < known:
            self._wakes.put(watch.subscription.key, at)


def _state(watch: _Watch, now: float) -> str:
    if watch.ending is not None:
        return f"terminated;reason={watch.ending}"
    left_s = max(int(watch.subscription.expires_at - now), 0)
    return f"active;expires={left_s}{watch.subscription.pace}"
