"""Deciding: state machines over measured fixes. No I/O, no clock, no geometry library."""

from importlib import import_module
from typing import TYPE_CHECKING

from rules.deviation import Deviation, Ends, Starts
from rules.errors import RuleError, RulesError, StateError, WindowError
from rules.geofence import Geofence
from rules.state import RuleKey, Snapshot
from rules.step import Step
from rules.table import Phase
from rules.transition import Discard, Kind, Reason, Transition
from rules.window import Window

if TYPE_CHECKING:
    from rules.engine import Engine

__all__ = [
    "Deviation",
    "Discard",
    "Ends",
    "Engine",
    "Geofence",
    "Kind",
    "Phase",
    "Reason",
    "RuleError",
    "RuleKey",
    "RulesError",
    "Snapshot",
    "Starts",
    "StateError",
    "Step",
    "Transition",
    "Window",
    "WindowError",
]

_LAZY = {"Engine": "rules.engine"}  # needs the compiler


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
