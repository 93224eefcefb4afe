"""Slow and plain oracles of the rules about silence, arrival and movement: whole histories, no state kept.

They write what `tests.rules.watch_drive.told` writes. Times are seconds since `START`.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from pyproj import Geod

from corridor.normal import normal_in_circle
from rules import Arrival, Movement, Must, Silence
from tests.rules.ground import START, lon_lat

Span = tuple[float, float]
WGS84 = Geod(ellps="WGS84")


class Seen(NamedTuple):
    """A fix."""

    time: float
    east_m: float
    accuracy_m: float


def spans_of(rule: Silence | Arrival | Movement, first: float, last: float) -> list[Span]:
    """Give the openings of a rule that was looked at first and last at these instants."""
    if rule.window is None:
        return [(first, math.inf)]
    known = {span for block in (0, 1) for span in rule.window.openings(int(START // (32 * 86_400)) + block)}
    spans = sorted((opens - START, closes - START) for opens, closes in known)
    return [(max(opens, first), closes) for opens, closes in spans if closes > first and opens <= last]


# Silence


def silence(rule: Silence, fixes: Sequence[Seen], span: Span, last: float) -> Iterator[str]:
    """Say what happens in one opening, up to the instant `last`."""
    opens, closes = span
    inside = [seen for seen in fixes if opens <= seen.time < closes]
    before = [seen.time for seen in fixes if seen.time < opens]
    heard = before[-1] if before else opens
    counted, alarm, vague = opens, "", list[float]()
    since = 0.0
    for seen in [*inside, None]:
        due = counted + (math.inf if rule.silence_s is None else rule.silence_s)
        after = [
            other.time for other in fixes if other.time >= opens and other.time > counted - (counted == opens)
        ]
        following = seen.time if seen else min((time for time in after if time >= closes), default=math.inf)
        if due <= min(closes, last) and due < following:
            if alarm:
                yield f"ended no_fix @{due:.10g} of {since:.10g}"
            yield f"silent no_fix @{due:.10g}"
            alarm, since, vague = "silent", heard, []
        if seen is None:
            break
        is_vague = rule.vague_s is not None and seen.accuracy_m > rule.vague_m
        if alarm == "silent":
            yield f"heard {'vague_fixes' if is_vague else 'fix_came'} @{seen.time:.10g} of {since:.10g}"
            alarm = ""
        if alarm and not is_vague:
            yield f"clear_enough fix_came @{seen.time:.10g} of {since:.10g}"
            alarm = ""
        vague = [*vague, seen.time] if is_vague else []
        if vague and not alarm and rule.vague_s is not None and seen.time - vague[0] >= rule.vague_s:
            yield f"too_vague vague_fixes @{seen.time:.10g}"
            alarm, since = "too_vague", vague[0]
        counted = heard = seen.time
    if alarm and closes <= last:
        yield f"ended window_closed @{closes:.10g} of {since:.10g}"


# Arrival


def arrival(rule: Arrival, fixes: Sequence[Seen], spans: Sequence[Span], last: float) -> Iterator[str]:
    """Say what happens in all openings; within 50 m of 0 is inside, and over 500 m of accuracy is unknown."""
    for (opens, closes), (anew, _) in pairwise([*spans, (math.inf, math.inf)]):
        before = [seen for seen in fixes if seen.time < opens][-1:]
        first = [seen._replace(time=opens) for seen in before if opens - seen.time <= rule.recent_s]
        if any(seen.time == opens for seen in fixes):
            first = []
        until = closes if rule.must is Must.STAY else anew
        here = first + [seen for seen in fixes if opens <= seen.time < until]
        sure = [(time, inside, since) for time, inside, since in _sure(rule, here) if time <= last]
        yield from (_stay if rule.must is Must.STAY else _deadline)(rule, sure, (opens, closes), anew, last)


def _deadline(
    rule: Arrival, sure: list[tuple[float, bool, float]], span: Span, anew: float, last: float
) -> Iterator[str]:
    closes = span[1]
    wanted = rule.must is Must.ARRIVE
    met = False
    for time, inside, _ in sure:
        if time >= closes:
            break
        if wanted and inside and not met:
            yield f"arrived seen_inside @{time:.10g}"
        met = met or inside if wanted else not inside
    if met or closes > last:
        return
    yield f"not_{'arrived' if wanted else 'left'} deadline @{closes:.10g}"
    good = [time for time, inside, _ in sure if time >= closes and inside == wanted]
    if good:
        yield f"made_good seen_{'inside' if wanted else 'outside'} @{good[0]:.10g} of {closes:.10g}"
    elif anew <= last:
        yield f"ended window_closed @{anew:.10g} of {closes:.10g}"


def _stay(
    rule: Arrival,  # noqa: ARG001 (as `_deadline`)
    sure: list[tuple[float, bool, float]],
    span: Span,
    anew: float,  # noqa: ARG001
    last: float,
) -> Iterator[str]:
    out, begun = False, 0.0
    for time, inside, since in sure:
        if out and inside:
            yield f"made_good seen_inside @{time:.10g} of {begun:.10g}"
        if not out and not inside:
            yield f"not_inside seen_outside @{time:.10g}"
            begun = since
        out = not inside
    if out and span[1] <= last:
        yield f"ended window_closed @{span[1]:.10g} of {begun:.10g}"


def _sure(rule: Arrival, fixes: Sequence[Seen]) -> Iterator[tuple[float, bool, float]]:
    """Give the fixes at which it is sure whether the device is inside, with the first of their run."""
    run = list[Seen]()
    for seen in fixes:
        if seen.accuracy_m > 500:
            continue
        if run and (abs(run[-1].east_m) < 50) != (abs(seen.east_m) < 50):
            run = []
        run.append(seen)
        if len(run) >= rule.confirm_fixes and seen.time - run[0].time >= rule.confirm_s:
            yield seen.time, abs(seen.east_m) < 50, run[0].time


# Movement


def movement(rule: Movement, fixes: Sequence[Seen], span: Span, last: float) -> Iterator[str]:
    """Say what happens in one opening."""
    opens, closes = span
    before = [seen for seen in fixes if seen.time < opens][-1:]
    place = next((seen for seen in before if opens - seen.time <= rule.recent_s), None)
    run, begun, moved = list[float](), 0.0, False
    for seen in fixes:
        if not opens <= seen.time < closes:
            continue
        if place is None:
            place = seen
            continue
        away, within = _away(rule, place, seen)
        better = place.accuracy_m > rule.move_m and place.accuracy_m > seen.accuracy_m
        if not moved:
            run = [*run, seen.time] if away else [] if within else run
            moved = away and len(run) >= rule.confirm_fixes and seen.time - run[0] >= rule.confirm_s
            if moved:
                yield f"moved confirmed @{seen.time:.10g}"
                begun, run = run[0], []
            place = seen if moved or (better and not away) else place
            continue
        if away or (_apart_m(place, seen) > rule.move_m >= seen.accuracy_m):
            place = seen
            continue
        place = seen if better else place
        if within and seen.time - place.time >= rule.rest_s:
            yield f"still confirmed @{seen.time:.10g} of {begun:.10g}"
            moved = False
    if moved and closes <= last:
        yield f"ended window_closed @{closes:.10g} of {begun:.10g}"


def _away(rule: Movement, place: Seen, seen: Seen) -> tuple[bool, bool]:
    sigma_m = math.sqrt(place.accuracy_m**2 + seen.accuracy_m**2) / 2.4477
    apart_m = _apart_m(place, seen)
    beyond = 0.5 * math.erfc((rule.move_m - apart_m) / sigma_m / math.sqrt(2))
    return beyond >= rule.raise_probability, normal_in_circle(apart_m, rule.move_m, sigma_m) >= 0.5


def _apart_m(one: Seen, other: Seen) -> float:
    return float(WGS84.inv(*lon_lat(one.east_m, 0), *lon_lat(other.east_m, 0))[2])
