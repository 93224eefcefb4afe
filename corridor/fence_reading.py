"""Fences as files draw them: GeoJSON, KML and WKT to rings and circles, not yet judged.

Judging is ``fence.py``, mending ``fence_repair.py``, and which reader a file needs ``fence_file.py``.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import shapely

from corridor.errors import FenceError, XmlError
from corridor.xmltree import Element, parse_xml

MAX_BYTES = 256 << 20  # these become objects, some ten times their size
MAX_FENCES = 1_000_000  # of one file; each is an object, so more belongs into columns (`FenceSet.from_rings`)
MAX_DEPTH = 64  # collections within each other, and parentheses: more than one or three is odd already

Position = tuple[float, float]


class Drawn(NamedTuple):
    """One fence of a file."""

    where: str  # in the file: ``feature 3``
    name: str
    circle: tuple[Any, Any, Any] | None  # longitude, latitude, radius in metres, as the file has them
    polygons: list[list[Any]]  # rings of positions, as the file has them
    closed: bool = False  # the reader had to close a ring, as it was asked to


def from_geojson(document: object, default_name: str) -> Iterator[Drawn]:
    """Read features, geometries and collections of them (RFC 7946); a Point needs ``radius_m``.

    Raises
    ------
    FenceError
        It is not GeoJSON, or holds what is no area.
    """
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        raise FenceError('it is JSON but not GeoJSON: an object with a "type" is needed')
    if document["type"] != "FeatureCollection":
        yield from _feature(document, "it", default_name)
        return
    features = document.get("features")
    if not isinstance(features, list):
        raise FenceError('the FeatureCollection has no "features"')
    for number, feature in enumerate(features, start=1):
        yield from _feature(feature, f"feature {number}", f"{default_name} {number}")


def _feature(feature: object, where: str, default_name: str) -> Iterator[Drawn]:
    if not isinstance(feature, dict):
        raise FenceError(f"{where} is not an object")
    is_feature = feature.get("type") == "Feature"
    given = feature.get("properties") if is_feature else None
    properties: Mapping[str, Any] = given if isinstance(given, dict) else {}
    texts = (properties.get("name"), properties.get("title"), feature.get("id"))
    name = next((str(text) for text in texts if isinstance(text, str | int) and str(text)), default_name)
    name = name.encode("utf-16", "surrogatepass").decode(
        "utf-16", "replace"
    )  # JSON may hold half a character
    where = where if name == default_name else f'{where} "{name}"'
    geometry = feature.get("geometry") if is_feature else feature
    yield from _geometry(geometry, Drawn(where, name, None, []), properties.get("radius_m"), MAX_DEPTH)


def _geometry(geometry: object, drawn: Drawn, radius_m: object, depth: int) -> Iterator[Drawn]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind == "GeometryCollection" and isinstance(geometry, dict) and depth:
        parts = geometry.get("geometries")
        for part in parts if isinstance(parts, list) else []:
            yield from _geometry(part, drawn, radius_m, depth - 1)
    elif kind == "Polygon":
        yield drawn._replace(polygons=[_list(coordinates)])
    elif kind == "MultiPolygon":
        yield drawn._replace(polygons=[_list(polygon) for polygon in _list(coordinates)])
    elif kind == "Point" and radius_m is not None:
        lon, lat, *_ = [*_list(coordinates), None, None]
        yield drawn._replace(circle=(lon, lat, radius_m))
    elif kind == "Point":
        missing = "a Point without the property radius_m: no area; give metres, for example 80"
        raise FenceError(f"{drawn.where} is {missing}")
    else:
        raise FenceError(f"{drawn.where} is {str(kind)[:40]}: a Polygon, MultiPolygon or Point is needed")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def from_kml(data: bytes, default_name: str) -> Iterator[Drawn]:
    """Read the polygons of KML placemarks, and points whose extended data state ``radius_m``.

    Raises
    ------
    FenceError
        It is malformed, too large or too deep.
    """
    try:
        root = parse_xml(data, max_bytes=MAX_BYTES)
    except XmlError as error:
        raise FenceError(str(error)) from None
    placemarks = (element for element in root.walk() if element.local == "Placemark")
    for number, placemark in enumerate(placemarks, start=1):
        name = _child_text(placemark, "name") or f"{default_name} {number}"
        drawn = Drawn(f'placemark {number} "{name}"', name, None, [])
        shapes = [element for element in placemark.walk() if element.local == "Polygon"]
        if shapes:
            yield drawn._replace(polygons=[_kml_rings(shape) for shape in shapes])
        radii = [
            _child_text(element, "value")
            for element in placemark.walk()
            if element.local == "Data" and element.attributes.get("name") == "radius_m"
        ]
        for point in [element for element in placemark.walk() if element.local == "Point"] if radii else []:
            (lon, lat), *_ = [*_kml_positions(point), (None, None)]
            yield drawn._replace(circle=(lon, lat, _number(radii[0])))


def _kml_rings(polygon: Element) -> list[list[tuple[Any, Any]]]:
    for_side = {"outerBoundaryIs": [], "innerBoundaryIs": []}  # type: dict[str, list[list[tuple[Any, Any]]]]
    for side in polygon.children:
        for ring in side.walk():
            if side.local in for_side and ring.local == "LinearRing":
                for_side[side.local].append(_kml_positions(ring))
    return [*for_side["outerBoundaryIs"], *for_side["innerBoundaryIs"]]


def _kml_positions(shape: Element) -> list[tuple[Any, Any]]:
    texts = _child_text(shape, "coordinates").split()
    places = [[_number(number) for number in text.split(",")] for text in texts]
    return [(place[0], place[1]) if len(place) > 1 else (None, None) for place in places]


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _child_text(element: Element, local: str) -> str:
    return next((child.text.strip() for child in element.children if child.local == local), "")


def from_wkt(text: str, default_name: str, *, closing: bool = False) -> Iterator[Drawn]:
    """Read POLYGON and MULTIPOLYGON, one or several, each beginning on a line of its own.

    Parameters
    ----------
    closing
        Close open rings rather than refuse them, and say so in what is drawn.

    Raises
    ------
    FenceError
        It is not well-known text, or holds what is no area.
    """
    pieces = [piece for piece in re.split(r"(?m)^(?=[ \t]*[A-Za-z])", text) if piece.strip()]
    if not pieces:
        raise FenceError("it is empty")
    for number, piece in enumerate(pieces, start=1):
        where = "it" if len(pieces) == 1 else f"geometry {number}"
        name = default_name if len(pieces) == 1 else f"{default_name} {number}"
        if _nesting(piece) > MAX_DEPTH:
            raise FenceError(f"{where} nests deeper than {MAX_DEPTH}")
        drawn = Drawn(where, name, None, [])
        try:
            yield from _wkt_shape(_parsed(piece), drawn)
        except FenceError as error:
            if not (closing and "closed" in str(error)):
                raise FenceError(f"{where} {error}") from None
            yield from _wkt_shape(
                shapely.from_wkt(piece.strip(), on_invalid="fix"), drawn._replace(closed=True)
            )


def _parsed(text: str) -> Any:
    if "\0" in text:  # where GEOS would stop reading
        raise FenceError("is not well-known text: it holds a null character")
    try:
        return shapely.from_wkt(text.strip())
    except NotImplementedError:
        raise FenceError("has curves: a POLYGON or MULTIPOLYGON is needed") from None
    except (shapely.errors.GEOSException, UnicodeError, ValueError) as error:
        raise FenceError(_wkt_fault(str(error))) from None


def _nesting(text: str) -> int:
    depth = deepest = 0
    for character in re.findall(r"[()]", text):
        depth += 1 if character == "(" else -1
        deepest = max(deepest, depth)
    return deepest


def _wkt_fault(error: str) -> str:
    if "closed" in error:
        return "has a ring that is not closed"
    if "0 or" in error:
        return "has a ring of fewer than three distinct vertices"
    return f"is not well-known text: {error.partition(chr(10))[0][:120] or 'nothing can be read'}"


def _wkt_shape(shape: Any, drawn: Drawn) -> Iterator[Drawn]:
    if shape is None:
        raise FenceError("is not well-known text")
    if shape.geom_type in {"Polygon", "MultiPolygon"}:
        parts = shapely.get_parts(shape)
        if not len(parts) or shape.is_empty:
            raise FenceError("is an empty polygon")
        yield drawn._replace(
            polygons=[
                [shapely.get_coordinates(ring).tolist() for ring in (part.exterior, *part.interiors)]
                for part in parts
            ]
        )
    elif shape.geom_type == "GeometryCollection":
        for part in shapely.get_parts(shape):
            yield from _wkt_shape(part, drawn)
    else:
        raise FenceError(f"is a {shape.geom_type}: a POLYGON or MULTIPOLYGON is needed")


def load_json(data: bytes | str) -> object:
    """Parse JSON, with one error for whatever is wrong."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FenceError(f"it is not JSON: {str(error)[:200]}") from None
