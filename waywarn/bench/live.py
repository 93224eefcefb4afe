"""Row "live": one fix through `Engine.step` at a time, with everything loaded.

What is said must be what one batch of the same fixes says.
"""

import gc
import statistics
import time

import numpy as np

from corridor import Fix
from rules import Deviation, Engine, Geofence, Transition
from waywarn.bench.deciding import ANY_SPEED_MPS, rules_of
from waywarn.bench.measuring import corridors_of
from waywarn.bench.oracle import first_difference
from waywarn.bench.race import Timing
from waywarn.bench.roads import Roads
from waywarn.bench.rows import Entry, Goal, Row, WrongAnswerError
from waywarn.bench.sizes import Size
from waywarn.bench.zones import Zones

GOAL_US = 30.0
WARM_FIXES = 200  # untimed, before


def live_row(roads: Roads, zones: Zones, size: Size) -> Row:
    """Send fixes one by one, each timed by itself."""
    corridors = corridors_of(roads)
    rules: list[Deviation | Geofence] = [*rules_of(roads, corridors, size.accuracy_m), Geofence(zones.fences)]
    batch = roads.in_order_of_time()
    batch = batch.take(np.arange(min(size.singles + WARM_FIXES, len(batch))))
    engine, again = (
        Engine(rules, run_start=float(batch.time.max()), max_speed_mps=ANY_SPEED_MPS) for _ in range(2)
    )
    taken_s, said = _one_by_one(engine, list(batch))
    expected = sorted(map(_key, again.step(batch).transitions))
    if why := first_difference(sorted(map(_key, said)), expected):
        raise WrongAnswerError(f"fixes one by one: {why}")
    first_s, timed_s = taken_s[0], taken_s[WARM_FIXES:] or taken_s
    median_s, p99_s = statistics.median(timed_s), float(np.percentile(timed_s, 99))
    timing = Timing(
        "waywarn",
        1,
        first_s,
        min(timed_s),
        median_s,
        len(timed_s),
        f"{len(timed_s):,} fixes, each timed; 99 of 100 within {1e6 * p99_s:.1f} us",
    )
    return Row(
        key="live",
        title=f"one fix at a time through Engine.step: {len(corridors):,} corridors, {len(rules) - 1:,} "
        f"deviation rules and {len(zones.fences):,} fences loaded",
        unit="fix",
        entries=(Entry(timing, None),),
        goals=(
            Goal("median", 1e6 * median_s, GOAL_US, unit="us"),
            Goal("99 of 100", 1e6 * p99_s, GOAL_US, unit="us"),
        ),
        checked=f"the {len(said):,} transitions of {len(batch):,} fixes are those of one batch",
    )


def _one_by_one(engine: Engine, fixes: list[Fix]) -> tuple[list[float], list[Transition]]:
    taken_s: list[float] = []
    said: list[Transition] = []
    gc.collect()
    gc.disable()
    try:
        for fix in fixes:
            start = time.perf_counter()
            step = engine.step([fix])
            taken_s.append(time.perf_counter() - start)
            said += step.transitions
    finally:
        gc.enable()
    return taken_s, said


def _key(said: Transition) -> tuple[str, ...]:
    return said.device, f"{said.time:.3f}", said.rule, said.kind.value, said.fence or ""
