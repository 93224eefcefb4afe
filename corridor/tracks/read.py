"""`read_fixes` and `read_path`: which reader a file needs, by what it holds rather than by its name.

The readers are beside this file. Sizes are capped here, before anything is parsed.
"""

import gzip
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from os import PathLike
from pathlib import Path

from corridor.errors import PathError, TrackError, XmlError
from corridor.tracks.columns import REQUIRED_COLUMNS, find_column, recognise
from corridor.tracks.geojson import read_geojson
from corridor.tracks.gpx import read_gpx
from corridor.tracks.kml import read_kml
from corridor.tracks.lines import Drawing, choose_line, line_vertices, points_table, table_vertices
from corridor.tracks.settle import RawTable, select, settle
from corridor.tracks.table import Choose, read_csv, read_parquet
from corridor.tracks.track import PathVertices, Track
from corridor.xmltree import parse_xml

MAX_TABLE_BYTES = 2 << 30  # CSV and Parquet: 20 million rows of 100 bytes
MAX_TREE_BYTES = 256 << 20  # GPX, KML, GeoJSON become objects, some ten times their size

_UTF16_XML = {b"\xff\xfe<\x00", b"\xfe\xff\x00<"}


def read_fixes(
    file: str | PathLike[str],
    *,
    naive_zone: tzinfo | None = None,
    default_device: str | None = None,
    where: Mapping[str, str] | None = None,
    exchanged: bool = False,
    device_column: str | None = None,
) -> Track:
    """Read a recorded track: CSV, Parquet, GPX, KML or GeoJSON, also gzipped.

    Parameters
    ----------
    file
        Columns ``time, lon, lat`` and optionally ``device_id, accuracy_m, speed_mps, course_deg,
        altitude_m``; common other spellings are recognised and named in the result.
    naive_zone
        The zone of times that name none; without it such rows are refused.
    default_device
        The device of a file that names none; the file's own name unless given.
    where
        Only rows whose columns equal these texts, for example ``{"trip_id": "3131100"}``.
    exchanged
        Take the longitude for the latitude and the other way round, in every row.
    device_column
        The column that says whose a fix is, whatever it is called: with ``trip_id`` each trip is a device.

    Returns
    -------
    Track
        The good rows, in the order of the file, and what was refused.

    Raises
    ------
    TrackError
        The file cannot be read or holds no usable fix; the text begins with its name.

    Notes
    -----
    A column ``accuracy`` is the radius of 68 % that phones state and becomes that of 95 %;
    ``accuracy_m`` is that of 95 % already.
    """
    path = Path(file)
    wanted = dict(where or {})
    try:
        raw = _raw_table(path, [*wanted, *([device_column] if device_column else [])])
        raw = _exchanged(raw) if exchanged else raw
        device = default_device or _bare_name(path)
        chosen = select(raw, wanted)
        chosen = _named_by(chosen, device_column) if device_column else chosen
        return settle(chosen, naive_zone=naive_zone, default_device=device)
    except TrackError as error:
        raise TrackError(f"{file}: {error}") from None


def read_path(file: str | PathLike[str], *, check: bool = True) -> PathVertices:
    """Read the one line that a file holds, or the one that ``file#name`` chooses.

    Parameters
    ----------
    file
        GPX (track or route), KML, GeoJSON, CSV or Parquet (one device is one line).
    check
        Without it the vertices are given as the file has them, for `corridor.repair.repair_path`; NaN
        where there is no number.

    Raises
    ------
    PathError
        The file cannot be read, a vertex is no place or over 1,000 km from the one before it, or there
        are several lines and none is chosen; the text begins with the file's name.

    Examples
    --------
    ``read_path("school.gpx")``, ``read_path("buses.geojson#D40:06")``
    """
    path, name = split_name(file)
    try:
        drawing = _drawing(path)
        if isinstance(drawing, RawTable):
            return table_vertices(drawing, name, check=check)
        return line_vertices(choose_line(drawing, name), check=check)
    except TrackError as error:
        raise PathError(f"{file}: {error}") from None


