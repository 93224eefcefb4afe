"""GeoJSON (RFC 7946): lines are paths; points, and lines whose vertices have times, are recordings.

Times of vertices are in ``coordTimes`` (or ``coordinateProperties.times``), as converters of GPX write them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from corridor.errors import TrackError
from corridor.tracks.lines import Drawing, Line, Point

MAX_PARTS_DEPTH = 16  # geometry collections within each other; more than one is discouraged (RFC 7946, 3.1.8)


def read_geojson(data: bytes) -> Drawing:
    """Read a GeoJSON text.

    Raises
    ------
    TrackError
        It is not JSON, or not GeoJSON.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise TrackError(f"it is not JSON: {str(error)[:200]}") from None
    lines: list[Line] = []
    recorded: list[Point] = []
    shapes = 0
    for properties, geometry in _shapes(document):
        kind, coordinates = geometry.get("type"), geometry.get("coordinates")
        shapes += 1
        if kind in {"LineString", "MultiLineString"}:
            parts = [coordinates] if kind == "LineString" else coordinates
            for line in _lines(properties, _sequence(parts), nested=kind != "LineString"):
                lines.append(line)
                recorded.extend({**properties, **point} for point in line.points if "time" in point)
        elif kind in {"Point", "MultiPoint"}:
            places = [coordinates] if kind == "Point" else _sequence(coordinates)
            recorded.extend({**properties, **_place(place)} for place in places)
    return Drawing(
        lines, recorded, f", only {shapes} shapes of other kinds, or without times" if shapes else ""
    )


def _shapes(document: object) -> Iterator[tuple[Mapping[str, object], Mapping[str, object]]]:
    """Give the properties and geometry of each feature, or of the bare geometry."""
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        raise TrackError('it is JSON but not GeoJSON: an object with a "type" is needed')
    kind = document["type"]
    features = _sequence(document.get("features")) if kind == "FeatureCollection" else [document]
    for feature in features:
        if not isinstance(feature, dict):
            continue
        is_feature = feature.get("type") == "Feature"
        properties = feature.get("properties") if is_feature else None
        geometry = feature.get("geometry") if is_feature else feature
        for part in _parts(geometry, MAX_PARTS_DEPTH):
            yield (properties if isinstance(properties, dict) else {}), part


def _parts(geometry: object, depth: int) -> Iterator[Mapping[str, object]]:
    if not isinstance(geometry, dict) or depth == 0:
        return
    if geometry.get("type") != "GeometryCollection":
        yield geometry
        return
    for part in _sequence(geometry.get("geometries")):
        yield from _parts(part, depth - 1)


def _lines(properties: Mapping[str, object], parts: Sequence[object], *, nested: bool) -> Iterator[Line]:
    """Give one line where the ends of its parts meet, else each part as a line of its own."""
    name = properties.get("name")
    name = name if isinstance(name, str) and name else None
    times = _vertex_times(properties)
    part_times = _sequence(times) if nested else [times]
    placed = [
        _points(_sequence(part), _sequence(part_times[position]) if position < len(part_times) else ())
        for position, part in enumerate(parts)
    ]
    joined = _joined(placed)
    if joined is not None:
        yield Line(name, joined, **_stated(properties))
        return
    for number, points in enumerate(placed, start=1):
        yield Line(f"{name or 'line'} (part {number})", points)


def _stated(properties: Mapping[str, object]) -> dict[str, Any]:
    """Give what a feature says of its line beside its vertices, where it is of the kind that it should be."""
    kinds = {"elapsed_s": list, "half_width_m": list, "role": str, "trips": int}
    return {word: properties[word] for word, kind in kinds.items() if isinstance(properties.get(word), kind)}


def _joined(parts: list[list[Point]]) -> list[Point] | None:
    line: list[Point] = []
    for part in parts:
        if line and part and not _meet(line[-1], part[0]):
            return None
        line.extend(part[1:] if line else part)
    return line


def _meet(end: Point, start: Point) -> bool:
    """Tell whether one part goes on where another ended; 180 and -180 are one meridian (RFC 7946, 3.1.9)."""
    if end.get("lat") != start.get("lat"):
        return False
    meridians = {end.get("lon"), start.get("lon")}
    return len(meridians) == 1 or meridians == {180.0, -180.0}


def _vertex_times(properties: Mapping[str, object]) -> object:
    by_vertex = properties.get("coordinateProperties")
    inner = by_vertex.get("times") if isinstance(by_vertex, dict) else None
    return inner or properties.get("coordTimes") or properties.get("times")


def _points(places: Sequence[object], times: Sequence[object]) -> list[Point]:
    points = [_place(place) for place in places]
    if len(times) == len(points):
        for point, time in zip(points, times, strict=True):
            point["time"] = time
    return list[Point](points)


def _place(numbers: object) -> dict[str, object]:
    if isinstance(numbers, list) and len(numbers) == 2:  # what most are, told apart with little work
        lon, lat = numbers
        if isinstance(lon, float) and isinstance(lat, float):
            return {"lon": lon, "lat": lat}
    values = [value if _is_number(value) else None for value in _sequence(numbers)]
    place: dict[str, object] = dict(zip(("lon", "lat", "altitude_m"), values, strict=False))
    return {"lon": None, "lat": None, **place}


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
