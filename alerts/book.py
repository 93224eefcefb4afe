"""The open alerts, and which transitions open and end them.

Pure: it tells nobody (``delivery.py`` plans that) and stores nothing.
"""

from collections.abc import Iterable
from dataclasses import replace

from alerts.alert import (
    EVENT_KINDS,
    Alert,
    AlertChange,
    AlertStatus,
    Edge,
    Ending,
    Notice,
    fingerprint_of,
)
from rules.transition import Kind, Reason, Transition


class AlertBook:
    """Keep the open alert of each rule and device.

    `fold` changes the book at once; if what it returned cannot be stored, `undo` puts it back.

    Examples
    --------
    >>> book = AlertBook()
    >>> book.fold([], now=0.0)
    ()
    """

    __slots__ = ("_open",)

    def __init__(self, alerts: Iterable[Alert] = ()) -> None:
        self._open: dict[tuple[str, str], Alert] = {}
        self.restore(alerts)

    @property
    def open_alerts(self) -> tuple[Alert, ...]:
        """The firing alerts, in the order in which they opened."""
        return tuple(self._open.values())

    def fold(self, notices: Iterable[Notice], now: float) -> tuple[AlertChange, ...]:
        """Open and end alerts.

        `Kind.OFF_ROUTE` opens one; the same fingerprint again changes nothing. A transition with
        `closes_alarm` ends the open alert of its rule and device. An event (`EVENT_KINDS`) is told and leaves
        nothing open. Everything else tells nobody.

        Parameters
        ----------
        notices
            What was decided, in the order in which it was decided.
        now
            Wall time, UTC seconds.

        Returns
        -------
        tuple of AlertChange
            What changed, in order.
        """
        changes: list[AlertChange] = []
        for notice in notices:
            if notice.transition.kind is Kind.OFF_ROUTE:
                changes += self._opened(notice, now)
            elif notice.transition.kind in EVENT_KINDS:
                changes.append(AlertChange(None, Alert.of_event(notice, now), Edge.OPENED))
            elif notice.transition.closes_alarm:
                changes += self._closed(notice, now)
        return tuple(changes)

    def undo(self, changes: Iterable[AlertChange]) -> None:
        """Put back what `fold` or `end_orphan` changed, latest first."""
        for change in reversed(tuple(changes)):
            key = (change.after.rule, change.after.device)
            if change.after.is_event:
                continue  # it was never in the book
            if change.before is None:
                self._open.pop(key, None)
            else:
                self._open[key] = change.before

    def restore(self, alerts: Iterable[Alert]) -> None:
        """Start from stored alerts; those that have ended are passed over."""
        self._open = {
            (alert.rule, alert.device): alert for alert in alerts if alert.status is AlertStatus.FIRING
        }

    def end_orphan(self, rule: str, device: str, now: float) -> tuple[AlertChange, ...]:
        """End the open alert of a rule that no longer exists, so that nobody waits for its all-clear."""
        return self._ended((rule, device), ends_at=now, now=now, ending=Ending.RULE_REMOVED, closed=None)

    def _opened(self, notice: Notice, now: float) -> list[AlertChange]:
        transition = notice.transition
        key, fingerprint = (transition.rule, transition.device), fingerprint_of(transition)
        standing = self._open.get(key)
        if standing is not None and standing.fingerprint == fingerprint:
            return []
        # A rule whose geometry was edited forgets that it was off route and may raise anew: the older
        # alert would otherwise stay open for ever.
        changes = list(
            self._ended(key, ends_at=transition.starts_at, now=now, ending=Ending.SUPERSEDED, closed=notice)
        )
        alert = Alert(
            fingerprint=fingerprint,
            rule=transition.rule,
            device=transition.device,
            starts_at=transition.starts_at,
            raised_at=now,
            opened=notice,
        )
        self._open[key] = alert
        return [*changes, AlertChange(None, alert, Edge.OPENED)]

    def _closed(self, notice: Notice, now: float) -> tuple[AlertChange, ...]:
        transition = notice.transition
        key = (transition.rule, transition.device)
        return self._ended(
            key, ends_at=transition.time, now=now, ending=_ending_of(transition), closed=notice
        )

    def _ended(
        self, key: tuple[str, str], *, ends_at: float, now: float, ending: Ending, closed: Notice | None
    ) -> tuple[AlertChange, ...]:
        standing = self._open.pop(key, None)
        if standing is None:
            return ()
        ended = replace(standing, ends_at=ends_at, resolved_at=now, ending=ending, closed=closed)
        return (AlertChange(standing, ended, Edge.RESOLVED),)


def _ending_of(transition: Transition) -> Ending:
    if transition.kind is Kind.BACK_ON_ROUTE:
        return Ending.BACK_ON_ROUTE
    if transition.kind is Kind.ARRIVED:
        return Ending.ARRIVED
    return Ending.WINDOW_CLOSED if transition.reason is Reason.WINDOW_CLOSED else Ending.ENDED
