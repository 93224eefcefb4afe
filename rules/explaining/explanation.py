"""What is said of one rule at one moment: what the fix was found to be, the phases, the evidence, and why.

How it is made of rows is ``explain.py`` and a file for each group of kinds; how it is shown is the
application's.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from rules.transition import Kind


class Found(StrEnum):
    """What a fix is by itself under a rule."""

    OUTSIDE = "outside"
    INSIDE = "inside"
    HOLDS = "holds"  # what the rule watches: too fast, the wrong way, too far
    HOLDS_NOT = "holds_not"
    UNKNOWN = "unknown"  # too vague, or too little to say: neither counts nor resets
    ASLEEP = "asleep"  # the rule is
    DISCARDED = "discarded"  # the fix is judged by no rule
    NO_FIX = "no_fix"  # time passed, and nothing else
    NOT_KEPT = "not_kept"  # nobody knows any more


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive fixes that say the same, and how many of them over how long are needed."""

    fixes: int
    needed_fixes: int
    lasted_s: float
    needed_s: float

    @property
    def is_enough(self) -> bool:
        """Whether they confirm."""
        return self.fixes >= self.needed_fixes and self.lasted_s >= self.needed_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a rule did what it did.

    Parameters
    ----------
    rule, device
        Names.
    found
        What the fix is by itself.
    before, after
        The machine's phases, in lower case; None where they are not kept.
    distance_m
        To the path, or to the edge of a fence, inside negative; NaN where neither was measured.
    probability
        What was held against the rule's own: that the device is outside, or in the fence, or that the
        condition holds; NaN where none was worked out.
    run
        The fixes that would confirm, or did; None where none are counted.
    alarm_was_open, alarm_open
        Whether an alarm of the rule was open before, and is after.
    said
        What was said at that moment.
    why
        Sentences.
    """

    rule: str
    device: str
    found: Found
    before: str | None = None
    after: str | None = None
    distance_m: float = math.nan
    probability: float = math.nan
    run: Run | None = None
    alarm_was_open: bool = False
    alarm_open: bool = False
    said: tuple[Kind, ...] = ()
    why: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Give the wire form; what is not known is not there."""
        run = self.run
        wire: dict[str, object] = {
            "device": self.device,
            "rule": self.rule,
            "found": self.found.value,
            "before": self.before,
            "after": self.after,
            "distance_m": _stated(self.distance_m, 3),
            "probability": _stated(self.probability, 6),
            "fixes": run and run.fixes,
            "needed_fixes": run and run.needed_fixes,
            "lasted_s": run and round(run.lasted_s, 3),
            "needed_s": run and run.needed_s,
            "alarm_open": self.alarm_open,
            "said": [kind.value for kind in self.said],
            "why": list(self.why),
        }
        return {key: value for key, value in wire.items() if value is not None}


def _stated(number: float, digits: int) -> float | None:
    return round(number, digits) if math.isfinite(number) else None
