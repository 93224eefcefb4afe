"""When a device of a profile publishes, as it is told when it is enrolled.

The profiles are `waywarn.presets.Preset`: a way of moving, whose rules have numbers of their own there.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from waywarn.presets import Preset

MAX_EVERY_M, MAX_EVERY_S = 100_000.0, 86_400.0  # a device that says less than once a day is not tracked


@dataclass(frozen=True, slots=True)
class TrackingPolicy:
    """The ``[policy]`` of a tracker.

    Parameters
    ----------
    every_m, at_most_every_s, at_least_every_s
        As `sip.device.publish_policy.PublishPolicy`: a way, the shortest and the longest time between two.
    adaptive
        Whether it may say less while it stands, to spare the battery.

    Raises
    ------
    ValueError
        A number is out of range, or the two times are out of order.
    """

    every_m: float
    at_most_every_s: float
    at_least_every_s: float
    adaptive: bool

    def __post_init__(self) -> None:
        for name, most in (
            ("every_m", MAX_EVERY_M),
            ("at_most_every_s", MAX_EVERY_S),
            ("at_least_every_s", MAX_EVERY_S),
        ):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0 <= value <= most):
                raise ValueError(f"{name} is {value}; it must be 0 to {most:g}")
        if self.at_least_every_s < self.at_most_every_s:
            raise ValueError(
                f"at_least_every_s {self.at_least_every_s:g} is shorter than"
                f" at_most_every_s {self.at_most_every_s:g}"
            )


# Three fixes confirm an alarm over 15 to 60 s (presets.py): a device that moves must send them in that time.
# A silence of 180 s (900 s of a truck) is told: three publications in it may be lost before.
POLICIES: Mapping[Preset, TrackingPolicy] = MappingProxyType(
    {
        Preset.CHILD: TrackingPolicy(20.0, 10.0, 60.0, adaptive=True),
        Preset.BICYCLE: TrackingPolicy(40.0, 5.0, 60.0, adaptive=True),
        Preset.CAR: TrackingPolicy(100.0, 5.0, 60.0, adaptive=False),
        Preset.TRUCK: TrackingPolicy(250.0, 15.0, 300.0, adaptive=False),
    }
)