def read_lines(file: str | PathLike[str]) -> tuple[PathVertices, ...]:
    """Read all lines of a GPX, KML or GeoJSON file, in its order.

    Raises
    ------
    PathError
        The file cannot be read, holds no line, or a vertex is no place; the text begins with its name.
    """
    try:
        drawing = _drawing(Path(file))
        if isinstance(drawing, RawTable):
            return (table_vertices(drawing, None),)
        choose_line(replace(drawing, lines=drawing.lines[:1]), None)
        return tuple(line_vertices(line) for line in drawing.lines)
    except TrackError as error:
        raise PathError(f"{file}: {error}") from None


def _raw_table(path: Path, more: Sequence[str]) -> RawTable:
    def choose(names: Sequence[str]) -> Sequence[str]:
        found = recognise(names, required=REQUIRED_COLUMNS)
        return list(dict.fromkeys([*found.values(), *(find_column(name, names) for name in more)]))

    drawing = _load(path, choose)
    return drawing if isinstance(drawing, RawTable) else points_table(drawing, choose)


def _exchanged(raw: RawTable) -> RawTable:
    found = recognise(list(raw.columns), required=REQUIRED_COLUMNS)
    lon, lat = found["lon"], found["lat"]
    return replace(raw, columns={**raw.columns, lon: raw.columns[lat], lat: raw.columns[lon]})


def _named_by(raw: RawTable, column: str) -> RawTable:
    """Put a column in the place of the one that holds the device."""
    device = recognise(list(raw.columns), required=REQUIRED_COLUMNS).get("device_id")
    others = {name: values for name, values in raw.columns.items() if name != device}
    return replace(raw, columns={**others, "device_id": raw.columns[find_column(column, list(raw.columns))]})


def _drawing(path: Path) -> RawTable | Drawing:
    def choose(names: Sequence[str]) -> Sequence[str]:
        found = recognise(names, required=("lon", "lat"))
        return [found[name] for name in ("device_id", "time", "lon", "lat") if name in found]

    return _load(path, choose)


def _load(path: Path, choose: Choose) -> RawTable | Drawing:
    data = _bytes_of(path)
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data.startswith(b"PAR1"):
        return read_parquet(data, choose)
    if data.startswith(b"PK\x03\x04"):
        raise TrackError("it is a ZIP archive (a KMZ?); unpack it and give the file inside")
    if head.startswith(b"<") or data[:4] in _UTF16_XML:
        return _read_xml(data)
    if head.startswith((b"{", b"[")):
        _check_tree_size(data)
        return read_geojson(data)
    if not head:
        raise TrackError("it is empty")
    return read_csv(data, choose)


def _read_xml(data: bytes) -> Drawing:
    _check_tree_size(data)
    try:
        root = parse_xml(data, max_bytes=MAX_TREE_BYTES)
    except XmlError as error:
        raise TrackError(str(error)) from None
    if root.local == "gpx":
        return read_gpx(root)
    if root.local == "kml":
        return read_kml(root)
    raise TrackError(f"its root element is <{root.local[:60]}>; GPX and KML are read")


def _bare_name(path: Path) -> str:
    return Path(path.stem).stem if path.suffix == ".gz" else path.stem


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_TABLE_BYTES + 1)
        if data.startswith(b"\x1f\x8b"):
            with gzip.open(path) as stream:
                data = stream.read(MAX_TABLE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise TrackError(f"it cannot be read: {reason}") from None
    if len(data) > MAX_TABLE_BYTES:
        raise TrackError(f"it is larger than {MAX_TABLE_BYTES} bytes")
    return data


def _check_tree_size(data: bytes) -> None:
    if len(data) > MAX_TREE_BYTES:
        raise TrackError(f"{len(data)} bytes of XML or JSON; at most {MAX_TREE_BYTES} are read, use Parquet")


def split_name(file: str | PathLike[str]) -> tuple[Path, str | None]:
    """Cut ``file#name``; a file whose own name holds the sign comes first."""
    text = str(file)
    position = -1
    while not Path(text).is_file() and (position := text.find("#", position + 1)) >= 0:
        if Path(text[:position]).is_file():
            return Path(text[:position]), text[position + 1 :]
    return Path(text), None
