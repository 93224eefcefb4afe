"""``kind = "movement"``: a device moves while it should stand; its table, its rules and what they say."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from waywarn.config.amounts import distance, duration, in_a_row
from waywarn.config.kinds.along_path import narrow
from waywarn.config.kinds.ground import Ground
from waywarn.config.kinds.numbers import Raise, Wait
from waywarn.config.kinds.rule import Beside, ConditionalConfig, Doubt
from waywarn.config.table import Count, Duration, Metres

if TYPE_CHECKING:
    from rules import Movement


class MovementConfig(ConditionalConfig):
    """Which device stands, as a parked vehicle does, whenever the rule is awake."""

    NUMBERS: ClassVar[tuple[str, ...]] = (
        "move_m",
        "raise_probability",
        "confirm_fixes",
        "confirm_s",
        "rest_s",
        "default_accuracy_m",
    )
    WAITS: ClassVar[tuple[str, ...]] = ("confirm_s", "rest_s")

    move_m: Metres = None
    raise_probability: Raise = None
    confirm_fixes: Count = None
    confirm_s: Duration = None
    rest_s: Wait = None

    def maker(self, name: str, ground: Ground) -> "Callable[..., Movement]":  # noqa: ARG002 (as of every kind)
        """Give what makes the rule of a device."""
        from rules import Movement

        return partial(Movement, **self.arguments())

    def about(self, rule: Any) -> str:  # noqa: ARG002 (as of every kind)
        """Say in a few words what the rule is about."""
        return f"{self.who} stands where it is"

    def says(self, rule: Any) -> Iterator[str]:
        """Tell what will be said, and when."""
        many = in_a_row(rule.confirm_fixes, rule.confirm_s)
        yield (
            f"moved: {many} {distance(rule.move_m)} or more from where it stood, "
            f"with a probability of {rule.raise_probability:g} or more"
        )
        yield f"still: within {distance(rule.move_m)} of one place for {duration(rule.rest_s)}"

    def doubts(self, beside: Beside) -> Iterator[Doubt]:
        """Find a distance that a resting device's fixes wander over, and a watch that never ends."""
        yield from super().doubts(beside)
        move_m = self.in_force().get("move_m")
        if move_m is not None:
            yield from narrow(("move_m",), move_m, self.default_accuracy_m)
        if self.when is None and self.condition is None:
            yield (
                (),
                "watches day and night, so every trip is an alarm",
                'give hours, for example when = "daily 22:00-06:00", or while = "inside RULE"',
            )
