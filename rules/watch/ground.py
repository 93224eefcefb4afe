"""What a batch is watched by: corridors, fences, openings and points, as compiled loops take them.

The loop is ``kernel.py``; what a kind does with them is its own file.
"""

from typing import Any, NamedTuple

from corridor.tables import PackedCorridors
from rules.events import Rows
from rules.timetable import Openings

Record = Any  # one row of a structured array: numpy has no type for its fields


class Ground(NamedTuple):
    """The same for all rules of an engine."""

    lines: PackedCorridors
    fence_sets: Rows  # one packed set a row
    points: Rows  # POINT
    openings: Openings


class Said(NamedTuple):
    """What was said so far: the first `filled` rows of EVENT."""

    events: Rows
    filled: int
