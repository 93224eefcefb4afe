"""The ranges of numbers that only rules have; those that other tables share are ``table.py``."""

from typing import Annotated

from pydantic import AfterValidator, Field

from waywarn.config.fields import wrong
from waywarn.config.table import MAX_SECONDS

MAX_KMH = 43_200  # 12 km/s: faster leaves the earth
MAX_APART_M = 20_100_000  # half the earth's circumference: nothing is farther from anything

# 0.5 is a fix exactly on the corridor's edge: an alarm is raised above it and cleared below it
Raise = Annotated[
    float | None, Field(gt=0.5, lt=1, description="give a probability from 0.5 to 1, for example 0.95")
]
Clear = Annotated[
    float | None, Field(gt=0, lt=0.5, description="give a probability from 0 to 0.5, for example 0.25")
]
Sure = Annotated[float | None, Field(gt=0, lt=1, description="give a probability, for example 0.9")]
Kmh = Annotated[float | None, Field(gt=0, le=MAX_KMH, description="give km/h, for example 30")]
Mps = Annotated[
    float | None, Field(gt=0, le=MAX_KMH / 3.6, description="give metres a second, for example 8")
]
Apart = Annotated[float | None, Field(gt=0, le=MAX_APART_M, description="give metres, for example 50")]
Angle = Annotated[float | None, Field(ge=0, le=180, description="give degrees, for example 60")]
Along = Annotated[float, Field(ge=0, le=MAX_APART_M)]
Wait = Annotated[float | None, Field(gt=0, le=MAX_SECONDS, description="give seconds, for example 300")]


def _ascending(band: tuple[float, float]) -> tuple[float, float]:
    if not band[0] < band[1]:
        raise wrong(f"{band[0]:g} is not less than {band[1]:g}", "give the lower altitude first")
    return band


Altitude = Annotated[float, Field(ge=-20_000, le=100_000)]
Band = Annotated[tuple[Altitude, Altitude], Field(strict=False), AfterValidator(_ascending)]
