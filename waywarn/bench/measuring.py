"""Row "measure": distance and place along for every fix, beside everybody who can measure.

The fixes are ``roads.py``'s, the rivals ``rivals/lines.py``'s.
"""

import numpy as np
import numpy.typing as npt

from corridor import Corridor, CorridorSet, Offset
from waywarn.bench.ground import Floats, Ints
from waywarn.bench.oracle import distance_m, place_at, wgs84
from waywarn.bench.race import Contestant, race
from waywarn.bench.rivals.lines import optional_rivals, rivals
from waywarn.bench.rivals.plane import Plane
from waywarn.bench.rivals.rival import Answers, Rival
from waywarn.bench.roads import HALF_WIDTH_M, Roads
from waywarn.bench.rows import Goal, Row, WrongAnswerError, beside
from waywarn.bench.table import small_length

NAME = "waywarn"
CHECKED_FIXES = 400
TRUE_M = 0.001  # what the project promises for places within a kilometre
SPHERE_SHARE = 0.006  # a sphere is so much off the ellipsoid, at most


def measure_row(roads: Roads, rounds: int, rng: np.random.Generator) -> Row:
    """Check everybody's answers, then time them."""
    plane = Plane(roads.paths)
    corridors = CorridorSet(corridors_of(roads))
    offset = measure(corridors, roads)
    worst_m = check_ours(roads, offset, rng)
    asked = [*rivals(roads, plane), *optional_rivals(roads, plane)]
    others = [each for each in asked if isinstance(each, Rival)]
    for each in others:
        check_rival(each, roads, offset, plane)
    ours = Contestant(NAME, lambda _: measure(corridors, roads), len(roads.batch))
    timings = race([ours, *(each.contestant() for each in others)], rounds)
    mine = timings.pop(NAME)
    shapely_x = timings["shapely distance"].unit_ns / mine.unit_ns
    floor_x = mine.unit_ns / timings["floor loop"].unit_ns
    return Row(
        key="measure",
        title=f"measure {len(roads.batch):,} fixes on {len(roads.paths):,} corridors of "
        f"{int(np.median([len(path) for path in roads.paths])):,} vertices: distance and along",
        unit="fix",
        entries=beside(mine, list(timings.values())),
        goals=(
            Goal("faster than prepared shapely distance", shapely_x, 25, at_least=True),
            Goal("the floor's time", floor_x, 1.7),
        ),
        checked=f"{CHECKED_FIXES} fixes within {small_length(worst_m)} of geodesics; "
        "each rival's answers ours, within its projection's error",
        absent=tuple(each for each in asked if isinstance(each, str)),
    )


def corridors_of(roads: Roads) -> list[Corridor]:
    """Give a corridor round each path."""
    return [Corridor(path, HALF_WIDTH_M) for path in roads.paths]


def measure(corridors: CorridorSet, roads: Roads) -> Offset[Floats]:
    """Measure all fixes, each against its own corridor."""
    return corridors.measure(roads.which, roads.batch.lon, roads.batch.lat)


def check_ours(roads: Roads, offset: Offset[Floats], rng: np.random.Generator) -> float:
    """Hold a sample of our answers against geodesics; give the worst error, metres.

    Raises
    ------
    WrongAnswerError
        A distance is off by over a millimetre (and 1e-6 of it), or the place along is not so far away.
    """
    worst_m = 0.0
    which = roads.which
    for row in rng.choice(len(roads.batch), min(CHECKED_FIXES, len(roads.batch)), replace=False).tolist():
        path, lon, lat = roads.paths[which[row]], roads.batch.lon[row], roads.batch.lat[row]
        true_m = distance_m(path, lon, lat)
        error_m = abs(float(offset.distance_m[row]) - true_m)
        foot = place_at(path, float(offset.along_track_m[row]))
        foot_m = wgs84().inv(lon, lat, *foot)[2]
        if error_m > TRUE_M + 1e-6 * true_m or abs(foot_m - true_m) > 0.01 + 1e-6 * true_m:
            raise WrongAnswerError(
                f"fix {row} on {path.name!r}: {offset.distance_m[row]:.6f} m at "
                f"{offset.along_track_m[row]:.3f} m along; "
                f"expected {true_m:.6f} m, there it is {foot_m:.6f} m"
            )
        worst_m = max(worst_m, error_m)
    return worst_m


def check_rival(rival: Rival, roads: Roads, offset: Offset[Floats], plane: Plane) -> None:
    """Hold a rival's answers against ours.

    Raises
    ------
    WrongAnswerError
        One differs by more than its projection explains.
    """
    distance, got = offset.distance_m[rival.rows], rival.run()
    tolerance = plane.tolerance_m(distance)
    if rival.says is Answers.ALONG:
        off = _elsewhere(roads, rival.rows, got, distance, tolerance)
    else:
        off = np.flatnonzero(_wrong(rival.says, got, distance, tolerance))
    if len(off):
        raise WrongAnswerError(
            f"{rival.name.strip()}: {len(off)} of {len(distance)} answers differ, first that of fix "
            f"{rival.rows[off[0]]}, {distance[off[0]]:.3f} m away"
        )


def _wrong(
    says: Answers, got: npt.NDArray[np.float64], distance: Floats, tolerance: Floats
) -> npt.NDArray[np.bool_]:
    if says is Answers.DISTANCE:
        return np.logical_not(np.abs(got - distance) <= tolerance)  # NaN is wrong
    if says is Answers.NEAREST:
        return np.logical_not(got <= distance + tolerance)  # another path may be nearer
    if says is Answers.INSIDE:
        sure = np.abs(distance - HALF_WIDTH_M) > tolerance + SPHERE_SHARE * HALF_WIDTH_M
        return np.logical_and(sure, np.not_equal(got, distance <= HALF_WIDTH_M))
    return np.zeros(len(distance), dtype=bool)


def _elsewhere(roads: Roads, rows: Ints, along: Floats, distance: Floats, tolerance: Floats) -> Ints:
    """Find, of a sample, the places along that are not as far from the fix as they should be.

    Two places of a path may be equally near, so that the numbers themselves may differ.
    """
    wrong = []
    for at in range(0, len(rows), max(1, len(rows) // CHECKED_FIXES)):
        row = rows[at]
        foot = place_at(roads.paths[roads.which[row]], float(along[at]))
        foot_m = wgs84().inv(roads.batch.lon[row], roads.batch.lat[row], *foot)[2]
        if not abs(foot_m - distance[at]) <= tolerance[at] + 0.05 + 1e-4 * along[at]:
            wrong.append(at)
    return np.array(wrong, dtype=np.int64)
