"""Golden drives of watching rules: lines of what happens, and what must be said when."""

from collections.abc import Container, Iterable

from corridor import Fix
from rules import Engine, Transition
from rules.rule import Rule
from tests.rules.ground import START, fix


def drive(rule: Rule, story: str) -> None:
    """Walk a story through an engine, line by line, and compare what is said.

    A line is ``seconds east north accuracy [speed_mps [course_deg]] | what is said`` (``-`` states none), or
    ``seconds | what is said`` for time that passes without a fix. Several things said are set apart by ``;``.
    """
    engine = Engine([rule])
    for line in filter(None, map(str.strip, story.splitlines())):
        numbers, _, said = line.partition("|")
        seconds, *place = numbers.split()
        if place:
            stated = [None if each == "-" else float(each) for each in place] + [None, None]
            east_m, north_m, accuracy_m, speed_mps, course_deg, *_ = stated
            assert east_m is not None
            assert north_m is not None
            seen = fix(
                float(seconds),
                east_m,
                north_m,
                accuracy_m=accuracy_m,
                device=rule.device,
                speed_mps=speed_mps,
                course_deg=course_deg,
            )
            step = engine.step([seen])
        else:
            step = engine.step((), now=START + float(seconds))
        assert told(step.transitions) == [each.strip() for each in said.split(";") if each.strip()], line


def told(transitions: Iterable[Transition]) -> list[str]:
    """Write each as ``kind reason @time``; what ends an alarm says when that began."""
    return [
        f"{each.kind} {each.reason} @{each.time - START:.10g}"
        + (f" of {each.starts_at - START:.10g}" if each.closes_alarm else "")
        for each in transitions
    ]


def run(rule: Rule, events: Iterable[Fix | float], cuts: Container[int] = ()) -> list[str]:
    """Give all that is said of fixes and of instants at which timers are looked at, in their order.

    The engine is saved, and another goes on from there, before each event whose number is in `cuts`.
    """
    engine, said = Engine([rule]), list[str]()
    for number, event in enumerate(events):
        if number in cuts:
            saved, engine = engine.snapshot(), Engine([rule])
            assert engine.restore(saved) == ()
        step = engine.step([event]) if isinstance(event, Fix) else engine.step((), now=START + event)
        assert not step.discard.any()
        said += told(step.transitions)
    return said
