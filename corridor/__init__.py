"""The earth, paths, corridors, distances and uncertainty: arrays in, arrays out.

Names that need GEOS, PROJ, an R-tree or a compiler load on first use, so that a small publisher carries none.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from corridor.batch import FixBatch
from corridor.errors import CorridorError, FenceError, FixError, InstantError, PathError, TrackError, XmlError
from corridor.fix import Fix
from corridor.frame import LocalFrame
from corridor.instant import format_instant, parse_instant, utc_seconds

if TYPE_CHECKING:
    from corridor.changing import ChangingFences
    from corridor.corridor import Corridor
    from corridor.corridors import CorridorSet
    from corridor.expected import expected_at
    from corridor.fence import Fence
    from corridor.fence_file import read_fences
    from corridor.fence_set import FenceSet
    from corridor.learned import Learned, read_learned
    from corridor.learning import learn
    from corridor.membership import is_inside, probability_inside
    from corridor.offset import Offset
    from corridor.path import Path
    from corridor.recording import Recording, clean_trip
    from corridor.regions import ArcBand, Circle, Ellipse, Polygon, Uncertainty
    from corridor.shapes import Distribution
    from corridor.tracks import Track, read_fixes
    from corridor.trips import split_trips

__all__ = [
    "ArcBand",
    "ChangingFences",
    "Circle",
    "Corridor",
    "CorridorError",
    "CorridorSet",
    "Distribution",
    "Ellipse",
    "Fence",
    "FenceError",
    "FenceSet",
    "Fix",
    "FixBatch",
    "FixError",
    "InstantError",
    "Learned",
    "LocalFrame",
    "Offset",
    "Path",
    "PathError",
    "Polygon",
    "Recording",
    "Track",
    "TrackError",
    "Uncertainty",
    "XmlError",
    "clean_trip",
    "expected_at",
    "format_instant",
    "is_inside",
    "learn",
    "parse_instant",
    "probability_inside",
    "read_fences",
    "read_fixes",
    "read_learned",
    "split_trips",
    "utc_seconds",
]

_LAZY = {
    "ArcBand": "corridor.regions",
    "ChangingFences": "corridor.changing",
    "Circle": "corridor.regions",
    "Corridor": "corridor.corridor",
    "CorridorSet": "corridor.corridors",
    "Distribution": "corridor.shapes",
    "Ellipse": "corridor.regions",
    "Fence": "corridor.fence",
    "FenceSet": "corridor.fence_set",
    "Learned": "corridor.learned",
    "Offset": "corridor.offset",
    "Path": "corridor.path",
    "Polygon": "corridor.regions",
    "Recording": "corridor.recording",
    "Track": "corridor.tracks",
    "Uncertainty": "corridor.regions",
    "clean_trip": "corridor.recording",
    "expected_at": "corridor.expected",
    "is_inside": "corridor.membership",
    "learn": "corridor.learning",
    "probability_inside": "corridor.membership",
    "read_fences": "corridor.fence_file",
    "read_fixes": "corridor.tracks",
    "read_learned": "corridor.learned",
    "split_trips": "corridor.trips",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module 'corridor' has no attribute {name!r}")
    value: object = getattr(import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
