"""What could be done about a line that cannot be a path: each repair in words. Nothing is ever done silently.

Reading lines is ``tracks/``; a bad line is an error unless somebody asks for this. Who writes the result to a
file is the application.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from corridor.errors import PathError, TrackError
from corridor.geodesic import lengths_m
from corridor.tracks.track import MAX_EDGE_M, Floats, PathVertices, Track

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Reading = Callable[[], Track]
_Step = Callable[["_Line"], list["Repair"]]


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing that was changed, or would be.

    Parameters
    ----------
    place
        Where: a vertex, or several, counted from 1 as in the file.
    problem
        What is wrong there, with the value.
    change
        What is done about it, with the value before and after.

    Examples
    --------
    >>> str(Repair("vertex 3", "latitude 116.3 is outside [-90, 90]", "it is left out"))
    'vertex 3: latitude 116.3 is outside [-90, 90]; it is left out'
    """

    place: str
    problem: str
    change: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}; {self.change}"


def repair_path(vertices: PathVertices) -> tuple[PathVertices, tuple[Repair, ...]]:
    """Make a line that can be a path of one that cannot, and say how.

    In this order: vertices that are no numbers are left out; longitude and latitude change places where a
    latitude is over 90, in all vertices or in those alone, whichever makes the shorter line; a longitude of
    180 to 360 becomes that of the same meridian; what is out of range still is left out; and of a line with
    an edge of over 1,000 km the longest piece is kept.

    Parameters
    ----------
    vertices
        As the file has them: ``read_path(file, check=False)``.

    Returns
    -------
    The line, and what was done in order; nothing for a line that was good.

    Raises
    ------
    PathError
        Fewer than two vertices are left.

    Examples
    --------
    >>> line = PathVertices(np.array([48.2, 48.3]), np.array([116.3, 116.4]), None)
    >>> mended, (repair,) = repair_path(line)
    >>> mended.lon.tolist(), mended.lat.tolist()
    ([116.3, 116.4], [48.2, 48.3])
    >>> print(repair)
    all 2 vertices: latitude 116.3 is outside [-90, 90]; longitude and latitude change places: vertex 1 is \
(48.2, 116.3) and becomes (116.3, 48.2)
    """
    line = _Line(vertices.lon.copy(), vertices.lat.copy(), np.arange(1, len(vertices.lon) + 1))
    steps: tuple[_Step, ...] = (_drop_no_numbers, _swap, _wrap, _drop_out_of_range, _keep_longest)
    repairs = [repair for step in steps for repair in step(line)]
    if len(line.number) < 2:
        said = "; ".join(map(str, repairs))
        raise PathError(f"{len(line.number)} vertices would be left, a path needs two: {said}")
    kept = line.number - 1
    time = None if vertices.time is None else vertices.time[kept]
    return replace(vertices, lon=line.lon, lat=line.lat, time=time), tuple(repairs)


def read_either_way(as_it_is: Reading, exchanged: Reading) -> tuple[Track, tuple[Repair, ...]]:
    """Read fixes, with longitude and latitude exchanged if that makes more of them places.

    Parameters
    ----------
    as_it_is, exchanged
        Each reads the same file, and may raise TrackError.

    Raises
    ------
    TrackError
        Neither way gives a fix; the error is that of the file as it is.
    """
    plain = _tried(as_it_is)
    if isinstance(plain, Track) and not any("latitude" in row.reason for row in plain.refused):
        return plain, ()
    turned = _tried(exchanged)
    if isinstance(turned, Track) and (
        not isinstance(plain, Track) or turned.refused_count < plain.refused_count
    ):
        lon, lat = turned.batch.lon[0], turned.batch.lat[0]
        change = f"longitude and latitude change places: {_pair(lat, lon)} becomes {_pair(lon, lat)}"
        return turned, (Repair("all rows", "latitudes are outside [-90, 90]", f"{change}, and so on"),)
    if isinstance(plain, Track):
        return plain, ()
    raise plain


def _tried(read: Reading) -> Track | TrackError:
    try:
        return read()
    except TrackError as error:
        return error


def longest_piece(lon: Floats, lat: Floats, number: Ints | None = None) -> tuple[slice, tuple[Repair, ...]]:
    """Give the longest piece of a line between edges of over `MAX_EDGE_M`, and what is left out for it.

    Parameters
    ----------
    lon, lat
        (V,) degrees.
    number
        (V,) how people call the vertices; from 1 if not given.
    """
    called = np.arange(1, len(lon) + 1) if number is None else number
    edges_m = lengths_m(lon, lat)
    jumps = np.flatnonzero(edges_m > MAX_EDGE_M)
    if not len(jumps):
        return slice(0, len(lon)), ()
    pieces = list(zip([0, *(jumps + 1)], [*(jumps + 1), len(lon)], strict=True))
    start, stop = max(pieces, key=lambda piece: (edges_m[piece[0] : piece[1] - 1].sum(), piece[1] - piece[0]))
    problems = ", ".join(
        f"vertex {called[jump + 1]} is {edges_m[jump] / 1000:,.0f} km from the one before it"
        for jump in jumps[:5]
    )
    more = f" and {len(jumps) - 5} more such edges" if len(jumps) > 5 else ""
    change = (
        f"the longest piece, vertices {called[start]} to {called[stop - 1]}, is kept and the rest left out"
    )
    return slice(start, stop), (Repair("the line", problems + more, change),)


