"""Numbers to start from for each way of moving; a number given in a rule overrides its preset's.

What a rule has that no preset names is the engine's default. The figures are starting points,
chosen by comparing published systems; they are not yet tuned on measured tracks.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

DEFAULT_HALF_WIDTH_M = 40.0  # where neither the rule nor a preset says: between a child's and a car's

Numbers = Mapping[str, float]


class Preset(StrEnum):
    """A way of moving."""

    CHILD = "child"
    BICYCLE = "bicycle"
    CAR = "car"
    TRUCK = "truck"


PRESETS: Mapping[Preset, Numbers] = MappingProxyType(
    {
        Preset.CHILD: {
            "half_width_m": 30,
            "raise_probability": 0.95,
            "confirm_fixes": 3,
            "confirm_s": 20,
            "start_grace_m": 100,
            "end_grace_m": 100,
            "silence_s": 180,
        },
        Preset.BICYCLE: {
            "half_width_m": 35,
            "raise_probability": 0.95,
            "confirm_fixes": 3,
            "confirm_s": 15,
            "start_grace_m": 100,
            "end_grace_m": 100,
            "silence_s": 180,
        },
        Preset.CAR: {
            "half_width_m": 50,
            "raise_probability": 0.95,
            "confirm_fixes": 3,
            "confirm_s": 15,
            "start_grace_m": 100,
            "end_grace_m": 100,
            "silence_s": 180,
        },
        Preset.TRUCK: {
            "half_width_m": 150,
            "raise_probability": 0.98,
            "confirm_fixes": 3,
            "confirm_s": 60,
            "start_grace_m": 300,
            "end_grace_m": 300,
            "silence_s": 900,
        },
    }
)
