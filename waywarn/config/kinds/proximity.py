"""``kind = "proximity"``: two devices too far apart, or too near; its table, its rules and what they say."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from waywarn.config.amounts import distance, duration, in_a_row
from waywarn.config.keys import Finding, Raw, exactly_one
from waywarn.config.kinds.ground import Ground
from waywarn.config.kinds.numbers import Apart, Raise
from waywarn.config.kinds.rule import USUAL_INTERVAL_S, Beside, ConditionalConfig, Doubt
from waywarn.config.lines import Location
from waywarn.config.references import DeviceName
from waywarn.config.table import Count, Duration, Seconds

if TYPE_CHECKING:
    from rules import Proximity

APART = ("farther_m", "nearer_m")


class ProximityConfig(ConditionalConfig):
    """Which device keeps near to which other, or away from it."""

    NUMBERS: ClassVar[tuple[str, ...]] = (
        *APART,
        "raise_probability",
        "max_age_s",
        "confirm_fixes",
        "confirm_s",
        "default_accuracy_m",
    )

    other: DeviceName = Field(description="name one of [devices.NAME]")
    farther_m: Apart = None
    nearer_m: Apart = None
    raise_probability: Raise = None
    max_age_s: Seconds = None
    confirm_fixes: Count = None
    confirm_s: Duration = None

    @classmethod
    def contradictions(cls, place: Location, table: Raw) -> Iterator[Finding]:
        """Find that neither or both of its limits are given."""
        yield from super().contradictions(place, table)
        yield from exactly_one(place, table, APART)
        listed = table.get("devices")
        named = (table.get("device"), *(listed if isinstance(listed, list) else ()))
        if "other" in table and table["other"] in named:
            yield (*place, "other"), "is the device itself", "name another"

    def judges(self, device: str) -> bool:
        """Whether a device that follows the rule can be judged by it: the other one of a pattern cannot."""
        return device != self.other

    def maker(self, name: str, ground: Ground) -> "Callable[..., Proximity]":  # noqa: ARG002 (as of every kind)
        """Give what makes the rule of a device."""
        from rules import Proximity

        return partial(Proximity, other=self.other, **self.arguments())

    def about(self, rule: Any) -> str:
        """Say in a few words what the rule is about."""
        far = f"no farther than {distance(rule.farther_m)} from" if rule.farther_m else ""
        return f"{self.who} {far or f'no nearer than {distance(rule.nearer_m)} to'} {rule.other}"

    def says(self, rule: Any) -> Iterator[str]:
        """Tell what will be said, and when."""
        many = in_a_row(rule.confirm_fixes, rule.confirm_s, what="comparison", several="comparisons")
        sure = f"with a probability of {rule.raise_probability:g} or more"
        if rule.farther_m:
            yield f"too far: {many} say over {distance(rule.farther_m)} {sure}"
        else:
            yield f"too near: {many} say under {distance(rule.nearer_m)} {sure}"
        yield "distance ok: as many that say otherwise"
        yield f"fixes of the two that lie over {duration(rule.max_age_s)} apart are not compared"

    def doubts(self, beside: Beside) -> Iterator[Doubt]:
        """Find that fixes of the two may never lie near enough in time."""
        yield from super().doubts(beside)
        max_age_s = self.in_force().get("max_age_s")
        if max_age_s is not None and max_age_s < USUAL_INTERVAL_S:
            usual = f"the {USUAL_INTERVAL_S:g} s at which a resting device publishes"
            mend = "give that at least; fixes of the two are seldom compared"
            yield ("max_age_s",), f"{max_age_s:g} s is shorter than {usual}", mend
