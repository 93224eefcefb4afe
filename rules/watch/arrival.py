"""The arrival rule: a device must have come, have gone, or be somewhere, in the hours of a window.

The machine's tables and the compiled code that reads a fix are below; what a fix says of a fence is
``fence_verdict.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from corridor.compiled import compiled
from corridor.fence_arrays import PackedFences
from corridor.fence_kernel import signed_distance_m, survey
from corridor.fence_probability import probability_inside_one
from corridor.uncertainty import CONFIDENCE_95
from rules.errors import RuleError
from rules.fence_verdict import is_beyond, is_inside
from rules.machine import IGNORED, Ignored, Move
from rules.ranges import CONFIRM_FIXES, DURATION, POSITIVE_PROBABILITY, Numbers
from rules.transition import Kind, Reason
from rules.verdict import accuracy_m
from rules.watch.confirmed import Input as Confirmed
from rules.watch.ground import Ground, Record
from rules.watch.row import Shared, Watching
from rules.watch.run import SAYS_NO, SAYS_NOTHING, SAYS_YES, confirmed_input
from rules.watch.watch import Watch

if TYPE_CHECKING:
    from corridor import FenceSet
    from rules.watch.book import Shelf

Moves = Mapping[IntEnum, Move | Ignored]
Table = Mapping[IntEnum, Moves]

_ROOM = 16  # hardly more fences contain one place


class Must(StrEnum):
    """What is asked of the device."""

    ARRIVE = "arrive"  # be in one of the fences at some time of the window
    LEAVE = "leave"  # be out of all of them when the window closes
    STAY = "stay"  # be in one of them as long as the window is open


class Phase(IntEnum):
    """Where a device stands. The numbers are stored: never renumber them."""

    ASLEEP = 0
    OWING = 1  # what is asked was not seen yet
    MET = 2  # it was seen
    MISSED = 3


class Input(IntEnum):
    """What a fix, the window or the last fix before it means to the machine."""

    OPENS = Shared.OPENS
    CLOSES = Shared.CLOSES
    CONDITION_OVER = Shared.CONDITION_OVER
    TIME_UP = Shared.TIME_UP
    INSIDE = Confirmed.HOLDS  # and not often or long enough yet
    SURELY_INSIDE = Confirmed.SURELY_HOLDS
    OUTSIDE = Confirmed.HOLDS_NOT
    SURELY_OUTSIDE = Confirmed.SURELY_HOLDS_NOT
    UNKNOWN = Confirmed.UNKNOWN


ALARM_PHASES = frozenset({Phase.MISSED})
_MISSED = int(Phase.MISSED)

_ASLEEP = Move(Phase.ASLEEP)
_LEFT = Move(Phase.ASLEEP, Kind.ENDED, Reason.CONDITION_OVER)
_ENDED = Reason.WINDOW_CLOSED


def _table(owing: Moves, met: Moves, missed: Moves) -> Table:
    """Give a table: what is not given is ignored, but that a condition that is over sends to sleep."""
    p, i = Phase, Input
    nothing: dict[IntEnum, Move | Ignored] = dict.fromkeys(i, IGNORED)
    over: dict[IntEnum, Move | Ignored] = {**nothing, i.CONDITION_OVER: _ASLEEP}
    return {
        p.ASLEEP: {**nothing, i.OPENS: Move(p.OWING)},
        p.OWING: {**over, **owing},
        p.MET: {**over, i.CLOSES: _ASLEEP, **met},
        p.MISSED: {**nothing, i.CONDITION_OVER: _LEFT, **missed},
    }


ARRIVE_TABLE = _table(
    {
        Input.CLOSES: Move(Phase.MISSED, Kind.NOT_ARRIVED, Reason.DEADLINE),
        Input.SURELY_INSIDE: Move(Phase.MET, Kind.ARRIVED, Reason.SEEN_INSIDE),
    },
    {},  # once there is enough
    {
        Input.OPENS: Move(Phase.OWING, Kind.ENDED, _ENDED),  # another day, another deadline
        Input.SURELY_INSIDE: Move(Phase.ASLEEP, Kind.MADE_GOOD, Reason.SEEN_INSIDE),
    },
)
LEAVE_TABLE = _table(
    {
        Input.CLOSES: Move(Phase.MISSED, Kind.NOT_LEFT, Reason.DEADLINE),
        Input.SURELY_OUTSIDE: Move(Phase.MET),
    },
    {Input.SURELY_INSIDE: Move(Phase.OWING)},  # came back
    {
        Input.OPENS: Move(Phase.OWING, Kind.ENDED, _ENDED),
        Input.SURELY_OUTSIDE: Move(Phase.ASLEEP, Kind.MADE_GOOD, Reason.SEEN_OUTSIDE),
    },
)
STAY_TABLE = _table(
    {
        Input.CLOSES: _ASLEEP,
        Input.SURELY_INSIDE: Move(Phase.MET),
        Input.SURELY_OUTSIDE: Move(Phase.MISSED, Kind.NOT_INSIDE, Reason.SEEN_OUTSIDE),
    },
    {Input.SURELY_OUTSIDE: Move(Phase.MISSED, Kind.NOT_INSIDE, Reason.SEEN_OUTSIDE)},
    {
        Input.CLOSES: Move(Phase.ASLEEP, Kind.ENDED, _ENDED),
        Input.SURELY_INSIDE: Move(Phase.MET, Kind.MADE_GOOD, Reason.SEEN_INSIDE),
    },
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Arrival(Watch):
    """Tell when a device has not arrived, not left, or is not inside, and when it has made that good.

    Of one that must arrive it is told too that it has, or that it was there as the window opened. What was
    not done by the window's close stays open until it is done, or the window opens again.

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
        A fix is inside from this probability of being in a fence that contains it on, and outside from that
        one of being beyond the nearest edge; between them it is UNKNOWN.
    recent_s
        How old the last fix may be to say where the device is as the window opens.

    Raises
    ------
    RuleError
        There is no fence, or no window whose close is the deadline.
    """

    KIND: ClassVar[Watching] = Watching.ARRIVAL
    RANGES: ClassVar[Mapping[str, Numbers]] = {
        "confirm_fixes": CONFIRM_FIXES,
        "confirm_s": DURATION,
        "inside_probability": POSITIVE_PROBABILITY,
        "outside_probability": POSITIVE_PROBABILITY,
        "recent_s": DURATION,
    }

    name: str = "arrival"
    fences: "FenceSet"
    must: Must | str = Must.ARRIVE
    confirm_fixes: int = 1
    confirm_s: float = 0.0
    inside_probability: float = 0.5
    outside_probability: float = 0.8
    recent_s: float = 900.0

    def __post_init__(self) -> None:
        super(Arrival, self).__post_init__()
        self.chosen("must", Must)
        if not len(self.fences):
            raise RuleError(f"{self.where} has no fence; give one at least")
        if self.window is None and self.must is not Must.STAY:
            raise RuleError(f"{self.where} has no deadline: give a window, whose close it is")

    @property
    def table(self) -> str:
        """The machine, by its name in ``tables.py``: that of what is asked."""
        return str(self.must)

    def fill(self, row: Any, shelf: "Shelf") -> None:
        """Write the rule's numbers into a row of WATCH_RULE."""
        super(Arrival, self).fill(row, shelf)
        row["fence_set"] = shelf.fence_set(self.fences)
        row["raise_probability"], row["clear_probability"] = self.inside_probability, self.outside_probability
        row["limit"] = self.recent_s

    def fence_name(self, number: int) -> str:
        """Give the name of one of its fences."""
        return self.fences.name(number)


