"""What the rows of a deviation rule tell: distance, probability, the run of fixes, and what it lacks.

The machine is ``table.py``, how an input is read from a fix ``judge_corridor.py``.
"""

import math
from dataclasses import replace

from corridor.instant import format_instant
from corridor.uncertainty import CONFIDENCE_95, probability_outside_strip
from rules.deviation import Deviation, Starts
from rules.explaining.explanation import Explanation, Found, Run
from rules.explaining.moment import Moment
from rules.explaining.standing import Row
from rules.explaining.words import lacking, metres, of_run, percent, seconds
from rules.judge_corridor import REST_S, STAYED_INSIDE_FIXES, WELL_INSIDE_FIXES
from rules.snapshot import RuleKey
from rules.table import ALARM_PHASES, Phase
from rules.transition import Kind, Reason


def explain_corridor(rule: Deviation, moment: Moment, key: RuleKey, made: Explanation) -> Explanation:
    """Explain a fix that the rule was awake for; `made` has its phases."""
    before, row = moment.rows(key)
    if moment.fix is None:
        return replace(made, found=Found.NO_FIX, why=(_timer(made),))
    if row["last_time"] != moment.time:
        said = [_told(each.kind, each.reason, None) for each in moment.said_by(rule)]
        why = "asleep: this window has closed already, by a timer or a later fix"
        if rule.condition is not None:
            why = f"asleep: it is awake only while the device is {rule.condition}"
        return replace(made, found=Found.ASLEEP, why=(*said, why))
    found, probability, measured = _found(rule, row)
    run = _run(rule, row, moment.time)
    gap = _gap(rule, before, moment.time)
    state = _state(rule, row, found, moment, run)
    return replace(
        made,
        found=found,
        distance_m=float(row["last_distance_m"]),
        probability=probability,
        run=run,
        why=(measured, *gap, *state),
    )


def _found(rule: Deviation, row: Row) -> tuple[Found, float, str]:
    """Give what the fix is by itself, the probability that decides it, and both in words."""
    margin_m, accuracy_m = float(row["last_margin_m"]), float(row["last_accuracy_m"])
    sigma_m = accuracy_m / CONFIDENCE_95
    beyond = probability_outside_strip(margin_m, math.inf, sigma_m)
    outside = probability_outside_strip(margin_m, float(row["last_width_m"]), sigma_m)
    half_width_m = float(row["last_half_width_m"])
    where = (
        f"{metres(float(row['last_distance_m']))} from the path, {metres(half_width_m)} allowed, "
        f"accuracy {metres(accuracy_m)}"
    )
    if margin_m == math.inf:
        where += ", against the path's direction or out of its altitudes"
    if beyond >= rule.raise_probability:
        sure = f"outside with {percent(beyond)} (needs {percent(rule.raise_probability)})"
        return Found.OUTSIDE, beyond, f"OUTSIDE: {where}: {sure}"
    if outside <= rule.clear_probability:
        sure = f"outside with {percent(outside)} (up to {percent(rule.clear_probability)} is inside)"
        return Found.INSIDE, outside, f"INSIDE: {where}: {sure}"
    thresholds = f"{percent(rule.clear_probability)} and {percent(rule.raise_probability)}"
    why = "too vague to judge" if accuracy_m > half_width_m else "too near the edge to tell"
    sure = f"outside with {percent(beyond)}, between {thresholds}: {why}"
    return Found.UNKNOWN, beyond, f"UNKNOWN: {where}: {sure}"


def _run(rule: Deviation, row: Row, time: float) -> Run | None:
    """Give the run that leads to an alarm, or out of one."""
    lasted_s = time - float(row["run_since"])
    if row["outside_count"]:
        return Run(int(row["outside_count"]), rule.confirm_fixes, lasted_s, rule.confirm_s)
    if row["inside_count"] and row["phase"] in ALARM_PHASES:
        return Run(int(row["inside_count"]), STAYED_INSIDE_FIXES, lasted_s, rule.confirm_s)
    return None


def _gap(rule: Deviation, before: Row | None, time: float) -> tuple[str, ...]:
    if before is None or not (before["outside_count"] or before["inside_count"]):
        return ()
    silent_s = time - float(before["last_time"])
    if silent_s <= rule.silence_s:
        return ()
    return (f"{seconds(silent_s)} without a fix (over {seconds(rule.silence_s)}): counted anew",)


def _state(rule: Deviation, row: Row, found: Found, moment: Moment, run: Run | None) -> tuple[str, ...]:
    """Say what follows from the fix, or why nothing does."""
    said = moment.said_by(rule)
    phase = Phase(row["phase"])
    lines = [_told(each.kind, each.reason, run) for each in said]
    if phase is Phase.NOT_STARTED:
        return (*lines, _waiting(rule, found))
    if not lines:
        ignored = "it neither counts nor resets; " if found is Found.UNKNOWN else ""
        lines = [ignored + _standing(rule, row, phase, run)]
    return tuple(lines)


def _told(kind: Kind, reason: Reason, run: Run | None) -> str:
    counted = f": {of_run(run, 'outside')}" if run and kind is Kind.OFF_ROUTE else ""
    return f"said {kind} ({_REASONS.get(reason, reason.replace('_', ' '))}){counted}"


_REASONS = {
    Reason.FIRST_INSIDE: "the first fix inside",
    Reason.CONFIRMED: "often and long enough outside",
    Reason.BEYOND_DOUBT: "two fixes far beyond doubt",
    Reason.WELL_INSIDE: "two fixes well inside",
    Reason.STAYED_INSIDE: "long enough inside",
    Reason.END_REACHED: "at the end, most of the path behind it",
    Reason.WINDOW_CLOSED: "the window closed; no all-clear",
}


def _waiting(rule: Deviation, found: Found) -> str:
    if rule.starts is not Starts.AT_START:
        return "not started: waiting for the first fix inside"
    near = f"within {metres(rule.start_grace_m)} of the path's start"
    return f"not started: {'inside, but not' if found is Found.INSIDE else 'waiting for a fix'} {near}"


def _standing(rule: Deviation, row: Row, phase: Phase, run: Run | None) -> str:
    match phase:
        case Phase.LEAVING if run is not None:
            return f"{of_run(run, 'outside')}: {lacking(run)}"
        case Phase.OFF_ROUTE:
            since = format_instant(float(row["alarm_since"]))
            return f"the alarm is open already, since {since}: nothing more is said"
        case Phase.RETURNING:
            return _returning(rule, row, run)
        case Phase.ARRIVED:
            rest = (
                "until the window's next opening"
                if rule.window
                else f"until {seconds(REST_S)} away from the end"
            )
            return f"has arrived: the rule rests {rest}"
        case _:
            return "on route: nothing to say"


def _returning(rule: Deviation, row: Row, run: Run | None) -> str:
    well = f"{int(row['well_inside_count'])} of {WELL_INSIDE_FIXES} fixes well inside"
    stayed = f", {of_run(run, 'inside')}" if run is not None and rule.confirm_s else ""
    return f"the alarm stays open: {well}{stayed}"


def _timer(made: Explanation) -> str:
    ended = "said ended (the window closed; no all-clear)" if made.said else "the window closed"
    return f"{ended}: no fix came until its end"
