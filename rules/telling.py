"""Rows of EVENT as transitions: the one place where what is said becomes Python objects.

What the fields mean is ``events.py`` and ``transition.py``.
"""

import math
from collections.abc import Iterator, Sequence

from rules.deviation import Deviation
from rules.events import Rows
from rules.geofence import Geofence
from rules.machine import KINDS, REASONS
from rules.roster import Roster
from rules.rule import Rule
from rules.transition import Transition

NOT_NAMED = -1


def said(events: Rows, rules: Sequence[Rule], roster: Roster) -> Iterator[Transition]:
    """Give what was said, in its order."""
    for (
        _, number, device, fence, kind, reason, closes_alarm, episode, time, starts_at, lon, lat,
        distance_m, along_m, half_width_m, probability, named, value, limit, eta,
    ) in events.tolist():  # fmt: skip
        rule = rules[number]
        yield Transition(
            rule=rule.name,
            device=roster.name(device) if isinstance(rule, Geofence) else rule.device,
            kind=KINDS[kind],
            reason=REASONS[reason],
            time=time,
            lon=lon,
            lat=lat,
            distance_m=distance_m,
            along_track_m=_stated(along_m),
            half_width_m=_rounded(half_width_m),
            probability=probability,
            episode=episode,
            starts_at=starts_at,
            closes_alarm=bool(closes_alarm),
            fence=_fence(rule, fence),
            path=_named(rule, named),
            other=getattr(rule, "other", None),
            value=_stated(value),
            limit=_stated(limit),
            eta=_stated(eta),
        )


def _stated(number: float) -> float | None:
    return None if math.isnan(number) else number


def _rounded(number: float) -> float | None:
    return None if math.isnan(number) else round(number, 3)


def _fence(rule: Rule, fence: int) -> str | None:
    if isinstance(rule, Deviation) or fence == NOT_NAMED:
        return None
    return rule.fence_set.name(fence) if isinstance(rule, Geofence) else rule.fence_name(fence)


def _named(rule: Rule, named: int) -> str | None:
    return None if named == NOT_NAMED or isinstance(rule, Geofence) else rule.named(named)
