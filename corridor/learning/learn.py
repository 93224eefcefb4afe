"""`learn`: several trips to the corridors that they keep to. Pure: arrays in, arrays out.

The steps are the files beside this one; what comes of them is ``corridor/learned.py``.
"""

from collections.abc import Sequence

import numpy as np

from corridor.batch import FixBatch
from corridor.corridor import Corridor
from corridor.errors import PathError
from corridor.learned import Evidence, Learned, LeftOut, LeftOutReason, Width
from corridor.learning.gather import Numbers, learned_from
from corridor.learning.trace import trace_of
from corridor.learning.ways import Progress, Scale, find_ways
from corridor.recording import DEFAULT_MAX_SPEED_MPS, DEFAULT_TOLERANCE_M, Recording, clean_trip

DEFAULT_APART_M = 100.0  # two streets; wider than any preset's corridor but a truck's
DEFAULT_LEAST_HALF_WIDTH_M = 30.0  # a child's on foot, the narrowest preset
DEFAULT_STRETCH_M = 100.0
DEFAULT_BRANCH_TRIPS = 2
ONE_TRIP_HALF_WIDTH_M = 50.0  # one trip says nothing of scatter

LEAST_STEP_M = 5.0
MAX_SAMPLES = 2_000  # two ways of so many are aligned in 20 ms; a longer way has longer steps
MAX_LENGTHS = 4.0  # of the usual trip; a jump in a recording would make every sample longer
MAX_TRIPS = 500


def learn(
    trips: Sequence[FixBatch],
    *,
    name: str = "path",
    apart_m: float = DEFAULT_APART_M,
    least_half_width_m: float = DEFAULT_LEAST_HALF_WIDTH_M,
    stretch_m: float = DEFAULT_STRETCH_M,
    least_branch_trips: int = DEFAULT_BRANCH_TRIPS,
    tolerance_m: float = DEFAULT_TOLERANCE_M,
    max_speed_mps: float = DEFAULT_MAX_SPEED_MPS,
    progress: Progress = lambda _: None,
) -> Learned:
    """Learn the way that several trips have in common, how wide it is, and its branches.

    Each trip is cleaned (`clean_trip`). Trips are aligned by dynamic time warping with a capped distance
    (Sakoe and Chiba 1978); the line through their middle is their robust mean, moved until it rests
    (Petitjean, Ketterlin and Gançarski 2011; Hastie and Stuetzle 1989). Where at least
    `least_branch_trips` parted from it together, their way is a corridor of its own. The half width of a
    stretch is a prediction interval for a further trip, drawn to the scatter of the whole way
    (Smyth 2004). The order of the trips makes no difference.

    Parameters
    ----------
    trips
        One batch for each trip, each of one device.
    name
        Of the main path; branches are numbered after it.
    apart_m
        From this distance on two places have nothing in common: farther is another way, and no corridor
        gets wider.
    least_half_width_m
        No corridor gets narrower; nor narrower than what half of a stretch's fixes state as their accuracy.
    stretch_m
        How long a piece of the way is that has one width.
    least_branch_trips
        So many trips make a branch; two or more.
    tolerance_m, max_speed_mps
        As in `clean_trip`.
    progress
        Called with the share of the work that is done.

    Returns
    -------
    Learned
        One trip gives the path of `clean_trip`, and a half width of `ONE_TRIP_HALF_WIDTH_M`.

    Raises
    ------
    PathError
        There is no trip with a path in it, over `MAX_TRIPS`, or a number cannot be.
    """
    numbers = Numbers(name, apart_m, least_half_width_m, stretch_m, tolerance_m)
    _check(numbers, len(trips), least_branch_trips)
    recordings, left_out = _cleaned(trips, tolerance_m, max_speed_mps, name)
    if len(recordings) == 1:
        (trip, recording), *_ = recordings.items()
        return _of_one(recording, trip, left_out, numbers)
    usual_m = _without_long_ones(recordings, left_out)
    scale = Scale(max(LEAST_STEP_M, usual_m / MAX_SAMPLES), apart_m)
    # In an order that is of the trips themselves: whatever order they came in, sums come out the same.
    order = sorted(recordings, key=lambda trip: _content(trips[trip].take(recordings[trip].clean)))
    traces = [trace_of(trips[trip].take(recordings[trip].clean), trip, scale.step_m) for trip in order]
    ways = find_ways(traces, scale, least_branch_trips=least_branch_trips, progress=progress)
    if ways.kept.sum() < 2:
        raise PathError(f"the {len(traces)} trips have no way in common within {apart_m:g} m")
    learned = learned_from(ways, scale, numbers, left_out)
    progress(1.0)
    return learned


