"""KML: lines and Google's tracks are paths; tracks and points with a time are recordings.

KMZ archives are not opened.
"""

from collections.abc import Iterator

from corridor.tracks.lines import Drawing, Line, Point
from corridor.xmltree import Element


def read_kml(root: Element) -> Drawing:
    """Read a KML 2.2 document, `gx:Track` and `gx:MultiTrack` included."""
    lines: list[Line] = []
    recorded: list[Point] = []
    shapes = 0
    for placemark in (element for element in root.walk() if element.local == "Placemark"):
        name = _child_text(placemark, "name") or None
        tracks = [list(_track_points(element)) for element in placemark.walk() if element.local == "Track"]
        track = [point for points in tracks for point in points]
        recorded.extend({**point, "name": name} for point in track)
        if track:
            lines.append(Line(name, track))
        for shape in placemark.walk():
            if shape.local == "LineString":
                points = list(_coordinates(shape))
                lines += [Line(name, points)] if points else []
            elif shape.local == "Point":
                recorded.extend(_timed_points(placemark, shape, name))
            shapes += shape.local in {"Point", "Polygon"}
    return Drawing(lines, recorded, f", only {shapes} points or areas without a time" if shapes else "")


def _track_points(track: Element) -> Iterator[Point]:
    """Pair ``when``, ``gx:coord`` and ``gx:angles`` by their order, as the format does."""
    times = [element.text for element in track.children if element.local == "when"]
    angles = [element.text.split() for element in track.children if element.local == "angles"]
    coordinates = [element.text.split() for element in track.children if element.local == "coord"]
    for position, coordinate in enumerate(coordinates):
        point = _place(coordinate)
        if position < len(times):
            point["time"] = times[position]
        if position < len(angles) and angles[position]:
            point["course"] = angles[position][0]
        yield point


def _coordinates(shape: Element) -> Iterator[dict[str, object]]:
    text = next((child.text for child in shape.children if child.local == "coordinates"), "")
    return (_place(each.split(",")) for each in text.split())


def _timed_points(placemark: Element, shape: Element, name: str | None) -> Iterator[Point]:
    stamps = [element for element in placemark.children if element.local == "TimeStamp"]
    if stamps and (when := _child_text(stamps[0], "when")):
        for point in _coordinates(shape):
            yield {**point, "time": when, "name": name}


def _place(numbers: list[str]) -> dict[str, object]:
    """Name the numbers of one place; they come longitude first."""
    return dict(zip(("lon", "lat", "altitude"), numbers, strict=False))


def _child_text(element: Element, local: str) -> str:
    return next((child.text.strip() for child in element.children if child.local == local), "")
