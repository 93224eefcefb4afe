"""A path with a half width, and where places lie relative to it.

What is too far, and for how long, is for the rules to say; the buffered polygon is ``outline.py``, many
corridors at once ``corridors.py``.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, overload

import numpy.typing as npt
import shapely

from corridor.ellipsoid import Floats
from corridor.offset import Offset, follow_places, measure_places
from corridor.outline import outline
from corridor.pack import Packed, one_half_width_m, pack
from corridor.path import Path
from corridor.stretch import Records, Stretches, cut
from corridor.tables import PackedCorridors, lend_corridors
from corridor.terms import Terms, half_width_columns, terms_of


@dataclass(frozen=True, slots=True, eq=False, init=False, repr=False)
class Corridor:
    """All places within a distance of a path.

    Parameters
    ----------
    path
        The way.
    half_width_m
        Distance to either side that is still inside; the edge is inside. A number, or (V,) of them at the
        path's vertices, changing evenly along the path between two. With `left_half_width_m` it is that to
        the right of travel alone.
    left_half_width_m
        Distance to the left of travel, a number or (V,).
    start_grace_m, end_grace_m
        Radius of a disc about the first and the last vertex that is inside too; 0: none.
    directed
        A fix whose course is stated, and points more than 90 degrees away from a segment's travel, is not
        inside by that segment.
    altitude_m
        Lowest and highest altitude: a fix that states one outside them is outside.

    Raises
    ------
    PathError
        A half width that is not a positive, finite number (its vertex is named), or not one for each vertex;
        a grace that is negative; a band of altitudes that is upside down.

    Examples
    --------
    >>> corridor = Corridor(Path([16.0, 16.1], [48.0, 48.0], name="school"), half_width_m=40)
    >>> offset = corridor.measure(16.05, 47.9995)
    >>> round(offset.cross_track_m, 2), round(offset.along_track_m), offset.margin_m < 0
    (56.81, 3731, False)
    >>> corridor.measure([16.0, 16.2], [48.0, 48.0]).distance_m.round(1).tolist()
    [0.0, 7462.5]
    """

    path: Path
    half_width_m: float
    terms: Terms
    tables: Packed
    packed: PackedCorridors  # the tables, lent to compiled loops
    _line: Stretches

    def __init__(
        self,
        path: Path,
        half_width_m: npt.ArrayLike,
        *,
        left_half_width_m: npt.ArrayLike | None = None,
        start_grace_m: float = 0.0,
        end_grace_m: float = 0.0,
        directed: bool = False,
        altitude_m: tuple[float, float] | None = None,
    ) -> None:
        terms = terms_of(
            path,
            half_width_m,
            left_half_width_m,
            grace_m=(start_grace_m, end_grace_m),
            directed=directed,
            altitude_m=altitude_m,
        )
        line = cut(path)
        tables = pack(line, terms.row(path), half_width_columns(terms, path, line.along_m))
        for name, value in (("path", path), ("half_width_m", terms.widest_m), ("terms", terms)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "tables", tables)
        object.__setattr__(self, "packed", lend_corridors(tables))
        object.__setattr__(self, "_line", line)

    @property
    def length_m(self) -> float:
        """Length of the path."""
        return self.path.length_m

    @property
    def fingerprint(self) -> str:
        """Digest of the path and all that makes the corridor, in hexadecimal; the name does not count."""
        text = f"{self.path.fingerprint} {self.terms.as_text()}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def __repr__(self) -> str:
        return f"Corridor({self.path!r}, half_width_m={self.half_width_m:g})"

    @overload
    def measure(
        self, lon: float, lat: float, *, course_deg: float | None = None, altitude_m: float | None = None
    ) -> Offset[float]: ...
    @overload
    def measure(
        self,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        *,
        course_deg: npt.ArrayLike | None = None,
        altitude_m: npt.ArrayLike | None = None,
    ) -> Offset[Floats]: ...
    def measure(
        self,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        *,
        course_deg: npt.ArrayLike | None = None,
        altitude_m: npt.ArrayLike | None = None,
    ) -> Offset[Any]:
        """Measure places against the path, each for itself.

        True to 1 mm across for places within 1 km of the path, and to 1 cm along it. Farther than 39 km
        away the distance is the geodesic to the point of the path that is nearest straight through the
        earth; over the globe that is at most 0.5 % more than to the nearest over its surface.

        Parameters
        ----------
        lon, lat
            Degrees on WGS 84: two numbers, or two (N,) arrays.
        course_deg, altitude_m
            Direction of travel clockwise from north, and height; of the places' shape. None or NaN: not
            stated.

        Raises
        ------
        FixError
            A place is NaN, infinite or out of range: ``row 3: latitude 95.0 is outside [-90, 90]``.
        """
        return measure_places(self.packed, 0, lon, lat, course_deg, altitude_m, one_half_width_m(self.tables))

    @overload
    def follow(
        self,
        lon: float,
        lat: float,
        time: float,
        *,
        course_deg: float | None = None,
        altitude_m: float | None = None,
        memory: Records | None = None,
    ) -> Offset[float]: ...
    @overload
    def follow(
        self,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        time: npt.ArrayLike,
        *,
        course_deg: npt.ArrayLike | None = None,
        altitude_m: npt.ArrayLike | None = None,
        memory: Records | None = None,
    ) -> Offset[Floats]: ...
    def follow(
        self,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        time: npt.ArrayLike,
        *,
        course_deg: npt.ArrayLike | None = None,
        altitude_m: npt.ArrayLike | None = None,
        memory: Records | None = None,
    ) -> Offset[Any]:
        """Measure one device's fixes in order of time: as `measure`, but progress keeps to the leg it is on.

        Parameters
        ----------
        lon, lat, course_deg, altitude_m
            As in `measure`.
        time
            UTC seconds, of the places' shape.
        memory
            What is remembered of the device: one row of `fresh_memory`, which is changed. By default the
            device has not been seen before.

        Raises
        ------
        FixError
            As in `measure`; or the memory is not one row.

        Examples
        --------
        >>> there_and_back = Corridor(Path([16.0, 16.01, 16.0], [48.0, 48.0, 48.00004]), half_width_m=30)
        >>> offset = there_and_back.follow([16.002, 16.0023, 16.0026], [48.0, 48.00003, 48.0], [0, 2, 4])
        >>> offset.along_track_m.round().tolist()  # the second is nearer to the way back
        [149.0, 172.0, 194.0]
        """
        return follow_places(self.packed, lon, lat, time, course_deg, altitude_m, memory)

    def to_geojson(self) -> dict[str, Any]:
        """Give the buffered polygon as a GeoJSON Feature: for maps; `measure` decides, and is exact.

        A Polygon, or a MultiPolygon where the antimeridian cuts it (RFC 7946, 3.1.9); also round a pole.

        Raises
        ------
        PathError
            The corridor is wider than a plane can draw (500 km to a side).
        """
        widths_m = half_width_columns(self.terms, self.path, self._line.along_m)
        shape = outline(self._line, self.terms, widths_m, self.path.name)
        return {
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(shape)),
            "properties": {
                "name": self.path.name,
                "half_width_m": self.half_width_m,
                "length_m": round(self.length_m, 3),
            },
        }
