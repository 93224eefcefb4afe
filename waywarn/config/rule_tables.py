"""The tables ``[rules.NAME]``, one model for each kind of rule, in the order of the documentation.

A number that is None was not given: its preset's or the engine's default is in force. What must hold between
keys is ``together.py``; what the engine makes of a rule is ``rule_doors.py``.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from waywarn.config.fields import Listing, TimeZone, When, wrong
from waywarn.config.references import (
    DevicePattern,
    Excepted,
    FenceFile,
    PathFile,
    RecipientName,
    is_about,
)
from waywarn.config.table import Count, Duration, Metre, Metres, Seconds, Table, Widths
from waywarn.presets import PRESETS, Preset

Numbers = dict[str, object]

# 0.5 is a fix exactly on the corridor's edge: an alarm is raised above it and cleared below it
Raise = Annotated[
    float | None, Field(gt=0.5, lt=1, description="give a probability from 0.5 to 1, for example 0.95")
]
Clear = Annotated[
    float | None, Field(gt=0, lt=0.5, description="give a probability from 0 to 0.5, for example 0.25")
]
Sure = Annotated[float | None, Field(gt=0, lt=1, description="give a probability, for example 0.9")]


def _ascending(band: tuple[float, float]) -> tuple[float, float]:
    if not band[0] < band[1]:
        raise wrong(f"{band[0]:g} is not less than {band[1]:g}", "give the lower altitude first")
    return band


Altitude = Annotated[float, Field(ge=-20_000, le=100_000)]
Band = Annotated[
    tuple[Altitude, Altitude],
    Field(strict=False),
    AfterValidator(_ascending),
]


class RuleConfig(Table):
    """What every kind of rule has: whom it watches, when it is awake, and who is told."""

    kind: Literal["deviation", "geofence"] = Field(description='write kind = "deviation" or "geofence"')
    device: DevicePattern | None = Field(
        default=None, description='name one of [devices.NAME], or a pattern such as "van-*"'
    )
    devices: Annotated[Listing[DevicePattern] | None, Field(min_length=1)] = Field(
        default=None, description='give a list, for example ["anna", "van-*"]'
    )
    assigned: Literal[True] | None = Field(
        default=None, description="write true: those follow it to whom it is assigned, and nobody else"
    )
    when: When | None = Field(default=None, description='write for example "Mon-Fri 07:00-08:15"')
    time_zone: TimeZone | None = Field(default=None, description='write for example "Europe/Vienna"')
    excepted: Listing[Excepted] = Field(
        default=(), alias="except", description='give a list, for example ["2026-12-24", "holidays.ics"]'
    )
    tell: Listing[RecipientName] = Field(default=(), description='give a list, for example ["mother"]')

    @property
    def patterns(self) -> tuple[str, ...]:
        """The devices as the file names them, names or patterns for many; none if it is just assigned."""
        return (self.device,) if self.device is not None else self.devices or ()

    def watches(self, device: str) -> bool:
        """Whether one of the names and patterns is about a device; it may be assigned to others."""
        return any(is_about(pattern, device) for pattern in self.patterns)


def stated(table: Table, names: Iterable[str]) -> Numbers:
    """Give the numbers and choices that a table states itself."""
    return {name: value for name in names if (value := getattr(table, name)) is not None}


class DeviationConfig(RuleConfig):
    """``kind = "deviation"``: which devices keep to which path, and when an alarm rises."""

    path: PathFile = Field(description='name the path\'s file, for example "school.geojson"')
    preset: Annotated[Preset | None, Field(strict=False)] = None
    half_width_m: Widths = None
    left_half_width_m: Widths = None
    start_disc_m: Metres = None
    end_disc_m: Metres = None
    directed: bool | None = Field(default=None, description="write true or false")
    altitude_m: Band | None = Field(default=None, description="give the band in metres, as [0, 120]")
    confirm_fixes: Count = None
    confirm_s: Duration = None
    raise_probability: Raise = None
    clear_probability: Clear = None
    starts: Literal["on_path", "at_start", "at_once"] | None = None
    ends: Literal["at_end", "never"] | None = None
    start_grace_m: Metres = None
    end_grace_m: Metres = None
    silence_s: Seconds = None
    default_accuracy_m: Metres = None

    def in_force(self) -> Numbers:
        """Give the preset's numbers, overridden by those stated; all else is the engine's default."""
        return {**(PRESETS[self.preset] if self.preset else {}), **stated(self, DEVIATION_NUMBERS)}

    def of_corridor(self) -> Numbers:
        """Give what is in force of the corridor's own numbers, by the names of the file."""
        return {key: value for key, value in self.in_force().items() if key in CORRIDOR_NUMBERS}

    def of_rule(self) -> Numbers:
        """Give what is in force of the engine's numbers."""
        return {key: value for key, value in self.in_force().items() if key not in CORRIDOR_NUMBERS}


class CircleConfig(Table):
    """``circle = { lon = 16.37, lat = 48.2, radius_m = 80 }``: a fence that needs no file."""

    lon: float = Field(ge=-180, le=180, description="give degrees east, for example 16.3738")
    lat: float = Field(ge=-90, le=90, description="give degrees north, for example 48.2082")
    radius_m: Metre = Field(description="give metres, for example 80")


class GeofenceConfig(RuleConfig):
    """``kind = "geofence"``: which devices are told of as they enter and leave which fences."""

    fences: FenceFile | None = Field(default=None, description='name a file, for example "school.geojson"')
    circle: CircleConfig | None = Field(
        default=None, description="write circle = { lon = 16.37, lat = 48.2, radius_m = 80 }"
    )
    confirm_fixes: Count = None
    confirm_s: Duration = None
    enter_probability: Sure = None
    exit_probability: Sure = None
    silence_s: Seconds = None
    default_accuracy_m: Metres = None

    def in_force(self) -> Numbers:
        """Give the numbers stated; all else is the engine's default."""
        return stated(self, GEOFENCE_NUMBERS)


CORRIDOR_NUMBERS = (
    "half_width_m",
    "left_half_width_m",
    "start_disc_m",
    "end_disc_m",
    "directed",
    "altitude_m",
)
DEVIATION_NUMBERS = (
    *CORRIDOR_NUMBERS,
    "confirm_fixes",
    "confirm_s",
    "raise_probability",
    "clear_probability",
    "starts",
    "ends",
    "start_grace_m",
    "end_grace_m",
    "silence_s",
    "default_accuracy_m",
)
GEOFENCE_NUMBERS = (
    "confirm_fixes",
    "confirm_s",
    "enter_probability",
    "exit_probability",
    "silence_s",
    "default_accuracy_m",
)

RULE_MODELS: Mapping[str, type[RuleConfig]] = MappingProxyType(
    {"<deviation>": DeviationConfig, "<geofence>": GeofenceConfig}
)
"""The model of each kind; its key is how pydantic's errors call it, which ``wording.py`` takes out again."""


def _model(value: object) -> str:
    """Choose the model; where the kind is missing or misspelt, the one whose keys are there."""
    keys = value if isinstance(value, Mapping) else {}
    kind = f"<{keys.get('kind')}>"
    return (
        kind if kind in RULE_MODELS else "<geofence>" if {"fences", "circle"} & set(keys) else "<deviation>"
    )


AnyRule = Annotated[
    Annotated[DeviationConfig, Tag("<deviation>")] | Annotated[GeofenceConfig, Tag("<geofence>")],
    Discriminator(_model),
]
