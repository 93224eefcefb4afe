"""From what arrived to one commit, and exactly back again if it cannot be stored.

The one place where the four rooms meet: the presence server takes requests, the engine decides, the book
opens and ends alerts, deliveries are planned. Nothing here waits, sends or writes.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from alerts import AlertBook, AlertChange, Notice, Order, Recipient, plan
from corridor import FixBatch
from rules import Discard, Engine, Step, Transition
from sip import Admitted, LocationReport, Outcome, PresenceServer, Refused
from waywarn.store import Batch, Decided, StoredFix, Terms

DISCARDS = (None, *Discard)  # by the code in `Step.discard`
# What holds for a device of whose last fix nothing is known: tell its place to nobody, and keep it no longer
# than RFC 4119 (2.2.2) does.
UNKNOWN_RETENTION_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Heard:
    """Places that came without a request that waits for its answer."""

    reports: tuple[LocationReport, ...]


@dataclass(frozen=True, slots=True)
class Gone:
    """An account that is gone, or has other secrets now: what it had ends with what came before."""

    aor: str


Arrival = Admitted | Heard | Gone


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one batch came to.

    Parameters
    ----------
    outcomes
        For each request, in order of arrival.
    step
        What the engine decided.
    placed
        The newest place of each device that has a newer one now.
    batch
        All that must be stored before anybody is answered or told.
    """

    outcomes: tuple[tuple[Admitted, Outcome], ...]
    step: Step
    placed: tuple[LocationReport, ...]
    batch: Batch
    _undo: ExitStack = field(repr=False)

    def undo(self) -> None:
        """Put memory back as it was before, the latest change first; its requests may be judged again."""
        self._undo.close()


