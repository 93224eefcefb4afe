"""``kind = "speed"``: a device is faster than allowed; its table, its rules and what they say."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path as File
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from waywarn.config.amounts import MPS_PER_KMH, distance, in_a_row, speed
from waywarn.config.fields import Listing, wrong
from waywarn.config.keys import Finding, Raw, exactly_one, needed
from waywarn.config.kinds.along_path import CORRIDOR_NUMBERS, AlongPathConfig, one_path
from waywarn.config.kinds.ground import FaultError, Ground
from waywarn.config.kinds.numbers import Along, Kmh, Mps
from waywarn.config.kinds.rule import Beside, Doubt, Numbers
from waywarn.config.lines import Location
from waywarn.config.references import PathFile
from waywarn.config.table import Count, Duration, Seconds, Table

if TYPE_CHECKING:
    from corridor import Path
    from rules import Speed

LIMITS = ("limit_kmh", "limit_mps")
IMPLAUSIBLE_MPS = 90.0  # the engine's own: faster is a fault of the fix, and discarded
MAX_STRETCHES = 10_000


class StretchConfig(Table):
    """One of ``stretches = [{ from_m = 0, to_m = 800, limit_kmh = 30 }]``."""

    from_m: Along = Field(description="give metres along the path, for example 0")
    to_m: Along = Field(description="give metres along the path, for example 800")
    limit_kmh: Kmh = None
    limit_mps: Mps = None

    def in_mps(self) -> float:
        """Give its limit in metres a second."""
        return self.limit_mps or (self.limit_kmh or 0.0) * MPS_PER_KMH  # one is given: `contradictions`


def _in_order(stretches: tuple[StretchConfig, ...]) -> tuple[StretchConfig, ...]:
    end_m = 0.0
    for stretch in stretches:
        span = f"from {stretch.from_m:g} to {stretch.to_m:g} m"
        if not stretch.from_m < stretch.to_m:
            raise wrong(f"the stretch {span} has no length", "give the beginning first")
        if stretch.from_m < end_m:
            raise wrong(
                f"the stretch {span} begins before the one above ends ({end_m:g} m)", "set them apart"
            )
        end_m = stretch.to_m
    return stretches


class SpeedConfig(AlongPathConfig):
    """Which device goes how fast at most, everywhere and on stretches of a path."""

    NUMBERS: ClassVar[tuple[str, ...]] = (
        *LIMITS,
        *CORRIDOR_NUMBERS,
        "confirm_fixes",
        "confirm_s",
        "silence_s",
        "default_accuracy_m",
    )

    limit_kmh: Kmh = None
    limit_mps: Mps = None
    path: PathFile | None = Field(
        default=None, description='name the path\'s file, for example "round.geojson"'
    )
    stretches: Annotated[
        Listing[StretchConfig], Field(max_length=MAX_STRETCHES), AfterValidator(_in_order)
    ] = Field(default=(), description="give a list of { from_m = 0, to_m = 800, limit_kmh = 30 }")
    confirm_fixes: Count = None
    confirm_s: Duration = None
    silence_s: Seconds = None

    @classmethod
    def contradictions(cls, place: Location, table: Raw) -> Iterator[Finding]:
        """Find that there is no limit, or two of one thing, or a path for nothing."""
        yield from super().contradictions(place, table)
        yield from exactly_one(place, table, LIMITS, or_else="preset")
        yield from needed(place, table, "stretches", "path", expected="their metres are counted along it")
        yield from needed(place, table, "path", "stretches", expected="nothing else is asked of it")
        stretches = table.get("stretches")
        for position, stretch in enumerate(stretches if isinstance(stretches, list) else ()):
            if isinstance(stretch, dict):
                yield from exactly_one((*place, "stretches", position), stretch, LIMITS)

    def path_files(self) -> Iterator[tuple[Location, File]]:
        """Give the file of its path, with its key, if it has one."""
        yield from one_path(self.path)

    def of_preset(self) -> Numbers:
        """Give the numbers of its preset, without its limit where the file states one."""
        said = self.limit_kmh is not None
        return {key: value for key, value in super().of_preset().items() if not (said and key == "limit_mps")}

    def shown(self, rule: Any) -> Numbers:
        """Give every number in force, the limit as it was given."""
        hidden = "limit_mps" if self.limit_kmh is not None else "limit_kmh"
        return {key: value for key, value in super().shown(rule).items() if key != hidden}

    def arguments(self) -> Numbers:
        """Give what the engine's rule takes, its limits in metres a second."""
        from rules import SpeedStretch

        arguments = super().arguments()
        limit_kmh = arguments.pop("limit_kmh", None)
        if limit_kmh is not None:
            arguments["limit_mps"] = limit_kmh * MPS_PER_KMH
        stretches = tuple(SpeedStretch(each.from_m, each.to_m, each.in_mps()) for each in self.stretches)
        return {**arguments, "stretches": stretches}

    def maker(self, name: str, ground: Ground) -> "Callable[..., Speed]":  # noqa: ARG002 (as of every kind)
        """Give what makes the rule of a device."""
        from rules import Speed

        corridor = next(iter(self.corridors(ground)), None)
        if corridor is not None:
            self._check(corridor.path)
        return partial(Speed, corridor=corridor, **self.arguments())

    def _check(self, path: "Path") -> None:
        for position, stretch in enumerate(self.stretches):
            if stretch.to_m > path.length_m:
                raise FaultError(
                    ("stretches", position, "to_m"),
                    f"{stretch.to_m:g} m is beyond the end of {path.name} ({path.length_m:.0f} m)",
                )

    def about(self, rule: Any) -> str:
        """Say in a few words what the rule is about."""
        return f"{self.who} goes no faster than {speed(rule.limit_mps)}"

    def says(self, rule: Any) -> Iterator[str]:
        """Tell what will be said, and when."""
        many = in_a_row(rule.confirm_fixes, rule.confirm_s)
        yield f"speeding: {many} faster than {speed(rule.limit_mps)}"
        for stretch in rule.stretches:
            span = f"{distance(stretch.from_m)} to {distance(stretch.to_m)}"
            yield f"from {span} along the path: faster than {speed(stretch.limit_mps)}"
        yield "speed ok: as many that are not"

    def doubts(self, beside: Beside) -> Iterator[Doubt]:
        """Find limits above what the preset moves at, or above what any fix is believed."""
        yield from super().doubts(beside)
        key, limit_mps = (
            ("limit_kmh", self.limit_kmh * MPS_PER_KMH) if self.limit_kmh else ("limit_mps", self.limit_mps)
        )
        usual_mps = super().of_preset().get("limit_mps")
        if limit_mps is not None and limit_mps >= IMPLAUSIBLE_MPS:
            problem = f"{speed(limit_mps)} is never passed: a fix that implies it is taken for a fault"
            yield (key,), problem, f"stay below {speed(IMPLAUSIBLE_MPS)}"
        elif limit_mps is not None and usual_mps is not None and limit_mps > usual_mps:
            problem = f"{speed(limit_mps)} is more than a {self.preset} moves at ({speed(usual_mps)})"
            yield (key,), problem, "leave it out to be told of what is faster than that"
