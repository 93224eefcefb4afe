"""`read_fences`: all fences of a GeoJSON, KML or WKT file, found by what it holds rather than by its name.

The readers are ``fence_reading.py``; what could be done about a bad file is ``fence_repair.py``.
"""

from collections.abc import Iterator
from itertools import islice
from os import PathLike
from pathlib import Path

from corridor.errors import FenceError
from corridor.fence import Fence
from corridor.fence_reading import (
    MAX_BYTES,
    MAX_FENCES,
    Drawn,
    from_geojson,
    from_kml,
    from_wkt,
    load_json,
)

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_fences(file: str | PathLike[str]) -> list[Fence]:
    """Read fences from GeoJSON, KML or WKT.

    Parameters
    ----------
    file
        GeoJSON: polygons, and points with the property ``radius_m``, which are circles. KML: placemarks with
        polygons, or with a point and extended data of that name. WKT: one or several geometries, each
        beginning on a line of its own. Longitude comes first in all of them.

    Returns
    -------
    The fences in the order of the file, named as it says (``name``, ``title`` or ``id``), else by the file's
    name and a number.

    Raises
    ------
    FenceError
        The file cannot be read, holds no fence, or one that cannot be; the text begins with its name and says
        which feature and which vertex. Nothing is mended: `repair_fences` says what could be.
    """
    path = Path(file)
    try:
        fences = [Fence.from_drawn(drawn) for drawn in drawn_in(path)]
    except FenceError as error:
        raise FenceError(f"{path.name}: {error}") from None
    if not 0 < len(fences) <= MAX_FENCES:
        count = f"over {MAX_FENCES} fences" if fences else "no fence"
        raise FenceError(f"{path.name}: it holds {count}")
    return fences


def drawn_in(path: Path, *, closing: bool = False) -> Iterator[Drawn]:
    """Give what a file draws, at most one more than `MAX_FENCES`; `closing` as for `from_wkt`."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FenceError(f"it has {path.stat().st_size} bytes, over {MAX_BYTES}")
        data = path.read_bytes()
    except OSError as error:
        raise FenceError(f"it cannot be read: {error.strerror or error}") from None
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<") or data.startswith(_UTF16):
        return islice(from_kml(data, path.stem), MAX_FENCES + 1)
    if start.startswith((b"{", b"[")):
        return islice(from_geojson(load_json(data), path.stem), MAX_FENCES + 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FenceError("it is neither GeoJSON, KML nor WKT") from None
    return islice(from_wkt(text, path.stem, closing=closing), MAX_FENCES + 1)
