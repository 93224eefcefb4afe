"""What GPX, KML and GeoJSON hold alike: named lines to follow and recorded points; and choosing one line.

The formats themselves are ``gpx.py``, ``kml.py`` and ``geojson.py``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from corridor.errors import FixError, TrackError
from corridor.fix import check_number
from corridor.tracks.columns import recognise
from corridor.tracks.numbers import Floats, name_codes, number_column
from corridor.tracks.settle import RawTable
from corridor.tracks.table import Choose
from corridor.tracks.times import utc_column
from corridor.tracks.track import MAX_EDGE_M, PathVertices

Point = Mapping[str, object]  # the file's own names to its values
Column: TypeAlias = "pa.Array | Floats"  # texts or numbers as a file holds them; or finite numbers

_STRAIGHT = 0.99  # through the earth it is less far than over it: by 0.1 % over `MAX_EDGE_M`


@dataclass(frozen=True, slots=True)
class Line:
    """A line as the file draws it; ``points`` hold ``lon``, ``lat`` and perhaps ``time``.

    What `corridor.learned` writes has a role, ``main`` or ``alternative``, half widths and a number of trips.
    """

    name: str | None
    points: Sequence[Point]
    elapsed_s: Sequence[object] | None = None
    half_width_m: Sequence[object] | None = None
    role: str = ""
    trips: int = 0


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that a file draws.

    Parameters
    ----------
    lines
        What can be taken as a path.
    points
        What was recorded, in the order of the file.
    otherwise
        What the file holds besides, for whoever finds the above empty.
    """

    lines: Sequence[Line]
    points: Sequence[Point]
    otherwise: str = ""


def points_table(drawing: Drawing, choose: Choose) -> RawTable:
    """Turn recorded points into columns of texts.

    Raises
    ------
    TrackError
        There is no point.
    """
    if not drawing.points:
        raise TrackError(f"it holds no recorded point{drawing.otherwise}")
    names = list(dict.fromkeys(name for point in drawing.points for name in point))
    columns = {name: _texts(point.get(name) for point in drawing.points) for name in choose(names)}
    return RawTable(columns=columns, rows=np.arange(1, len(drawing.points) + 1))


def choose_line(drawing: Drawing, name: str | None) -> Line:
    """Give the line called `name`, or the only one, or the only one whose role is ``main``.

    Raises
    ------
    TrackError
        There is none, or more than one; the text lists their names.
    """
    if not drawing.lines:
        raise TrackError(f"it holds no line{drawing.otherwise}")
    names = _labels(drawing.lines)
    main = [line for line in drawing.lines if line.role == "main"]
    if name is None and len(main) == 1:
        return main[0]
    if name is None and len(names) > 1:
        raise TrackError(f"it holds {len(names)} lines; choose one as FILE#NAME: {_listed(names)}")
    if name is not None and name not in names:
        raise TrackError(f"no line is called {name!r}; there are: {_listed(names)}")
    return drawing.lines[0 if name is None else names.index(name)]


def line_vertices(line: Line, *, check: bool = True) -> PathVertices:
    """Turn a line into numbers.

    Raises
    ------
    TrackError
        A vertex is no place, or over `MAX_EDGE_M` from the one before it; not raised without `check`.
    """
    time = None
    if line.elapsed_s is not None:
        time = _numbers(line.elapsed_s, len(line.points))
    elif any("time" in point for point in line.points):
        time = _times(_texts(point.get("time") for point in line.points))
    lon, lat = (_column([point.get(name) for point in line.points]) for name in ("lon", "lat"))
    vertices = _vertices(lon, lat, time, line.name, check=check)
    widths_m = None if line.half_width_m is None else _numbers(line.half_width_m, len(line.points))
    return replace(vertices, half_width_m=widths_m, role=line.role, trips=line.trips)


def table_vertices(raw: RawTable, name: str | None, *, check: bool = True) -> PathVertices:
    """Turn a table into one line, in the order of its rows; each device is a line of its own.

    Raises
    ------
    TrackError
        There are several devices and none is chosen, or rows could not be read; and as `line_vertices`.
    """
    if raw.misread:
        raise TrackError(f"row {raw.misread[0].row}: {raw.misread[0].reason}")
    found = recognise(list(raw.columns), required=("lon", "lat"))
    keep = np.ones(len(raw.rows), dtype=bool)
    if "device_id" in found:
        devices, codes = name_codes(raw.columns[found["device_id"]])
        if name is not None and name not in devices:
            raise TrackError(f"no line is called {name!r}; there are: {_listed(devices)}")
        if name is None and len(devices) > 1:
            raise TrackError(f"it holds {len(devices)} lines; choose one as FILE#NAME: {_listed(devices)}")
        keep = codes == devices.index(name) if name is not None else keep
        name = name or (devices[0] if devices else None)
    mask = pa.array(keep)
    chosen = {quantity: raw.columns[spelling].filter(mask) for quantity, spelling in found.items()}
    time = _times(chosen["time"]) if "time" in chosen else None
    return _vertices(chosen["lon"], chosen["lat"], time, name, check=check)


