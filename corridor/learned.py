"""What was learned from several trips: corridors, how many trips took each, and the evidence; as GeoJSON too.

The learning itself is ``learning/``.
"""

import math
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from corridor.corridor import Corridor
from corridor.errors import PathError
from corridor.path import Path

DEGREE_DECIMALS = 7  # a centimetre


class LeftOutReason(StrEnum):
    """Why a trip was not learned from."""

    COPY = "copy"  # the same fixes as another
    NO_PATH = "no_path"  # nothing is left of it when it is clean
    ELSEWHERE = "elsewhere"  # less than half of its way is in common with the others


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A trip that was not learned from; trips are numbered from 0 in the order given."""

    trip: int
    reason: LeftOutReason
    detail: str


@dataclass(frozen=True, slots=True)
class Branching:
    """A branch: which trips took it, between which lengths of the main path, and how long it is."""

    trips: tuple[int, ...]
    leaves_m: float
    rejoins_m: float
    length_m: float


@dataclass(frozen=True, slots=True)
class Parted:
    """A part of a trip that no other took; it was left out, the rest of the trip was not."""

    trip: int
    leaves_m: float
    rejoins_m: float
    length_m: float


@dataclass(frozen=True, slots=True)
class Width:
    """A stretch of the main path: its half width, how many trips were seen there, and how they scatter.

    The scatter is the standard deviation of each trip's farthest fix; NaN of one trip.
    """

    from_m: float
    to_m: float
    half_width_m: float
    trips: int
    scatter_m: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was kept and why; empty where corridors were read from a file."""

    used: tuple[int, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    branches: tuple[Branching, ...] = ()
    alone: tuple[Parted, ...] = ()
    widths: tuple[Width, ...] = ()


@dataclass(frozen=True, slots=True)
class Learned:
    """Corridors that are legal side by side.

    Parameters
    ----------
    corridors
        The main one first, with half widths and times at its vertices; then one for each branch.
    trip_counts
        How many trips took each; of the main one how many were learned from in all.
    evidence
        What was kept and why.
    """

    corridors: tuple[Corridor, ...]
    trip_counts: tuple[int, ...]
    evidence: Evidence = Evidence()

    @property
    def main(self) -> Corridor:
        """The corridor that most trips took."""
        return self.corridors[0]

    def to_geojson(self, **properties: Any) -> dict[str, Any]:
        """Give a FeatureCollection: a line for each corridor with ``half_width_m`` and ``elapsed_s``.

        `read_learned` reads all of it, `Path.from_file` the main path.

        Parameters
        ----------
        **properties
            More to say of the main path.
        """
        roles = ["main", *["alternative"] * (len(self.corridors) - 1)]
        features = [
            _feature(corridor, role, trips)
            for corridor, role, trips in zip(self.corridors, roles, self.trip_counts, strict=True)
        ]
        features[0]["properties"].update(properties)
        return {"type": "FeatureCollection", "features": features}


def read_learned(file: str | os.PathLike[str]) -> Learned:
    """Read the corridors of a file that `Learned.to_geojson` made (``waywarn record`` with several trips).

    Raises
    ------
    PathError
        The file cannot be read, or a line of it has no ``half_width_m`` at each vertex.
    """
    from corridor.tracks import read_lines  # reading files loads parsers

    lines = sorted(read_lines(file), key=lambda line: line.role != "main")
    corridors = []
    for line in lines:
        if line.half_width_m is None:
            raise PathError(
                f"{file}: line {line.name!r} has no half_width_m at each vertex; it was not learned"
            )
        path = Path(line.lon, line.lat, elapsed_s=line.time, name=line.name or "path")
        corridors.append(Corridor(path, half_width_m=line.half_width_m))
    return Learned(tuple(corridors), tuple(line.trips for line in lines))


def _feature(corridor: Corridor, role: str, trips: int) -> dict[str, Any]:
    path = corridor.path
    places = zip(
        path.lon.round(DEGREE_DECIMALS).tolist(), path.lat.round(DEGREE_DECIMALS).tolist(), strict=True
    )
    widths_m = np.broadcast_to(corridor.terms.right_m, len(path))
    properties: dict[str, Any] = {
        "name": path.name,
        "role": role,
        "trips": trips,
        "half_width_m": [math.ceil(width_m * 10) / 10 for width_m in widths_m.tolist()],
    }
    if path.elapsed_s is not None:
        properties["elapsed_s"] = path.elapsed_s.round(1).tolist()
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "LineString", "coordinates": [list(place) for place in places]},
    }
