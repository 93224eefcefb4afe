"""Row "decide": the same fixes through `Engine.step`, deviation rules deciding and telling.

Held against a plain machine on a sample of devices; timed beside measuring alone.
"""

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from corridor import Corridor, CorridorSet, FixBatch
from rules import Deviation, Engine, Transition
from waywarn.bench.ground import Ints
from waywarn.bench.measuring import corridors_of, measure
from waywarn.bench.oracle import DeviationOracle, Said, distance_m, first_difference
from waywarn.bench.race import Contestant, race
from waywarn.bench.rivals.lines import for_usual_paths
from waywarn.bench.roads import HALF_WIDTH_M, Roads
from waywarn.bench.rows import Goal, Row, WrongAnswerError, beside
from waywarn.crew import Crew

Decider = TypeVar("Decider", Engine, Crew)

CHECKED_FIXES = 4_000  # of some devices; where paths have over `USUAL` vertices, fewer
CONFIRM_FIXES, CONFIRM_S = 3, 10.0
ANY_SPEED_MPS = 1e6  # which fixes are believed is another question

NAME = "waywarn, deciding"
MEASURING = "waywarn, measuring"
CORES = len(os.sched_getaffinity(0))
CREW = f"waywarn, {CORES} cores"
ARRIVAL = "waywarn, in order of time"


def decide_row(roads: Roads, rounds: int, accuracy_m: float, rng: np.random.Generator) -> Row:
    """Check what is said, then time saying it."""
    corridors = corridors_of(roads)
    rules, packed = rules_of(roads, corridors, accuracy_m), CorridorSet(corridors)
    engine, crew = _maker(Engine, rules, roads.batch), _maker(Crew, rules, roads.batch)
    said = engine().step(roads.batch).transitions
    devices = check(roads, said, accuracy_m, rng)
    _check_crew(_with_all_cores(crew(), roads.batch), said)
    arrived, count = roads.in_order_of_time(), len(roads.batch)
    timings = race(
        [
            Contestant(NAME, lambda fresh: fresh.step(roads.batch), count, engine),
            Contestant(MEASURING, lambda _: measure(packed, roads), count),
            Contestant(ARRIVAL, lambda fresh: fresh.step(arrived), count, engine, "devices interleaved"),
            Contestant(CREW, lambda fresh: _with_all_cores(fresh, roads.batch), count, crew, "a thread each"),
        ],
        rounds,
    )
    mine = timings.pop(NAME)
    return Row(
        key="decide",
        title=f"the same through Engine.step: {len(rules):,} deviation rules, {len(said):,} transitions",
        unit="fix",
        entries=beside(mine, list(timings.values())),
        goals=(
            Goal("measuring alone", mine.unit_ns / timings[MEASURING].unit_ns, 1.6),
            Goal(f"on {CORES} cores", 1e3 / timings[CREW].unit_ns, 10.0, at_least=True, unit="M fixes/s"),
        ),
        checked=f"all transitions of {devices} devices are those of a plain machine on geodesics",
    )


def rules_of(roads: Roads, corridors: Sequence[Corridor], accuracy_m: float) -> list[Deviation]:
    """Hold each device to its path from its first fix on."""
    return [
        Deviation(
            corridors[path],
            name,
            confirm_fixes=CONFIRM_FIXES,
            confirm_s=CONFIRM_S,
            default_accuracy_m=accuracy_m,
            starts="at_once",
            ends="never",
        )
        for name, path in zip(roads.batch.devices, roads.path_of_device.tolist(), strict=True)
    ]


def check(roads: Roads, said: Sequence[Transition], accuracy_m: float, rng: np.random.Generator) -> int:
    """Hold what was said of some devices against the plain machine; give how many devices.

    Raises
    ------
    WrongAnswerError
        Something else was said, or at another time.
    """
    batch = roads.batch
    most = for_usual_paths(roads, CHECKED_FIXES)
    each = max(1, len(batch) // len(batch.devices))
    chosen = rng.choice(len(batch.devices), min(len(batch.devices), max(1, most // each)), replace=False)
    for code in chosen.tolist():
        name, rows = batch.devices[code], np.flatnonzero(batch.device == code)[:most]
        until = batch.time[rows].max()
        ours = [
            (one.device, one.kind.value, one.time) for one in said if one.device == name and one.time <= until
        ]
        if why := first_difference(ours, _expected(roads, code, rows, accuracy_m)):
            raise WrongAnswerError(f"transitions of {name!r}: {why}")
    return len(chosen)


def _expected(roads: Roads, code: int, rows: Ints, accuracy_m: float) -> list[Said]:
    batch, path = roads.batch, roads.paths[roads.path_of_device[code]]
    oracle = DeviationOracle(batch.devices[code], HALF_WIDTH_M, CONFIRM_FIXES, CONFIRM_S)
    said: list[Said] = []
    for row in rows.tolist():
        stated_m = float(batch.accuracy_m[row])
        away_m = distance_m(path, float(batch.lon[row]), float(batch.lat[row]))
        said += oracle.fold(float(batch.time[row]), away_m, accuracy_m if np.isnan(stated_m) else stated_m)
    return said


def _check_crew(together: Sequence[Transition], alone: Sequence[Transition]) -> None:
    if why := first_difference(together, alone):
        raise WrongAnswerError(f"{CREW}: {why}")


def _with_all_cores(crew: Crew, batch: FixBatch) -> Sequence[Transition]:
    with crew:
        return crew.step(batch).transitions


def _maker(
    kind: Callable[..., Decider], rules: Sequence[Deviation], batch: FixBatch
) -> Callable[[], Decider]:
    run_start = float(batch.time.max())
    return lambda: kind(rules, run_start=run_start, max_speed_mps=ANY_SPEED_MPS)
