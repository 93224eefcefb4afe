"""Where the book's alerts stand: what is open, what this fold has ended, and what a revision can mean.

What becomes of them is decided in ``book.py``.
"""

from collections.abc import Iterable, Iterator, Mapping

from alerts.alert import Alert, AlertChange, Edge
from alerts.fingerprint import fingerprint_of
from alerts.past import Past
from alerts.revision import is_event_meant, is_of_closing, is_of_opening, said_at
from rules.transition import Transition

Key = tuple[str, str]  # rule or trip, and device
ROUNDING_S = 1.0  # a time that went through a store or a wire may come back rounded


class Shelf:
    """Keep the open alert of each rule, or trip, and device, and find the alarms of rules among them.

    Parameters
    ----------
    trips
        Which trip each rule belongs to.
    past
        Where alerts that have ended are looked up.
    """

    __slots__ = ("_ended", "_open", "_past", "_trips", "_were_trips")

    def __init__(self, trips: Mapping[str, str], past: Past) -> None:
        self._trips, self._past = trips, past
        self._open: dict[Key, Alert] = {}
        self._ended: dict[str, Alert] = {}  # by the fold under way: the past does not know them yet
        self._were_trips: dict[str, set[str]] = {}  # an open alarm may be of a trip that is no more

    @property
    def open_alerts(self) -> tuple[Alert, ...]:
        """The firing alerts, in the order in which they opened."""
        return tuple(self._open.values())

    def restore(self, alerts: Iterable[Alert]) -> None:
        """Hold these, as far as they are open, and nothing else."""
        self._ended, self._were_trips = {}, {}
        self._open = {(alert.rule, alert.device): alert for alert in alerts if alert.is_firing}
        for alert in self._open.values():
            for part in alert.parts:
                self._were_trips.setdefault(part.rule, set()).add(alert.rule)

    def begin(self) -> None:
        """Begin a fold: what earlier ones have ended is past."""
        self._ended = {}

    def open_at(self, name: str, device: str) -> Alert | None:
        """Give the open alert of a rule or trip and a device."""
        return self._open.get((name, device))

    def change(
        self, before: Alert | None, after: Alert, edge: Edge, part: Alert | None = None
    ) -> AlertChange:
        """Put an alert where it belongs now."""
        if after.is_firing:
            self._open[after.rule, after.device] = after
            self._ended.pop(after.fingerprint, None)
        else:
            self._ended[after.fingerprint] = after
            self._remove(after)
        return AlertChange(before, after, edge, part.fingerprint if part and after.is_trip else "")

    def put_back(self, change: AlertChange) -> None:
        """Undo a change, the latest first."""
        if change.before is not None and change.before.is_firing:
            self._open[change.before.rule, change.before.device] = change.before
        else:
            self._remove(change.after)

    def standing(self, rule: str, device: str) -> list[tuple[Alert, Alert]]:
        """Give the open alarms of a rule and device, each with the alert that it is part of."""
        homes = [self._open[name, device] for name in self._names(rule) if (name, device) in self._open]
        return [
            (home, alarm)
            for home in homes
            for alarm in home.parts or (home,)
            if alarm.rule == rule and alarm.is_firing
        ]

    def meant(self, revision: Transition) -> tuple[Alert, Alert] | None:
        """Find the alarm or event that is revised, with the alert that it is part of."""
        fingerprint = fingerprint_of(revision)
        for home in self._known(revision):
            alarm = home if home.is_event else home.part(fingerprint)
            if alarm is None or alarm.is_retracted or alarm.is_trip:
                continue
            if home.is_event and not is_event_meant(revision, home):
                continue
            if is_of_opening(revision, alarm) or is_of_closing(revision, alarm):
                return home, alarm
        return None

    def _remove(self, alert: Alert) -> None:
        standing = self._open.get((alert.rule, alert.device))
        if standing is not None and standing.fingerprint == alert.fingerprint:
            del self._open[alert.rule, alert.device]

    def _names(self, rule: str) -> Iterator[str]:
        """Give what the alert of a rule may be called: the rule, its trip, and one it belonged to."""
        yield rule
        if rule in self._trips:
            yield self._trips[rule]
        yield from self._were_trips.get(rule, set()) - {self._trips.get(rule)}

    def _known(self, revision: Transition) -> Iterator[Alert]:
        """Give every alert that may be meant as it now stands: open, of this fold, of the past."""
        names, device = [*self._names(revision.rule)], revision.device
        standing = [self._open[name, device] for name in names if (name, device) in self._open]
        yield from standing
        yield from [alert for alert in self._ended.values() if alert.rule in names and alert.device == device]
        newer = {alert.fingerprint for alert in standing} | set(self._ended)
        for name in names:
            for alert in self._past.ended_alerts(name, device, said_at(revision) - ROUNDING_S):
                if alert.fingerprint not in newer:
                    yield alert
