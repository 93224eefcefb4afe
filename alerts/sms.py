"""A message in one SMS: one line of 160 septets, the sentence first, the rule's name last, the link whole.

What is said is ``saying.py``'s; the alphabet and the cutting are ``gsm7.py``'s.
"""

from zoneinfo import ZoneInfo

from alerts.alert import Alert, AlertChange, Edge
from alerts.facts import facts
from alerts.gsm7 import fit
from alerts.notice import Notice
from alerts.phrases import OPENINGS
from alerts.saying import Saying, end, fine, news, rule_name
from alerts.words import map_link, short_moment

_WITHHELD = " (place withheld by the device's privacy rules)"
_STARTS = {Edge.UPDATED: "Update: ", Edge.REOPENED: "Not over: "}


def sms(change: AlertChange, zone: ZoneInfo) -> str:
    """Write the message of an alert's change, or of an event."""
    alarm, notice = change.about, _notice(change)
    if change.edge is Edge.RETRACTED:
        says = _withdrawn(alarm, zone)
    elif change.edge is Edge.RESOLVED:
        ends_at = alarm.starts_at if alarm.ends_at is None else alarm.ends_at
        says = f"{end(alarm, zone).in_sms()} ({short_moment(ends_at, zone)})"
    elif alarm.is_event:
        says = f"{news(alarm, zone).in_sms()} ({short_moment(alarm.starts_at, zone)})"
    else:
        template = _STARTS.get(change.edge, "") + OPENINGS[alarm.opened.transition.kind].sms
        says = Saying(template, facts(alarm, alarm.opened, zone)).in_sms()
    why = _WITHHELD if notice is not None and notice.has_place and not notice.may_tell_place else ""
    # The rule comes last: it is what may be cut.
    return fit(f"{says}{why}: {rule_name(change.after.rule)}", _link(notice))


def _notice(change: AlertChange) -> Notice | None:
    """Give the evidence whose place is told: that of the edge."""
    if change.edge is Edge.RETRACTED:
        return None
    return change.about.closed if change.edge is Edge.RESOLVED else change.about.opened


def _withdrawn(alarm: Alert, zone: ZoneInfo) -> str:
    when = short_moment(alarm.starts_at, zone)
    if alarm.is_event:
        return f"Withdrawn: {news(alarm, zone).in_sms()} ({when}), a late fix shows that it was not so"
    return f"Alarm of {when} withdrawn, a late fix shows that {fine(alarm, zone).in_sms()}"


def _link(notice: Notice | None) -> str:
    if notice is None or not notice.may_tell_place or not notice.has_place:
        return ""
    return map_link(notice.transition.lon, notice.transition.lat)
