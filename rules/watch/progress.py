"""The progress rule: a device stalls on its path or is late on it, and when it will arrive.

The machine is ``progress_table.py``, the compiled code that reads a fix ``judge_progress.py``.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from corridor.expected import times_along
from rules.errors import RuleError
from rules.ranges import Numbers, check_numbers
from rules.schedule import Schedule
from rules.watch.row import Watching
from rules.watch.watch import Watch
from rules.window import Window

if TYPE_CHECKING:
    from corridor import Corridor
    from rules.watch.book import Shelf

MAX_WAIT_S = 7 * 86_400.0
MAX_POINTS = 250  # those passed are counted in one byte
_WAIT = Numbers(low=0.0, high=MAX_WAIT_S, open_low=True, optional=True)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_NOT_NAMED = -1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Progress(Watch):
    """Tell when a device stalls on its path, is late on it, and when it will be at its end.

    The trip begins when the device was last seen where it was first seen on the path, once two fixes are
    away from there. When it will be at the end is worked out as in `corridor.expected_at`, and told with all
    that is said. A fix outside of the corridor, or vaguer than the corridor is wide, says nothing; time goes
    on.

    Parameters
    ----------
    corridor
        The path, with times if lateness is asked for, and its half width.
    stall_s, stall_m
        Within `stall_m` along the path for `stall_s`, the accuracies taken off, and not at its end: stalled.
        None: not asked.
    late_s
        Expected at the end so much later than the path's own times say (from the start of the trip, or from
        `departs` on): late, and so if nothing is heard of it until then. On time again when expected at most
        half as late. None: not asked.
    departs
        Local time of day at which the path's times begin, as ``07:10`` in the window's zone, on the day on
        which that is nearest to the first fix; by default they begin when the device sets out.
    points
        Named places by metres along the path; passing one is told, with the lateness there.
    end_grace_m
        How near the path's end, along it, the device has arrived.

    Raises
    ------
    RuleError
        A number out of its range; lateness of a path without times; `departs` without a window, whose zone
        it is in; a point beyond the path's end.
    """

    KIND: ClassVar[Watching] = Watching.PROGRESS
    RANGES: ClassVar[Mapping[str, Numbers]] = {
        "stall_s": _WAIT,
        "stall_m": Numbers(low=0.0, high=50_000.0, open_low=True),
        "late_s": _WAIT,
        "end_grace_m": Numbers(low=0.0, high=50_000.0, open_low=True),
    }

    name: str = "progress"
    corridor: "Corridor"
    stall_s: float | None = 300.0
    stall_m: float = 30.0
    late_s: float | None = None
    departs: str | None = None
    points: Mapping[str, float] = field(default_factory=dict)
    end_grace_m: float = 100.0

    def __post_init__(self) -> None:
        super(Progress, self).__post_init__()
        path = self.corridor.path
        if self.late_s is not None and path.elapsed_s is None:
            raise RuleError(f"{self.where}: late_s is {self.late_s:g}, but {path.name} has no times")
        if self.departs is not None and not (
            isinstance(self.departs, str) and _CLOCK.fullmatch(self.departs)
        ):
            raise RuleError(f"{self.where}: departs is {self.departs!r}; expected a time of day as 07:10")
        if self.departs is not None and self.window is None:
            raise RuleError(f"{self.where}: departs needs a window: it is in the window's time zone")
        if len(self.points) > MAX_POINTS:
            raise RuleError(f"{self.where}: {len(self.points)} points; at most {MAX_POINTS} are counted")
        for point, along_m in self.points.items():
            what = f'{self.where}: point "{point}"'
            check_numbers(what, _Point(along_m), {"along_m": Numbers(low=0.0, high=self.corridor.length_m)})

    @property
    def departures(self) -> Schedule | None:
        """Give when the path's times begin: an opening of a minute each day."""
        if self.departs is None or self.window is None:
            return None
        hour, minute = map(int, self.departs.split(":"))
        until = f"{hour + (minute == 59):02}:{(minute + 1) % 60:02}"
        return Window.parse(f"daily {self.departs}-{until}", zone=self.window.zone)

    def fill(self, row: Any, shelf: "Shelf") -> None:
        """Write the rule's numbers into a row of WATCH_RULE; points are the named ones, then the times."""
        super(Progress, self).fill(row, shelf)
        row["corridor"] = shelf.corridor(self.corridor)
        row["limit"] = math.inf if self.stall_s is None else self.stall_s
        row["second_limit"] = self.stall_m
        row["third_limit"] = math.inf if self.late_s is None else self.late_s
        row["fourth_limit"] = self.end_grace_m
        row["choice"] = len(self.points)
        row["first_point"], row["end_point"] = shelf.points(self._rows())

    def named(self, number: int) -> str:
        """Give the name of a point, by its position along the path."""
        return self._sorted()[number][0]

    def _sorted(self) -> list[tuple[str, float]]:
        return sorted(self.points.items(), key=lambda point: point[1])

    def _rows(self) -> list[tuple[float, float, int]]:
        """Give rows of POINT with the path's time there; NaN, and no vertices, where it has none."""
        path = self.corridor.path
        if path.elapsed_s is None:
            return [(along_m, math.nan, number) for number, (_, along_m) in enumerate(self._sorted())]
        vertex_m, elapsed_s = times_along(path)
        times = [(along_m, time_s, _NOT_NAMED) for along_m, time_s in zip(vertex_m, elapsed_s, strict=True)]
        at_s = np.interp([along_m for _, along_m in self._sorted()], vertex_m, elapsed_s)
        points = zip(self._sorted(), at_s.tolist(), strict=True)
        return [*((point[1], time_s, number) for number, (point, time_s) in enumerate(points)), *times]


class _Point(NamedTuple):
    along_m: float
