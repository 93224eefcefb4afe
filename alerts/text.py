"""A message whole: title and body of an alarm, its end, its revision, an event; of a trip with its history.

In plain English and the reader's own time. The sentences are ``phrases.py``'s; an SMS is ``sms.py``'s.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from zoneinfo import ZoneInfo

from alerts.alert import Alert, AlertChange, Edge
from alerts.facts import plain
from alerts.history import history
from alerts.notice import Notice
from alerts.phrases import OPENINGS
from alerts.recipient import Form
from alerts.saying import Saying, conclusion, end, evidence, fine, is_timed, news, rule_name, sureness
from alerts.sms import sms
from alerts.template import cut
from alerts.words import duration_in_words, map_link, moment, probability_in_words, short_moment

# What a locked phone shows of a title, and what mail programs show of a subject.
TITLE_LENGTH = 50

_WITHHELD = (
    "Where: not told. The device's own privacy rules forbid passing its place on,"
    " so distance, place and map are left out."
)
_UNKNOWN = "Where: not known."


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out to one address; an SMS has no title."""

    title: str
    body: str


def render(change: AlertChange, *, zone: ZoneInfo, form: Form) -> Message:
    """Write the message of a change of an alert.

    Parameters
    ----------
    change
        What happened; its edge is one that is told.
    zone
        The recipient's time zone.
    form
        `Form.FULL`, or `Form.SMS`: one line of at most 160 GSM-7 septets with the link whole.
    """
    if form is Form.SMS:
        return Message("", sms(change, zone))
    name = "Event" if change.about.is_event else "Alarm"
    lines = [*_BODIES[change.edge](change, zone), "", f"{name} {plain(change.after.fingerprint)}"]
    return Message(_title(change, zone), "\n".join(lines))


_STARTS = {Edge.UPDATED: "Update: ", Edge.RETRACTED: "Withdrawn: ", Edge.REOPENED: "Not over: "}


def _title(change: AlertChange, zone: ZoneInfo) -> str:
    says: Saying = end(change.after, zone) if change.edge is Edge.RESOLVED else news(change.about, zone)
    head = says.after(_STARTS.get(change.edge, "")).within(TITLE_LENGTH)
    rule, room = rule_name(change.after.rule), TITLE_LENGTH - len(f"{head}: ")
    # A stump of a name tells nothing: below this the rule stands in the body only.
    return f"{head}: {cut(rule, room)}" if room >= min(len(rule), 6) else head


def _opened(change: AlertChange, zone: ZoneInfo) -> Iterator[str]:
    alarm = change.about
    yield f"{news(alarm, zone)} ({_rule(change)})."
    yield ""
    yield f"{'When' if alarm.is_event else 'Since'}: {moment(alarm.starts_at, zone)}"
    if not alarm.is_event:
        yield from evidence(alarm, zone)
    sure = sureness(alarm.opened)
    if sure is not None:
        yield f"How sure: {probability_in_words(sure)}"
    if not alarm.is_event and not is_timed(alarm.opened):
        yield f"Last fix: {moment(alarm.opened.transition.time, zone)}"
    yield _place(alarm.opened)


def _updated(change: AlertChange, zone: ZoneInfo) -> Iterator[str]:
    yield f'The trip "{rule_name(change.after.rule)}" is in alarm, and there is more:'
    yield ""
    yield from _opened(change, zone)
    yield ""
    yield "So far:"
    yield from history(change.after, zone)


def _resolved(change: AlertChange, zone: ZoneInfo) -> Iterator[str]:
    alarm = change.after
    ends_at = alarm.starts_at if alarm.ends_at is None else alarm.ends_at
    yield conclusion(alarm, zone)
    yield f'{"Trip" if alarm.is_trip else "Rule"}: "{rule_name(alarm.rule)}"'
    yield ""
    if alarm.is_trip:
        yield "What happened:"
        yield from history(alarm, zone)
        yield ""
    yield f"{_since(alarm)}: {moment(alarm.starts_at, zone)}"
    yield f"Ended: {moment(ends_at, zone)}, after {duration_in_words(ends_at - alarm.starts_at)}"
    if alarm.closed is not None:
        yield _place(alarm.closed)


def _retracted(change: AlertChange, zone: ZoneInfo) -> Iterator[str]:
    alarm = change.about
    if alarm.is_event:
        yield (
            f"It was said too early that {news(alarm, zone)} ({short_moment(alarm.starts_at, zone)}): "
            "a fix that arrived late shows that it was not so."
        )
    else:
        yield (
            f"The alarm of {short_moment(alarm.starts_at, zone)} was raised too early: "
            f"a fix that arrived late shows that {fine(alarm, zone)}."
        )
    yield _rule(change).capitalize()
    if change.after.is_firing:
        yield ""
        yield "The alarm of the trip goes on:"
        yield from history(change.after, zone)


def _reopened(change: AlertChange, zone: ZoneInfo) -> Iterator[str]:
    ended_at = change.before.ends_at if change.before is not None else None
    told = "" if ended_at is None else f", told for {short_moment(ended_at, zone)},"
    yield f"The end of this alarm{told} was said too early: a fix that arrived late shows that it goes on."
    yield ""
    yield from _opened(change, zone)


_BODIES: Mapping[Edge, Callable[[AlertChange, ZoneInfo], Iterator[str]]] = MappingProxyType(
    {
        Edge.OPENED: _opened,
        Edge.UPDATED: _updated,
        Edge.RESOLVED: _resolved,
        Edge.RETRACTED: _retracted,
        Edge.REOPENED: _reopened,
    }
)


def _rule(change: AlertChange) -> str:
    trip = f' of trip "{rule_name(change.after.rule)}"' if change.after.is_trip else ""
    return f'rule "{rule_name(change.about.rule)}"{trip}'


def _since(alarm: Alert) -> str:
    return "Since" if alarm.is_trip else OPENINGS[alarm.opened.transition.kind].since


def _place(notice: Notice) -> str:
    if not notice.has_place:
        return _UNKNOWN
    if not notice.may_tell_place:
        return _WITHHELD
    label = "Last known place" if is_timed(notice) else "Map"
    return f"{label}: {map_link(notice.transition.lon, notice.transition.lat)}"
