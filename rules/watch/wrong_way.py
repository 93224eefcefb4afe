"""The wrong-way rule: a device travels its path against its direction.

Compiled code that reads a fix is below; the machine is ``confirmed.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rules.ranges import CONFIRM_FIXES, DURATION, Numbers
from rules.transition import Kind
from rules.watch.confirmed import confirmed_table
from rules.watch.watch import Watch

if TYPE_CHECKING:
    from corridor import Corridor

WRONG_WAY_TABLE = confirmed_table(Kind.WRONG_WAY, Kind.RIGHT_WAY)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WrongWay(Watch):
    """Tell when a device goes back along its path, and when it goes on.

    A fix in the corridor says "wrong way" if the device is `back_m` or more behind the farthest place that it
    reached along the path, and its course, where it states one, is more than `angle_deg` off the path's
    direction there.

    Parameters
    ----------
    corridor
        The path and its half width.
    back_m
        How far back is the wrong way.
    angle_deg
        How far off the path's direction a stated course is against it.
    confirm_fixes, confirm_s
        So many consecutive fixes, and so long between the first and the last of them, raise the alarm, and
        clear it.
    """

    RANGES: ClassVar[Mapping[str, Numbers]] = {
        "back_m": Numbers(low=0.0, high=50_000.0, open_low=True),
        "angle_deg": Numbers(low=0.0, high=180.0),
        "confirm_fixes": CONFIRM_FIXES,
        "confirm_s": DURATION,
    }

    name: str = "wrong_way"
    corridor: "Corridor"
    back_m: float = 50.0
    angle_deg: float = 60.0
    confirm_fixes: int = 3
    confirm_s: float = 0.0
