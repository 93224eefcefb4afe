"""Rules along a path: the corridor about it, and how it is told.

What is asked of a device there is each kind's file.
"""

from collections.abc import Iterator
from pathlib import Path as File
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from waywarn.config.amounts import distance
from waywarn.config.kinds.ground import Ground
from waywarn.config.kinds.numbers import Band
from waywarn.config.kinds.rule import Beside, ConditionalConfig, Doubt, Lines, Numbers
from waywarn.config.lines import Location
from waywarn.config.table import LEARNED, Metres, Widths
from waywarn.presets import DEFAULT_HALF_WIDTH_M

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from corridor import Corridor
    from corridor.terms import Terms

WIDTHS = ("half_width_m", "left_half_width_m")
CORRIDOR_NUMBERS = (*WIDTHS, "start_disc_m", "end_disc_m", "altitude_m")


class AlongPathConfig(ConditionalConfig):
    """What describes a corridor. The path's own key is each kind's: some have several, or may have none."""

    CORRIDOR: ClassVar[tuple[str, ...]] = CORRIDOR_NUMBERS
    BRANCHES: ClassVar[bool] = False  # whether the branches of a learned path are legal beside it

    half_width_m: Widths = None
    left_half_width_m: Widths = None
    start_disc_m: Metres = None
    end_disc_m: Metres = None
    altitude_m: Band | None = Field(default=None, description="give the band in metres, as [0, 120]")

    def half_width(self) -> object:
        """Give the half width in force, for the path or for each vertex, in metres."""
        return self.in_force().get("half_width_m", DEFAULT_HALF_WIDTH_M)

    def arguments(self) -> Numbers:
        """Give what the engine's rule takes; the other numbers are the corridor's."""
        return {key: value for key, value in super().arguments().items() if key not in self.CORRIDOR}

    def corridors(self, ground: Ground) -> "list[Corridor]":
        """Make the corridor of each path; of a learned one those of legal branches too."""
        in_force = self.in_force()
        terms = {key: in_force[key] for key in self.CORRIDOR if key in in_force and key != "half_width_m"}
        if self.half_width() == LEARNED:
            found = (ground.learned(key, file, terms) for key, file in self.path_files())
            return [corridor for each in found for corridor in (each if self.BRANCHES else each[:1])]
        return [ground.corridor(key, file, self.half_width(), terms) for key, file in self.path_files()]

    def shown(self, rule: object) -> Numbers:
        """Give every number in force; a width of no source is the default."""
        shown = {"half_width_m": self.half_width(), **super().shown(rule)}
        return shown if any(self.path_files()) else {k: v for k, v in shown.items() if k not in self.CORRIDOR}

    def ground_lines(self, name: str, rule: object, ground: Ground) -> Lines:  # noqa: ARG002 (as of every kind)
        """Tell the paths, and the corridor about them."""
        corridors = self.corridors(ground)
        if corridors:
            names = [file.name for file in self._files()]
            if self.half_width() == LEARNED:
                names = [corridor.path.name for corridor in corridors]
            yield "path" if len(corridors) == 1 else "paths", "\n".join(map(_path, names, corridors))
            # each has the same numbers; where there is one to each vertex, the paths are alike
            yield "corridor", "\n".join(_corridor(corridors[0]))

    def _files(self) -> list[File]:
        return [file for _, file in self.path_files()]

    def doubts(self, beside: Beside) -> Iterator[Doubt]:  # noqa: ARG002 (as of every kind)
        """Find half widths below what a usual fix is good for."""
        if not any(self.path_files()):
            return
        for key in WIDTHS:
            given = self.half_width() if key == "half_width_m" else self.left_half_width_m
            widths = given if isinstance(given, tuple) else (given,)
            least_m = min((width for width in widths if isinstance(width, (int, float))), default=None)
            if least_m is not None:
                yield from narrow((key,), least_m, self.default_accuracy_m)


def one_path(path: File | None) -> Iterator[tuple[Location, File]]:
    """Give the one path of a rule that has one, with its key."""
    if path is not None:
        yield ("path",), path


def narrow(key: Location, size_m: float, accuracy_m: float | None) -> Iterator[Doubt]:
    """Doubt a width or radius that is less than the accuracy of a usual fix."""
    from corridor.uncertainty import default_accuracy_m  # loads the compiler, which a publisher never needs

    likely_m = accuracy_m or default_accuracy_m(None)
    if size_m < likely_m:
        yield (
            key,
            f"{size_m:g} m is less than the accuracy of a usual fix ({likely_m:g} m)",
            "alarms will be late or missing; widen it",
        )


def _path(name: str, corridor: "Corridor") -> str:
    path = corridor.path
    return f"{name}: {distance(path.length_m)}, {len(path)} vertices"


def _corridor(corridor: "Corridor") -> Iterator[str]:
    yield _sides(corridor.terms)
    start_m, end_m = corridor.terms.grace_m
    discs = [f"{distance(m)} of its {end}" for m, end in ((start_m, "start"), (end_m, "end")) if m]
    if discs:
        yield f"inside too: within {' and '.join(discs)}"
    if corridor.terms.directed:
        yield "in the path's direction: a fix that states a course against it is outside"
    if corridor.terms.altitude_m is not None:
        low_m, high_m = corridor.terms.altitude_m
        yield f"from {low_m:g} to {high_m:g} m of altitude, where a fix states one"


def _sides(terms: "Terms") -> str:
    if terms.is_even:
        return f"{terms.widest_m:g} m to each side"
    if terms.left_m is terms.right_m:
        return f"{_span(terms.right_m)} to each side"
    return f"{_span(terms.right_m)} to the right of travel, {_span(terms.left_m)} to the left"


def _span(widths_m: "npt.NDArray[np.float64]") -> str:
    low_m, high_m = float(widths_m.min()), float(widths_m.max())
    return f"{low_m:g} m" if low_m == high_m else f"{low_m:g} to {high_m:g} m"
