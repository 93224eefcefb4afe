"""What there is to say of an alarm or event: its news, its end, how sure, for a message of any form.

The sentences are ``phrases.py``'s; here it is chosen which, and with which words.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from zoneinfo import ZoneInfo

from alerts.alert import Alert
from alerts.ending import Ending
from alerts.facts import NAMES, facts, plain
from alerts.gsm7 import shorten, to_gsm7
from alerts.notice import Notice
from alerts.phrases import ENDINGS, EVENTS, NO_ALL_CLEAR, OPENINGS, ending_phrase
from alerts.template import Words, fill, fill_within, with_names
from alerts.trip import ended_well, left_open
from rules.transition import Kind, Reason

# Names in the one line of an SMS: with the longest link, 72 septets are left for the sentence.
SMS_NAME_SEPTETS = 16

_TIMED = frozenset({Reason.NO_FIX, Reason.DEADLINE, Reason.VAGUE_FIXES, Reason.WINDOW_CLOSED})
_SURE_INSIDE = frozenset({Kind.ENTER, Kind.DWELL, Kind.NOT_LEFT})
_NEVER_SURE = frozenset({Kind.CROSS})  # no fix lay in the fence


@dataclass(frozen=True, slots=True)
class Saying:
    """A sentence and the words for it."""

    template: str
    words: Words

    def __str__(self) -> str:
        return fill(self.template, self.words)

    def after(self, start: str) -> "Saying":
        """Give it with a beginning before it."""
        return replace(self, template=start + self.template)

    def within(self, room: int) -> str:
        """Write it in so many characters, names cut as far as needed."""
        return fill_within(room, self.template, self.words, NAMES)

    def in_sms(self) -> str:
        """Write it with names that leave room in an SMS."""
        short = partial(_short, most=SMS_NAME_SEPTETS)
        return fill(self.template, with_names(self.words, NAMES, short))


def news(alarm: Alert, zone: ZoneInfo) -> Saying:
    """Say what a rule's alarm, or an event, is about."""
    kind = alarm.opened.transition.kind
    template = EVENTS[kind] if alarm.is_event else OPENINGS[kind].news
    return Saying(template, facts(alarm, alarm.opened, zone))


def end(alarm: Alert, zone: ZoneInfo) -> Saying:
    """Say in a few words how an alarm ended; a trip's is over well only if every one of its alarms is."""
    last = last_part(alarm)
    words = facts(last, last.closed or last.opened, zone)
    if _ending(last).is_good_news and not ended_well(alarm):
        return Saying(ENDINGS[Ending.ENDED].title, words)
    return Saying(ending_phrase(_ending(last), last.opened.transition.kind).title, words)


def conclusion(alarm: Alert, zone: ZoneInfo) -> str:
    """Say how an alarm ended, and of what is left open that it is no all-clear."""
    last = last_part(alarm)
    words = facts(last, last.closed or last.opened, zone)
    sentence = fill(ending_phrase(_ending(last), last.opened.transition.kind).sentence, words)
    return " ".join([sentence, *dict.fromkeys(_left_open(alarm, zone))])


def last_part(alarm: Alert) -> Alert:
    """Give the alarm of a trip that ended last; an alarm of its own is that itself."""
    parts = [part for part in alarm.parts if not part.is_retracted] or [*alarm.parts] or [alarm]
    return max(parts, key=lambda part: (part.ends_at is None, part.ends_at or 0.0))


def fine(alarm: Alert, zone: ZoneInfo) -> Saying:
    """Say how the device was if the alarm was never so."""
    template = "{device} " + OPENINGS[alarm.opened.transition.kind].fine
    return Saying(template, facts(alarm, alarm.opened, zone))


def evidence(alarm: Alert, zone: ZoneInfo) -> Iterator[str]:
    """Give what was measured, a line each."""
    words = facts(alarm, alarm.opened, zone)
    lines = (fill(line, words) for line in OPENINGS[alarm.opened.transition.kind].evidence)
    yield from filter(None, lines)


def sureness(notice: Notice) -> float | None:
    """Give the probability that what is said holds; None where none was worked out.

    That of a deadline is none of the deadline: it is the last fix's, which may be hours old.
    """
    said = notice.transition
    if said.kind in _NEVER_SURE or said.reason is Reason.DEADLINE or not math.isfinite(said.probability):
        return None
    return 1.0 - said.probability if said.kind in _SURE_INSIDE else said.probability


def is_timed(notice: Notice) -> bool:
    """Tell whether a timer said it: the place is that of the last fix judged, and may be old."""
    return notice.transition.kind is Kind.ENDED or notice.transition.reason in _TIMED


def rule_name(name: str) -> str:
    """Write the name of a rule or trip as words."""
    return plain(name).replace("_", " ")


def _left_open(alarm: Alert, zone: ZoneInfo) -> Iterator[str]:
    for part in left_open(alarm):
        unproved = OPENINGS[part.opened.transition.kind].unproved
        yield fill(NO_ALL_CLEAR.replace("{unproved}", unproved), facts(part, part.opened, zone))


def _ending(alarm: Alert) -> Ending:
    return alarm.ending or Ending.ENDED


def _short(name: str, most: int) -> str:
    return shorten(to_gsm7(name), most)
