"""The speed rule: a device is faster than allowed, everywhere or on stretches of a path.

Compiled code that reads a fix is below; the machine is ``confirmed.py``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rules.ranges import CONFIRM_FIXES, DURATION, Numbers
from rules.transition import Kind
from rules.watch.confirmed import confirmed_table
from rules.watch.watch import Watch

if TYPE_CHECKING:
    from corridor import Corridor

MAX_SPEED_MPS = 12_000.0  # faster leaves the earth
_SPEED = Numbers(low=0.0, high=MAX_SPEED_MPS, open_low=True)

SPEED_TABLE = confirmed_table(Kind.SPEEDING, Kind.SPEED_OK)


class SpeedStretch(NamedTuple):
    """From `from_m` to `to_m` along the path no more than `limit_mps`."""

    from_m: float
    to_m: float
    limit_mps: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Speed(Watch):
    """Tell when a device is faster than allowed, and when it is no more.

    A fix that states its speed is judged by it. Of one that states none, the way from the fix before counts,
    taken as short as both accuracies allow for "too fast" and as long as they allow for "not too fast";
    between the two it is UNKNOWN, and neither counts nor resets.

    Parameters
    ----------
    limit_mps
        What is allowed.
    confirm_fixes, confirm_s
        So many consecutive fixes, and so long between the first and the last of them, raise the alarm, and
        clear it.
    corridor, stretches
        Other limits on parts of a path; they hold while a fix lies in the corridor there.
    silence_s
        After a gap longer than this a run of fixes is counted anew, and no speed is worked out over it.
    """

    RANGES: ClassVar[Mapping[str, Numbers]] = {
        "limit_mps": _SPEED,
        "confirm_fixes": CONFIRM_FIXES,
        "confirm_s": DURATION,
        "silence_s": Numbers(low=0.0, high=7 * 86_400.0, open_low=True),
    }

    name: str = "speed"
    limit_mps: float
    confirm_fixes: int = 2
    confirm_s: float = 10.0
    corridor: "Corridor | None" = None
    stretches: Sequence[SpeedStretch] = ()
    silence_s: float = 180.0
