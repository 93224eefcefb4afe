"""The wrong-way rule: a device travels its path against its direction.

Compiled code that reads a fix is below; the machine is ``confirmed.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from corridor.compiled import compiled
from corridor.heading import heading_at, turn_deg
from corridor.locate import forget, locate
from rules.ranges import CONFIRM_FIXES, DURATION, SILENCE, Numbers
from rules.transition import Kind
from rules.verdict import accuracy_m
from rules.watch.confirmed import Input, Phase, confirmed_table
from rules.watch.ground import Ground, Record
from rules.watch.row import Watching
from rules.watch.run import SAYS_NO, SAYS_NOTHING, SAYS_YES, confirmed_input, count_anew
from rules.watch.watch import Watch

if TYPE_CHECKING:
    from corridor import Corridor
    from rules.watch.book import Shelf

WRONG_WAY_TABLE = confirmed_table(Kind.WRONG_WAY, Kind.RIGHT_WAY)

_STANDING_MPS = 0.5  # slower than a stroll a receiver's course is noise
_RAISED, _CLEARING = int(Phase.RAISED), int(Phase.CLEARING)
_SURELY_HOLDS, _SURELY_HOLDS_NOT = int(Input.SURELY_HOLDS), int(Input.SURELY_HOLDS_NOT)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WrongWay(Watch):
    """Tell when a device goes back along its path, and when it goes on.

    A fix in the corridor says "wrong way" if the device is surely `back_m` or more behind the farthest place
    that it has reached along the path, and its course, where it states one and moves, is more than
    `angle_deg` off the path's direction there. Once the alarm is raised a fix says "right way" if it is as
    far ahead of where the device turned, and its course is not against the path. Surely means: with the
    accuracies of both places taken off. What lies between is UNKNOWN, as is a fix vaguer than `back_m`.

    Only travel on the path counts: what a device went back while it was outside of the corridor, or silent,
    does not.

    Parameters
    ----------
    corridor
        The path and its half width. Whether it is directed makes no difference.
    back_m
        How far back is the wrong way; at least the half width, within which a turn of the path may look so.
    angle_deg
        How far off the path's direction a stated course is against it.
    confirm_fixes, confirm_s
        So many consecutive fixes, and so long between the first and the last of them, raise the alarm, and
        clear it.
    silence_s
        After a gap longer than this a run of fixes is counted anew.
    """

    KIND: ClassVar[Watching] = Watching.WRONG_WAY
    RANGES: ClassVar[Mapping[str, Numbers]] = {
        "back_m": Numbers(low=0.0, high=50_000.0, open_low=True),
        "angle_deg": Numbers(low=0.0, high=180.0),
        "confirm_fixes": CONFIRM_FIXES,
        "confirm_s": DURATION,
        "silence_s": SILENCE,
    }

    name: str = "wrong_way"
    corridor: "Corridor"
    back_m: float = 50.0
    angle_deg: float = 60.0
    confirm_fixes: int = 3
    confirm_s: float = 0.0
    silence_s: float = 180.0

    def fill(self, row: Any, shelf: "Shelf") -> None:
        """Write the rule's numbers into a row of WATCH_RULE."""
        super(WrongWay, self).fill(row, shelf)
        row["corridor"] = shelf.corridor(self.corridor)
        row["limit"] = max(self.back_m, self.corridor.half_width_m)
        row["second_limit"], row["third_limit"] = self.angle_deg, self.silence_s


@compiled
def wake_wrong_way(row: Record) -> None:
    """Forget where the device was; `kept_m` is where it last turned, or the farthest that it came."""
    forget(row["memory"])
    row["kept_m"] = row["kept_time"] = np.nan


@compiled
def read_wrong_way(row: Record, rule: Record, fix: Record, ground: Ground) -> int:
    """Say what a fix means: back along the path, on along it, or too little to say."""
    if fix["time"] - row["last_time"] > rule["third_limit"]:
        count_anew(row)
        row["kept_time"] = np.nan
    vague_m = accuracy_m(rule, fix["accuracy_m"])
    row["limit"] = rule["limit"]
    given = confirmed_input(row, rule, _side(row, rule, fix, ground, vague_m), fix["time"])
    # The alarm opens or ends here: from here on the other direction is looked for.
    if given == _SURELY_HOLDS and not _is_raised(row):
        row["kept_m"] = row["last_along_m"] + vague_m
    elif given == _SURELY_HOLDS_NOT and _is_raised(row):
        row["kept_m"] = row["last_along_m"] - vague_m
    return given


@compiled
def _side(row: Record, rule: Record, fix: Record, ground: Ground, vague_m: float) -> int:
    if vague_m > rule["limit"] or not _is_on_path(row, rule, fix, ground, vague_m):
        return SAYS_NOTHING
    along_m, raised = row["last_along_m"], _is_raised(row)
    if raised:
        row["kept_m"] = np.fmin(row["kept_m"], along_m + vague_m)
        turned_m = along_m - row["kept_m"]
    else:
        row["kept_m"] = np.fmax(row["kept_m"], along_m - vague_m)
        turned_m = row["kept_m"] - along_m
    row["value"] = turned_m
    says_turned, says_not = (SAYS_NO, SAYS_YES) if raised else (SAYS_YES, SAYS_NO)
    if turned_m + vague_m < rule["limit"] or _denies(row, rule, fix, ground):
        return says_not
    return says_turned if turned_m - vague_m >= rule["limit"] else SAYS_NOTHING


@compiled
def _is_on_path(row: Record, rule: Record, fix: Record, ground: Ground, vague_m: float) -> bool:
    """Find the fix along the path, and take out of `kept_m` what was not travelled on it."""
    memory, time = row["memory"], fix["time"]
    before_m = memory["along_m"]
    # Without its course: the corridor of a fix against its direction would be no corridor.
    distance_m, _, along_m, margin_m, half_width_m, _, _ = locate(
        ground.lines, rule["corridor"], fix["lon"], fix["lat"], np.nan, np.nan, time, memory
    )
    row["last_distance_m"], row["last_along_m"] = distance_m, along_m
    row["last_half_width_m"] = half_width_m
    if margin_m > 0.0:
        if margin_m > vague_m:
            row["kept_time"] = np.nan
        return False
    jumped = along_m < before_m and memory["back_m"] == 0.0  # it cannot have come back there along the path
    if np.isnan(row["kept_time"]) or jumped:
        row["kept_m"] += along_m - before_m
    row["kept_time"] = time
    return True


@compiled
def _denies(row: Record, rule: Record, fix: Record, ground: Ground) -> bool:
    """Tell whether the course says that the device has not turned, as far as it is stated and moving."""
    if np.isnan(fix["course_deg"]) or fix["speed_mps"] < _STANDING_MPS:
        return False
    heading_deg = heading_at(ground.lines, rule["corridor"], row["last_along_m"])
    against = turn_deg(fix["course_deg"], heading_deg) > rule["second_limit"]
    return bool(against == _is_raised(row))


@compiled
def _is_raised(row: Record) -> bool:
    return bool(row["phase"] == _RAISED or row["phase"] == _CLEARING)
