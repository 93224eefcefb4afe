"""Recorded fixes by the hundred thousand, under several rules: each is judged, or discarded with a reason."""

from pathlib import Path as File

import numpy as np
import pytest

from corridor import Corridor, Fence, FenceSet, FixBatch, Path
from corridor.tracks.read import read_fixes
from rules import Arrival, Deviation, Discard, Engine, Geofence, Movement, Silence, Speed
from rules.rule import Rule

pytestmark = pytest.mark.data

CHUNK = 65_536
RULED = 40  # devices with rules of their own; the fences are about all
DISCARDS = {  # two fixes of one day in one table, tracks of several receivers, and aircraft faster than cars
    ("icebergs", 90.0): {"duplicate": 88_532},
    ("aircraft", 350.0): {"late": 42_461, "duplicate": 2, "implausible": 9_977},
    ("aircraft", 90.0): {"late": 42_461, "duplicate": 2, "implausible": 624_177},
}


def _rules(batch: FixBatch) -> list[Rule]:
    silence_s = 3 * float(np.median(np.diff(batch.time[batch.device == 0])))
    rules: list[Rule] = []
    for number, device in enumerate(batch.devices[:RULED]):
        rows = np.flatnonzero(batch.device == number)[[0, -1]]
        home = batch.lon[rows[0]], batch.lat[rows[0]]
        fence = FenceSet([Fence.circle(float(home[0]), float(home[1]), 20_000, name="home")])
        rules += [
            Silence(device=device, silence_s=silence_s),
            Movement(device=device, move_m=5_000.0),
            Arrival(device=device, must="stay", fences=fence),
            Speed(device=device, limit_mps=60.0),
        ]
        if len(set(zip(batch.lon[rows], batch.lat[rows], strict=True))) == 2:
            way = Corridor(Path(batch.lon[rows], batch.lat[rows]), 20_000)
            rules.append(Deviation(way, device, starts="at_once", silence_s=silence_s))
    return [*rules, Geofence(Fence.circle(float(home[0]), float(home[1]), 50_000, name="last"), "*")]


@pytest.mark.parametrize(("name", "max_speed_mps"), DISCARDS)
def test_each_fix_is_judged_or_discarded_with_a_reason(
    shared_data: File, name: str, max_speed_mps: float
) -> None:
    batch = read_fixes(shared_data / "traces" / f"{name}.parquet").batch
    engine = Engine(_rules(batch), max_speed_mps=max_speed_mps, run_start=float(batch.time.max()))
    counts, judged, kinds = dict.fromkeys(Discard, 0), 0, set[str]()
    for start in range(0, len(batch), CHUNK):
        step = engine.step(batch, rows=np.arange(start, min(start + CHUNK, len(batch))))
        judged += int(np.count_nonzero(step.discard == 0))
        kinds |= {each.kind.value for each in step.transitions}
        for reason, count in step.discard_counts.items():
            counts[reason] += count
    assert judged + sum(counts.values()) == len(batch)
    rows = engine.snapshot().device_rows
    assert {reason: int(rows[reason.value].sum()) for reason in Discard} == counts
    assert kinds >= {"moved", "not_inside", "off_route", "silent", "enter"}
    assert {reason.value: count for reason, count in counts.items() if count} == DISCARDS[name, max_speed_mps]
