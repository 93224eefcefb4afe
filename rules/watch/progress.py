"""The progress rule: a device stalls on its path or is late on it, and when it will arrive.

The machine's table and the compiled code that reads a fix are below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from rules.ranges import Numbers
from rules.watch.watch import Watch

if TYPE_CHECKING:
    from corridor import Corridor

MAX_WAIT_S = 7 * 86_400.0
_WAIT = Numbers(low=0.0, high=MAX_WAIT_S, open_low=True, optional=True)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Progress(Watch):
    """Tell when a device stalls on its path, is late on it, and when it will be at its end.

    Parameters
    ----------
    corridor
        The path, with times if lateness is asked for, and its half width.
    stall_s, stall_m
        Within `stall_m` along the path for `stall_s`, not at its end: stalled. None: not asked.
    late_s
        Expected at the end so much later than the path's own times say (from the start of the trip, or from
        `departs` on): late. None: not asked.
    departs
        Local time of day at which the path's times begin, as ``07:10`` in the window's zone; by default they
        begin when the device starts.
    points
        Named places by metres along the path; passing one is told, with the lateness there.
    end_grace_m
        How near the path's end the device has arrived.
    """

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
