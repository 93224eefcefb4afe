"""What a trip's alarm is, given those of its rules: one alarm from the first to the end of the last.

Which of its rules' alarms are raised, ended and revised is decided in ``book.py``.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

from alerts.alert import Alert
from alerts.fingerprint import numbered
from rules.transition import Kind


def begun(trip: str, number: int, part: Alert) -> Alert:
    """Make the alarm that the first of its rules' alarms opens."""
    return replace(part, fingerprint=numbered(trip, part.device, number), rule=trip, parts=(part,))


def with_part(alarm: Alert, part: Alert) -> Alert:
    """Give the alarm with one of its parts as it now is, or with one more."""
    known = [each.fingerprint for each in alarm.parts]
    if part.fingerprint in known:
        parts = tuple(part if each.fingerprint == part.fingerprint else each for each in alarm.parts)
    else:
        parts = (*alarm.parts, part)
    return _made_of(alarm, parts)


def is_news(alarm: Alert, part: Alert) -> bool:
    """Whether a part has to be told: nothing of its rule was, or only what was retracted since."""
    return not any(
        each.rule == part.rule
        and each.is_announced
        and not each.is_retracted
        and each.fingerprint != part.fingerprint
        for each in alarm.parts
    )


def _made_of(alarm: Alert, parts: tuple[Alert, ...]) -> Alert:
    """Work out the whole from its parts; those that were retracted count only where there is no other."""
    counting = [part for part in parts if not part.is_retracted] or [*parts]
    first = min(counting, key=lambda part: part.starts_at)
    last = max(counting, key=lambda part: (part.ends_at is None, part.ends_at or 0.0))
    return replace(
        alarm,
        parts=parts,
        starts_at=first.starts_at,
        opened=first.opened,
        ends_at=last.ends_at,
        resolved_at=last.resolved_at,
        ending=last.ending,
        closed=last.closed,
    )


def ended_well(alarm: Alert) -> bool:
    """Whether every one of its rules' alarms that was not retracted ended with good news, or was settled."""
    return not any(left_open(alarm))


def left_open(alarm: Alert) -> Iterator[Alert]:
    """Give those of its rules' alarms, or itself, of which nobody has seen that all is well again.

    A silence is over, whatever its rule had time to see, once a later fix ends another of the alarms well.
    """
    counting = [part for part in alarm.parts or (alarm,) if not part.is_retracted]
    seen_at = max((part.ends_at or 0.0 for part in counting if _is_well(part)), default=-math.inf)
    for part in counting:
        is_heard = part.opened.transition.kind is Kind.SILENT and seen_at >= (part.ends_at or math.inf)
        if not _is_well(part) and not is_heard:
            yield part


def _is_well(part: Alert) -> bool:
    return part.ending is not None and part.ending.is_good_news
