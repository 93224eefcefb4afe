"""What an alarm, its all-clear and an event say: who, which rule, how far, since when, how sure, where.

In plain English and the recipient's own time. Squeezing it into one SMS is ``gsm7.py``'s.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from alerts.alert import Alert, AlertChange, Edge, Ending, Notice
from alerts.gsm7 import fit, shorten, to_gsm7
from alerts.recipient import Form
from alerts.words import (
    distance_in_words,
    duration_in_words,
    map_link,
    moment,
    probability_in_words,
    short_moment,
)
from rules.transition import Kind

# What a locked phone shows of a title, and what mail programs show of a subject.
TITLE_LENGTH = 50
# Names in the one line of an SMS: with the longest link, 72 septets are left for the sentence.
SMS_NAME_SEPTETS = 16

_NO_ALL_CLEAR = "{device} was not seen back on route before that: this is no all-clear."
# Ending -> what the title says of the device, and the sentence under it.
_ENDINGS = {
    Ending.BACK_ON_ROUTE: ("is back on route", "{device} is back on route."),
    Ending.ARRIVED: ("has arrived", "{device} has arrived at the end of the route."),
    Ending.WINDOW_CLOSED: (
        "alarm over (time is up)",
        f"The hours of this rule are over, so its alarm ends. {_NO_ALL_CLEAR}",
    ),
    Ending.RULE_REMOVED: (
        "alarm over (rule removed)",
        f"The rule no longer exists, so its alarm ends. {_NO_ALL_CLEAR}",
    ),
    Ending.SUPERSEDED: (
        "alarm replaced",
        "A newer alarm of the same rule takes the place of this one. {device} is still off route.",
    ),
    Ending.ENDED: ("alarm over", f"The alarm has ended. {_NO_ALL_CLEAR}"),
}

# What an event is called; the fence's name follows.
_EVENTS = {Kind.ENTER: "entered", Kind.EXIT: "left"}
UNNAMED_FENCE = "a fence"

_WITHHELD = (
    "Where: not told. The device's own privacy rules forbid passing its place on,"
    " so distance, place and map are left out."
)
_WITHHELD_SMS = " (place withheld by the device's privacy rules)"


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out to one address; an SMS has no title."""

    title: str
    body: str


def render(change: AlertChange, *, zone: ZoneInfo, form: Form) -> Message:
    """Write the message of an alert's opening or end, or of an event.

    Parameters
    ----------
    change
        What happened.
    zone
        The recipient's time zone.
    form
        `Form.FULL`, or `Form.SMS`: one line of at most 160 GSM-7 septets with the link whole.
    """
    if form is Form.SMS:
        return Message("", _event_sms(change.after, zone) if change.after.is_event else _sms(change, zone))
    if change.after.is_event:
        return Message(_event_title(change.after), _event_body(change.after, zone))
    body = _opened_body(change.after, zone) if change.edge is Edge.OPENED else _ended_body(change.after, zone)
    return Message(_title(change), body)


def _title(change: AlertChange) -> str:
    device = _plain(change.after.device)
    says = "is off route" if change.edge is Edge.OPENED else _ENDINGS[_ending(change.after)][0]
    device = _cut(device, TITLE_LENGTH - len(says) - 1)
    return _with_rule(f"{device} {says}", change.after)


def _with_rule(head: str, alert: Alert) -> str:
    rule, room = _rule_name(alert), TITLE_LENGTH - len(f"{head}: ")
    # A stump of a name tells nothing: below this the rule stands in the body only.
    return f"{head}: {_cut(rule, room)}" if room >= min(len(rule), 6) else head


def _opened_body(alert: Alert, zone: ZoneInfo) -> str:
    seen = alert.opened.transition
    lines = [
        f'{_plain(alert.device)} is off route (rule "{_rule_name(alert)}").',
        "",
        f"Since: {moment(alert.starts_at, zone)}",
    ]
    if alert.opened.may_tell_place:
        allowed = f"up to {distance_in_words(seen.half_width_m or 0.0)} is on route there"
        lines += [f"How far: {distance_in_words(seen.distance_m)} from the path ({allowed})"]
    lines += [f"How sure: {probability_in_words(seen.probability)}"]
    lines += [f"Last fix: {moment(seen.time, zone)}", _place("Map", alert.opened)]
    return "\n".join([*lines, "", f"Alarm {_plain(alert.fingerprint)}"])