class _Line:
    """A line under repair, and which vertex of the file each of its own is."""

    def __init__(self, lon: Floats, lat: Floats, number: Ints) -> None:
        self.lon, self.lat, self.number = lon, lat, number

    def keep(self, rows: Flags | slice) -> None:
        self.lon, self.lat, self.number = self.lon[rows], self.lat[rows], self.number[rows]

    def at(self, row: int) -> str:
        return _pair(self.lon[row], self.lat[row])


def _drop_no_numbers(line: _Line) -> list[Repair]:
    bad = ~(np.isfinite(line.lon) & np.isfinite(line.lat))
    repairs = [
        Repair(f"vertex {line.number[row]}", f"{line.at(row)} is no place", "it is left out")
        for row in np.flatnonzero(bad).tolist()
    ]
    line.keep(~bad)
    return repairs


def _swap(line: _Line) -> list[Repair]:
    bad = (np.abs(line.lat) > 90.0) & (np.abs(line.lat) <= 180.0) & (np.abs(line.lon) <= 90.0)
    if not bad.any():
        return []
    everywhere = np.ones(len(bad), dtype=bool)
    swap = (
        everywhere if _fits(line, everywhere) and _length_m(line, everywhere) <= _length_m(line, bad) else bad
    )
    first = int(np.flatnonzero(bad)[0])
    problem = f"latitude {line.lat[first]:.10g} is outside [-90, 90]"
    rows = np.flatnonzero(swap).tolist()
    before = [line.at(row) for row in rows]
    line.lon[swap], line.lat[swap] = line.lat[swap].copy(), line.lon[swap].copy()
    if swap is everywhere:
        text = f"vertex {line.number[0]} is {before[0]} and becomes {line.at(0)}"
        change = f"longitude and latitude change places: {text}"
        return [Repair(f"all {len(rows)} vertices", problem, change)]
    return [
        Repair(
            f"vertex {line.number[row]}",
            f"latitude {line.lon[row]:.10g} is outside [-90, 90]",
            f"longitude and latitude change places: {was} becomes {line.at(row)}",
        )
        for row, was in zip(rows, before, strict=True)
    ]


def _fits(line: _Line, swap: Flags) -> bool:
    lon, lat = _swapped(line, swap)
    return bool((np.abs(lat) <= 90.0).all() and (np.abs(lon) <= 180.0).all())


def _length_m(line: _Line, swap: Flags) -> float:
    """Give how long the line is with some vertices swapped; those that are no place do not count."""
    lon, lat = _swapped(line, swap)
    good = (np.abs(lat) <= 90.0) & (np.abs(lon) <= 180.0)
    return float(lengths_m(lon[good], lat[good]).sum()) if good.sum() > 1 else 0.0


def _swapped(line: _Line, swap: Flags) -> tuple[Floats, Floats]:
    return np.where(swap, line.lat, line.lon), np.where(swap, line.lon, line.lat)


def _wrap(line: _Line) -> list[Repair]:
    beyond = (np.abs(line.lon) > 180.0) & (np.abs(line.lon) <= 360.0)
    repairs = []
    for row in np.flatnonzero(beyond).tolist():
        lon = float(line.lon[row])
        line.lon[row] = lon - np.copysign(360.0, lon)
        change = f"it becomes {line.lon[row]:.10g}, the same meridian"
        repairs.append(
            Repair(f"vertex {line.number[row]}", f"longitude {lon:.10g} is outside [-180, 180]", change)
        )
    return repairs


def _drop_out_of_range(line: _Line) -> list[Repair]:
    good = (np.abs(line.lon) <= 180.0) & (np.abs(line.lat) <= 90.0)
    repairs = [
        Repair(f"vertex {line.number[row]}", f"{line.at(row)} is out of range", "it is left out")
        for row in np.flatnonzero(~good).tolist()
    ]
    line.keep(good)
    return repairs


def _keep_longest(line: _Line) -> list[Repair]:
    if len(line.number) < 2:
        return []
    kept, repairs = longest_piece(line.lon, line.lat, line.number)
    line.keep(kept)
    return list(repairs)


def _pair(lon: float, lat: float) -> str:
    return f"({lon:.10g}, {lat:.10g})"
