"""The open alerts, and which transitions open, end and revise them.

Pure: it tells nobody (``planning.py`` plans that) and stores nothing. What a revision makes of an alarm is
``revision.py``'s, what a trip makes of its parts ``trip.py``'s, where alerts stand ``shelf.py``'s.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from alerts.alert import Alert, AlertChange, Edge
from alerts.ending import Ending, ending_of
from alerts.fingerprint import EVENT_KINDS
from alerts.notice import Notice
from alerts.past import MemoryPast, Past
from alerts.revision import REVISIONS, amended, is_of_opening, reopened, retracted
from alerts.shelf import Key, Shelf
from alerts.trip import begun, is_news, with_part
from rules.transition import Kind

Changes = list[AlertChange]


class AlertBook:
    """Keep the open alert of each rule, or trip, and device.

    `fold` changes the book at once; if what it returned cannot be stored, `undo` puts it back.

    Parameters
    ----------
    alerts
        What is open.
    trips
        Which trip each rule belongs to, by name; the alarms of its rules are one. No trip has the name of a
        rule.
    past
        Where alerts that have ended are looked up. A revision of what is not found there tells nobody.

    Examples
    --------
    >>> book = AlertBook()
    >>> book.fold([], now=0.0)
    ()
    """

    __slots__ = ("_numbers", "_shelf", "_trips")

    def __init__(
        self,
        alerts: Iterable[Alert] = (),
        *,
        trips: Mapping[str, str] | None = None,
        past: Past | None = None,
    ) -> None:
        self._trips = dict(trips or {})
        self._shelf = Shelf(self._trips, past or MemoryPast())
        self.restore(alerts)

    @property
    def open_alerts(self) -> tuple[Alert, ...]:
        """The firing alerts, in the order in which they opened."""
        return self._shelf.open_alerts

    @property
    def open_alarms(self) -> tuple[Alert, ...]:
        """The firing alarms of rules: those of a trip's alert one by one."""
        every = (alarm for alert in self.open_alerts for alarm in alert.parts or (alert,))
        return tuple(alarm for alarm in every if alarm.is_firing)

    def restore(self, alerts: Iterable[Alert], numbers: Mapping[Key, int] | None = None) -> None:
        """Start from stored alerts; those that have ended are passed over.

        Parameters
        ----------
        alerts
            In the order in which they opened.
        numbers
            How many alarms each trip and device has had.
        """
        self._shelf.restore(alerts)
        self._numbers = dict(numbers or {})

    def fold(self, notices: Iterable[Notice], now: float) -> tuple[AlertChange, ...]:
        """Open, end and revise alerts.

        What `rules.transition.OPENING` lists opens an alarm: one of its own or, where the rule belongs to a
        trip, its trip's or a part of that; the same fingerprint again changes nothing. A transition with
        `closes_alarm` ends the open alarm of its rule and device, and a trip's when it was the last. An event
        (`EVENT_KINDS`) is told and leaves nothing open. `Kind.RETRACTED` and `Kind.AMENDED` revise one of
        these. Everything else tells nobody.

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
        self._shelf.begin()
        changes: Changes = []
        for notice in notices:
            changes += self._take(notice, now)
        return tuple(changes)

    def undo(self, changes: Iterable[AlertChange]) -> None:
        """Put back what `fold` or `end_orphan` changed, latest first."""
        self._shelf.begin()
        for change in reversed(tuple(changes)):
            self._shelf.put_back(change)
            if change.before is None and change.after.is_trip:
                self._numbers[change.after.rule, change.after.device] -= 1

    def end_orphan(self, rule: str, device: str, now: float) -> tuple[AlertChange, ...]:
        """End the open alarm of a rule that no longer exists, so that nobody waits for its all-clear."""
        self._shelf.begin()
        end = {"ends_at": now, "resolved_at": now, "ending": Ending.RULE_REMOVED}
        return tuple(
            change
            for home, alarm in self._shelf.standing(rule, device)
            for change in self._end(home, replace(alarm, **end))  # type: ignore[arg-type]  # by their names
        )

    def _take(self, notice: Notice, now: float) -> Changes:
        said = notice.transition
        if said.kind in REVISIONS:
            return self._revised(notice, now)
        if said.opens_alarm:
            return self._opened(notice, now)
        if said.kind in EVENT_KINDS:
            return [self._shelf.change(None, Alert.of_event(notice, now), Edge.OPENED)]
        if said.closes_alarm:
            return self._closed(notice, now)
        return []

    # Opening and ending

    def _opened(self, notice: Notice, now: float) -> Changes:
        alarm = Alert.of_alarm(notice, now)
        standing = self._shelf.standing(alarm.rule, alarm.device)
        if any(open_.fingerprint == alarm.fingerprint for _, open_ in standing):
            return []
        trip = self._trips.get(alarm.rule)
        before = whole = None if trip is None else self._shelf.open_at(trip, alarm.device)
        changes: Changes = []
        for home, old in standing:
            # A rule whose geometry was edited forgets that it had raised and may raise anew: the older alarm
            # would otherwise stay open for ever.
            ended = _superseded(old, notice, now)
            if whole is not None and home is before:
                whole = with_part(whole, ended)
            else:
                changes += self._end(home, ended)
        if trip is None:
            return [*changes, self._shelf.change(None, alarm, Edge.OPENED)]
        if before is None or whole is None:
            return [*changes, self._begin(trip, alarm)]
        return [*changes, self._join(before, whole, alarm)]

    def _begin(self, trip: str, alarm: Alert) -> AlertChange:
        key = (trip, alarm.device)
        self._numbers[key] = self._numbers.get(key, 0) + 1
        return self._shelf.change(None, begun(trip, self._numbers[key], alarm), Edge.OPENED, alarm)

    def _join(self, before: Alert, whole: Alert, alarm: Alert) -> AlertChange:
        """Make an alarm a part of its trip's; what flaps is not told again."""
        news = is_news(whole, alarm)
        after = with_part(whole, replace(alarm, is_announced=news))
        return self._shelf.change(before, after, Edge.UPDATED if news else Edge.NOTED, alarm)

    def _closed(self, notice: Notice, now: float) -> Changes:
        said = notice.transition
        end = {"ends_at": said.time, "resolved_at": now, "ending": ending_of(said), "closed": notice}
        return [
            change
            for home, alarm in self._shelf.standing(said.rule, said.device)
            for change in self._end(home, replace(alarm, **end))  # type: ignore[arg-type]  # by their names
        ]

    def _end(self, home: Alert, ended: Alert) -> Changes:
        """End an alarm, and its trip's if it was the last."""
        if not home.is_trip:
            return [self._shelf.change(home, ended, Edge.RESOLVED)]
        after = with_part(home, ended)
        if after.is_firing:
            return [self._shelf.change(home, after, Edge.NOTED, ended)]
        return [self._shelf.change(home, after, Edge.RESOLVED)]

    # Revising

    def _revised(self, notice: Notice, now: float) -> Changes:
        said = notice.transition
        found = self._shelf.meant(said)
        if found is None:
            return []
        home, alarm = found
        if said.kind is Kind.AMENDED:
            return self._revise(home, amended(alarm, notice), Edge.AMENDED)
        if is_of_opening(said, alarm):
            return self._retract(home, retracted(alarm, notice, now))
        return self._reopen(home, reopened(alarm), now)

    def _retract(self, home: Alert, never: Alert) -> Changes:
        changes = self._revise(home, never, Edge.RETRACTED if never.is_announced else Edge.NOTED)
        whole = changes[-1].after
        if home.is_firing and not whole.is_firing and not whole.is_retracted:
            over = self._shelf.change(whole, whole, Edge.RESOLVED)  # what is left of the trip was over
            return [*changes, over]
        untold = [part for part in whole.parts if part.is_firing and not part.is_announced]
        for part in untold:
            if is_news(whole, part):
                changes.append(self._join(whole, whole, part))
                whole = changes[-1].after
        return changes

    def _reopen(self, home: Alert, again: Alert, now: float) -> Changes:
        standing = self._shelf.open_at(home.rule, home.device)
        if standing is not None and standing.fingerprint == home.fingerprint:
            return self._revise(home, again, Edge.NOTED)  # a trip that other rules keep open
        if standing is not None and standing.is_trip:
            return [self._join(standing, standing, again)]  # a later alarm of the trip takes it in
        # A later episode, raised in between, cannot stay beside this one; if it never was, that is said next.
        superseded = [] if standing is None else self._end(standing, _superseded(standing, again.opened, now))
        return [*superseded, *self._revise(home, again, Edge.REOPENED)]

    def _revise(self, home: Alert, alarm: Alert, edge: Edge) -> Changes:
        after = with_part(home, alarm) if home.is_trip else alarm
        return [self._shelf.change(home, after, edge, alarm)]


def _superseded(alarm: Alert, by: Notice, now: float) -> Alert:
    ends_at = by.transition.starts_at
    return replace(alarm, ends_at=ends_at, resolved_at=now, ending=Ending.SUPERSEDED, closed=by)
