"""`explain`: why each rule of a device did what it did at one moment.

What a kind makes of its rows is ``of_corridor.py``, ``of_fences.py`` and ``of_watch.py``; a discarded fix is
``of_discard.py``.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from corridor.instant import format_instant
from rules.deviation import Deviation
from rules.explaining.explanation import Explanation, Found
from rules.explaining.moment import Moment
from rules.explaining.of_corridor import explain_corridor
from rules.explaining.of_discard import follows_from_last, why_discarded
from rules.explaining.of_fences import explain_fences
from rules.explaining.of_watch import explain_watch, is_alarm, phase_name
from rules.geofence import Geofence
from rules.rule import Rule
from rules.snapshot import RuleKey
from rules.table import ALARM_PHASES, Phase
from rules.transition import Kind
from rules.watch.kinds import AnyWatch
from rules.watch.row import ASLEEP

CHANGED = "the rule has changed since (its path, fences or numbers): what it decided cannot be told any more"
NOT_KEPT = "nothing is kept of this rule at that moment"


def explain(rules: Sequence[Rule], moment: Moment) -> tuple[Explanation, ...]:
    """Say of each rule that is about the device why it did what it did.

    Parameters
    ----------
    rules
        As they were when it was decided; numbers that have changed since are taken as they are now.
    moment
        What was decided.

    Examples
    --------
    >>> from corridor import Corridor, Fix, Path
    >>> from rules import Deviation, Engine
    >>> from rules.explaining.standing import Standing
    >>> rule = Deviation(Corridor(Path([16.0, 16.1], [48.0, 48.0]), 40.0), "anna", starts="at_once")
    >>> engine, fix = Engine([rule]), Fix("anna", 0.0, 16.05, 48.001, accuracy_m=10.0)
    >>> before = Standing.of(engine.snapshot(), "anna")
    >>> said = engine.step([fix]).transitions
    >>> after = Standing.of(engine.snapshot(), "anna")
    >>> [why] = explain([rule], Moment(before=before, after=after, time=0.0, fix=fix, said=said))
    >>> for line in why.why:
    ...     print(line)
    OUTSIDE: 110 m from the path, 40 m allowed, accuracy 10 m: outside with over 99.9 % (needs 95 %)
    1 of 3 fixes outside over 0 of 20 s: not often and long enough yet
    """
    told_of, note = _newest(moment)
    explained = [_explain(rule, told_of) for rule in rules if _is_about(rule, moment.device)]
    return tuple(replace(each, why=(*note, *each.why)) for each in explained)


def _newest(moment: Moment) -> tuple[Moment, tuple[str, ...]]:
    """Give the moment of the newest fix that was decided; a sentence where others were with it."""
    if moment.fix is None or moment.discard is not None:
        return moment, ()
    newest = float(moment.after.state["time"])
    if moment.fix.time < newest:
        note = f"decided together with later fixes: this is told of the newest, of {format_instant(newest)}"
        return replace(moment, time=newest), (note,)
    held = int(moment.before.state["held"])
    if held and not follows_from_last(moment):
        return moment, (f"the held fixes ({held}) are believed by this one, and were judged before it",)
    return moment, ()


def _is_about(rule: Rule, device: str) -> bool:
    return rule.is_about(device) if isinstance(rule, Geofence) else rule.device == device


def _explain(rule: Rule, moment: Moment) -> Explanation:
    key = moment.key_of(rule)
    said = tuple(each.kind for each in moment.said_by(rule))
    blank = Explanation(rule=rule.name, device=moment.device, found=Found.NOT_KEPT, said=said)
    if key is None:
        return replace(blank, why=(NOT_KEPT,))
    if key.fingerprint != rule.fingerprint:
        return replace(blank, why=(CHANGED,))
    made = _phases(rule, moment, key, blank)
    if moment.discard is not None:
        return replace(made, found=Found.DISCARDED, why=(why_discarded(moment),))
    if moment.fix is None and moment.before.rows.get(key) is not None and not said:
        return replace(made, found=Found.NO_FIX, why=("no fix came, and no timer of the rule was due",))
    window = rule.window
    if window is not None and window.opening_at(moment.time) is None and _sleeps(moment, key, said):
        ended = ["said ended (the window has closed; no all-clear)"] if Kind.ENDED in said else []
        closed = f"asleep: {format_instant(moment.time)} is outside {window}"
        return replace(made, found=Found.ASLEEP, why=(*ended, closed))
    return _teller(rule)(rule, moment, key, made)


def _sleeps(moment: Moment, key: RuleKey, said: Sequence[Kind]) -> bool:
    """Tell whether a closed window sent to sleep: what it left undone may be made good later."""
    row = moment.after.rows.get(key)
    return row is None or (row["phase"] == ASLEEP and set(said) <= {Kind.ENDED})


def _teller(rule: Rule) -> "Callable[[Any, Moment, RuleKey, Explanation], Explanation]":
    if isinstance(rule, Deviation):
        return explain_corridor
    return explain_fences if isinstance(rule, Geofence) else explain_watch


def _phases(rule: Rule, moment: Moment, key: RuleKey, blank: Explanation) -> Explanation:
    """Write the phases; a geofence rule has one for each fence, which are told with them."""
    if isinstance(rule, Geofence):
        return blank
    before, after = moment.before.rows.get(key), moment.after.rows.get(key)
    after = before if after is None else after
    names = [None if row is None else _name(rule, int(row["phase"])) for row in (before, after)]
    was_open, is_open = (row is not None and _is_open(rule, int(row["phase"])) for row in (before, after))
    return replace(blank, before=names[0], after=names[1], alarm_was_open=was_open, alarm_open=is_open)


def _name(rule: Deviation | AnyWatch, phase: int) -> str:
    return Phase(phase).name.lower() if isinstance(rule, Deviation) else phase_name(rule, phase)


def _is_open(rule: Deviation | AnyWatch, phase: int) -> bool:
    return phase in ALARM_PHASES if isinstance(rule, Deviation) else is_alarm(rule, phase)
