"""The arrival rule: a device must have come, have gone, or be somewhere, in the hours of a window.

The machine's table and the compiled code that reads a fix are below.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from rules.ranges import CONFIRM_FIXES, DURATION, POSITIVE_PROBABILITY, Numbers
from rules.watch.watch import Watch

if TYPE_CHECKING:
    from corridor import FenceSet


class Must(StrEnum):
    """What is asked of the device."""

    ARRIVE = "arrive"  # be in one of the fences at some time of the window
    LEAVE = "leave"  # be out of all of them when the window closes
    STAY = "stay"  # be in one of them as long as the window is open


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Arrival(Watch):
    """Tell when a device has not arrived, not left, or is not inside, and when it has made that good.

    Parameters
    ----------
    fences
        Where; any one of them will do.
    must
        See `Must`; the enum's words are taken too.
    confirm_fixes, confirm_s
        So many consecutive fixes, and so long between the first and the last of them, say that it is in or
        out.
    inside_probability, outside_probability
        A fix is inside from this probability of being in the fence on, and outside from that one of being
        beyond its edge; between them it is UNKNOWN.
    """

    RANGES: ClassVar[Mapping[str, Numbers]] = {
        "confirm_fixes": CONFIRM_FIXES,
        "confirm_s": DURATION,
        "inside_probability": POSITIVE_PROBABILITY,
        "outside_probability": POSITIVE_PROBABILITY,
    }

    name: str = "arrival"
    fences: "FenceSet"
    must: Must | str = Must.ARRIVE
    confirm_fixes: int = 1
    confirm_s: float = 0.0
    inside_probability: float = 0.5
    outside_probability: float = 0.5