def _labels(lines: Sequence[Line]) -> list[str]:
    """Give each line its name, or its number where that is missing or another's too."""
    counts = Counter(line.name for line in lines)
    return [
        line.name if line.name and counts[line.name] == 1 else str(number)
        for number, line in enumerate(lines, start=1)
    ]


def _vertices(
    lon: Column, lat: Column, time: Floats | None, name: str | None, *, check: bool
) -> PathVertices:
    columns = {
        quantity: column if isinstance(column, np.ndarray) else number_column(column)[0]
        for quantity, column in (("lon", lon), ("lat", lat))
    }
    if check:
        _check_places(lon, lat, columns)
        _check_edges(columns["lon"], columns["lat"])
    return PathVertices(columns["lon"], columns["lat"], time, name)


def _check_places(lon: Column, lat: Column, columns: Mapping[str, Floats]) -> None:
    for quantity, cells in (("lon", lon), ("lat", lat)):
        numbers = columns[quantity]
        limit = 180.0 if quantity == "lon" else 90.0
        bad = np.flatnonzero(~(np.abs(numbers) <= limit))
        if len(bad):
            first = int(bad[0])
            raise TrackError(f"vertex {first + 1}: {_place_fault(quantity, cells[first], numbers[first])}")


def _check_edges(lon: Floats, lat: Floats) -> None:
    from corridor.frame import geocentric_xyz
    from corridor.geodesic import lengths_m  # needs PROJ, which reading fixes does not

    straight_m = np.linalg.norm(np.diff(geocentric_xyz(lon, lat), axis=0), axis=1)
    if (straight_m < _STRAIGHT * MAX_EDGE_M).all():
        return
    edges_m = lengths_m(lon, lat)
    for edge in np.flatnonzero(edges_m > MAX_EDGE_M)[:1]:
        far = f"{edges_m[edge] / 1000:,.0f} km from the one before it"
        raise TrackError(f"vertex {edge + 2}: {far}, over {MAX_EDGE_M / 1000:,.0f} km")


def _place_fault(quantity: str, cell: pa.Scalar | float, number: float) -> str:
    written = cell.as_py() if isinstance(cell, pa.Scalar) else float(cell)
    try:
        check_number(quantity, float(number))
    except FixError as error:
        if not np.isfinite(number):
            return f"{quantity} {written!r} is not a number"
        swapped = quantity == "lat" and abs(number) <= 180
        return f"{error}" + ("; are longitude and latitude swapped?" if swapped else "")
    return f"{quantity} {written!r} is no place"


def _times(column: pa.Array) -> Floats | None:
    """Give times for the sake of their differences, zone or not; None unless all are good."""
    try:
        seconds, _ = utc_column(column, UTC)
    except TrackError:
        return None
    return seconds if np.isfinite(seconds).all() else None


def _numbers(values: Sequence[object], count: int) -> Floats | None:
    """Give one number for each vertex; None where that is not what the file holds."""
    good = len(values) == count and all(isinstance(value, (int, float)) for value in values)
    numbers, _ = number_column(_texts(values))
    return numbers if good and np.isfinite(numbers).all() else None


def _column(values: Sequence[object]) -> Column:
    """Give finite numbers as they are, and what is something else as texts, to be told as the file has it."""
    if all(isinstance(value, float) for value in values):
        numbers = np.array(values, dtype=np.float64)
        if np.isfinite(numbers).all():
            return numbers
    return _texts(values)


def _texts(values: Iterable[object]) -> pa.Array:
    return pa.array([_text(value) for value in values], pa.large_string())


def _text(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else repr(value)
    return text.encode("utf-8", "replace").decode("utf-8")  # JSON can spell half a surrogate pair


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:60]) for name in names[:30])
    return shown + (f" and {len(names) - 30} more" if len(names) > 30 else "")
