"""What a late fix makes of an alarm or event that was raised: never so, open again, or at another time.

Which one it revises is found by ``book.py``; who is told is planned by ``planning.py``.
"""

from dataclasses import replace

from alerts.alert import Alert
from alerts.ending import Ending
from alerts.notice import Notice
from rules.transition import OPENING, Kind, Transition

REVISIONS = frozenset({Kind.RETRACTED, Kind.AMENDED})


def said_at(revision: Transition) -> float:
    """Give the event time of what is revised, as it was said."""
    return revision.time if revision.revises_time is None else revision.revises_time


def is_of_opening(revision: Transition, alarm: Alert) -> bool:
    """Tell whether the opening of an alarm is revised, not its end."""
    return revision.revises in OPENING or alarm.is_event


def is_of_closing(revision: Transition, alarm: Alert) -> bool:
    """Tell whether the end of an alarm is revised, and is what ended it."""
    return alarm.closed is not None and alarm.closed.transition.kind is revision.revises


def is_event_meant(revision: Transition, event: Alert) -> bool:
    """Tell whether an event is the one that is revised; its fingerprint has the time that was said first."""
    said = event.opened.transition
    return (said.kind, said.fence, said.path, said.time) == (
        revision.revises,
        revision.fence,
        revision.path,
        said_at(revision),
    )


def retracted(alarm: Alert, notice: Notice, now: float) -> Alert:
    """Give an alarm or event that was never so."""
    ends_at = notice.transition.time
    return replace(alarm, ends_at=ends_at, resolved_at=now, ending=Ending.RETRACTED, closed=notice)


def reopened(alarm: Alert) -> Alert:
    """Give an alarm whose end was never so."""
    return replace(alarm, ends_at=None, resolved_at=None, ending=None, closed=None)


def amended(alarm: Alert, notice: Notice) -> Alert:
    """Give an alarm or event as it really was; its fingerprint stays."""
    said = notice.transition
    if alarm.is_event:
        opened = _evidence(alarm.opened, notice)
        return replace(alarm, opened=opened, starts_at=said.time, ends_at=said.time)
    if is_of_opening(said, alarm):
        return replace(alarm, opened=_evidence(alarm.opened, notice), starts_at=said.starts_at)
    if alarm.closed is None:
        return alarm
    return replace(alarm, closed=_evidence(alarm.closed, notice), ends_at=said.time)


def _evidence(before: Notice, revision: Notice) -> Notice:
    """Give the evidence as it really was: the kind and the reason stay, and both places' terms hold."""
    said = before.transition
    return Notice(
        replace(
            revision.transition,
            kind=said.kind,
            reason=said.reason,
            closes_alarm=said.closes_alarm,
            revises=None,
            revises_time=None,
        ),
        before.may_tell_place and revision.may_tell_place,
        min(before.keep_until, revision.keep_until),
    )
