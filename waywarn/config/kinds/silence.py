"""``kind = "silence"``: nothing comes from a device, or too little; its table, its rules, its words."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from waywarn.config.amounts import distance, duration
from waywarn.config.kinds.along_path import AlongPathConfig
from waywarn.config.kinds.ground import Ground
from waywarn.config.kinds.numbers import Apart, Wait
from waywarn.config.kinds.rule import USUAL_INTERVAL_S, Beside, ConditionalConfig, Doubt

if TYPE_CHECKING:
    from rules import Silence

NEVER_INSIDE = 2.62  # half widths: with more accuracy no fix is INSIDE in the middle (docs/decisions/0022)


class SilenceConfig(ConditionalConfig):
    """Which device must be heard of, and well enough to be judged."""

    NUMBERS: ClassVar[tuple[str, ...]] = ("silence_s", "vague_s", "vague_m", "default_accuracy_m")
    WAITS: ClassVar[tuple[str, ...]] = ("silence_s", "vague_s")

    silence_s: Wait = None
    vague_s: Wait = None
    vague_m: Apart = None

    def maker(self, name: str, ground: Ground) -> "Callable[..., Silence]":  # noqa: ARG002 (as of every kind)
        """Give what makes the rule of a device."""
        from rules import Silence

        return partial(Silence, **self.arguments())

    def about(self, rule: Any) -> str:  # noqa: ARG002 (as of every kind)
        """Say in a few words what the rule is about."""
        return f"{self.who} must be heard of"

    def says(self, rule: Any) -> Iterator[str]:
        """Tell what will be said, and when."""
        since = ", counted from its last or from the beginning of the hours" if self.when else ""
        yield f"silent: no fix came for {duration(rule.silence_s)}{since}"
        yield "heard: one comes again"
        vague = f"no better than {distance(rule.vague_m)}"
        yield f"too vague: fixes came for {duration(rule.vague_s)}, and all were {vague}"
        yield "a fix worse than 2.6 half widths is never inside its corridor, so no other rule would tell"
        yield "clear enough: one is better again"

    def doubts(self, beside: Beside) -> Iterator[Doubt]:
        """Find a patience shorter than a device's, and fixes that no rule judges and nobody is told of."""
        yield from super().doubts(beside)
        silence_s = self.in_force().get("silence_s")
        if silence_s is not None and silence_s < USUAL_INTERVAL_S:
            usual = f"the {USUAL_INTERVAL_S:g} s at which a resting device publishes"
            mend = "three of its intervals are a good beginning"
            yield (
                ("silence_s",),
                f"{silence_s:g} s is shorter than {usual}: a good one is called silent",
                mend,
            )
        yield from self._blind(beside)

    def _blind(self, beside: Beside) -> Iterator[Doubt]:
        vague_m = self.in_force().get("vague_m", 80.0)
        for other, rule in beside.rules.items():
            width_m = (
                rule.half_width() if isinstance(rule, AlongPathConfig) and any(rule.path_files()) else None
            )
            together = any(map(rule.watches, beside.devices))
            if together and isinstance(width_m, (int, float)) and vague_m > NEVER_INSIDE * width_m:
                problem = f"a fix good to {vague_m:g} m is not too vague here, "
                problem += f"but never inside the {width_m:g} m of rule {other}"
                yield ("vague_m",), problem, f"give at most {int(NEVER_INSIDE * width_m)} (2.6 half widths)"
