"""Many fences, frozen: as columns, packed for the compiled loops, without an object per fence.

One fence is ``fence.py``; a set that changes ``changing.py``.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np
import numpy.typing as npt

from corridor.circles import Circles, checked_circles
from corridor.ellipsoid import Floats
from corridor.errors import FenceError, FixError
from corridor.fence_arrays import Ints, PackedFences
from corridor.fence_kernel import contain_rows, measure_rows
from corridor.fence_layout import pack
from corridor.places import placed
from corridor.ring_faults import checked
from corridor.rings import NO_RINGS, Rings, join

if TYPE_CHECKING:
    from corridor.fence import Fence


class FenceSet:
    """Many fences as one frozen, searchable whole.

    Parameters
    ----------
    fences
        In an order that gives them their numbers. Columns without an object per fence are `from_arrays`
        and `from_rings`.

    Examples
    --------
    >>> fences = FenceSet.from_arrays([16.0, 16.001, 17.0], [48.0, 48.0, 48.0], [100.0, 100.0, 50.0])
    >>> offsets, which = fences.containing([16.0005, 16.5], [48.0, 48.0])
    >>> offsets.tolist(), which.tolist()
    ([0, 2, 2], [0, 1])
    >>> fences.distance_m([0, 2], [16.0, 17.0], [48.0, 48.0]).tolist()
    [-100.0, -50.0]
    """

    __slots__ = ("_names", "fingerprint", "packed")

    packed: PackedFences  # for compiled loops: `fence_kernel.survey` and its neighbours
    fingerprint: str  # digest of places and sizes, in hexadecimal; names do not count

    def __init__(self, fences: Iterable["Fence"]) -> None:
        each = list(fences)
        is_area = np.array([bool(len(fence.shape.rings.turns)) for fence in each], dtype=bool)
        circles = [fence.shape.circles for fence in each]
        columns = (np.concatenate([*column, []]) for column in zip(*circles, strict=True))
        self._fill(
            Circles(*columns) if each else Circles(*np.zeros((3, 0))),
            join([fence.shape.rings for fence in each]),
            np.where(is_area, np.cumsum(is_area) - 1, -1),
            [fence.name for fence in each],
        )

    @classmethod
    def from_arrays(
        cls,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        radius_m: npt.ArrayLike,
        *,
        names: Sequence[str] | None = None,
    ) -> Self:
        """Make circles from columns.

        Parameters
        ----------
        lon, lat
            (F,) centres in degrees.
        radius_m
            (F,) radii, or one for all.
        names
            (F,) what messages call them; by default ``fence 0`` and so on.

        Raises
        ------
        FenceError
            A centre or radius cannot be; the fence is named.
        """
        self = cls.__new__(cls)
        circles = checked_circles(lon, lat, radius_m, _naming(names))
        self._fill(circles, NO_RINGS, np.full(len(circles.lon), -1, dtype=np.int64), names)
        return self

    @classmethod
    def from_rings(
        cls,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        first_vertex: npt.ArrayLike,
        first_ring: npt.ArrayLike,
        *,
        names: Sequence[str] | None = None,
    ) -> Self:
        """Make polygons from columns: each ring is checked for itself.

        Not how rings of a polygon lie to each other, nor is anything joined at the antimeridian, as
        `Fence.polygon` does: parts that overlap are outside where an even number of them do, and an edge
        along the antimeridian is an edge.

        Parameters
        ----------
        lon, lat
            (V,) vertices in degrees, ring after ring, each ring closed.
        first_vertex
            (R + 1,) where each ring begins among the vertices, and their count.
        first_ring
            (F + 1,) where each polygon begins among the rings, and their count. Its first ring is an
            exterior; the others are holes or further parts, by even-odd.
        names
            (F,) what messages call them; by default ``fence 0`` and so on.

        Raises
        ------
        FenceError
            A ring cannot be, its fence and vertex are named; or the columns do not fit each other.
        """
        self = cls.__new__(cls)
        rings = checked(
            _column("lon", lon, np.float64),
            _column("lat", lat, np.float64),
            _column("first_vertex", first_vertex, np.int64),
            _column("first_ring", first_ring, np.int64),
            _naming(names),
        )
        areas = np.arange(len(rings.first_ring) - 1, dtype=np.int64)
        self._fill(Circles(*np.zeros((3, 0))), rings, areas, names)
        return self

    def _fill(self, circles: Circles, rings: Rings, area_of: Ints, names: Sequence[str] | None) -> None:
        if names is not None and len(names) != len(area_of):
            raise FenceError(f"{len(area_of)} fences have {len(names)} names")
        self._names = names
        self.fingerprint = digest(circles, rings, area_of)
        self.packed = pack(circles, rings, area_of)

    def __len__(self) -> int:
        return int(self.packed["entries_rows"])

    def __repr__(self) -> str:
        return f"FenceSet({len(self)} fences)"

    def name(self, fence: int) -> str:
        """Give the name of a fence by its number."""
        return _naming(self._names)(fence)

    @overload
    def distance_m(self, which: int, lon: float, lat: float) -> float: ...
    @overload
    def distance_m(self, which: npt.ArrayLike, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Floats: ...
    def distance_m(self, which: npt.ArrayLike, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Any:
        """Measure places against the boundary of one fence each: inside negative, on the edge 0.

        Parameters
        ----------
        which
            The number of a fence, or (N,) numbers.
        lon, lat
            Degrees on WGS 84: two numbers, or two (N,) arrays.

        Raises
        ------
        FixError
            A place is NaN, infinite or out of range, or there are not as many places as numbers.
        IndexError
            There is no fence of that number.
        """
        rows_lon, rows_lat, scalar = placed(lon, lat)
        numbers = np.asarray(which)
        if numbers.size and numbers.dtype.kind not in "iu":
            raise IndexError(f"fences are known by whole numbers, not by {numbers.dtype}")
        if numbers.ndim and numbers.shape != np.shape(lon):
            raise FixError(f"which has shape {numbers.shape}; {np.shape(lon)} is needed")
        fences = np.broadcast_to(numbers.astype(np.int64), rows_lon.shape)
        if ((fences < 0) | (fences >= len(self))).any():
            raise IndexError(f"there are {len(self)} fences; {fences.min()} to {fences.max()} were asked for")
        out = np.empty(len(rows_lon))
        measure_rows(self.packed, np.ascontiguousarray(fences), rows_lon, rows_lat, out)
        return float(out[0]) if scalar else out

    def containing(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Ints, Ints]:
        """Find the fences that contain each place, edges included.

        Parameters
        ----------
        lon, lat
            (N,) degrees.

        Returns
        -------
        offsets
            (N + 1,) into the fences: those of row i are ``fences[offsets[i] : offsets[i + 1]]``.
        fences
            (M,) numbers of fences, ascending for each row.
        """
        rows_lon, rows_lat, _ = placed(lon, lat)
        offsets = np.empty(len(rows_lon) + 1, dtype=np.int64)
        fences = contain_rows(self.packed, rows_lon, rows_lat, offsets, 2 * len(rows_lon))
        return offsets, fences


def digest(circles: Circles, rings: Rings, area_of: Ints) -> str:
    """Give the fingerprint of fences: their places and sizes, as they are numbered."""
    mark = hashlib.blake2b(digest_size=16)
    for column in (*circles, *rings, area_of):
        # -0.0 becomes 0.0; the byte order is written down
        mark.update(np.ascontiguousarray((column + 0).astype(column.dtype.newbyteorder("<"))).data)
    return mark.hexdigest()


def _naming(names: Sequence[str] | None) -> Callable[[int], str]:
    return lambda fence: f"fence {fence}" if names is None or fence >= len(names) else str(names[fence])


def _column(name: str, values: npt.ArrayLike, kind: type[np.generic]) -> npt.NDArray[Any]:
    try:
        column = np.asarray(values)
        whole: npt.NDArray[Any] = column.astype(kind, casting="same_kind" if column.size else "unsafe")
    except (TypeError, ValueError, OverflowError):
        raise FenceError(f"{name} is not one column of numbers") from None
    return whole
