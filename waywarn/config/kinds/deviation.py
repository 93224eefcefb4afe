"""``kind = "deviation"``: a device keeps to one of its paths; its table, its rules and what they say."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path as File
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from waywarn.config.amounts import distance, duration, in_a_row
from waywarn.config.fields import Listing
from waywarn.config.keys import Finding, Raw, exactly_one, repeated
from waywarn.config.kinds.along_path import CORRIDOR_NUMBERS, AlongPathConfig, one_path
from waywarn.config.kinds.ground import Ground
from waywarn.config.kinds.numbers import Clear, Raise
from waywarn.config.kinds.rule import Beside, Doubt
from waywarn.config.lines import Location
from waywarn.config.references import PathFile
from waywarn.config.table import Count, Duration, Metres, Seconds

if TYPE_CHECKING:
    from rules import Deviation

MAX_PATHS = 32  # each of them is measured for every fix
DEADLINES = ("arrival", "silence")  # kinds that raise an alarm when nothing comes


class DeviationConfig(AlongPathConfig):
    """Which device keeps to which path, and when an alarm rises."""

    CORRIDOR: ClassVar[tuple[str, ...]] = (*CORRIDOR_NUMBERS, "directed")
    BRANCHES: ClassVar[bool] = True
    NUMBERS: ClassVar[tuple[str, ...]] = (
        *CORRIDOR_NUMBERS,
        "directed",
        "confirm_fixes",
        "confirm_s",
        "raise_probability",
        "clear_probability",
        "starts",
        "ends",
        "start_grace_m",
        "end_grace_m",
        "skip_m",
        "silence_s",
        "default_accuracy_m",
    )

    path: PathFile | None = Field(
        default=None, description='name the path\'s file, for example "school.geojson"'
    )
    paths: Annotated[Listing[PathFile] | None, Field(min_length=1, max_length=MAX_PATHS)] = Field(
        default=None, description='give a list of legal ways, for example ["street.gpx", "park.gpx"]'
    )
    directed: bool | None = Field(default=None, description="write true or false")
    confirm_fixes: Count = None
    confirm_s: Duration = None
    raise_probability: Raise = None
    clear_probability: Clear = None
    starts: Literal["on_path", "at_start", "at_once"] | None = None
    ends: Literal["at_end", "never"] | None = None
    start_grace_m: Metres = None
    end_grace_m: Metres = None
    skip_m: Metres = None
    silence_s: Seconds = None

    @classmethod
    def contradictions(cls, place: Location, table: Raw) -> Iterator[Finding]:
        """Find that there is no path, or that both keys name some."""
        yield from super().contradictions(place, table)
        yield from exactly_one(place, table, ("path", "paths"))
        yield from repeated((*place, "paths"), table.get("paths"))

    def path_files(self) -> Iterator[tuple[Location, File]]:
        """Give the files of its paths, each with its key."""
        yield from one_path(self.path)
        yield from ((("paths", position), file) for position, file in enumerate(self.paths or ()))

    def maker(self, name: str, ground: Ground) -> "Callable[..., Deviation]":  # noqa: ARG002 (as of every kind)
        """Give what makes the rule of a device."""
        from rules import Deviation

        legal = self.corridors(ground)
        ways: Any = tuple(legal)
        if len(legal) == 1:
            ways = legal[0]
        return partial(Deviation, ways, **self.arguments())

    def about(self, rule: Any) -> str:  # noqa: ARG002 (as of every kind)
        """Say in a few words what the rule is about."""
        return f"{self.who} keeps to {'its path' if self.path else f'one of {len(self.paths or ())} paths'}"

    def says(self, rule: Any) -> Iterator[str]:
        """Tell what will be said, and when."""
        start = distance(rule.start_grace_m)
        first = {"on_path": "on the path", "at_start": f"on the path within {start} of its start"}
        if rule.starts in first:
            yield f"started: the first fix {first[rule.starts]}; before it nothing is judged"
        many = in_a_row(rule.confirm_fixes, rule.confirm_s)
        yield f"off route: {many} outside with a probability of {rule.raise_probability:g} or more"
        yield "at once: two fixes in a row more than two half widths outside"
        yield f"back on route: two fixes in a row well inside, or inside for {duration(rule.confirm_s)}"
        if self.skip_m is not None:
            yield f"skipped: a part of {distance(self.skip_m)} or more of the path was left out"
        if rule.ends == "at_end":
            end = distance(rule.end_grace_m)
            yield f"arrived: inside within {end} of the path's end, most of it behind it"

    def doubts(self, beside: Beside) -> Iterator[Doubt]:
        """Find that it waits for a start that nothing asks for, too."""
        yield from super().doubts(beside)
        if self.starts == "at_once":
            return
        deadlines = [rule for rule in beside.rules.values() if rule.kind in DEADLINES]
        alone = [device for device in beside.devices if not any(rule.watches(device) for rule in deadlines)]
        if alone:
            problem = "waits for a first fix on the path and has no deadline beside it: "
            problem += f"if {alone[0]} never gets there, nothing is raised"
            mend = 'add a rule of kind "arrival" or "silence" for it, or write starts = "at_once"'
            yield ("starts",), problem, mend
