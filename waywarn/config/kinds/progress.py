"""``kind = "progress"``: a device stalls on its path or is late; its table, its rules and what they say."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path as File
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from waywarn.config.amounts import distance, duration
from waywarn.config.fields import check_name, text_of, wrong
from waywarn.config.keys import Finding, Raw, needed
from waywarn.config.kinds.along_path import CORRIDOR_NUMBERS, AlongPathConfig, one_path
from waywarn.config.kinds.ground import FaultError, Ground
from waywarn.config.kinds.numbers import Along, Wait
from waywarn.config.kinds.rule import Numbers
from waywarn.config.lines import Location
from waywarn.config.references import PathFile
from waywarn.config.table import Metres

if TYPE_CHECKING:
    from corridor import Path
    from rules import Progress

MAX_POINTS = 250  # each is told; the engine counts those passed in one byte
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


def _clock(value: object) -> str:
    text = text_of(value)
    if not _CLOCK.fullmatch(text):
        raise wrong(f"{text[:20]!r} is not a time of day", 'write for example "07:10"')
    return text


def _point(value: object) -> str:
    return check_name(value, "point")


PointName = Annotated[str, BeforeValidator(_point)]


class ProgressConfig(AlongPathConfig):
    """Which device gets on along which path, and by when."""

    NUMBERS: ClassVar[tuple[str, ...]] = (
        *CORRIDOR_NUMBERS,
        "stall_s",
        "stall_m",
        "late_s",
        "departs",
        "end_grace_m",
        "default_accuracy_m",
    )
    WAITS: ClassVar[tuple[str, ...]] = ("stall_s", "late_s")

    path: PathFile = Field(description='name the path\'s file, for example "round.gpx"')
    stall_s: Wait = None
    stall_m: Metres = None
    late_s: Wait = None
    departs: Annotated[str, BeforeValidator(_clock)] | None = Field(
        default=None, description='write the local time as text, for example "07:10"'
    )
    points: dict[PointName, Along] | None = Field(
        default=None, max_length=MAX_POINTS, description="give metres along the path, as { bridge = 800 }"
    )
    end_grace_m: Metres = None

    @classmethod
    def contradictions(cls, place: Location, table: Raw) -> Iterator[Finding]:
        """Find a departure without a zone, or of which nothing follows."""
        yield from super().contradictions(place, table)
        yield from needed(
            place, table, "departs", "when", expected="in its hours and time_zone the trip begins"
        )
        if "late_s" not in table and not table.get("points"):
            yield from needed(place, table, "departs", "late_s", expected="nothing is late without it")

    def path_files(self) -> Iterator[tuple[Location, File]]:
        """Give the file of its path, with its key."""
        yield from one_path(self.path)

    def arguments(self) -> Numbers:
        """Give what the engine's rule takes, and the points."""
        return {**super().arguments(), **({"points": dict(self.points)} if self.points else {})}

    def maker(self, name: str, ground: Ground) -> "Callable[..., Progress]":  # noqa: ARG002 (as of every kind)
        """Give what makes the rule of a device."""
        from rules import Progress

        (corridor,) = self.corridors(ground)
        self._check(corridor.path)
        return partial(Progress, corridor=corridor, **self.arguments())

    def _check(self, path: "Path") -> None:
        if self.late_s is not None and path.elapsed_s is None:
            raise FaultError(
                "late_s", f"{path.name} has no times to be late by; record it with times, or leave this out"
            )
        for point, along_m in (self.points or {}).items():
            if along_m > path.length_m:
                raise FaultError(
                    ("points", point),
                    f"{along_m:g} m is beyond the end of {path.name} ({path.length_m:.0f} m)",
                )

    def about(self, rule: Any) -> str:  # noqa: ARG002 (as of every kind)
        """Say in a few words what the rule is about."""
        return f"{self.who} gets on along its path"

    def says(self, rule: Any) -> Iterator[str]:
        """Tell what will be said, and when."""
        if rule.stall_s is not None:
            yield f"stalled: not {distance(rule.stall_m)} farther along the path in {duration(rule.stall_s)}"
            yield "moving: it gets on again"
        if rule.late_s is not None:
            since = f"from {rule.departs} on" if rule.departs else "from the start of the trip on"
            yield f"late: looks to end over {duration(rule.late_s)} later than the path's times say, {since}"
            yield "on time: no more"
        for point, along_m in by_place(rule.points):
            yield f"passed {point}: {distance(along_m)} along the path"
        yield f"arrived: within {distance(rule.end_grace_m)} of the path's end"


def by_place(points: Mapping[str, float]) -> list[tuple[str, float]]:
    """Sort named points along the path."""
    return sorted(points.items(), key=lambda point: point[1])
