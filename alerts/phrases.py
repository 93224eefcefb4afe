"""What is said of each kind of alarm, event and ending: one entry a kind, sentences with gaps.

The gaps are filled from ``facts.py``, the messages put together in ``text.py`` and ``sms.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from alerts.ending import Ending
from rules.transition import Kind


@dataclass(frozen=True, slots=True)
class OpeningPhrase:
    """What is said of an alarm.

    Parameters
    ----------
    news
        The first sentence, and the title.
    sms
        The sentence of an SMS; it says since when.
    evidence
        Lines; each is left out where its words are unknown or may not be told.
    since
        What the beginning is called once the alarm is over.
    unproved
        What was not seen, where an alarm ends without good news.
    fine
        How the device was if the alarm was never so.
    """

    news: str
    sms: str
    evidence: tuple[str, ...]
    since: str
    unproved: str
    fine: str


OPENINGS: Mapping[Kind, OpeningPhrase] = MappingProxyType(
    {
        Kind.OFF_ROUTE: OpeningPhrase(
            "{device} is off route",
            "{device} is off route since {since}[, {distance} from path]",
            (
                "How far: {distance} from the path[ (up to {half_width} is on route there)]",
                "Nearest path: {path}",
            ),
            "Off route since",
            "was not seen back on route",
            "was on the way",
        ),
        Kind.WRONG_WAY: OpeningPhrase(
            "{device} is going the wrong way",
            "{device} is going the wrong way since {since}[, {value} back]",
            ("How far: {value} back along the path[ ({limit} is allowed)]", "Path: {path}"),
            "Wrong way since",
            "was not seen going the right way",
            "was going the right way",
        ),
        Kind.STALLED: OpeningPhrase(
            "{device} has stalled[ for {value}]",
            "{device} has stalled[ for {value}], since {since}",
            ("How long: {value} without getting on[ ({limit} is allowed)]",),
            "Stalled since",
            "was not seen moving on",
            "was moving on",
        ),
        Kind.LATE: OpeningPhrase(
            "{device} is late[ by {value}][, expected {eta}]",
            "{device} is late[ by {value}][, expected {eta}] (since {since})",
            ("How late: {value}[ ({limit} is allowed)]", "Expected at the end: {eta_moment}"),
            "Late since",
            "was not seen on time",
            "was on time",
        ),
        Kind.NOT_ARRIVED: OpeningPhrase(
            "{device} has not arrived[ at {destination}] by {at}",
            "{device} has not arrived[ at {destination}] by {at}",
            (),
            "Should have arrived by",
            "was not seen arriving",
            "had arrived",
        ),
        Kind.NOT_LEFT: OpeningPhrase(
            "{device} has not left[ {place}] by {at}",
            "{device} has not left[ {place}] by {at}",
            (),
            "Should have left by",
            "was not seen leaving",
            "had left",
        ),
        Kind.NOT_INSIDE: OpeningPhrase(
            "{device} is not[ at {destination},] where it should be",
            "{device} is not[ at {destination},] where it should be, since {since}",
            ("How far: {distance} from it",),
            "Not there since",
            "was not seen there",
            "was there",
        ),
        Kind.SILENT: OpeningPhrase(
            "No sign of {device}[ since {heard}]",
            "No sign of {device} since {heard_moment}",
            ("How long: {value}[ ({limit} is allowed)]",),
            "Silent since",
            "was not heard",
            "was heard",
        ),
        Kind.TOO_VAGUE: OpeningPhrase(
            "Fixes of {device} are too vague to judge",
            "Fixes of {device} are too vague to judge since {since}",
            ("How long: {value}[ ({limit} is allowed)]",),
            "Too vague since",
            "was not seen clearly",
            "was seen clearly enough",
        ),
        Kind.SPEEDING: OpeningPhrase(
            "{device} is[ at {value},] too fast",
            "{device} is[ at {value},] too fast since {since}[, limit {limit}]",
            ("How fast: {value}[ (the limit is {limit})]",),
            "Too fast since",
            "was not seen within the limit",
            "was within the limit",
        ),
        Kind.TOO_FAR: OpeningPhrase(
            "{device} is {apart} {other}",
            "{device} is {apart} {other}, since {since}",
            ("How far apart: {value}[ (up to {limit} is allowed)]",),
            "Too far since",
            "was not seen near {other}",
            "was near {other}",
        ),
        Kind.TOO_NEAR: OpeningPhrase(
            "{device} is {apart} {other}",
            "{device} is {apart} {other}, since {since}",
            ("How far apart: {value}[ ({limit} at least is asked for)]",),
            "Too near since",
            "was not seen far enough from {other}",
            "was far enough from {other}",
        ),
        Kind.MOVED: OpeningPhrase(
            "{device} has moved[ {value}] while it should stand",
            "{device} has moved[ {value}] while it should stand, since {since}",
            ("How far: {value}[ ({limit} is allowed)]",),
            "Moving since",
            "was not seen standing still",
            "stood still",
        ),
    }
)

EVENTS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.ENTER: "{device} entered {fence}",
        Kind.EXIT: "{device} left {fence}",
        Kind.CROSS: "{device} crossed {fence}[ heading {value}]",
        Kind.DWELL: "{device} has been in {fence}[ for {value}]",
        Kind.SKIPPED: "{device} skipped {stretch} of the way[, {how}]",
        Kind.PASSED: "{device} passed {point}[, {lateness}][, expected at the end {eta}]",
    }
)


@dataclass(frozen=True, slots=True)
class EndingPhrase:
    """What the title says of the end of an alarm, and the sentence under it."""

    title: str
    sentence: str


NO_ALL_CLEAR = "{device} {unproved} before that: this is no all-clear."

ENDINGS: Mapping[Ending, EndingPhrase] = MappingProxyType(
    {
        ending: EndingPhrase(f"{{device}} {says}", f"{{device}} {says}.")
        for ending, says in {
            Ending.BACK_ON_ROUTE: "is back on route",
            Ending.RIGHT_WAY: "is going the right way again",
            Ending.MOVING: "is moving again",
            Ending.ON_TIME: "is on time again",
            Ending.MADE_GOOD: "has made it good",
            Ending.HEARD: "is heard again",
            Ending.CLEAR_ENOUGH: "is seen clearly again",
            Ending.SPEED_OK: "is within the limit again",
            Ending.DISTANCE_OK: "is at the right distance from {other} again",
            Ending.STILL: "stands still again",
        }.items()
    }
    | {
        Ending.ARRIVED: EndingPhrase("{device} has arrived", "{device} has arrived at the end of the route."),
        Ending.WINDOW_CLOSED: EndingPhrase(
            "{device} alarm over (time is up)", "The hours of this rule are over, so its alarm ends."
        ),
        Ending.CONDITION_OVER: EndingPhrase(
            "{device} alarm over (no longer asked for)",
            "What this rule asks for does not hold any more, so its alarm ends.",
        ),
        Ending.RULE_REMOVED: EndingPhrase(
            "{device} alarm over (rule removed)", "The rule no longer exists, so its alarm ends."
        ),
        Ending.SUPERSEDED: EndingPhrase(
            "{device} alarm replaced", "A newer alarm of the same rule takes the place of this one."
        ),
        Ending.ENDED: EndingPhrase("{device} alarm over", "The alarm has ended."),
    }
)

# What a word that fits several alarms means for one of them.
_MADE_GOOD = {
    Kind.NOT_ARRIVED: "has arrived[ at {place}] after all",
    Kind.NOT_LEFT: "has left[ {place}] after all",
    Kind.NOT_INSIDE: "is where it should be",
    Kind.TOO_FAR: "is near {other} again",
    Kind.TOO_NEAR: "is far enough from {other} again",
}


def ending_phrase(ending: Ending, opened: Kind) -> EndingPhrase:
    """Give what is said of the end of an alarm that a kind opened."""
    if ending in {Ending.MADE_GOOD, Ending.DISTANCE_OK} and opened in _MADE_GOOD:
        says = _MADE_GOOD[opened]
        return EndingPhrase(f"{{device}} {says}", f"{{device}} {says}.")
    return ENDINGS[ending]
