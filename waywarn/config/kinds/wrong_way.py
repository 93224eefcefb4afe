"""``kind = "wrong_way"``: a device travels its path backwards; its table, its rules and what they say."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path as File
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from waywarn.config.amounts import distance, in_a_row
from waywarn.config.kinds.along_path import CORRIDOR_NUMBERS, AlongPathConfig, one_path
from waywarn.config.kinds.ground import Ground
from waywarn.config.kinds.numbers import Angle
from waywarn.config.lines import Location
from waywarn.config.references import PathFile
from waywarn.config.table import Count, Duration, Metres

if TYPE_CHECKING:
    from rules import WrongWay


class WrongWayConfig(AlongPathConfig):
    """Which device goes which path in its direction."""

    NUMBERS: ClassVar[tuple[str, ...]] = (
        *CORRIDOR_NUMBERS,
        "back_m",
        "angle_deg",
        "confirm_fixes",
        "confirm_s",
        "default_accuracy_m",
    )

    path: PathFile = Field(description='name the path\'s file, for example "school.geojson"')
    back_m: Metres = None
    angle_deg: Angle = None
    confirm_fixes: Count = None
    confirm_s: Duration = None

    def path_files(self) -> Iterator[tuple[Location, File]]:
        """Give the file of its path, with its key."""
        yield from one_path(self.path)

    def maker(self, name: str, ground: Ground) -> "Callable[..., WrongWay]":  # noqa: ARG002 (as of every kind)
        """Give what makes the rule of a device."""
        from rules import WrongWay

        (corridor,) = self.corridors(ground)
        return partial(WrongWay, corridor=corridor, **self.arguments())

    def about(self, rule: Any) -> str:  # noqa: ARG002 (as of every kind)
        """Say in a few words what the rule is about."""
        return f"{self.who} goes its path in its direction"

    def says(self, rule: Any) -> Iterator[str]:
        """Tell what will be said, and when."""
        many = in_a_row(rule.confirm_fixes, rule.confirm_s)
        back = f"{distance(rule.back_m)} or more behind the farthest place reached"
        yield f"wrong way: {many} on the path, {back}"
        yield f"where a fix states its course, only if that is over {rule.angle_deg:g} degrees off the path's"
        yield "right way: as many that say otherwise"
