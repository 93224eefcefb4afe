"""Numbers to start from for each way of moving; a number given in a rule overrides its preset's.

What a rule has that no preset names is the engine's default. The figures are starting points, chosen by
comparing published systems; they are not yet tuned on measured tracks.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

DEFAULT_HALF_WIDTH_M = 40.0  # where neither the rule nor a preset says: between a child's and a car's
DEFAULT_LATE_HORIZON_S = 900.0  # how late a fix may come and still count, where nothing is said

Numbers = Mapping[str, float]


class Preset(StrEnum):
    """A way of moving."""

    CHILD = "child"
    BICYCLE = "bicycle"
    CAR = "car"
    TRUCK = "truck"


_HALF_WIDTH = {"half_width_m": (30, 35, 50, 150)}
_RAISE = {"raise_probability": (0.95, 0.95, 0.95, 0.98)}
_THREE = {"confirm_fixes": (3, 3, 3, 3), "confirm_s": (20, 15, 15, 60)}
_TWO = {"confirm_fixes": (2, 2, 2, 2), "confirm_s": (10, 10, 10, 60)}
_GAP = {"silence_s": (180, 180, 180, 900)}
_END = {"end_grace_m": (100, 100, 100, 300)}

_BY_KIND: Mapping[str, Mapping[str, tuple[float, float, float, float]]] = {
    # in the order of `Preset`
    "deviation": {**_HALF_WIDTH, **_RAISE, **_THREE, "start_grace_m": (100, 100, 100, 300), **_END, **_GAP},
    "geofence": {**_TWO, "enter_probability": (0.5, 0.5, 0.5, 0.5), "exit_probability": (0.8,) * 4, **_GAP},
    "wrong_way": {
        **_HALF_WIDTH,
        "back_m": (50, 50, 50, 500),
        "angle_deg": (60, 60, 60, 60),
        "confirm_fixes": (3, 3, 3, 3),
    },
    "progress": {**_HALF_WIDTH, "stall_s": (300, 300, 600, 1800), "stall_m": (30, 30, 50, 100), **_END},
    "arrival": {**_TWO, "inside_probability": (0.5,) * 4, "outside_probability": (0.8,) * 4},
    "silence": {
        **_GAP,
        "vague_s": (300, 300, 300, 900),
        # In the middle of a corridor of half width w no fix is INSIDE from an accuracy of 2.62 w on
        # (docs/decisions/0022): rounded down for the half widths above.
        "vague_m": (78, 91, 130, 390),
    },
    # Faster than one moves so: not a limit of the road, but evidence of a lift or a theft. Never a filter.
    "speed": {**_HALF_WIDTH, "limit_mps": (8, 20, 60, 45), **_TWO, **_GAP},
    "proximity": {**_RAISE, **_THREE, "max_age_s": (60, 60, 60, 300)},
    "movement": {
        "move_m": (50, 50, 50, 100),
        **_RAISE,
        "confirm_fixes": (2, 2, 2, 2),
        "rest_s": (300, 300, 600, 1800),
    },
}

PRESETS: Mapping[Preset, Mapping[str, Numbers]] = MappingProxyType(
    {
        preset: MappingProxyType(
            {
                kind: MappingProxyType({key: values[position] for key, values in numbers.items()})
                for kind, numbers in _BY_KIND.items()
            }
        )
        for position, preset in enumerate(Preset)
    }
)
"""By way of moving and kind of rule."""

LATE_HORIZONS_S: Mapping[Preset, float] = MappingProxyType(
    {
        Preset.CHILD: 900.0,
        Preset.BICYCLE: 900.0,
        Preset.CAR: 900.0,
        Preset.TRUCK: 86_400.0,  # a day without a network is nothing unusual for one
    }
)
"""How late a fix may come and still count; the longest of a file's presets is in force."""
