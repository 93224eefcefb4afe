"""The speed rule: a device is faster than allowed, everywhere or on stretches of a path.

Compiled code that reads a fix is below; the machine is ``confirmed.py``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from corridor.compiled import compiled
from corridor.locate import locate
from rules.admission import chord_m
from rules.errors import RuleError
from rules.ranges import CONFIRM_FIXES, DURATION, Numbers, check_numbers
from rules.transition import Kind
from rules.verdict import accuracy_m
from rules.watch.confirmed import confirmed_table
from rules.watch.ground import Ground, Record
from rules.watch.row import Watching
from rules.watch.run import SAYS_NO, SAYS_NOTHING, SAYS_YES, confirmed_input, count_anew
from rules.watch.watch import Watch

if TYPE_CHECKING:
    from corridor import Corridor
    from rules.watch.book import Shelf

MAX_SPEED_MPS = 12_000.0  # faster leaves the earth
_SPEED = Numbers(low=0.0, high=MAX_SPEED_MPS, open_low=True)

_ALONG = Numbers(low=0.0, high=100_000_000.0)
_OF_A_STRETCH = {"from_m": _ALONG, "to_m": _ALONG, "limit_mps": _SPEED}

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

    KIND: ClassVar[Watching] = Watching.SPEED
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

    def __post_init__(self) -> None:
        super(Speed, self).__post_init__()
        if bool(self.stretches) != (self.corridor is not None):
            raise RuleError(f"{self.where}: stretches and their corridor go together")
        for stretch in self.stretches:
            check_numbers(self.where, SpeedStretch(*stretch), _OF_A_STRETCH)

    def fill(self, row: Any, shelf: "Shelf") -> None:
        """Write the rule's numbers into a row of WATCH_RULE; stretches are points where limits begin."""
        super(Speed, self).fill(row, shelf)
        row["limit"], row["second_limit"] = self.limit_mps, self.silence_s
        if self.corridor is not None:
            row["corridor"] = shelf.corridor(self.corridor)
            row["first_point"], row["end_point"] = shelf.points(_steps(self.stretches, self.limit_mps))


def _steps(stretches: Sequence[SpeedStretch], limit_mps: float) -> list[tuple[float, float, int]]:
    """Give where which limit begins, in order; where stretches overlap the lowest holds."""
    edges = sorted({edge for from_m, to_m, _ in stretches for edge in (from_m, to_m)})
    return [
        (edge, min((s.limit_mps for s in stretches if s.from_m <= edge < s.to_m), default=limit_mps), -1)
        for edge in edges
    ]


@compiled
def read_speed(row: Record, rule: Record, fix: Record, ground: Ground) -> int:
    """Say what a fix means: faster than allowed, not faster, or too little to say."""
    row["limit"] = _limit_mps(row, rule, fix, ground)
    if fix["time"] - row["last_time"] > rule["second_limit"]:
        count_anew(row)
    return confirmed_input(row, rule, _side(row, rule, fix), fix["time"])


@compiled
def _side(row: Record, rule: Record, fix: Record) -> int:
    stated_mps = fix["speed_mps"]
    if not np.isnan(stated_mps):
        row["value"], row["probability"] = stated_mps, np.nan
        return SAYS_YES if stated_mps > row["limit"] else SAYS_NO
    elapsed_s = fix["time"] - row["last_time"]
    if not 0.0 < elapsed_s <= rule["second_limit"]:
        return SAYS_NOTHING
    moved_m = chord_m(fix["lon"], fix["lat"], row["last_lon"], row["last_lat"])
    vague_m = accuracy_m(rule, fix["accuracy_m"]) + accuracy_m(rule, row["last_accuracy_m"])
    row["value"], row["probability"] = moved_m / elapsed_s, np.nan
    if moved_m - vague_m > row["limit"] * elapsed_s:
        return SAYS_YES
    return SAYS_NO if moved_m + vague_m <= row["limit"] * elapsed_s else SAYS_NOTHING


@compiled
def _limit_mps(row: Record, rule: Record, fix: Record, ground: Ground) -> float:
    """Give the limit where the fix lies: that of the stretch, while it is in the corridor."""
    limit_mps = rule["limit"]
    if rule["corridor"] < 0:
        return float(limit_mps)
    distance_m, _, along_m, margin_m, half_width_m, _, _ = locate(
        ground.lines, rule["corridor"], fix["lon"], fix["lat"], np.nan, np.nan, fix["time"], row["memory"]
    )
    row["last_distance_m"], row["last_along_m"] = distance_m, along_m
    row["last_half_width_m"] = half_width_m
    for at in range(rule["first_point"], rule["end_point"]):
        if margin_m <= 0.0 and ground.points[at]["along_m"] <= along_m:
            limit_mps = ground.points[at]["value"]
    return float(limit_mps)
