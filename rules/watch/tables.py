"""The machines of all kinds, as one array for compiled loops."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from rules.machine import NOTHING, Ignored, Move, encode
from rules.watch import arrival, silence
from rules.watch.confirmed import ALARM_PHASES
from rules.watch.movement import MOVEMENT_TABLE
from rules.watch.progress_table import ALARM_PHASES as PROGRESS_ALARMS
from rules.watch.progress_table import PROGRESS_TABLE
from rules.watch.proximity import TOO_FAR_TABLE, TOO_NEAR_TABLE
from rules.watch.speed import SPEED_TABLE
from rules.watch.wrong_way import WRONG_WAY_TABLE

Table = Mapping[IntEnum, Mapping[IntEnum, Move | Ignored]]

TABLES: Mapping[str, tuple[Table, frozenset[IntEnum]]] = MappingProxyType(
    {
        "speed": (SPEED_TABLE, ALARM_PHASES),
        "wrong_way": (WRONG_WAY_TABLE, ALARM_PHASES),
        "progress": (PROGRESS_TABLE, PROGRESS_ALARMS),
        "movement": (MOVEMENT_TABLE, ALARM_PHASES),
        "arrive": (arrival.ARRIVE_TABLE, arrival.ALARM_PHASES),
        "leave": (arrival.LEAVE_TABLE, arrival.ALARM_PHASES),
        "stay": (arrival.STAY_TABLE, arrival.ALARM_PHASES),
        "silence": (silence.SILENCE_TABLE, silence.ALARM_PHASES),
        "too_far": (TOO_FAR_TABLE, ALARM_PHASES),
        "too_near": (TOO_NEAR_TABLE, ALARM_PHASES),
    }
)
"""By name: the table, and the phases in which an alarm is open."""


def _encoded() -> npt.NDArray[np.int8]:
    each = [encode(table, alarms) for table, alarms in TABLES.values()]
    phases, inputs = (max(moves.shape[axis] for moves in each) for axis in (0, 1))
    moves = np.full((len(each), phases, inputs, 4), NOTHING, dtype=np.int8)
    for number, one in enumerate(each):
        moves[number, : one.shape[0], : one.shape[1]] = one
    moves.setflags(write=False)
    return moves


ALL_MOVES = _encoded()
"""(tables, phases, inputs, 4): next phase, kind, reason, closes an alarm."""

IS_ALARM = np.array(
    [[phase in alarms for phase in range(ALL_MOVES.shape[1])] for _, alarms in TABLES.values()]
)
"""(tables, phases) whether an alarm is open."""

NUMBER_OF = {name: number for number, name in enumerate(TABLES)}
