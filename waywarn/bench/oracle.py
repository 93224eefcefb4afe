"""Plain answers that everybody's are held against: slow, obvious, and from other sources than the engine.

Distances come from PROJ's geodesics; the deviation machine is written from its definition for the one set
of numbers that the harness uses. Fences are ``fence_oracle.py``.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from pyproj import Geod

from corridor import Path
from waywarn.bench.ground import Floats

Said = tuple[str, str, float]  # device, kind, time
SILENCE_S = 180.0  # a rule's default
_SIGMAS = 2.4477  # of a 95 % circle


@cache
def wgs84() -> Geod:
    """Give PROJ's geodesics."""
    return Geod(ellps="WGS84")


def distance_m(path: Path, lon: float, lat: float) -> float:
    """Measure one place against every edge, in the azimuthal equidistant plane about the place.

    There distances from the place are geodesics; an edge of some hundred metres is straight to far below
    a millimetre as long as the place is within a few kilometres.
    """
    count = len(path.lon)
    azimuth, _, away_m = wgs84().inv(np.full(count, lon), np.full(count, lat), path.lon, path.lat)
    bearing = np.radians(azimuth)
    vertex = np.stack([away_m * np.sin(bearing), away_m * np.cos(bearing)], axis=1)
    return _origin_to_edges(vertex)


def _origin_to_edges(vertex: Floats) -> float:
    edge = np.diff(vertex, axis=0)
    fraction = np.clip(-(vertex[:-1] * edge).sum(axis=1) / (edge * edge).sum(axis=1), 0.0, 1.0)
    return float(np.hypot(*(vertex[:-1] + fraction[:, None] * edge).T).min())


def place_at(path: Path, along_m: float) -> tuple[float, float]:
    """Give the place so far along a path."""
    azimuth, _, edge_m = wgs84().inv(path.lon[:-1], path.lat[:-1], path.lon[1:], path.lat[1:])
    at_m = np.concatenate([[0.0], np.cumsum(edge_m)])
    edge = int(np.clip(np.searchsorted(at_m, along_m, side="right") - 1, 0, len(edge_m) - 1))
    lon, lat, _ = wgs84().fwd(path.lon[edge], path.lat[edge], azimuth[edge], along_m - at_m[edge])
    return float(lon), float(lat)


@dataclass(slots=True)
class DeviationOracle:
    """One device under a rule that starts at once and never ends, fix by fix.

    INSIDE and OUTSIDE by the probability of being beyond the half width; so many OUTSIDE in a row over so
    many seconds raise, two INSIDE well within or over as many seconds end.
    """

    device: str
    half_width_m: float
    confirm_fixes: int
    confirm_s: float
    open: bool = False
    newest: float = -math.inf
    outside: list[tuple[float, float, float]] = field(default_factory=list)  # time, distance, probability
    inside: list[tuple[float, float]] = field(default_factory=list)  # time, distance

    def fold(self, time: float, distance_m: float, accuracy_m: float) -> Iterator[Said]:
        """Judge the next fix; an older one than the newest is not judged, a long silence counts anew."""
        if time <= self.newest:
            return
        if time - self.newest > SILENCE_S:
            self.outside.clear()
            self.inside.clear()
        self.newest = time
        near = _beyond(distance_m - self.half_width_m, accuracy_m)
        far = _beyond(-distance_m - self.half_width_m, accuracy_m)
        if near + far <= 0.35:
            self.outside.clear()
            self.inside.append((time, distance_m))
            if self.open and self._back():
                self.open = False
                yield self.device, "back_on_route", time
        elif near >= 0.95:
            self.inside.clear()
            self.outside.append((time, distance_m, near))
            if not self.open and self._off():
                self.open = True
                yield self.device, "off_route", time

    def _off(self) -> bool:
        long_s = self.outside[-1][0] - self.outside[0][0]
        sure = [each[1] > 3 * self.half_width_m and each[2] >= 0.999 for each in self.outside[-2:]]
        confirmed = len(self.outside) >= self.confirm_fixes and long_s >= self.confirm_s
        return confirmed or (len(sure) == 2 and all(sure))

    def _back(self) -> bool:
        if len(self.inside) < 2:
            return False
        well = all(distance_m <= 0.8 * self.half_width_m for _, distance_m in self.inside[-2:])
        return well or self.inside[-1][0] - self.inside[0][0] >= self.confirm_s


def _beyond(margin_m: float, accuracy_m: float) -> float:
    return 0.5 * math.erfc(-margin_m / (accuracy_m / _SIGMAS * math.sqrt(2)))


def first_difference(ours: Sequence[object], theirs: Sequence[object]) -> str:
    """Say where two lists part; empty where they do not."""
    for at, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
        if mine != other:
            return f"at {at}: ours {mine}, expected {other}"
    return "" if len(ours) == len(theirs) else f"ours are {len(ours)}, expected {len(theirs)}"
