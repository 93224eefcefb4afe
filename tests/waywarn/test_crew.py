"""Engines side by side say what one engine says, in the same order."""

import numpy as np
import pytest

from corridor import Fence, FixBatch
from rules import Deviation, Discard, Engine, Geofence, Kind, Proximity, RuleError
from tests.rules.ground import START, lon_lat, straight
from waywarn.crew import Crew
from waywarn.history import late_devices

DEVICES = [f"van {number}" for number in range(9)]


def batch(fixes: int = 4000) -> FixBatch:
    random = np.random.default_rng(7)
    device = random.integers(0, len(DEVICES), fixes)
    time = START + np.arange(fixes) * 2.0 - random.choice([0.0, 0.0, 0.0, 60.0], fixes)
    east_m = (np.arange(fixes) * 0.5 + device * 30) % 1000
    north_m = 80 * np.sin(np.arange(fixes) / 300 + device)
    lon, lat = lon_lat(east_m, north_m)  # type: ignore[arg-type]  # arrays will do
    return FixBatch.from_columns(
        [DEVICES[at] for at in device], time, lon, lat, accuracy_m=np.full(fixes, 8.0)
    )


def rules() -> list[Deviation | Geofence]:
    fence = Fence.circle(*lon_lat(500, 0), 100, name="stop")
    return [
        Geofence(fence, "van *"),
        *[Deviation(straight(), device) for device in DEVICES[:6]],
        Geofence(fence, "van 3", name="own"),
    ]


@pytest.mark.parametrize("threads", [1, 2, 3, 12])
def test_a_crew_says_what_one_engine_says(threads: int) -> None:
    seen = batch()
    alone = Engine(rules(), run_start=START + 1e5)
    with Crew(rules(), threads=threads, run_start=START + 1e5) as crew:
        for low in (0, 1500):
            rows = np.arange(low, len(seen) if low else 1500)
            step, decided = alone.step(seen, rows=rows), crew.step(seen, rows=rows)
            assert decided.transitions == step.transitions
            assert len(step.transitions) > 20
            assert decided.discard.tolist() == step.discard.tolist()
            assert decided.discard_counts == step.discard_counts
            assert step.discard_counts[Discard.LATE] > 10


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_only_devices_with_late_fixes_are_judged_anew(threads: int) -> None:
    seen, rows = batch(), np.arange(4000)
    for punctual in range(0, len(DEVICES), 2):
        own = np.flatnonzero(seen.device == punctual)
        rows[own] = own[np.argsort(seen.time[own], kind="stable")]
    seen = seen.take(rows)
    late = late_devices(seen)
    assert late == {name for code, name in enumerate(seen.devices) if code % 2}
    alone = Engine(rules(), run_start=START + 1e5, late_horizon_s=300.0)
    with Crew(rules(), threads=threads, late=late, run_start=START + 1e5, late_horizon_s=300.0) as crew:
        for low in (0, 1500):
            rows = np.arange(low, len(seen) if low else 1500)
            step, decided = alone.step(seen, rows=rows), crew.step(seen, rows=rows)
            assert decided.transitions == step.transitions
            assert decided.discard.tolist() == step.discard.tolist()


def test_rows_of_a_batch_are_the_batch_of_those_rows() -> None:
    seen = batch(500)
    rows = np.arange(0, 500, 3)
    one, other = Engine(rules()).step(seen, rows=rows), Engine(rules()).step(seen.take(rows))
    assert one.transitions == other.transitions
    assert one.decided.tolist() == other.decided.tolist()


def test_no_fixes_and_no_threads() -> None:
    with Crew(rules(), threads=2) as crew:
        assert crew.step(batch(0)).transitions == ()
    for none in (-1, 0):
        with pytest.raises(RuleError, match=f"threads is {none}"):
            Crew(rules(), threads=none)


def test_more_threads_than_a_byte_counts() -> None:
    devices = [f"van {number}" for number in range(140)]
    lon, lat = lon_lat(0, 0)
    seen = FixBatch.from_columns(devices, np.full(140, START), np.full(140, lon), np.full(140, lat))
    with Crew([Geofence(Fence.circle(lon, lat, 100), "van *")], threads=140) as crew:
        assert [each.device for each in crew.step(seen).transitions] == devices


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_devices_that_are_watched_together_are_decided_together(threads: int) -> None:
    seen = batch()
    together = [
        Proximity(device=device, other=other, farther_m=150.0, confirm_fixes=1, confirm_s=0.0)
        for device, other in (("van 0", "van 1"), ("van 3", "van 2"), ("van 1", "van 2"), ("van 4", "van 5"))
    ]
    alone = Engine([*rules(), *together]).step(seen)
    with Crew([*rules(), *together], threads=threads) as crew:
        decided = crew.step(seen)
    assert [each.as_json() for each in decided.transitions] == [each.as_json() for each in alone.transitions]
    assert {each.kind for each in alone.transitions} >= {Kind.TOO_FAR, Kind.DISTANCE_OK}
