"""A trip as a way: its fixes in order, the line through them, and evenly spaced samples of it.

Cleaning is ``corridor/recording.py``. Everything here is geocentric metres: any place on earth, any length.
"""

from dataclasses import dataclass

import numpy as np

from corridor.batch import FixBatch
from corridor.ellipsoid import Floats, geodetic
from corridor.frame import geocentric_xyz
from corridor.geodesic import densify, lengths_m

MAX_EDGE_M = 1_000.0  # a chord of this length runs 2 cm below the geodesic


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A clean trip, or a part of one.

    Parameters
    ----------
    trip
        Which of the given trips it is.
    xyz
        (F, 3) the fixes, geocentric metres.
    elapsed_s
        (F,) since the first fix.
    accuracy_m
        (F,) radius of 95 %, NaN: not stated.
    samples
        (M, 3) evenly spaced along the line through the fixes.
    sample_fix
        (M,) where the samples are: fix and fraction of the way to the next.
    from_fix_m
        (M,) how far along the line the nearest fix is.
    """

    trip: int
    xyz: Floats
    elapsed_s: Floats
    accuracy_m: Floats
    samples: Floats
    sample_fix: Floats
    from_fix_m: Floats

    @property
    def sample_s(self) -> Floats:
        """(M,) seconds since the first fix, at the samples."""
        return np.interp(self.sample_fix, np.arange(len(self.elapsed_s)), self.elapsed_s)

    def part(self, first: int, last: int) -> "Trace":
        """Give the part between two samples, both included."""
        fixes = slice(int(np.ceil(self.sample_fix[first])), int(np.floor(self.sample_fix[last])) + 1)
        return Trace(
            trip=self.trip,
            xyz=self.xyz[fixes],
            elapsed_s=self.elapsed_s[fixes],
            accuracy_m=self.accuracy_m[fixes],
            samples=self.samples[first : last + 1],
            sample_fix=self.sample_fix[first : last + 1] - fixes.start,
            from_fix_m=self.from_fix_m[first : last + 1],
        )


def trace_of(batch: FixBatch, trip: int, step_m: float) -> Trace:
    """Make a trace of clean fixes, in order of time.

    Parameters
    ----------
    step_m
        Between two samples, about: the line's length is divided evenly.
    """
    lon, lat, fix = _dense(batch.lon, batch.lat)
    line = geocentric_xyz(lon, lat)
    along_m = lengths_along_m(line)
    at_m = np.linspace(0.0, along_m[-1], max(2, round(along_m[-1] / step_m) + 1))
    sample_fix = np.interp(at_m, along_m, fix)
    fix_m = np.interp(np.arange(len(batch)), fix, along_m)
    before = np.clip(np.searchsorted(fix_m, at_m, side="right") - 1, 0, len(batch) - 2)
    return Trace(
        trip=trip,
        xyz=geocentric_xyz(batch.lon, batch.lat),
        elapsed_s=batch.time - batch.time[0],
        accuracy_m=batch.accuracy_m,
        samples=placed_at(line, along_m, at_m),
        sample_fix=sample_fix,
        from_fix_m=np.minimum(at_m - fix_m[before], fix_m[before + 1] - at_m),
    )


def lengths_along_m(line: Floats) -> Floats:
    """Give the (V,) lengths of a (V, 3) line up to its vertices."""
    return np.append(0.0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1)))


def placed_at(line: Floats, along_m: Floats, at_m: Floats) -> Floats:
    """Give the (M, 3) places at (M,) lengths along a line."""
    return np.stack([np.interp(at_m, along_m, axis) for axis in line.T], axis=1)


def evenly(line: Floats, step_m: float) -> Floats:
    """Give a line through evenly spaced places of another, `step_m` apart or a little more or less."""
    along_m = lengths_along_m(line)
    count = max(2, round(along_m[-1] / step_m) + 1)
    return placed_at(line, along_m, np.linspace(0.0, along_m[-1], count))


def degrees(xyz: Floats) -> tuple[Floats, Floats]:
    """Give longitude and latitude of (V, 3) places on the ellipsoid, or some metres off it."""
    return geodetic(*xyz.T)


def _dense(lon: Floats, lat: Floats) -> tuple[Floats, Floats, Floats]:
    """Put places into long edges; give each its fix and fraction too."""
    dense_lon, dense_lat = densify(lon, lat, MAX_EDGE_M)
    pieces = np.maximum(np.ceil(lengths_m(lon, lat) / MAX_EDGE_M), 1)  # as `densify` cuts
    given = np.append(0.0, np.cumsum(pieces))
    return dense_lon, dense_lat, np.interp(np.arange(len(dense_lon)), given, np.arange(len(lon)))
