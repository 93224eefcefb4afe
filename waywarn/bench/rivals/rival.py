"""What a rival is to a row: a name, what it answers for which fixes, and what it needs to be installed.

How answers are compared is for the rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from typing import Any

import numpy.typing as npt

from waywarn.bench.ground import Ints
from waywarn.bench.race import Contestant


class Answers(StrEnum):
    """What a rival can say of a fix."""

    DISTANCE = "distance"  # metres to the path of its device
    ALONG = "along"  # metres along that path
    INSIDE = "inside"  # whether within the half width of that path
    NEAREST = "nearest"  # metres to the nearest path of all
    EVENTS = "events"  # what was entered and left, as in `fence_oracle.Events`
    POINTS = "points"  # nothing: a part of the work, told apart


@dataclass(frozen=True, slots=True)
class Rival:
    """Somebody who measures fixes.

    Parameters
    ----------
    name
        As in the table.
    says
        What it answers.
    run
        Gives (K,) answers.
    rows
        (K,) of which fixes.
    note
        What to know of it.
    """

    name: str
    says: Answers
    run: Callable[[], npt.NDArray[Any]]
    rows: Ints
    note: str = ""

    def contestant(self) -> Contestant:
        """Give what can be timed."""
        return Contestant(self.name, lambda _: self.run(), len(self.rows), note=self.note)


def missing(*modules: str) -> str:
    """Name the first module that is not installed; empty where all are."""
    return next((f"{name} is not installed" for name in modules if find_spec(name) is None), "")
