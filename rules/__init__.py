"""Deciding: state machines over measured fixes. No I/O, no clock, no geometry library."""

from importlib import import_module
from typing import TYPE_CHECKING

from rules.condition import Condition
from rules.deviation import Deviation, Ends, Starts
from rules.errors import RuleError, RulesError, StateError, WindowError
from rules.geofence import Geofence
from rules.revision import net_history
from rules.schedule import Both, Schedule, Spans
from rules.snapshot import RuleKey, Snapshot
from rules.step import Step
from rules.table import Phase
from rules.transition import Discard, Kind, Reason, Transition
from rules.window import Window

if TYPE_CHECKING:
    from rules.engine import Engine
    from rules.watch.arrival import Arrival, Must
    from rules.watch.movement import Movement
    from rules.watch.progress import Progress
    from rules.watch.proximity import Proximity
    from rules.watch.silence import Silence
    from rules.watch.speed import Speed, SpeedStretch
    from rules.watch.wrong_way import WrongWay

__all__ = [
    "Arrival",
    "Both",
    "Condition",
    "Deviation",
    "Discard",
    "Ends",
    "Engine",
    "Geofence",
    "Kind",
    "Movement",
    "Must",
    "Phase",
    "Progress",
    "Proximity",
    "Reason",
    "RuleError",
    "RuleKey",
    "RulesError",
    "Schedule",
    "Silence",
    "Snapshot",
    "Spans",
    "Speed",
    "SpeedStretch",
    "Starts",
    "StateError",
    "Step",
    "Transition",
    "Window",
    "WindowError",
    "WrongWay",
    "net_history",
]

_LAZY = {  # these need the compiler
    "Arrival": "rules.watch.arrival",
    "Engine": "rules.engine",
    "Movement": "rules.watch.movement",
    "Must": "rules.watch.arrival",
    "Progress": "rules.watch.progress",
    "Proximity": "rules.watch.proximity",
    "Silence": "rules.watch.silence",
    "Speed": "rules.watch.speed",
    "SpeedStretch": "rules.watch.speed",
    "WrongWay": "rules.watch.wrong_way",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