def _ended_body(alert: Alert, zone: ZoneInfo) -> str:
    ends_at = alert.starts_at if alert.ends_at is None else alert.ends_at
    lines = [
        _ENDINGS[_ending(alert)][1].format(device=_plain(alert.device)),
        f'Rule: "{_rule_name(alert)}"',
        "",
        f"Off route since: {moment(alert.starts_at, zone)}",
        f"Ended: {moment(ends_at, zone)}, after {duration_in_words(ends_at - alert.starts_at)}",
    ]
    if alert.closed is not None:
        # The end of the hours is no fix: its place is the last one judged, and may be old.
        lines += [
            _place("Last known place" if alert.closed.transition.kind is Kind.ENDED else "Map", alert.closed)
        ]
    return "\n".join([*lines, "", f"Alarm {_plain(alert.fingerprint)}"])


def _event_title(alert: Alert) -> str:
    says = f"{_cut(_plain(alert.device), TITLE_LENGTH // 2)} {_EVENTS[alert.opened.transition.kind]} "
    return _with_rule(says + _cut(_fence(alert), TITLE_LENGTH - len(says)), alert)


def _event_body(alert: Alert, zone: ZoneInfo) -> str:
    seen = alert.opened.transition
    sure = 1.0 - seen.probability if seen.kind is Kind.ENTER else seen.probability
    lines = [
        f'{_plain(alert.device)} {_EVENTS[seen.kind]} {_fence(alert)} (rule "{_rule_name(alert)}").',
        "",
        f"When: {moment(seen.time, zone)}",
        f"How sure: {probability_in_words(sure)}",
        _place("Map", alert.opened),
    ]
    return "\n".join([*lines, "", f"Event {_plain(alert.fingerprint)}"])


def _event_sms(alert: Alert, zone: ZoneInfo) -> str:
    seen, may_tell = alert.opened.transition, alert.opened.may_tell_place
    device, fence = (
        shorten(to_gsm7(name), SMS_NAME_SEPTETS) for name in (_plain(alert.device), _fence(alert))
    )
    says = f"{device} {_EVENTS[seen.kind]} {fence} ({short_moment(seen.time, zone)})"
    link = map_link(seen.lon, seen.lat) if may_tell else ""
    return fit(f"{says}{'' if may_tell else _WITHHELD_SMS}: {_rule_name(alert)}", link)


def _fence(alert: Alert) -> str:
    """Name the fence where the place may be told: who knows the fence knows the place."""
    name = _plain(alert.opened.transition.fence or "")
    return name if name and alert.opened.may_tell_place else UNNAMED_FENCE


def _place(label: str, notice: Notice) -> str:
    if not notice.may_tell_place:
        return _WITHHELD
    return f"{label}: {map_link(notice.transition.lon, notice.transition.lat)}"


def _sms(change: AlertChange, zone: ZoneInfo) -> str:
    alert = change.after
    device = shorten(to_gsm7(_plain(alert.device)), SMS_NAME_SEPTETS)
    notice = alert.opened if change.edge is Edge.OPENED else alert.closed
    may_tell = notice is not None and notice.may_tell_place
    link = map_link(notice.transition.lon, notice.transition.lat) if notice and may_tell else ""
    if change.edge is Edge.OPENED:
        far = f", {distance_in_words(alert.opened.transition.distance_m)} from path" if may_tell else ""
        says = f"{device} is off route since {short_moment(alert.starts_at, zone)}{far}"
    else:
        ends_at = alert.starts_at if alert.ends_at is None else alert.ends_at
        says = f"{device} {_ENDINGS[_ending(alert)][0]} ({short_moment(ends_at, zone)})"
    why = _WITHHELD_SMS if notice is not None and not may_tell else ""
    # The rule comes last: it is what may be cut.
    return fit(f"{says}{why}: {_rule_name(alert)}", link)


def _ending(alert: Alert) -> Ending:
    return alert.ending or Ending.ENDED


def _rule_name(alert: Alert) -> str:
    return _plain(alert.rule).replace("_", " ")


def _plain(name: str) -> str:
    """Names come from configuration: one line, nothing invisible, so no header can be forged."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(room - 1, 0)].rstrip() + "…"
