"""What could be done about fences that cannot be: each repair in words. Nothing is ever done silently.

A bad fence is an error of `read_fences` unless somebody asks for this.
"""

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from corridor.ellipsoid import Floats
from corridor.errors import FenceError
from corridor.fence import Fence
from corridor.fence_file import drawn_in
from corridor.fence_reading import Drawn
from corridor.repair import Repair

Polygon = list[Floats]


def repair_fences(file: str | PathLike[str]) -> tuple[list[Fence], tuple[Repair, ...]]:
    """Make fences of a file that holds bad ones, and say how.

    In this order: vertices that are no numbers are left out; longitude and latitude change places where a
    latitude is over 90; rings are closed; vertices that repeat the one before are left out; a ring that
    crosses itself is split into parts that do not, and overlapping parts become one. What still cannot be a
    fence, a circle without a radius for one, is left out.

    Returns
    -------
    fences
        The good ones as they are, and the mended.
    repairs
        What was changed; none if `read_fences` takes the file as it is.

    Raises
    ------
    FenceError
        The file cannot be read, is of none of the formats, or holds nothing that can be a fence.
    """
    path = Path(file)
    fences: list[Fence] = []
    repairs: list[Repair] = []
    try:
        for drawn in drawn_in(path, closing=True):
            fence, done = repaired(drawn)
            fences += [] if fence is None else [fence]
            repairs += done
    except FenceError as error:
        raise FenceError(f"{path.name}: {error}") from None
    if not fences:
        raise FenceError(f"{path.name}: it holds nothing that can be a fence")
    return fences, tuple(repairs)


def repaired(drawn: Drawn) -> tuple[Fence | None, list[Repair]]:
    """Make a fence of a drawing if that can be done, and say how."""
    repairs = [Repair(drawn.where, "it has a ring that is not closed", "the ring is closed")] * drawn.closed
    try:
        return Fence.from_drawn(drawn), repairs
    except FenceError as error:
        problem = str(error).removeprefix(f"{drawn.where}: ")
    circle = drawn.circle
    if circle is not None and "swapped" in problem:
        lon, lat, radius_m = circle
        done = Repair(drawn.where, problem, "longitude and latitude change places")
        return _made(drawn._replace(circle=(lat, lon, radius_m)), [done])
    polygons = [_mended(polygon, drawn.where, repairs) for polygon in drawn.polygons]
    whole = drawn._replace(polygons=[polygon for polygon in polygons if polygon])
    try:
        return Fence.from_drawn(whole), repairs
    except FenceError as error:
        problem = str(error).removeprefix(f"{drawn.where}: ")
    if whole.polygons:
        repairs.append(Repair(drawn.where, problem, "it is split and joined into parts that do not cross"))
        whole = whole._replace(polygons=_made_valid(whole.polygons))
    return _made(whole, repairs, problem)


def _made(drawn: Drawn, repairs: list[Repair], problem: str = "") -> tuple[Fence | None, list[Repair]]:
    try:
        return Fence.from_drawn(drawn), repairs
    except FenceError as error:
        last = str(error).removeprefix(f"{drawn.where}: ")
        return None, [*repairs, Repair(drawn.where, problem or last, "it is left out")]


def _mended(polygon: list[Any], where: str, repairs: list[Repair]) -> Polygon:
    rings = []
    for number, ring in enumerate(polygon):
        place = where if len(polygon) == 1 else f"{where} ring {number}"
        vertices = _numbers(ring, place, repairs)
        if len(np.unique(vertices, axis=0)) < 3:
            repairs.append(Repair(place, "it has fewer than three distinct vertices", "it is left out"))
            if not number:
                return []
            continue
        rings.append(_closed(vertices, place, repairs))
    return rings


def _numbers(ring: Any, place: str, repairs: list[Repair]) -> Floats:
    """Give the vertices that are places, swapped where that makes them so; (V, 2)."""
    positions = ring if isinstance(ring, list | tuple) else []
    vertices = np.array([_position(position) for position in positions]).reshape(-1, 2)
    swapped = (np.abs(vertices[:, 1]) > 90) & (np.abs(vertices[:, 1]) <= 180) & (np.abs(vertices[:, 0]) <= 90)
    if swapped.any():
        at = int(np.argmax(swapped))
        problem = f"latitude {vertices[at, 1]} is outside [-90, 90]"
        repairs.append(
            Repair(f"{place} vertex {at}", problem, "longitude and latitude of the ring change places")
        )
        vertices = vertices[:, ::-1]
    good = (np.abs(vertices[:, 0]) <= 180) & (np.abs(vertices[:, 1]) <= 90)
    for at in np.flatnonzero(~good).tolist():
        lon, lat = vertices[at].tolist()
        repairs.append(Repair(f"{place} vertex {at}", f"{lon}, {lat} is no place", "it is left out"))
    places: Floats = vertices[good]
    return places


def _position(position: Any) -> tuple[float, float]:
    try:
        lon, lat, *_ = position
        return float(lon), float(lat)
    except (TypeError, ValueError, OverflowError):
        return float("nan"), float("nan")


def _closed(vertices: Floats, place: str, repairs: list[Repair]) -> Floats:
    if not (vertices[0] == vertices[-1]).all():
        last = len(vertices) - 1
        repairs.append(Repair(place, f"vertex {last} is not vertex 0", "the ring is closed"))
        vertices = np.vstack([vertices, vertices[:1]])
    moved = np.append(True, (np.diff(vertices, axis=0) != 0).any(axis=1))
    if not moved.all():
        count = int((~moved).sum())
        repairs.append(Repair(place, f"{count} vertices repeat the one before", "they are left out"))
    kept: Floats = vertices[moved]
    return kept


def _made_valid(polygons: list[Polygon]) -> list[Polygon]:
    shapes = [shapely.make_valid(shapely.Polygon(rings[0], rings[1:])) for rings in polygons]
    whole = shapely.union_all(shapes)
    return [
        [np.asarray(ring.coords)[:, :2] for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(whole)
        if part.geom_type == "Polygon"
    ]
