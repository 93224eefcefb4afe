"""Explaining a moment of history: the fixes up to it are decided again, and rows are taken before and after.

What the rows tell is ``rules/explaining/``; what the service has kept of its own decisions is ``kept.py``.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from corridor import FixBatch
    from rules import Engine, Transition
    from rules.explaining.moment import Moment
    from rules.explaining.standing import Standing
    from rules.rule import Rule

Rows = npt.NDArray[np.intp]


class NoFixError(LookupError):
    """Nothing came from the device up to that time."""


def moments_of(
    rules: "Sequence[Rule]",
    batch: "FixBatch",
    device: str,
    time: float,
    *,
    run_start: float,
    max_speed_mps: float,
    late_horizon_s: float,
) -> "tuple[Moment, ...]":
    """Explain the newest fix of a device at or before an instant, and what time alone brought until then.

    Parameters
    ----------
    rules
        What is watched.
    batch
        The fixes, in order of arrival; those behind the one that is explained play no part.
    device, time
        Whose fix, and up to when, UTC seconds.
    run_start, max_speed_mps, late_horizon_s
        As in `waywarn.history.decide`.

    Raises
    ------
    NoFixError
        The device has no fix up to then.
    RuleError
        The rules cannot stand side by side.
    """
    from corridor import format_instant
    from rules import Engine

    row = _row_of(batch, device, time)
    if row is None:
        raise NoFixError(f'there is no fix of device "{device}" up to {format_instant(time)}')
    about = [rule for rule in rules if _is_about(rule, device)]
    engine = Engine(about, run_start=run_start, max_speed_mps=max_speed_mps, late_horizon_s=late_horizon_s)
    earlier = _rows_before(batch, row, {device, *(getattr(rule, "other", None) for rule in about)})
    engine.step((), now=float(batch.time.min()))  # timers run from the first fix of the file
    if len(earlier):
        engine.step(batch, rows=earlier)
    return _moments(engine, batch, row, time, max_speed_mps)


def _moments(
    engine: "Engine", batch: "FixBatch", row: int, time: float, max_speed_mps: float
) -> "tuple[Moment, ...]":
    from rules import Discard
    from rules.explaining.moment import Moment

    fix = next(iter(batch.take(np.array([row]))))
    before = _standing(engine, fix.device_id)
    step = engine.step(batch, rows=np.array([row]))
    after = _standing(engine, fix.device_id)
    discard = (None, *Discard)[int(step.discard[0])]
    decided = Moment(
        before=before,
        after=after,
        time=fix.time,
        fix=fix,
        discard=discard,
        said=_of(step.transitions, fix.device_id),
        max_speed_mps=max_speed_mps,
    )
    passed = engine.step((), now=time).transitions if time > fix.time else ()
    if not passed:
        return (decided,)
    later = Moment(before=after, after=_standing(engine, fix.device_id), time=time, said=passed)
    return decided, later


def _row_of(batch: "FixBatch", device: str, time: float) -> int | None:
    """Give the row of the newest fix at or before an instant; of several of one time the first that came."""
    if device not in batch.devices:
        return None
    rows = np.flatnonzero((batch.device == batch.devices.index(device)) & (batch.time <= time))
    return int(rows[batch.time[rows].argmax()]) if len(rows) else None


def _rows_before(batch: "FixBatch", row: int, devices: set[str | None]) -> "Rows":
    codes = [code for code, name in enumerate(batch.devices) if name in devices]
    return np.flatnonzero(np.isin(batch.device[:row], codes))


def _is_about(rule: "Rule", device: str) -> bool:
    from rules import Geofence

    return rule.is_about(device) if isinstance(rule, Geofence) else rule.device == device


def _standing(engine: "Engine", device: str) -> "Standing":
    from rules.explaining.standing import Standing

    return Standing.of(engine.snapshot(), device)


def _of(transitions: "Sequence[Transition]", device: str) -> "tuple[Transition, ...]":
    return tuple(each for each in transitions if each.device == device)
