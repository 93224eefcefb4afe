"""GPX 1.0 and 1.1: tracks are recordings and paths, routes are paths, waypoints are neither.

Namespaces are not insisted on: real files lack or misspell them.
"""

from corridor.tracks.lines import Drawing, Line, Point
from corridor.xmltree import Element

# Of a point and its extensions (Garmin's TrackPointExtension, loggers' own). `hdop` is no accuracy.
_OF_POINT = ("ele", "time", "speed", "course", "accuracy")


def read_gpx(root: Element) -> Drawing:
    """Read a GPX document.

    Segments of one track are joined in order: a new one begins where reception was lost
    (GPX 1.1, trkseg), and the device went on along its way all the same.
    """
    tracks = [_line(track, "trkpt") for track in _all(root, "trk")]
    routes = [_line(route, "rtept") for route in _all(root, "rte")]
    points = [{**point, "name": track.name} for track in tracks for point in track.points]
    waypoints = len(_all(root, "wpt"))
    kinds = (("waypoint", waypoints), ("route point", sum(len(route.points) for route in routes)))
    besides = " and ".join(f"{count} {kind}{'s' * (count > 1)}" for kind, count in kinds if count)
    return Drawing(
        lines=[line for line in (*tracks, *routes) if line.points],
        points=points,
        otherwise=f", only {besides}" if besides else "",
    )


def _line(element: Element, point_name: str) -> Line:
    name = next((child.text.strip() for child in element.children if child.local == "name"), "")
    points = [_point(point) for point in element.walk() if point.local == point_name]
    return Line(name or None, points)


def _point(element: Element) -> Point:
    point: dict[str, object] = {name: element.attributes.get(name, "") for name in ("lon", "lat")}
    for part in element.walk():
        if part.local in _OF_POINT:
            point.setdefault(part.local, part.text)
    return point


def _all(root: Element, local: str) -> list[Element]:
    return [child for child in root.children if child.local == local]
