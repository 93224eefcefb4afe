"""What the rows of a watching rule tell: whether it was awake, what was measured, the run and what it lacks.

How each kind writes what it measured is ``measured.py``; the machines are in ``rules/watch/``.
"""

from dataclasses import replace
from types import MappingProxyType

from corridor.instant import format_instant
from rules.explaining.explanation import Explanation, Found, Run
from rules.explaining.measured import WORDS, Words
from rules.explaining.moment import Moment
from rules.explaining.standing import Row
from rules.explaining.words import lacking, of_run
from rules.snapshot import RuleKey
from rules.watch.kinds import AnyWatch
from rules.watch.row import ASLEEP
from rules.watch.run import SAYS_YES
from rules.watch.tables import TABLES


def phase_name(rule: AnyWatch, phase: int) -> str:
    """Give the name of a phase of the rule's machine, in lower case."""
    table, _ = TABLES[rule.table]
    return next((each.name.lower() for each in table if each == phase), f"phase {phase}")


def is_alarm(rule: AnyWatch, phase: int) -> bool:
    """Tell whether an alarm is open in a phase."""
    return phase in TABLES[rule.table][1]


def explain_watch(rule: AnyWatch, moment: Moment, key: RuleKey, made: Explanation) -> Explanation:
    """Explain a fix, or a timer, in an opening of the rule's window."""
    before, row = moment.rows(key)
    if row["phase"] == ASLEEP and not made.said:
        return replace(made, found=Found.ASLEEP, why=(_asleep(rule, row),))
    words = WORDS[type(rule)]
    resting = words.rests and made.alarm_was_open
    found = Found.NO_FIX if moment.fix is None else _found(words, before, row)
    if resting and moment.fix is not None:
        found = words.no if made.after != "raised" else words.yes
    run = _run(rule, row, moment.time) if words.counts and not resting else None
    made = replace(made, found=found)
    measured = words.measured(rule, row, made)
    return replace(
        made,
        distance_m=float(row["last_distance_m"]),
        probability=float(row["probability"]),
        run=run,
        why=(*((measured,) if measured else ()), *_state(rule, row, made, found, run)),
    )


def _asleep(rule: AnyWatch, row: Row) -> str:
    if row["window_open"] and rule.condition is not None:
        return f"asleep: it is awake only while the device is {rule.condition}"
    return "asleep: the rule has not woken yet"


def _found(words: Words, before: Row | None, row: Row) -> Found:
    """Tell what the fix said: the run grew by it, or began with it; else it said nothing."""
    if not words.counts:
        return words.found(row)
    counted = row["count"] and (
        before is None or any(before[name] != row[name] for name in ("side", "count", "run_since"))
    )
    if not counted:
        return Found.UNKNOWN
    return words.yes if row["side"] == SAYS_YES else words.no


def _run(rule: AnyWatch, row: Row, time: float) -> Run | None:
    if not row["count"]:
        return None
    fixes, needed_s = getattr(rule, "confirm_fixes", 1), getattr(rule, "confirm_s", 0.0)
    return Run(int(row["count"]), fixes, time - float(row["run_since"]), needed_s)


def _state(rule: AnyWatch, row: Row, made: Explanation, found: Found, run: Run | None) -> tuple[str, ...]:
    """Say what follows, or why nothing does."""
    words = WORDS[type(rule)]
    counted = "" if run is None else of_run(run, words.holds if row["side"] == SAYS_YES else words.holds_not)
    if made.said:
        by_run = counted and found is not Found.NO_FIX
        return (f"said {' and '.join(made.said)}" + (f": {counted}" if by_run else ""),)
    ignored = "it neither counts nor resets; " if found is Found.UNKNOWN and words.counts else ""
    return (ignored + _standing(row, made, run, counted),)


def _standing(row: Row, made: Explanation, run: Run | None, counted: str) -> str:
    phase = made.after or ""
    if phase == "raising" and run is not None:
        return f"{counted}: {lacking(run)}"
    if phase == "clearing":
        so_far = f"{counted}: {lacking(run)}" if run is not None else "not long enough yet"
        return f"the alarm stays open: {so_far}"
    if made.alarm_open:
        since = format_instant(float(row["alarm_since"]))
        return f"the alarm is open already, since {since}: nothing more is said"
    return _QUIET.get(phase, f"{phase.replace('_', ' ')}: nothing to say")


_QUIET = MappingProxyType(
    {
        "quiet": "nothing to say",
        "owing": "not done yet; its alarm comes at the deadline",
        "met": "done: nothing to say",
        "heard": "heard: nothing to say",
        "vague": "not long enough yet: nothing to say",
        "waiting": "has not set out yet: nothing to say",
        "under_way": "under way: nothing to say",
    }
)
