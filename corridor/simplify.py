"""`shape_vertices`: which vertices of a line carry its shape, anywhere on earth and at any length."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from corridor.ellipsoid import Floats
from corridor.frame import LocalFrame
from corridor.geodesic import lengths_m

# A plane about the middle of a piece this long is true to a millimetre (``corridor/frame.py``).
_PIECE_M = 20_000.0
# GEOS simplifies by recursion, which for a hostile line goes as deep as the line has vertices.
_PIECE_VERTICES = 4_096


def shape_vertices(lon: Floats, lat: Floats, tolerance_m: float) -> npt.NDArray[np.bool_]:
    """Tell which vertices to keep, so that none that is left out is farther off (Douglas and Peucker 1973).

    Goes piece by piece, in frames of their own; the pieces' ends stay.
    """
    along_m = np.append(0.0, np.cumsum(lengths_m(lon, lat)))
    piece = (along_m // _PIECE_M).astype(np.int64)
    cuts = {*(np.flatnonzero(np.diff(piece)) + 1).tolist(), *range(0, len(lon), _PIECE_VERTICES)}
    bounds = sorted(cuts | {len(lon)})
    keep = np.zeros(len(lon), dtype=bool)
    for start, stop in pairwise(bounds):
        if stop - start < 3:
            keep[start:stop] = True
            continue
        middle = (start + stop) // 2
        frame = LocalFrame(float(lon[middle]), float(lat[middle]))
        xyz = frame.to_enu(lon[start:stop], lat[start:stop])
        xyz[:, 2] = np.arange(stop - start)  # GEOS keeps a vertex's height: it carries the row through
        line = shapely.simplify(shapely.LineString(xyz), tolerance_m, preserve_topology=False)
        rows = shapely.get_coordinates(line, include_z=True)[:, 2]
        keep[start + rows.astype(np.int64)] = True
    return keep