@compiled
def wake_arrival(row: Record, rule: Record, time: float) -> None:
    """Ask at once where the device is, if that is known."""
    row["value"] = row["probability"] = row["last_distance_m"] = np.nan
    row["fence"] = -1
    if time - row["last_time"] <= rule["limit"]:
        row["due"] = time


@compiled
def arrival_due(row: Record, rule: Record, due: float, ground: Ground) -> int:
    """Say what the last fix before the opening means; it counts from the opening on."""
    radius_m = accuracy_m(rule, row["last_accuracy_m"])
    side = _side(row, rule, (row["last_lon"], row["last_lat"]), radius_m, ground)
    return confirmed_input(row, rule, side, due)


@compiled
def read_arrival(row: Record, rule: Record, fix: Record, ground: Ground) -> int:
    """Say what a fix means: in a fence, out of all, or too little to say."""
    row["due"] = np.inf
    row["value"] = fix["time"] - row["alarm_since"] if row["phase"] == _MISSED else np.nan
    radius_m = accuracy_m(rule, fix["accuracy_m"])
    side = _side(row, rule, (fix["lon"], fix["lat"]), radius_m, ground)
    return confirmed_input(row, rule, side, fix["time"])


@compiled
def _side(row: Record, rule: Record, place: tuple[float, float], radius_m: float, ground: Ground) -> int:
    fences, (lon, lat) = ground.fence_sets[rule["fence_set"]], place
    found = np.empty(_ROOM, dtype=np.int64)
    inside, _, nearest = survey(fences, lon, lat, row["fence"], found)
    if inside > found.size:
        found = np.empty(inside, dtype=np.int64)
        inside, _, nearest = survey(fences, lon, lat, nearest, found)
    for at in range(inside):
        if is_inside(fences, found[at], lon, lat, radius_m, rule["raise_probability"]):
            _keep(row, fences, found[at], place, radius_m)
            return SAYS_YES
    _keep(row, fences, found[0] if inside else nearest, place, radius_m)
    if inside == 0 and is_beyond(row["last_distance_m"], radius_m, rule["clear_probability"]):
        return SAYS_NO
    return SAYS_NOTHING


@compiled
def _keep(row: Record, fences: PackedFences, fence: int, place: tuple[float, float], radius_m: float) -> None:
    """Keep the evidence: the fence that decides, and where the fix lies to it."""
    row["fence"] = fence
    row["last_distance_m"] = signed_distance_m(fences, fence, place[0], place[1])
    inside = probability_inside_one(fences, fence, place[0], place[1], radius_m / CONFIDENCE_95)
    row["probability"] = 1.0 - inside
