"""What reading a file yields: a `Track` of fixes, or the vertices of a path; and what was refused.

The readers are beside this file, one for each format.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corridor.batch import FixBatch

Floats = npt.NDArray[np.float64]

MAX_REFUSALS = 1_000  # refused rows kept with their reason; the rest is counted (a file may be all bad)
# No recording leaves out so much between two vertices: a place is wrong, or two trips are in one file.
MAX_EDGE_M = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken.

    Parameters
    ----------
    row
        The line of a CSV file, else the number of the row or point; from 1.
    reason
        What is wrong with it, with the value.
    """

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Track:
    """The good fixes of a file, in its order, and what was made of the rest.

    Parameters
    ----------
    batch
        At least one fix.
    refused
        The first bad rows, at most `MAX_REFUSALS`.
    columns
        Quantity to the spelling it was taken from, with the unit where that is not ours.
    refused_count
        How many rows were refused in all.
    """

    batch: FixBatch
    refused: tuple[Refusal, ...]
    columns: dict[str, str]
    refused_count: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class PathVertices:
    """The vertices of one line, in the order of the file.

    Parameters
    ----------
    lon, lat
        (V,) degrees.
    time
        (V,) UTC seconds, or seconds since the start where the file states only those; None where
        a vertex has no time.
    name
        What the file calls the line.
    half_width_m
        (V,) where the file states one for each vertex.
    role, trips
        ``main`` or ``alternative``, and how many trips it was learned from, where the file states them.
    """

    lon: Floats
    lat: Floats
    time: Floats | None
    name: str | None = None
    half_width_m: Floats | None = None
    role: str = ""
    trips: int = 0
