"""Rules about fences: a file of them or one circle, and how they are told.

What is asked of a device there is each kind's file.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from waywarn.config.amounts import count, distance
from waywarn.config.keys import Finding, Raw, exactly_one
from waywarn.config.kinds.along_path import narrow
from waywarn.config.kinds.ground import Ground
from waywarn.config.kinds.rule import Beside, Doubt, Lines, RuleConfig
from waywarn.config.lines import Location
from waywarn.config.references import FenceFile
from waywarn.config.table import Metre, Table

if TYPE_CHECKING:
    from corridor import Fence, FenceSet

FENCES_SHOWN = 5


class CircleConfig(Table):
    """``circle = { lon = 16.37, lat = 48.2, radius_m = 80 }``: a fence that needs no file."""

    lon: float = Field(ge=-180, le=180, description="give degrees east, for example 16.3738")
    lat: float = Field(ge=-90, le=90, description="give degrees north, for example 48.2082")
    radius_m: Metre = Field(description="give metres, for example 80")


class InFencesConfig(RuleConfig):
    """What draws fences: exactly one of a file and a circle."""

    fences: FenceFile | None = Field(default=None, description='name a file, for example "school.geojson"')
    circle: CircleConfig | None = Field(
        default=None, description="write circle = { lon = 16.37, lat = 48.2, radius_m = 80 }"
    )

    @classmethod
    def contradictions(cls, place: Location, table: Raw) -> Iterator[Finding]:
        """Find that there is no fence, or two ways to draw it."""
        yield from super().contradictions(place, table)
        yield from exactly_one(place, table, ("fences", "circle"))

    def drawn(self, name: str, ground: Ground) -> "tuple[Fence, ...]":
        """Read the fences, or make the one that the table draws, which is called as the rule."""
        if self.circle is not None:
            circle = self.circle
            return ground.circle(name.replace("_", " "), circle.lon, circle.lat, circle.radius_m)
        return ground.fences("fences", self.fences) if self.fences else ()  # one is given: `contradictions`

    def fence_set(self, name: str, ground: Ground) -> "FenceSet":
        """Give the fences packed, once however many devices are watched there."""
        return ground.packed(self.drawn(name, ground))

    def ground_lines(self, name: str, rule: object, ground: Ground) -> Lines:  # noqa: ARG002 (as of every kind)
        """Tell the fences."""
        yield "fences", "\n".join(self._fences(self.drawn(name, ground)))

    def _fences(self, fences: "tuple[Fence, ...]") -> Iterator[str]:
        if self.fences is not None:
            yield f"{self.fences.name}: {count(len(fences), 'fence')}"
        for fence in fences[:FENCES_SHOWN]:
            yield f"{fence.name}: {_size(fence)}"
        if len(fences) > FENCES_SHOWN:
            yield f"and {len(fences) - FENCES_SHOWN:,} more"

    def doubts(self, beside: Beside) -> Iterator[Doubt]:
        """Find a circle below what a usual fix is good for."""
        yield from super().doubts(beside)
        if self.circle is not None:
            yield from narrow(("circle", "radius_m"), self.circle.radius_m, self.default_accuracy_m)


def _size(fence: "Fence") -> str:
    from corridor.fence_outline import size_of

    size = size_of(fence)
    shape = f"{size.vertices} vertices" if size.vertices else "a circle"
    return f"{shape}, {distance(size.across_m)} across"
