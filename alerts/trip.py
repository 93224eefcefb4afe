"""What a trip's alarm is, given those of its rules: one alarm from the first to the end of the last.

Which of its rules' alarms are raised, ended and revised is decided in ``book.py``.
"""

from dataclasses import replace

from alerts.alert import Alert
from alerts.ending import Ending
from alerts.fingerprint import numbered


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
    """Whether every one of its rules' alarms that was not retracted ended with good news."""
    endings = [part.ending or Ending.ENDED for part in alarm.parts if not part.is_retracted]
    return all(ending.is_good_news for ending in endings)
