"""When a device will be where along its path: the recorded times, scaled by how the trip went so far.

Where along the path it is, says ``locate.py``; whether it is late is for the rules to say.
"""

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled
from corridor.ellipsoid import Floats
from corridor.errors import PathError
from corridor.geodesic import lengths_m
from corridor.path import Path

AS_RECORDED = 0.5
"""A trip is taken to have gone as recorded for this share of the path's time before it began.

So a wait at the first crossing is no pace. Chosen on the buses of docs/accuracy.md.
"""


def expected_at(
    path: Path,
    along_m: npt.ArrayLike,
    time: npt.ArrayLike,
    *,
    begun_m: npt.ArrayLike,
    begun: npt.ArrayLike,
    to_m: npt.ArrayLike | None = None,
) -> Floats:
    """Give when devices will be farther along their path.

    ``time + pace * remaining`` with ``pace = (spent + weight) / (recorded + weight)``: what the trip took so
    far over what the path's times say for it, drawn to 1 as if half of the whole path's time (`AS_RECORDED`)
    had gone as recorded before: additive smoothing, the mean of a rate under a gamma prior of that weight.

    Parameters
    ----------
    path
        With times.
    along_m, time
        Where along the path a device is, and when, UTC seconds; (N,) or a number. All arguments broadcast.
    begun_m, begun
        Where its trip began, and when.
    to_m
        Where it is expected; by default at the path's end.

    Returns
    -------
    (N,) UTC seconds; NaN where the device is past that place already.

    Raises
    ------
    PathError
        The path has no times.

    Examples
    --------
    >>> path = Path([16.0, 16.1], [48.0, 48.0], elapsed_s=[0, 1200])
    >>> half_m = path.length_m / 2  # 600 s as recorded
    >>> expected_at(path, half_m, 900.0, begun_m=0.0, begun=0.0).round(1).tolist()
    [1650.0]
    """
    vertex_m, elapsed_s = times_along(path)
    end_m = path.length_m if to_m is None else to_m
    columns = [np.asarray(each, dtype=np.float64) for each in (along_m, time, begun_m, begun, end_m)]
    rows = [np.ascontiguousarray(each).ravel() for each in np.broadcast_arrays(*columns)]
    return _expected(vertex_m, elapsed_s, *rows)


def times_along(path: Path) -> tuple[Floats, Floats]:
    """Give (V,) metres along a path and seconds since its start; PathError if it has no times."""
    if path.elapsed_s is None:
        raise PathError(f'path "{path.name}" has no times; record it with times')
    return vertices_m(path), path.elapsed_s


def vertices_m(path: Path) -> Floats:
    """Give (V,) metres along a path at its vertices."""
    return np.concatenate([[0.0], np.cumsum(lengths_m(path.lon, path.lat))])


@compiled
def elapsed_at(vertex_m: Floats, elapsed_s: Floats, along_m: float) -> float:
    """Give the recorded seconds since the start, evenly between vertices; NaN if there are no times."""
    if len(vertex_m) == 0:
        return np.nan
    low, high = 0, len(vertex_m) - 1
    if along_m >= vertex_m[high]:
        return float(elapsed_s[high])
    if along_m <= vertex_m[0]:
        return float(elapsed_s[0])
    while high - low > 1:
        middle = (low + high) // 2
        if vertex_m[middle] <= along_m:
            low = middle
        else:
            high = middle
    share = (along_m - vertex_m[low]) / (vertex_m[high] - vertex_m[low])
    return float(elapsed_s[low] + share * (elapsed_s[high] - elapsed_s[low]))


@compiled
def pace_of(spent_s: float, recorded_s: float, whole_s: float) -> float:
    """Give how many times as long as recorded a trip takes, from what it took so far.

    `whole_s` is the path's own time from its start to its end.
    """
    weight_s = AS_RECORDED * whole_s
    recorded_s = max(recorded_s, 0.0) + weight_s
    return (max(spent_s, 0.0) + weight_s) / recorded_s if recorded_s > 0.0 else 1.0


@compiled
def _expected(  # noqa: PLR0917 (compiled)
    vertex_m: Floats,
    elapsed_s: Floats,
    along_m: Floats,
    time: Floats,
    begun_m: Floats,
    begun: Floats,
    to_m: Floats,
) -> Floats:
    out, whole_s = np.full(len(along_m), np.nan), elapsed_s[-1] - elapsed_s[0]
    for row in range(len(along_m)):
        if to_m[row] >= along_m[row]:
            here_s = elapsed_at(vertex_m, elapsed_s, along_m[row])
            recorded_s = here_s - elapsed_at(vertex_m, elapsed_s, begun_m[row])
            remaining_s = elapsed_at(vertex_m, elapsed_s, to_m[row]) - here_s
            out[row] = time[row] + remaining_s * pace_of(time[row] - begun[row], recorded_s, whole_s)
    return out
