"""What watchers are told of devices, and when (RFC 6665, 6446, 6447; STANDARDS C3 to C19).

It works on what is committed: subscriptions are decided in ``subscriptions.py``, places in the rooms
behind. NOTIFYs leave by ``outbound.py``; one is under way to a watcher at a time, and the next one tells
what is newest then.
"""

import heapq
from collections import defaultdict, deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from sip.filters import Seen, Told
from sip.headers import Headers
from sip.message import Request
from sip.server.outbound import Notification
from sip.server.permission import Watching
from sip.server.report import LocationReport
from sip.server.subscription import Ending, Key, Subscription, SubscriptionChange
from sip.server.subscriptions import CSEQ_BLOCK, Subscriptions
from sip.server.view import Shown, View

REMOVING = frozenset({404, 405, 410, 416, *range(480, 486), 489, 501, 604})
"""Answers to a NOTIFY that end the subscription (RFC 6665 4.2.2)."""

RESTORED_PER_S = 200  # after a restart each watcher is told anew, not all of them at once
_MAX_HISTORY = 600  # notifications in `PERIOD_S` at the highest rate


@dataclass(slots=True)
class _Watch:
    """One subscription, as the telling of it stands."""

    subscription: Subscription
    cseq: int = 0
    under_way: int | None = None  # CSeq of the NOTIFY that waits for its answer
    is_owed: bool = True  # at once, whatever the pace
    is_changed: bool = False  # something that the watcher wants to know
    is_cut_off: bool = False  # the flow is gone: nothing is sent until the watcher comes again
    ending: Ending | None = None
    told: Told | None = None
    sent: deque[float] = field(default_factory=lambda: deque(maxlen=_MAX_HISTORY))


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
        self._wakes: list[tuple[float, Key]] = []  # a heap; one that comes too early does nothing
        self._ends: list[tuple[float, str]] = []  # a heap: when a place may be told no more

    @property
    def next_wake(self) -> float | None:
        """When `due` is to be asked next; None while there is nothing to wait for."""
        return min((heap[0][0] for heap in (self._wakes, self._ends) if heap), default=None)

    def restore(self, now: float) -> None:
        """Tell every subscription that a restart has kept anew, some at a time."""
        for number, subscription in enumerate(self._subscriptions.all.values()):
            watch = self._follow(subscription)
            watch.cseq = subscription.reserved_cseq + CSEQ_BLOCK  # behind all that may have been used
            self._wake(watch, now + number / RESTORED_PER_S)

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
        if report is not None:
            heapq.heappush(self._ends, (report.keep_until, device))
        for key in self._of_device.get(device, ()):
            self._see(self._watches[key], now)

    def due(self, now: float) -> tuple[Notification, ...]:
        """Give the NOTIFYs that are to be sent now."""
        self._forget_places(now)
        return tuple(self._due(now))

    def answered(self, ticket: Hashable, status: int | None, now: float) -> None:
        """Take a final answer to a NOTIFY; None where none came."""
        watch, number = self._sent(ticket)
        if watch is None or watch.under_way != number:
            return
        watch.under_way = None
        if watch.ending is not None:
            self._forget(watch)
        elif status is None or status in REMOVING:
            self._subscriptions.end(watch.subscription.key, Ending.DEACTIVATED)
        else:
            self._wake(watch, now)

    def unreachable(self, ticket: Hashable, now: float) -> None:  # noqa: ARG002 (as every source)
        """Take note that the flow to a watcher is gone: he is told when he comes again, or it ends."""
        watch, number = self._sent(ticket)
        if watch is None or watch.under_way != number:
            return
        watch.under_way, watch.is_cut_off = None, True
        if watch.ending is not None:
            self._forget(watch)

    # What is due

    def _due(self, now: float) -> Iterator[Notification]:
        while self._wakes and self._wakes[0][0] <= now:
            watch = self._watches.get(heapq.heappop(self._wakes)[1])
            if watch is None or watch.under_way is not None or watch.is_cut_off:
                continue
            at = self._at(watch, now)
            if at is not None and at <= now:
                yield self._notify(watch, now)
                at = self._at(watch, now)
            if at is not None and watch.ending is None:
                heapq.heappush(self._wakes, (at, watch.subscription.key))

    def _at(self, watch: _Watch, now: float) -> float | None:
        """Say when a watcher is to be told next: at once, as soon as the pace allows, or by the clock."""
        if watch.is_owed:
            return now
        pace, last = watch.subscription.pace, watch.sent[-1]
        pauses_s = [pace.shortest_s] if watch.is_changed else []
        if (longest_s := pace.longest_s(watch.sent, now)) is not None:
            pauses_s.append(longest_s)  # shorter than the pause that nobody asked for, it counts all the same
        return last + min(pauses_s) if pauses_s else None

    def _see(self, watch: _Watch, now: float) -> None:
        """Look at what is current with the eyes of a watcher, who may wait for just that."""
        seen = self._view(watch).seen
        told = watch.told
        is_blank = seen == Seen() and told is not None and told.seen == Seen()
        if not is_blank and watch.subscription.filters.is_triggered(told, seen):
            watch.is_changed = True
        if watch.is_changed:
            self._wake(watch, now)

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
        if watch.cseq > subscription.reserved_cseq - CSEQ_BLOCK // 4 and watch.ending is None:
            watch.subscription = subscription = self._subscriptions.reserve(subscription, watch.cseq)
        watch.under_way, watch.is_owed, watch.is_changed = watch.cseq, False, False
        watch.told = subscription.filters.told(watch.told, view.seen)
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

    def _forget(self, watch: _Watch) -> None:
        key, device = watch.subscription.key, watch.subscription.device
        self._watches.pop(key, None)
        self._of_device[device].discard(key)
        if not self._of_device[device]:
            del self._of_device[device]

    def _sent(self, ticket: Hashable) -> tuple[_Watch | None, int]:
        assert isinstance(ticket, tuple)  # noqa: S101 (made by `_notify`)
        key, number = ticket
        return self._watches.get(key), number

    def _wake(self, watch: _Watch, at: float) -> None:
        heapq.heappush(self._wakes, (at, watch.subscription.key))

    def _forget_places(self, now: float) -> None:
        """Tell no place beyond its retention (RFC 4119 2.2.2)."""
        while self._ends and self._ends[0][0] <= now:
            _, device = heapq.heappop(self._ends)
            shown = self._shown[device]
            if shown.report is not None and shown.report.keep_until <= now:
                self.placed(device, None, now)


def _state(watch: _Watch, now: float) -> str:
    if watch.ending is not None:
        return f"terminated;reason={watch.ending}"
    left_s = max(int(watch.subscription.expires_at - now), 0)
    return f"active;expires={left_s}{watch.subscription.pace}"
