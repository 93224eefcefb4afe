"""``kind = "geofence"``: devices enter and leave fences; its table, its rules and what they say."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from waywarn.config.amounts import count, duration, in_a_row
from waywarn.config.fields import Listing
from waywarn.config.keys import Finding, Raw, repeated
from waywarn.config.kinds.ground import Ground
from waywarn.config.kinds.in_fences import InFencesConfig
from waywarn.config.kinds.numbers import Sure, Wait
from waywarn.config.kinds.rule import Numbers
from waywarn.config.lines import Location
from waywarn.config.table import Count, Duration, Seconds

if TYPE_CHECKING:
    from rules import Geofence

USUAL = ("enter", "exit")
Said = Literal["enter", "exit", "cross", "dwell"]


class GeofenceConfig(InFencesConfig):
    """Which devices are told of as they enter and leave which fences."""

    NUMBERS: ClassVar[tuple[str, ...]] = (
        "confirm_fixes",
        "confirm_s",
        "enter_probability",
        "exit_probability",
        "dwell_s",
        "silence_s",
        "default_accuracy_m",
    )
    WAITS: ClassVar[tuple[str, ...]] = ("confirm_s", "dwell_s")

    says_kinds: Annotated[Listing[Said] | None, Field(min_length=1)] = Field(
        default=None, alias="says", description='give a list, for example ["enter", "exit", "dwell"]'
    )
    dwell_s: Wait = None
    confirm_fixes: Count = None
    confirm_s: Duration = None
    enter_probability: Sure = None
    exit_probability: Sure = None
    silence_s: Seconds = None

    @classmethod
    def contradictions(cls, place: Location, table: Raw) -> Iterator[Finding]:
        """Find that it shall say "dwell" and not after what time, or the other way about."""
        yield from super().contradictions(place, table)
        says = table.get("says", USUAL)
        yield from repeated((*place, "says"), says)
        dwells = isinstance(says, (list, tuple)) and "dwell" in says
        if dwells and "dwell_s" not in table:
            yield (*place, "says"), '"dwell" needs a dwell_s beside it', "give seconds, for example 600"
        if "dwell_s" in table and not dwells:
            yield (*place, "dwell_s"), 'needs "dwell" in says', 'write says = ["enter", "exit", "dwell"]'

    def arguments(self) -> Numbers:
        """Give what the engine's rule takes, and what shall be said."""
        if self.says_kinds is None:
            return super().arguments()
        from rules import Kind

        return {**super().arguments(), "says": frozenset(map(Kind, self.says_kinds))}

    def maker(self, name: str, ground: Ground) -> "Callable[..., Geofence]":
        """Give what makes the rule of a device, or of a pattern for many."""
        from rules import Geofence

        return partial(Geofence, self.fence_set(name, ground), **self.arguments())

    def about(self, rule: Any) -> str:
        """Say in a few words what the rule is about."""
        return f"{self.who} enters and leaves {count(len(rule.fence_set), 'fence')}"

    def says(self, rule: Any) -> Iterator[str]:
        """Tell what will be said, and when."""
        many = in_a_row(rule.confirm_fixes, rule.confirm_s)
        lines = {
            "enter": f"enter: {many} in the fence with a probability of {rule.enter_probability:g} or more",
            "exit": f"exit: {many} out of it with a probability of {rule.exit_probability:g} or more",
            "cross": "cross: it went through the fence between two fixes, neither of them in it",
            "dwell": f"dwell: it has been in the fence for {duration(self.dwell_s or 0)}",
        }
        yield from (line for said, line in lines.items() if said in (self.says_kinds or USUAL))
        yield "once each, by the fence's name; nothing stays open"
