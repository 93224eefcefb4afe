"""The movement rule: a device moves while it should stand, as a parked vehicle does.

Compiled code that reads a fix is below; the machine is ``confirmed.py``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from corridor.compiled import compiled
from corridor.normal import normal_in_circle
from corridor.uncertainty import CONFIDENCE_95
from rules.admission import chord_m
from rules.ranges import CONFIRM_FIXES, DURATION, MAX_DURATION_S, POSITIVE_PROBABILITY, Numbers
from rules.transition import Kind
from rules.verdict import accuracy_m, probability_beyond
from rules.watch.confirmed import Input, Phase, confirmed_table
from rules.watch.ground import Record
from rules.watch.row import Watching
from rules.watch.run import SAYS_NO, SAYS_NOTHING, SAYS_YES, confirmed_input, count_anew
from rules.watch.watch import Watch

if TYPE_CHECKING:
    from rules.watch.book import Shelf

MOVEMENT_TABLE = confirmed_table(Kind.MOVED, Kind.STILL)

_RATHER_WITHIN = 0.5  # more likely there than not; to be wrong only keeps an alarm open, or a run growing
_QUIET, _RAISING = int(Phase.QUIET), int(Phase.RAISING)
_HOLDS, _SURELY_HOLDS, _HOLDS_NOT = int(Input.HOLDS), int(Input.SURELY_HOLDS), int(Input.HOLDS_NOT)
_SURELY_HOLDS_NOT, _UNKNOWN = int(Input.SURELY_HOLDS_NOT), int(Input.UNKNOWN)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Movement(Watch):
    """Tell when a device moves from where it stood when the rule woke, and when it stands again.

    A rule with a window or a condition is armed by them; else it always is. Where it stood is its last fix,
    if that is recent, else the first fix after; while that is vaguer than `move_m`, a less vague one takes
    its place. It never follows a device that creeps.

    Parameters
    ----------
    move_m
        How far from its place it has moved, both accuracies allowed for.
    raise_probability
        How sure that must be: the probability of being beyond the circle's nearer edge alone, taken as
        straight, which is less than that of being outside the circle. A fix vague by kilometres is outside
        of nearly everything, and no evidence of having moved.
    confirm_fixes, confirm_s
        So many consecutive fixes, and so long between the first and the last of them, raise the alarm.
    rest_s
        Within `move_m` of one place for so long: it stands again, there. Only fixes show it.
    recent_s
        How old the last fix may be as the rule wakes.
    """

    KIND: ClassVar[Watching] = Watching.MOVEMENT
    RANGES: ClassVar[Mapping[str, Numbers]] = {
        "move_m": Numbers(low=0.0, high=50_000.0, open_low=True),
        "raise_probability": POSITIVE_PROBABILITY,
        "confirm_fixes": CONFIRM_FIXES,
        "confirm_s": DURATION,
        "rest_s": Numbers(low=0.0, high=MAX_DURATION_S, open_low=True),
        "recent_s": DURATION,
    }

    name: str = "movement"
    move_m: float = 50.0
    raise_probability: float = 0.95
    confirm_fixes: int = 2
    confirm_s: float = 0.0
    rest_s: float = 300.0
    recent_s: float = 900.0

    def fill(self, row: Any, shelf: "Shelf") -> None:
        """Write the rule's numbers into a row of WATCH_RULE."""
        super(Movement, self).fill(row, shelf)
        row["limit"], row["second_limit"], row["third_limit"] = self.move_m, self.rest_s, self.recent_s


@compiled
def wake_movement(row: Record, rule: Record, time: float) -> None:
    """Keep where it stands, if that is known."""
    row["kept_time"] = np.nan
    if time - row["last_time"] <= rule["third_limit"]:
        radius_m = accuracy_m(rule, row["last_accuracy_m"])
        _stand(row, row["last_time"], (row["last_lon"], row["last_lat"]), radius_m)


@compiled
def read_movement(row: Record, rule: Record, fix: Record) -> int:
    """Say whether a fix is away from the place that is kept; of a device that has moved, whether it rests."""
    radius_m = accuracy_m(rule, fix["accuracy_m"])
    place = (fix["lon"], fix["lat"])
    if np.isnan(row["kept_time"]):
        _stand(row, fix["time"], place, radius_m)
        return _UNKNOWN
    away_m = chord_m(fix["lon"], fix["lat"], row["kept_lon"], row["kept_lat"])
    sigma_m = math.hypot(radius_m, row["kept_accuracy_m"]) / CONFIDENCE_95
    row["value"], row["limit"] = away_m, rule["limit"]
    row["probability"] = probability_beyond(away_m - rule["limit"], sigma_m)
    away = row["probability"] >= rule["raise_probability"]
    within = normal_in_circle(away_m, rule["limit"], sigma_m) >= _RATHER_WITHIN
    better = row["kept_accuracy_m"] > max(rule["limit"], radius_m)
    if row["phase"] == _QUIET or row["phase"] == _RAISING:
        side = SAYS_YES if away else SAYS_NO if within else SAYS_NOTHING
        given = confirmed_input(row, rule, side, fix["time"])
        if given == _SURELY_HOLDS or (better and not away):
            _stand(row, fix["time"], place, radius_m)
        return given
    if away or (away_m > rule["limit"] and radius_m <= rule["limit"]):
        _stand(row, fix["time"], place, radius_m)
        return _HOLDS
    if better:
        _stand(row, fix["time"], place, radius_m)
    if not within:
        return _UNKNOWN
    row["value"], row["limit"] = fix["time"] - row["kept_time"], rule["second_limit"]
    if row["value"] < row["limit"]:
        return _HOLDS_NOT
    count_anew(row)
    return _SURELY_HOLDS_NOT


@compiled
def _stand(row: Record, time: float, place: tuple[float, float], radius_m: float) -> None:
    """Keep a place."""
    row["kept_time"], row["kept_accuracy_m"] = time, radius_m
    row["kept_lon"], row["kept_lat"] = place
