"""A batch cut into shares of few fixes is judged as a whole: the same words, the same rows, one undo."""

from typing import Any

import numpy as np
import pytest

from corridor import Fence, FixBatch
from rules import Deviation, Engine, Geofence, StateError
from rules.judge_fences import judge_fences
from tests.rules.ground import START, lon_lat, straight

DEVICES = [f"van {number}" for number in range(9)]


def batch(seed: int, fixes: int = 300) -> FixBatch:
    """Give a drive of each device, some fixes late and some of them far off."""
    random = np.random.default_rng(seed)
    device = random.integers(0, len(DEVICES), fixes)
    time = START + seed * 4000 + np.arange(fixes) * 10.0 - random.choice([0.0, 0.0, 0.0, 60.0], fixes)
    east_m = (np.arange(fixes) * 8 + device * 30) % 1000
    north_m = 80 * np.sin(np.arange(fixes) / 20 + device) + random.choice([0.0] * 9 + [1e5], fixes)
    lon, lat = lon_lat(east_m, north_m)  # type: ignore[arg-type]  # arrays will do
    accuracy_m = np.full(fixes, 8.0)
    return FixBatch.from_columns([DEVICES[at] for at in device], time, lon, lat, accuracy_m=accuracy_m)


def engine() -> Engine:
    near, far = (Fence.circle(*lon_lat(east_m, 0), 150, name=f"{east_m}") for east_m in (300, 700))
    rules: list[Deviation | Geofence] = [Deviation(straight(), device) for device in DEVICES[:6]]
    return Engine([*rules, Geofence([near, far], "van *"), Geofence(far, "van [3-8]", name="other")])


def state(engine: Engine) -> tuple[object, ...]:
    rows = engine.snapshot()
    return (
        (rows.devices, rows.device_rows.tobytes(), rows.rules, rows.rule_rows.tobytes()),
        (rows.memberships, rows.membership_rows),
    )


@pytest.mark.parametrize("share_fixes", [1, 3, 50])
def test_shares_make_no_difference_to_what_is_said_kept_or_undone(
    share_fixes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, shared = engine(), engine()
    for seed in range(4):
        seen, said = batch(seed), whole.step(batch(seed))
        with monkeypatch.context() as patch:
            patch.setattr("rules.shares._SHARE_FIXES", share_fixes)
            before = state(shared)
            tried = shared.step(seen)
            assert len(tried.replaced.parts) > 2
            shared.undo(tried)
            assert state(shared) == before
            step = shared.step(seen)
        assert step.transitions == tried.transitions == said.transitions
        assert len({each.kind for each in step.transitions}) > 3
        assert step.decided.tolist() == said.decided.tolist()
        assert step.discard_counts == said.discard_counts
        assert state(shared) == state(whole)


def test_a_failure_in_the_midst_of_a_batch_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second set of fences of a later share fails: what was done before it is taken back."""
    calls = []

    def fail_late(*arguments: Any) -> Any:
        calls.append(0)
        if len(calls) == 6:
            raise MemoryError
        return judge_fences(*arguments)

    seen, tried = batch(1), engine()
    tried.step(batch(0))
    before = state(tried)
    with monkeypatch.context() as patch:
        patch.setattr("rules.shares._SHARE_FIXES", 50)
        patch.setattr("rules.fence_ledger.judge_fences", fail_late)
        with pytest.raises(MemoryError):
            tried.step(seen)
    assert state(tried) == before
    whole = engine()
    whole.step(batch(0))
    assert tried.step(seen).transitions == whole.step(seen).transitions


@pytest.mark.parametrize("rows", [[0, 300], [-1, 0], [[0, 1]], [0.0, 1.0], [True, False]])
def test_rows_that_a_batch_has_not_are_refused(rows: list[object]) -> None:
    untouched = engine()
    before = state(untouched)
    with pytest.raises(StateError, match="rows are"):
        untouched.step(batch(0), rows=np.array(rows))
    assert state(untouched) == before


def test_of_some_rows_those_are_judged_and_of_none_nothing() -> None:
    seen = batch(0)
    assert engine().step(seen, rows=np.array([], dtype=np.int64)).discard.tolist() == []
    rows = np.arange(0, 300, 7)
    assert engine().step(seen, rows=rows).transitions == engine().step(seen.take(rows)).transitions
