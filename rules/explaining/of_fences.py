"""What the members of a geofence rule tell: each fence that matters, how surely the device is in it.

Distances are measured again: no row keeps them. The machine is ``fence_table.py``, how an input is read from
a fix ``judge_fences.py``.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from corridor.fence_kernel import survey
from corridor.fence_probability import probability_inside_one
from corridor.uncertainty import CONFIDENCE_95
from rules.explaining.explanation import Explanation, Found, Run
from rules.explaining.moment import Moment
from rules.explaining.standing import Row
from rules.explaining.words import lacking, metres, of_run, percent, seconds
from rules.fence_table import FencePhase
from rules.geofence import Geofence
from rules.snapshot import RuleKey
from rules.state import Rows
from rules.transition import Kind
from rules.verdict import probability_beyond

MAX_TOLD = 10  # fences that contain a place or are being left; more are a number
_ROOM = 64
_OUT = FencePhase.OUT


class Place(NamedTuple):
    """A fix under a rule."""

    lon: float
    lat: float
    accuracy_m: float
    time: float


class Seen(NamedTuple):
    """A fix against one fence."""

    found: Found
    distance_m: float
    probability: float  # that the device is in it
    told: str


def explain_fences(rule: Geofence, moment: Moment, key: RuleKey, made: Explanation) -> Explanation:
    """Explain a fix that the rule was awake for."""
    if moment.fix is None:
        stayed = tuple(f"{each.fence}: said {each.kind}" for each in moment.said_by(rule))
        nothing = ("no fix came; time alone enters and leaves no fence",)
        return replace(made, found=Found.NO_FIX, why=stayed or nothing)
    place = _place(rule, moment.after.state)
    before, after = _phases(moment.before.members.get(key)), _phases(moment.after.members.get(key))
    contains, nearest = _about(rule, place)
    numbers = sorted({*before, *after, *contains}) or [nearest]
    each = {number: _seen(rule, number, place, contains) for number in numbers}
    lines = [
        line
        for number in numbers[:MAX_TOLD]
        for line in _of_fence(rule, moment, number, each[number], (before.get(number), after.get(number)))
    ]
    if len(numbers) > MAX_TOLD:
        lines.append(f"and {len(numbers) - MAX_TOLD:,} fences more")
    near = {rule.fence_set.name(number) for number in numbers}
    lines += [f"{said.fence}: said {said.kind}" for said in moment.said_by(rule) if said.fence not in near]
    first = each[numbers[0]]
    run = next((run for number in numbers if (run := _run(rule, after.get(number), place.time))), None)
    return replace(
        made,
        found=first.found,
        before=_names(before),
        after=_names(after),
        distance_m=first.distance_m,
        probability=first.probability,
        run=run,
        why=tuple(lines),
    )


def _place(rule: Geofence, state: Row) -> Place:
    stated_m = float(state["accuracy_m"])
    if stated_m < 0.0:  # not stated: minus the default of the method
        stated_m = -stated_m if rule.default_accuracy_m is None else rule.default_accuracy_m
    return Place(float(state["lon"]), float(state["lat"]), stated_m, float(state["time"]))


def _phases(members: Rows | None) -> Mapping[int, Row]:
    return {} if members is None else {int(row["fence"]): row for row in members}


def _names(members: Mapping[int, Row]) -> str:
    """Give the phase of one fence, or how many are in each."""
    if not members:
        return _OUT.name.lower()
    phases = [FencePhase(row["phase"]).name.lower() for row in members.values()]
    counts = {phase: phases.count(phase) for phase in dict.fromkeys(phases)}
    return ", ".join(phase if count == 1 else f"{phase} of {count}" for phase, count in counts.items())


def _about(rule: Geofence, place: Place) -> tuple[list[int], int]:
    """Give the fences that contain a place, and the one whose edge is nearest."""
    found = np.empty(_ROOM, dtype=np.int64)
    packed = rule.fence_set.packed
    inside, _, nearest = survey(packed, place.lon, place.lat, -1, found)
    if inside > found.size:
        found = np.empty(inside, dtype=np.int64)
        inside, _, nearest = survey(packed, place.lon, place.lat, nearest, found)
    return found[:inside].tolist(), int(nearest)


def _seen(rule: Geofence, number: int, place: Place, contains: list[int]) -> Seen:
    distance_m = rule.fence_set.distance_m(number, place.lon, place.lat)
    sigma_m = place.accuracy_m / CONFIDENCE_95
    inside = probability_inside_one(rule.fence_set.packed, number, place.lon, place.lat, sigma_m)
    accuracy = f"accuracy {metres(place.accuracy_m)}"
    if number in contains:
        where = f"{metres(abs(distance_m))} within its edge, {accuracy}: in it with {percent(inside)}"
        if place.accuracy_m == 0.0 or inside >= rule.enter_probability:
            needs = f"(needs {percent(rule.enter_probability)})"
            return Seen(Found.INSIDE, distance_m, inside, f"INSIDE: {where} {needs}")
        needs = f"(needs {percent(rule.enter_probability)}): too vague to judge"
        return Seen(Found.UNKNOWN, distance_m, inside, f"UNKNOWN: {where} {needs}")
    beyond = probability_beyond(distance_m, sigma_m)
    where = f"{metres(distance_m)} from its edge, {accuracy}: beyond it with {percent(beyond)}"
    if beyond >= rule.exit_probability:
        needs = f"(needs {percent(rule.exit_probability)})"
        return Seen(Found.OUTSIDE, distance_m, inside, f"OUTSIDE: {where} {needs}")
    needs = f"(needs {percent(rule.exit_probability)}): too vague to judge"
    return Seen(Found.UNKNOWN, distance_m, inside, f"UNKNOWN: {where} {needs}")


def _of_fence(
    rule: Geofence, moment: Moment, number: int, seen: Seen, rows: tuple[Row | None, Row | None]
) -> list[str]:
    name = rule.fence_set.name(number)
    was, phase = (_OUT if row is None else FencePhase(row["phase"]) for row in rows)
    said = [each.kind for each in moment.said_by(rule) if each.fence == name]
    lines = [f"{name}: {seen.told}", *(f"{name}: said {kind}" for kind in said)]
    if not said:
        run = _run(rule, rows[1], float(moment.after.state["time"]))
        lines.append(f"{name}: {_standing(was, phase, seen.found, run)}{_stay(rule, moment, rows[1])}")
    return lines


def _run(rule: Geofence, row: Row | None, time: float) -> Run | None:
    if row is None or not row["count"]:
        return None
    return Run(int(row["count"]), rule.confirm_fixes, time - float(row["since"]), rule.confirm_s)


def _stay(rule: Geofence, moment: Moment, row: Row | None) -> str:
    """Say for how long the device has been in a fence, where the rule tells of long stays."""
    if rule.dwell_s is None or row is None or row["phase"] == FencePhase.ENTERING:
        return ""
    if row["dwelt"]:
        return f"; {Kind.DWELL} was said of this visit"
    stayed_s = float(moment.after.state["time"] - row["entered"])
    return f"; in it for {seconds(stayed_s)}, {Kind.DWELL} comes after {seconds(rule.dwell_s)}"


def _standing(was: FencePhase, phase: FencePhase, found: Found, run: Run | None) -> str:
    ignored = "it neither counts nor resets; " if found is Found.UNKNOWN else ""
    match phase:
        case FencePhase.ENTERING | FencePhase.LEAVING if run is not None:
            what = "inside" if phase is FencePhase.ENTERING else "outside"
            return f"{ignored}{of_run(run, what)}: {lacking(run)}"
        case FencePhase.IN:
            back = " again" if was is FencePhase.LEAVING else ""
            return f"{ignored}is in it{back}: nothing to say"
        case FencePhase.OUT if was is FencePhase.ENTERING:
            return "was entering it, and is not any more: nothing was said"
        case FencePhase.OUT:
            return f"{ignored}was not in it before: nothing to say"
        case _:
            return f"{ignored}is {phase.name.lower()} it; counted anew after a gap"
