"""``kind = "arrival"``: a device must be somewhere, or gone, in time; its table, its rules, its words."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from waywarn.config.amounts import count, in_a_row
from waywarn.config.keys import Finding, Raw
from waywarn.config.kinds.ground import Ground
from waywarn.config.kinds.in_fences import InFencesConfig
from waywarn.config.kinds.numbers import Sure
from waywarn.config.kinds.rule import Beside, ConditionalConfig, Doubt
from waywarn.config.lines import Location
from waywarn.config.table import Count, Duration

if TYPE_CHECKING:
    from rules import Arrival

_DEADLINES = {
    "arrive": "not arrived: the hours are over, and it was not in {place} at any time of them",
    "leave": "not left: the hours are over, and it is in {place} still",
    "stay": "not inside: {many} out of {place} within the hours, or none in it",
}
_GOOD = {"arrive": "it comes after all", "leave": "it goes after all", "stay": "it is inside again"}
_ABOUT = {"arrive": "must arrive at", "leave": "must have left", "stay": "must stay in"}


class ArrivalConfig(ConditionalConfig, InFencesConfig):
    """Which device must be where, within which hours."""

    NUMBERS: ClassVar[tuple[str, ...]] = (
        "must",
        "confirm_fixes",
        "confirm_s",
        "inside_probability",
        "outside_probability",
        "default_accuracy_m",
    )

    must: Literal["arrive", "leave", "stay"] | None = None
    confirm_fixes: Count = None
    confirm_s: Duration = None
    inside_probability: Sure = None
    outside_probability: Sure = None

    @classmethod
    def contradictions(cls, place: Location, table: Raw) -> Iterator[Finding]:
        """Find a deadline without hours: an end of them is what it waits for."""
        yield from super().contradictions(place, table)
        if "when" not in table and table.get("must", "arrive") in ("arrive", "leave"):  # of any type as yet
            yield place, "there is no when, whose end is the deadline", 'write when = "Mon-Fri 07:00-08:15"'

    def maker(self, name: str, ground: Ground) -> "Callable[..., Arrival]":
        """Give what makes the rule of a device."""
        from rules import Arrival

        return partial(Arrival, fences=self.fence_set(name, ground), **self.arguments())

    def about(self, rule: Any) -> str:
        """Say in a few words what the rule is about."""
        hours = f" {self.when}" if self.when else ""
        return f"{self.who} {_ABOUT[rule.must]} {_place(rule)}{hours}"

    def says(self, rule: Any) -> Iterator[str]:
        """Tell what will be said, and when."""
        many = in_a_row(rule.confirm_fixes, rule.confirm_s)
        yield _DEADLINES[rule.must].format(place=_place(rule), many=many)
        yield f"made good: {_GOOD[rule.must]}"
        yield f"in: {many} with a probability of {rule.inside_probability:g} or more"
        yield f"out: {many} with a probability of {rule.outside_probability:g} or more"

    def ends_asleep(self) -> bool:
        """Whether falling asleep ends its alarm; a deadline's begins then."""
        return self.must == "stay" and super().ends_asleep()

    def doubts(self, beside: Beside) -> Iterator[Doubt]:
        """Find that a device shall stay somewhere for ever."""
        yield from super().doubts(beside)
        if self.when is None:
            yield (
                ("must",),
                "asks for it day and night",
                'give hours, for example when = "Mon-Fri 08:00-12:00"',
            )


def _place(rule: "Arrival") -> str:
    fences = rule.fences
    return f'"{fences.name(0)}"' if len(fences) == 1 else f"one of {count(len(fences), 'fence')}"
