"""Rows "polygons" and "circles": moving devices among many fences, what each fix enters and leaves.

The fixes are ``zones.py``'s, the rivals ``rivals/fences.py``'s and ``rivals/postgis.py``'s.
"""

from collections.abc import Callable, Sequence

import numpy as np

from rules import Engine, Geofence, Transition
from waywarn.bench.fence_oracle import Events, events_of, ordered
from waywarn.bench.ground import Ints
from waywarn.bench.race import Contestant, race
from waywarn.bench.rivals.cluster import cluster
from waywarn.bench.rivals.fences import fence_rivals
from waywarn.bench.rivals.postgis import BULK, postgis_rivals
from waywarn.bench.rivals.rival import Rival
from waywarn.bench.rows import Goal, Row, WrongAnswerError, beside
from waywarn.bench.zones import Zones

NAME = "waywarn"
IN_TIME = "waywarn in order of time"
ANY_SPEED_MPS = 1e6
CHECKED_FIXES = 2_000  # whole devices
BAND_M = {True: 0.2, False: 0.001}  # about the edge, where a projected circle, or rounding, may say otherwise
TREES = ("STRtree of fences", "STRtree of fixes", "GeoPandas sjoin")


def crossing_row(zones: Zones, rounds: int, rng: np.random.Generator, *, postgis: bool) -> Row:
    """Check what is said, then time saying it."""
    engine = engines(zones)
    said = events_said(zones, engine().step(zones.batch).transitions)
    devices = check(zones, said, rng)
    in_time = zones.batch.take(np.argsort(zones.batch.time, kind="stable"))
    count = len(zones.batch)
    ours = [
        crossing(zones),
        Contestant(IN_TIME, lambda fresh: fresh.step(in_time), count, engine, "devices interleaved"),
    ]
    with cluster(wanted=postgis) as server:
        asked = [*fence_rivals(zones), *postgis_rivals(server, zones)]
        others = [each for each in asked if isinstance(each, Rival)]
        for each in others:
            check_rival(zones, each, said)
        timings = race([*ours, *(each.contestant() for each in others)], rounds)
    mine = timings.pop(NAME)
    best_tree = min(timings[name].unit_ns for name in TREES if name in timings)
    goals = [
        Goal("faster than the fastest of STRtree and GeoPandas", best_tree / mine.unit_ns, 30, at_least=True)
    ]
    if BULK in timings:
        goals += [
            Goal("faster than PostGIS, one join", timings[BULK].unit_ns / mine.unit_ns, 200, at_least=True)
        ]
    shape = "circles" if zones.circles else "polygons"
    return Row(
        key=shape,
        title=f"{len(zones.batch.devices):,} devices, {count:,} fixes, {len(zones.fences):,} {shape}: "
        f"{len(said):,} times entered or left, through Engine.step",
        unit="fix",
        entries=beside(mine, list(timings.values())),
        goals=tuple(goals),
        checked=f"all that {devices} devices entered and left is what plain containment gives; each rival's "
        f"events are ours, but for fixes within {1000 * BAND_M[zones.circles]:g} mm of an edge",
        absent=tuple(each for each in asked if isinstance(each, str)),
    )


def crossing(zones: Zones) -> Contestant:
    """Give ourselves, all fixes in one step of a fresh engine."""
    return Contestant(NAME, lambda fresh: fresh.step(zones.batch), len(zones.batch), engines(zones))


def engines(zones: Zones) -> Callable[[], Engine]:
    """Give what makes a fresh engine with all fences under one rule."""
    rule = Geofence(zones.fences)
    run_start = float(zones.batch.time.max())
    return lambda: Engine([rule], run_start=run_start, max_speed_mps=ANY_SPEED_MPS)


def events_said(zones: Zones, said: Sequence[Transition]) -> Events:
    """Turn transitions into (E, 3) row, fence, 1 or -1."""
    number = {zones.fences.name(fence): fence for fence in range(len(zones.fences))}
    code = {name: at for at, name in enumerate(zones.batch.devices)}
    events = np.empty((len(said), 3), dtype=np.int64)
    for event, each in zip(events, said, strict=True):
        start, end = zones.starts[code[each.device]], zones.starts[code[each.device] + 1]
        row = start + np.searchsorted(zones.batch.time[start:end], each.time)
        event[:] = row, number[each.fence or ""], 1 if each.kind.value == "enter" else -1
    return ordered(events)


def check(zones: Zones, said: Events, rng: np.random.Generator) -> int:
    """Hold what was said of some devices against the oracle; give how many devices.

    Raises
    ------
    WrongAnswerError
        Something else was said.
    """
    devices = len(zones.batch.devices)
    some = max(1, CHECKED_FIXES * devices // len(zones.batch))
    rows = zones.rows_of(rng.choice(devices, min(some, devices), replace=False))[: 2 * CHECKED_FIXES]
    _refuse("waywarn", zones, _of_rows(said, rows), _of_rows(events_of(zones, rows), rows), 0.0)
    return min(some, devices)


def check_rival(zones: Zones, rival: Rival, said: Events) -> None:
    """Hold a rival's events against ours.

    Raises
    ------
    WrongAnswerError
        One differs that is not within `BAND_M` of an edge.
    """
    _refuse(rival.name, zones, ordered(rival.run()), _of_rows(said, rival.rows), BAND_M[zones.circles])


def _of_rows(events: Events, rows: Ints) -> Events:
    return events[np.isin(events[:, 0], rows)]


def _refuse(name: str, zones: Zones, got: Events, expected: Events, band_m: float) -> None:
    differing = set(map(tuple, got.tolist())) ^ set(map(tuple, expected.tolist()))
    for row, fence, what in sorted(differing):
        rows = np.array([row, max(row - 1, 0)])
        edge_m = zones.fences.distance_m(
            np.array([fence, fence]), zones.batch.lon[rows], zones.batch.lat[rows]
        )
        if np.abs(edge_m).min() > band_m:
            found = "says" if [row, fence, what] in got.tolist() else "does not say"
            raise WrongAnswerError(
                f"{name} {found} that fix {row} {'entered' if what > 0 else 'left'} fence {fence}; "
                f"it lies {edge_m[0]:.3f} m from the edge, the one before {edge_m[1]:.3f} m"
            )
