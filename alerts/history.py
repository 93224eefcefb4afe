"""The history of a trip's alarm: what its rules raised and what ended it, in order, a line each."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from alerts.alert import Alert
from alerts.saying import end, news, rule_name
from alerts.words import short_moment
from rules.transition import Reason


def history(alarm: Alert, zone: ZoneInfo) -> Iterator[str]:
    """Tell what happened, oldest first; what was retracted never happened.

    Parameters
    ----------
    alarm
        A trip's, open or over.
    zone
        The reader's.
    """
    # What is of the same instant, in the order in which it was raised: the fix that ends a silence may be the
    # last before the next.
    told: list[tuple[float, int, int, str]] = []
    for number, part in enumerate(alarm.parts):
        if part.is_retracted:
            continue
        told.append((_began_at(part), number, 0, f"{news(part, zone)} ({rule_name(part.rule)})"))
        if part.ends_at is not None:
            told.append((part.ends_at, number, 1, f"{end(part, zone)} ({rule_name(part.rule)})"))
    for at, *_, line in sorted(told):
        yield f"{short_moment(at, zone)}: {line}"


def _began_at(part: Alert) -> float:
    said = part.opened.transition
    return said.time if said.reason is Reason.DEADLINE else part.starts_at