class Intake:
    """Judge batches in order of arrival.

    Memory (presence server, engine, book) is changed at once; a judgement that could not be stored is
    taken back by its own `undo`, before anything else is judged.

    Parameters
    ----------
    presence, engine, book
        The state of the rooms, as the store has it.
    recipients
        Who is told, for each rule and trip by name.
    terms
        What the newest fix of each device allows.
    """

    def __init__(
        self,
        presence: PresenceServer,
        engine: Engine,
        book: AlertBook,
        *,
        recipients: Mapping[str, Sequence[Recipient]],
        terms: Mapping[str, Terms],
    ) -> None:
        self._presence, self._engine, self._book = presence, engine, book
        self._recipients = recipients
        self._terms = dict(terms)

    @property
    def next_wake(self) -> float | None:
        """When `judge` is due even if nothing arrives."""
        wakes = (self._engine.next_wake, self._presence.next_wake)
        return min((wake for wake in wakes if wake is not None), default=None)

    def judge(self, arrivals: Sequence[Arrival], now: float) -> Judgement:
        """Decide a batch; an empty one decides what time alone brings.

        Parameters
        ----------
        arrivals
            In order of arrival.
        now
            Wall time, UTC seconds.
        """
        with ExitStack() as undo:
            # what has ended has ended; where that is not stored, it is said again with the next batch
            ended = (*self._drop(arrivals), *self._presence.expire(now))
            undo.callback(self._presence.undo_expire, ended)
            outcomes, reports = self._take(arrivals, now, undo)
            step, fixes = self._step(reports, now, undo)
            transitions = tuple((said, self._terms_of(said, fixes, now)) for said in step.transitions)
            changes = self._book.fold(
                (
                    Notice(said, may_tell_place=terms.may_tell_place, keep_until=terms.keep_until)
                    for said, terms in transitions
                ),
                now,
            )
            undo.callback(self._book.undo, changes)
            alerts = tuple(kept(change, now) for change in changes)
            batch = Batch(
                now=now,
                presence=(*ended, *(each.change for _, each in outcomes if each.change is not None)),
                fixes=fixes,
                states=step.changed,
                transitions=tuple((said, terms.keep_until) for said, terms in transitions),
                alerts=alerts,
                decided=self._decided(step, fixes, now),
                deliveries=tuple(self._deliveries(alerts, now)),
            )
            return Judgement(tuple(outcomes), step, _newest(reports, step), batch, undo.pop_all())

    def _drop(self, arrivals: Iterable[Arrival]) -> list[object]:
        gone = dict.fromkeys(arrival.aor for arrival in arrivals if isinstance(arrival, Gone))
        return [change for aor in gone for change in self._presence.drop(aor)]

    def _take(
        self, arrivals: Sequence[Arrival], now: float, undo: ExitStack
    ) -> tuple[list[tuple[Admitted, Outcome]], list[LocationReport]]:
        """Give what each request came to, and all places that came, in order."""
        outcomes: list[tuple[Admitted, Outcome]] = []
        undo.callback(self._take_back, outcomes)
        reports: list[LocationReport] = []
        ends = {arrival.aor: place for place, arrival in enumerate(arrivals) if isinstance(arrival, Gone)}
        for place, arrival in enumerate(arrivals):
            if isinstance(arrival, Heard):
                reports += arrival.reports
            if not isinstance(arrival, Admitted):
                continue
            if place < ends.get(arrival.account.aor, 0):  # its account went while it waited
                outcomes.append((arrival, Refused(403, "Account Gone")))
                continue
            outcome = self._presence.apply(arrival, now)
            outcomes.append((arrival, outcome))
            if outcome.report is not None:
                reports.append(outcome.report)
        return outcomes, reports

    def _take_back(self, outcomes: Sequence[tuple[Admitted, Outcome]]) -> None:
        for arrival, outcome in reversed(outcomes):
            self._presence.undo(arrival, outcome)

    def _step(
        self, reports: Sequence[LocationReport], now: float, undo: ExitStack
    ) -> tuple[Step, tuple[StoredFix, ...]]:
        step = self._engine.step(FixBatch.from_fixes(report.fix for report in reports), now=now)
        undo.callback(self._engine.undo, step)
        fixes = tuple(
            _stored(report, DISCARDS[code])
            for report, code in zip(reports, step.discard.tolist(), strict=True)
        )
        newest = {stored.fix.device_id: stored.terms for stored in fixes if stored.discard is None}
        for device, terms in newest.items():
            undo.callback(self._put_back, device, self._terms.get(device))
            self._terms[device] = terms
        return step, fixes

    def _put_back(self, device: str, terms: Terms | None) -> None:
        if terms is None:
            del self._terms[device]
        else:
            self._terms[device] = terms

    def _terms_of(self, said: Transition, fixes: Iterable[StoredFix], now: float) -> Terms:
        """Give the terms of the deciding fix, else (a timer, an earlier batch) of the device's newest."""
        for stored in fixes:
            if stored.fix.device_id == said.device and stored.fix.time == said.time:
                return stored.terms
        return self._known_terms(said.device, now)

    def _known_terms(self, device: str, now: float) -> Terms:
        known = self._terms.get(device)
        if known is None or known.keep_until <= now:  # nothing is known of what may not be kept any more
            return Terms(may_tell_place=False, keep_until=now + UNKNOWN_RETENTION_S)
        return known

    def _decided(self, step: Step, fixes: Iterable[StoredFix], now: float) -> Decided | None:
        """Give where devices stand that had fixes, or of which something is said."""
        ends: dict[str, float] = {}
        for stored in fixes:
            device = stored.fix.device_id
            ends[device] = min(stored.terms.keep_until, ends.get(device, stored.terms.keep_until))
        for said in step.transitions:
            ends.setdefault(said.device, self._known_terms(said.device, now).keep_until)
        return Decided(self._engine.standing(tuple(ends)), tuple(ends.values())) if ends else None

    def _deliveries(
        self, alerts: Iterable[tuple[AlertChange, float]], now: float
    ) -> Iterable[tuple[Order, float]]:
        for change, keep_until in alerts:
            # A message tells the place of its own edge, which is the newer one; a trip's tells its history.
            told = change.after.closed or change.after.opened
            of_edge = not change.after.is_trip and told.keep_until > now
            until = told.keep_until if of_edge else keep_until
            for order in plan(change, self._recipients.get(change.after.rule, ()), now):
                yield order, until


def _stored(report: LocationReport, discard: Discard | None) -> StoredFix:
    terms = Terms(report.retransmission_allowed, report.keep_until)
    return StoredFix(report.fix, report.account.username, report.shape, discard, terms, report.civic)


def _newest(reports: Sequence[LocationReport], step: Step) -> tuple[LocationReport, ...]:
    """Give the newest place of each device among those that were judged."""
    newest: dict[str, LocationReport] = {}
    for report, code in zip(reports, step.discard.tolist(), strict=True):
        known = newest.get(report.account.aor)
        if DISCARDS[code] is None and (known is None or known.fix.time <= report.fix.time):
            newest[report.account.aor] = report
    return tuple(newest.values())


def kept(change: AlertChange, now: float) -> tuple[AlertChange, float]:
    """Give a change as it may be stored, and until when: no place is kept longer by what came later."""

    def while_kept(notice: Notice) -> Notice:
        return notice if notice.keep_until > now else notice.without_place()

    ends = [notice.keep_until for notice in change.after.notices() if notice.keep_until > now]
    after = change.after.with_notices(while_kept)
    return replace(change, after=after), min(ends, default=now + UNKNOWN_RETENTION_S)
