"""What is to be explained: where a device stood before and after, what came between, and what was said."""

from dataclasses import dataclass

from corridor.fix import Fix
from rules.explaining.standing import Row, Standing
from rules.rule import Rule
from rules.snapshot import RuleKey
from rules.transition import Discard, Transition


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Moment:
    """A decision about a device, whole: of a fix, of several together, or of time alone.

    Parameters
    ----------
    before, after
        Where the device stood.
    time
        Event time of the decision.
    fix
        What came; None: only time passed.
    discard
        Why it was not judged; None: it was.
    said
        What was said of the device.
    max_speed_mps
        What IMPLAUSIBLE was held against.
    """

    before: Standing
    after: Standing
    time: float
    fix: Fix | None = None
    discard: Discard | None = None
    said: tuple[Transition, ...] = ()
    max_speed_mps: float = 90.0

    @property
    def device(self) -> str:
        """The device's name."""
        return self.after.device

    def said_by(self, rule: Rule) -> tuple[Transition, ...]:
        """Give what a rule said."""
        return tuple(each for each in self.said if each.rule == rule.name)

    def rows(self, key: RuleKey) -> tuple[Row | None, Row]:
        """Give the row of a rule before, if it is kept, and after."""
        return self.before.rows.get(key), self.after.rows[key]

    def key_of(self, rule: Rule) -> RuleKey | None:
        """Give the key of a rule as it was; None where nothing is kept of it."""
        return self.after.key_of(rule.name) or self.before.key_of(rule.name)
