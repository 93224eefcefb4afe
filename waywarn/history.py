"""Deciding over recorded fixes: rules for a path, and the engine fed in chunks. No output, no clock.

The command that uses it is ``commands/replay.py``; the deciding itself is ``rules``.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from waywarn.presets import DEFAULT_HALF_WIDTH_M, PRESETS, Preset

if TYPE_CHECKING:
    from corridor import Fence, FixBatch, Path
    from rules import Deviation, Discard, Geofence, Transition
    from rules.rule import Rule

CHUNK = 65_536  # fixes in one step: small enough to show progress, large enough that a step's cost is theirs


@dataclass(slots=True)
class Outcome:
    """What a replay came to.

    Parameters
    ----------
    transitions
        All that was said.
    discards
        How many fixes were not judged, by reason.
    wrong_clocks
        Devices whose fixes came from the future.
    """

    transitions: "list[Transition]" = field(default_factory=list)
    discards: "Counter[Discard]" = field(default_factory=Counter)
    wrong_clocks: list[str] = field(default_factory=list)


def rules_for_path(
    path: "Path", devices: Iterable[str], *, preset: Preset | None = None, numbers: Mapping[str, Any]
) -> "tuple[Deviation, ...]":
    """Hold each device to one path.

    Parameters
    ----------
    path
        The way.
    devices
        Who keeps to it.
    preset
        Whose numbers stand where `numbers` gives none.
    numbers
        ``half_width_m`` and what `rules.Deviation` takes.

    Raises
    ------
    PathError, RuleError
        A number cannot be.
    """
    from corridor import Corridor
    from rules import Deviation

    wanted = {
        "half_width_m": DEFAULT_HALF_WIDTH_M,
        **(PRESETS[preset]["deviation"] if preset else {}),
        **numbers,
    }
    corridor = Corridor(path, half_width_m=wanted.pop("half_width_m"))
    return tuple(Deviation(corridor, device, **wanted) for device in devices)


def rule_for_fences(fences: "Sequence[Fence]", *, numbers: Mapping[str, Any]) -> "Geofence":
    """Tell of every device that enters or leaves a fence.

    Parameters
    ----------
    fences
        At least one.
    numbers
        What `rules.Geofence` takes.

    Raises
    ------
    FenceError, RuleError
        There is no fence, or a number cannot be.
    """
    from rules import Geofence

    return Geofence(fences, **numbers)


def unwatched(rules: "Sequence[Rule]", devices: Iterable[str]) -> list[str]:
    """Give the devices that no rule judges."""
    from rules import Geofence

    patterns = [rule for rule in rules if isinstance(rule, Geofence) and rule.is_pattern]
    named = {rule.device for rule in rules} - {rule.device for rule in patterns}
    return [
        device
        for device in devices
        if device not in named and not any(rule.is_about(device) for rule in patterns)
    ]


def decide(
    rules: "Sequence[Rule]",
    batch: "FixBatch",
    *,
    run_start: float,
    max_speed_mps: float = 90.0,
    late_horizon_s: float = 0.0,
    tell: "Callable[[Sequence[Transition]], None]" = lambda _: None,
    advance: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Run fixes through an engine, as the service would; timers run from the first fix to the last.

    Parameters
    ----------
    rules
        What is watched.
    batch
        The fixes, in order of arrival.
    run_start
        UTC seconds; a fix from after it has a wrong clock.
    max_speed_mps
        A fix that implies more is held back as implausible.
    late_horizon_s
        How late a fix may come and still count; none is late where each device's fixes are in order.
    tell
        Called with the transitions of each chunk, at once.
    advance
        Called with the number of fixes done.

    Raises
    ------
    RuleError
        The rules cannot stand side by side.
    """
    from rules import Proximity
    from waywarn.crew import Crew

    outcome = Outcome()
    alone = not any(isinstance(rule, Proximity) for rule in rules)
    late = late_devices(batch) if alone or is_sorted(batch) else frozenset(batch.devices)
    begin, end = _span(batch, run_start)
    with Crew(
        rules, late=late, late_horizon_s=late_horizon_s, run_start=run_start, max_speed_mps=max_speed_mps
    ) as crew:
        crew.fire(begin)
        for start in range(0, len(batch), CHUNK):
            rows = np.arange(start, min(start + CHUNK, len(batch)))
            step = crew.step(batch, rows=rows)
            tell(step.transitions)
            outcome.transitions += step.transitions
            outcome.discards.update(step.discard_counts)
            outcome.wrong_clocks += step.wrong_clocks
            advance(len(rows))
        last = crew.fire(end)
        tell(last)
        outcome.transitions += last
    return outcome


def is_sorted(batch: "FixBatch") -> bool:
    """Tell whether all fixes come in order of their time."""
    return bool((np.diff(batch.time) >= 0.0).all())


def late_devices(batch: "FixBatch") -> frozenset[str]:
    """Give the devices whose fixes do not come in order of their time."""
    if is_sorted(batch):
        return frozenset()
    order = np.argsort(batch.device, kind="stable")
    device, time = batch.device[order], batch.time[order]
    is_late = (device[1:] == device[:-1]) & (time[1:] < time[:-1])
    return frozenset(batch.devices[code] for code in np.unique(device[1:][is_late]).tolist())


def _span(batch: "FixBatch", run_start: float) -> tuple[float, float]:
    """Give between which instants timers run: the first and the last fix that is not from the future."""
    past = batch.time[batch.time <= run_start]
    return (float(past.min()), float(past.max())) if len(past) else (run_start, run_start)