def _check(numbers: Numbers, trips: int, least_branch_trips: int) -> None:
    if not 0 < trips <= MAX_TRIPS:
        raise PathError(f"{trips} trips; between 1 and {MAX_TRIPS} can be learned from")
    for word in ("apart_m", "least_half_width_m", "stretch_m"):
        value = getattr(numbers, word)
        if not (np.isfinite(value) and value > 0):
            raise PathError(f"{word} is {value}; more than 0 is needed")
    if numbers.least_half_width_m > numbers.apart_m:
        raise PathError(
            f"least_half_width_m {numbers.least_half_width_m:g} is more than apart_m {numbers.apart_m:g}"
        )
    if least_branch_trips < 2:
        raise PathError(f"least_branch_trips is {least_branch_trips}; one trip alone is no branch")


def _cleaned(
    trips: Sequence[FixBatch], tolerance_m: float, max_speed_mps: float, name: str
) -> tuple[dict[int, Recording], list[LeftOut]]:
    """Clean the trips; a copy of another, or one without a path, is left out."""
    recordings: dict[int, Recording] = {}
    left_out: list[LeftOut] = []
    seen: dict[tuple[bytes, ...], int] = {}
    for trip, batch in enumerate(trips):
        first = seen.setdefault(_content(batch.take(np.argsort(batch.time, kind="stable"))), trip)
        if first != trip:
            left_out.append(LeftOut(trip, LeftOutReason.COPY, f"the same fixes as trip {first + 1}"))
            continue
        try:
            recordings[trip] = clean_trip(
                batch, tolerance_m=tolerance_m, max_speed_mps=max_speed_mps, name=name
            )
        except PathError as error:
            left_out.append(LeftOut(trip, LeftOutReason.NO_PATH, str(error)))
    if not recordings:
        raise PathError(f"none of {len(trips)} trips holds a path; the first: {left_out[0].detail}")
    return recordings, left_out


def _without_long_ones(recordings: dict[int, Recording], left_out: list[LeftOut]) -> float:
    """Leave out trips so long that they cannot have half of their way in common; give the usual length."""
    usual_m = float(np.median([recording.path.length_m for recording in recordings.values()]))
    for trip, recording in list(recordings.items()):
        if recording.path.length_m > MAX_LENGTHS * usual_m:
            del recordings[trip]
            told = f"{recording.path.length_m / 1000:,.1f} km long, the others {usual_m / 1000:,.1f} km"
            left_out.append(LeftOut(trip, LeftOutReason.ELSEWHERE, told))
    return usual_m


def _content(batch: FixBatch) -> tuple[bytes, ...]:
    return tuple(column.tobytes() for column in (batch.time, batch.lon, batch.lat))


def _of_one(recording: Recording, trip: int, left_out: list[LeftOut], numbers: Numbers) -> Learned:
    width_m = max(ONE_TRIP_HALF_WIDTH_M, numbers.least_half_width_m)
    width = Width(0.0, recording.path.length_m, width_m, 1, float("nan"))
    evidence = Evidence((trip,), tuple(left_out), (), (), (width,))
    return Learned((Corridor(recording.path, half_width_m=width_m),), (1,), evidence)
