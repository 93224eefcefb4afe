"""One fence: a circle or a polygon on the ground, and what lies inside of it.

Many at once are ``fence_set.py``, with the same answers; files of them ``fence_file.py``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import Any, NamedTuple, Self, overload

import numpy as np
import numpy.typing as npt

from corridor.circles import Circles, checked_circles
from corridor.crossing import Crossing, Way, crossings, through_boundary, through_circle
from corridor.ellipsoid import Floats
from corridor.errors import FenceError, FixError
from corridor.fence_arrays import PackedFences
from corridor.fence_probability import probabilities
from corridor.fence_reading import Drawn, load_json
from corridor.fence_reading import from_geojson as drawn_in_geojson
from corridor.fence_reading import from_wkt as drawn_in_wkt
from corridor.fence_set import FenceSet
from corridor.places import placed
from corridor.ring_faults import checked
from corridor.ring_sides import nested
from corridor.rings import NO_RINGS, Rings
from corridor.seams import joined, off_the_seam

Ring = Iterable[Iterable[float]]  # (V, 2) longitude and latitude, closed; also an array


class Shape(NamedTuple):
    """One circle, or the rings of one polygon."""

    circles: Circles
    rings: Rings


@dataclass(frozen=True, eq=False, repr=False)
class Fence:
    """An area on the ground: `Fence.circle`, `Fence.polygon`, `Fence.multipolygon`.

    A circle is all places within a distance of its centre, by geodesic. A polygon's edges are straight in
    longitude and latitude, as in GeoJSON; an edge of more than 180 degrees goes the other way, over the
    antimeridian, so a band round the earth needs a vertex on the way. A ring that goes round the earth
    contains the pole that it is nearer to. Edges are inside.

    Examples
    --------
    >>> school = Fence.circle(16.37, 48.21, 150, name="school")
    >>> round(school.distance_m(16.37, 48.22), 3), school.contains(16.37, 48.21)
    (961.945, True)
    >>> home = Fence.polygon([[(16, 48), (16.01, 48), (16.01, 48.01), (16, 48)]], name="home")
    >>> home.contains([16.0, 16.009, 16.0], [48.0, 48.001, 48.001]).tolist()
    [True, True, False]
    """

    name: str
    shape: Shape

    @classmethod
    def circle(cls, lon: float, lat: float, radius_m: float, *, name: str = "fence") -> Self:
        """Make a circle about a centre in degrees.

        Raises
        ------
        FenceError
            The centre is not a place, or the radius is not over 0 and at most 2,000 km.
        """
        if not all(isinstance(number, Real) for number in (lon, lat, radius_m)):
            raise FenceError(f'fence "{name}": centre and radius_m must be numbers')
        return cls(name, Shape(checked_circles(lon, lat, radius_m, lambda _: name), NO_RINGS))

    @classmethod
    def polygon(cls, rings: Sequence[Ring], *, name: str = "fence") -> Self:
        """Make a polygon.

        Parameters
        ----------
        rings
            The exterior, then holes, each (V, 2) longitude and latitude, closed.

        Raises
        ------
        FenceError
            A ring cannot be; the vertex is named.
        """
        return cls.multipolygon([rings], name=name)

    @classmethod
    def multipolygon(cls, polygons: Sequence[Sequence[Ring]], *, name: str = "fence") -> Self:
        """Make one fence of several polygons, each as `polygon` takes it."""
        if not len(polygons) or any(not len(polygon) for polygon in polygons):
            raise FenceError(f'fence "{name}" is an empty polygon')
        vertices = [[off_the_seam(_vertices(ring, name)) for ring in polygon] for polygon in polygons]
        rings = _checked(vertices, name)
        whole = joined(vertices, lambda text: f'fence "{name}" {text}')
        if whole is not vertices:
            rings = _checked(whole, name)
        return cls(name, Shape(Circles(*np.zeros((3, 0))), rings))

    @classmethod
    def from_geojson(cls, document: object, *, name: str | None = None) -> Self:
        """Read one fence from a GeoJSON object: Feature, Polygon, MultiPolygon; a Point with ``radius_m``.

        Parameters
        ----------
        document
            The object, or its text.
        name
            Instead of the one that the feature states.

        Raises
        ------
        FenceError
            It is not GeoJSON, not one fence, or one that cannot be.
        """
        if isinstance(document, str | bytes):
            document = load_json(document)
        return cls._only(list(drawn_in_geojson(document, "fence")), name)

    @classmethod
    def from_wkt(cls, text: str, *, name: str = "fence") -> Self:
        """Read one fence from well-known text: POLYGON or MULTIPOLYGON, longitude first.

        Raises
        ------
        FenceError
            It is not well-known text, not one fence, or one that cannot be.
        """
        return cls._only(list(drawn_in_wkt(text, name)), name)

    @classmethod
    def _only(cls, found: list[Drawn], name: str | None) -> Self:
        if len(found) != 1:
            raise FenceError(f"one fence is needed; there are {len(found)}")
        return cls.from_drawn(found[0] if name is None else found[0]._replace(name=name))

    @classmethod
    def from_drawn(cls, drawn: Drawn) -> Self:
        """Make a fence of what a file draws; errors name it as the file does."""
        try:
            if drawn.circle is not None:
                return cls.circle(*drawn.circle, name=drawn.name)
            return cls.multipolygon(drawn.polygons, name=drawn.name)
        except FenceError as error:
            text = str(error).removeprefix(f'fence "{drawn.name}"').lstrip(": ")
            raise FenceError(f"{drawn.where}: {text}") from None

    def to_geojson(self) -> dict[str, Any]:
        """Give the fence as a GeoJSON Feature that `from_geojson` reads: a circle is a Point with its radius.

        Polygons are as given, but exteriors run counter-clockwise. RFC 7946, 3.1.9 would have them cut at the
        antimeridian; here they are not, so that what is read again is the same fence to the last digit.
        """
        properties: dict[str, Any] = {"name": self.name}
        geometry: dict[str, Any]
        if len(self.shape.rings.turns):
            geometry = {"type": "MultiPolygon", "coordinates": nested(self.shape.rings)}
            if len(geometry["coordinates"]) == 1:
                geometry = {"type": "Polygon", "coordinates": geometry["coordinates"][0]}
        else:
            lon, lat, radius_m = (float(column[0]) for column in self.shape.circles)
            geometry = {"type": "Point", "coordinates": [lon, lat]}
            properties["radius_m"] = radius_m
        return {"type": "Feature", "geometry": geometry, "properties": properties}

    @cached_property
    def fences(self) -> FenceSet:
        """The set of this fence alone."""
        return FenceSet([self])

    @property
    def packed(self) -> PackedFences:
        """The fence, as number 0, for compiled loops."""
        return self.fences.packed

    @property
    def fingerprint(self) -> str:
        """Digest of place and shape, in hexadecimal; the name does not count."""
        return self.fences.fingerprint

    def __repr__(self) -> str:
        if len(self.shape.rings.turns):
            vertices = len(self.shape.rings.lon) - len(self.shape.rings.turns)
            return f"Fence(name={self.name!r}, vertices={vertices})"
        lon, lat, radius_m = (float(column[0]) for column in self.shape.circles)
        return f"Fence(name={self.name!r}, lon={lon}, lat={lat}, radius_m={radius_m:g})"

    @overload
    def distance_m(self, lon: float, lat: float) -> float: ...
    @overload
    def distance_m(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Floats: ...
    def distance_m(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Any:
        """Give the distance over the surface to the boundary: inside negative, on the edge 0.

        True to 1 mm for places within 1 km of the boundary, of circles up to 500 km of radius (3 cm at
        1,000 km, 1 m at 2,000 km). What is a hemisphere away is true to 0.6 %.

        Parameters
        ----------
        lon, lat
            Degrees on WGS 84: two numbers, or two (N,) arrays.

        Raises
        ------
        FixError
            A place is NaN, infinite or out of range.
        """
        return self.fences.distance_m(0, lon, lat)

    @overload
    def contains(self, lon: float, lat: float) -> bool: ...
    @overload
    def contains(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.bool_]: ...
    def contains(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Any:
        """Tell whether places are inside; the edge is.

        For a polygon this is exact in degrees, but for some nanometres at the edge, which are inside.
        """
        return self.distance_m(lon, lat) <= 0

    @overload
    def probability_inside(self, lon: float, lat: float, sigma_m: float) -> float: ...
    @overload
    def probability_inside(
        self, lon: npt.ArrayLike, lat: npt.ArrayLike, sigma_m: npt.ArrayLike
    ) -> Floats: ...
    def probability_inside(self, lon: npt.ArrayLike, lat: npt.ArrayLike, sigma_m: npt.ArrayLike) -> Any:
        """Give the probability that a device is inside, normal in all directions about its fix.

        Parameters
        ----------
        lon, lat
            Degrees on WGS 84: two numbers, or two (N,) arrays.
        sigma_m
            Standard deviation along one axis, ``accuracy_m / CONFIDENCE_95``: a number, or (N,) numbers. 0 is
            certainty: 1, 0, or 0.5 on the edge.

        Raises
        ------
        FixError
            A place, or a standard deviation, is NaN, infinite or out of range.

        Examples
        --------
        >>> school = Fence.circle(16.37, 48.21, 150)
        >>> school.probability_inside([16.37, 16.372], [48.21, 48.21], 50.0).round(3).tolist()
        [0.989, 0.443]
        """
        rows_lon, rows_lat, scalar = placed(lon, lat)
        sigma = np.asarray(sigma_m, dtype=np.float64)
        if sigma.ndim and sigma.shape != np.shape(lon):
            raise FixError(f"sigma_m has shape {sigma.shape}; {np.shape(lon)} is needed")
        if not ((sigma >= 0) & (sigma < np.inf)).all():
            raise FixError("sigma_m must be 0 or more metres, and finite")
        out = np.empty(len(rows_lon))
        zeros = np.zeros(len(out), dtype=np.int64)
        rows = np.ascontiguousarray(np.broadcast_to(sigma, out.shape))
        probabilities(self.packed, zeros, rows_lon, rows_lat, rows, out)
        return float(out[0]) if scalar else out

    def crossings(self, lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> list[Crossing]:
        """Find where the straight way between two fixes crosses the boundary.

        The way is the straight segment in the plane that touches the earth half-way between them. What
        touches the boundary without passing is no crossing. Along an edge, who has the fence on the left is
        inside; who has it on the right only touches it.

        Parameters
        ----------
        lon_a, lat_a, lon_b, lat_b
            Both fixes, degrees on WGS 84.

        Returns
        -------
        Crossings in the order of travel, in and out by turns.

        Raises
        ------
        FixError
            A fix is no place, or they are over 2,000 km apart.

        Examples
        --------
        >>> school = Fence.circle(16.37, 48.21, 150)
        >>> [(round(c.fraction, 3), c.direction.value) for c in school.crossings(16.36, 48.21, 16.38, 48.21)]
        [(0.399, 'enter'), (0.601, 'exit')]
        """
        ends = placed([lon_a, lon_b], [lat_a, lat_b])[:2]
        starts_inside, ends_inside = self.contains(*ends).tolist()
        way = Way(lon_a, lat_a, lon_b, lat_b)
        if way.length_m == 0:
            return []
        is_polygon = len(self.shape.rings.turns) > 0
        fractions = through_boundary(way, self.packed) if is_polygon else through_circle(way, self.distance_m)
        return crossings(way, fractions, starts_inside=starts_inside, ends_inside=ends_inside)


def _checked(polygons: list[list[Floats]], name: str) -> Rings:
    rings = [ring for polygon in polygons for ring in polygon]
    first_vertex = np.concatenate([[0], np.cumsum([len(ring) for ring in rings])]).astype(np.int64)
    lon, lat = np.ascontiguousarray(np.concatenate(rings).T)
    return checked(lon, lat, first_vertex, np.array([0, len(rings)], dtype=np.int64), lambda _: name)


def _vertices(ring: Ring, name: str) -> Floats:
    try:
        given = ring if isinstance(ring, np.ndarray) else np.asarray([[*position][:2] for position in ring])
        vertices = given[..., :2]  # heights are left out
    except (TypeError, ValueError, IndexError):
        vertices = np.empty(0, dtype=object)
    if vertices.dtype.kind not in "iuf":
        raise FenceError(f'fence "{name}" has a ring that is not longitudes and latitudes')
    if vertices.ndim != 2 or vertices.shape[1] != 2:
        raise FenceError(f'fence "{name}" has a ring of shape {vertices.shape}; (V, 2) is needed')
    return vertices.astype(np.float64)
