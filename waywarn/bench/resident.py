"""How much memory an engine with many devices takes; run by itself: ``python -m waywarn.bench.resident``.

In a process of its own, so that nothing else is counted. The row is ``memory.py``.
"""

import argparse
import gc
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from corridor import Corridor, FenceSet, FixBatch
from rules import Deviation, Engine, Geofence
from waywarn.bench.ground import START
from waywarn.bench.roads import HALF_WIDTH_M, columns, make_roads
from waywarn.bench.sizes import SIZES

BATCH = 100_000
CORRIDORS = 100


def measure(devices: int, *, fences: bool) -> dict[str, float]:
    """Load an engine, let every device send a fix, and give what that took.

    Parameters
    ----------
    devices
        How many.
    fences
        Whether they stand under one geofence rule, or each under a deviation rule of its own.
    """
    size = SIZES["small"]
    corridors = [Corridor(path, HALF_WIDTH_M) for path in make_roads(size, np.random.default_rng(1)).paths]
    _filled(corridors, 10, fences=fences)  # compiled loops are loaded, and not counted
    before = _resident_bytes()
    engine = _filled(corridors, devices, fences=fences)
    gc.collect()
    resident = _resident_bytes() - before
    snapshot = engine.snapshot()
    return {
        "devices": devices,
        "resident_bytes": resident,
        "device_row_bytes": snapshot.device_rows.itemsize,
        "rule_row_bytes": snapshot.rule_rows.itemsize,
    }


def _filled(corridors: list[Corridor], devices: int, *, fences: bool) -> Engine:
    engine = Engine(_rules(corridors, devices, fences=fences), run_start=START + 3600)
    for batch in _fixes(corridors, devices):
        engine.step(batch)
    return engine


def _rules(corridors: list[Corridor], devices: int, *, fences: bool) -> list[Any]:
    if fences:
        lon, lat = (np.array([getattr(each.path, axis)[0] for each in corridors]) for axis in ("lon", "lat"))
        return [Geofence(FenceSet.from_arrays(lon, lat, 100.0))]
    return [
        Deviation(corridors[code % len(corridors)], f"device {code}", starts="at_once")
        for code in range(devices)
    ]


def _fixes(corridors: list[Corridor], devices: int) -> Iterator[FixBatch]:
    for start in range(0, devices, BATCH):
        code = np.arange(start, min(start + BATCH, devices))
        paths = [corridors[each % len(corridors)].path for each in code.tolist()]
        lon, lat = (np.array([getattr(path, axis)[1] for path in paths]) for axis in ("lon", "lat"))
        batch = columns(code - start, np.full(len(code), START), lon, lat, accuracy_m=10.0)
        yield FixBatch(
            **{name: getattr(batch, name) for name in batch.__slots__ if name != "devices"},
            devices=tuple(f"device {each}" for each in code.tolist()),
        )


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("devices", type=int)
    parser.add_argument("--fences", action="store_true")
    given = parser.parse_args()
    print(json.dumps(measure(given.devices, fences=given.fences)))  # noqa: T201 (what the parent reads)
