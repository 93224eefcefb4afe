"""`Crew`: engines side by side, one a thread, each with the rules and the fixes of its own devices.

Compiled loops release the interpreter, so two threads use two cores. Devices never meet, so what is said is
what one engine would say, in the same order.
"""

import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from corridor import FixBatch
from rules import Discard, Engine, Geofence, Proximity, RuleError, Step, Transition
from rules.rule import Rule

Index = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """What a batch came to; as in `rules.Step`."""

    transitions: tuple[Transition, ...]
    discard: npt.NDArray[np.int8]  # (K,) in the order of the rows that were given
    discard_counts: dict[Discard, int]
    wrong_clocks: tuple[str, ...]


class Crew:
    """Decide over history with every core.

    Parameters
    ----------
    rules
        One device has no two rules of one name.
    threads
        How many engines decide at a time; by default one for each core that this process may use.
    late
        The devices whose fixes may come late; by default any. Of others nothing is kept to judge anew.
    late_horizon_s
        As of `rules.Engine`.
    **options
        What `rules.Engine` takes.

    Raises
    ------
    RuleError
        The rules cannot stand side by side.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        threads: int | None = None,
        late: Collection[str] | None = None,
        late_horizon_s: float = 0.0,
        **options: Any,
    ) -> None:
        count = _cores() if threads is None else threads
        if count < 1:
            raise RuleError(f"threads is {threads}; at least one is needed")
        self._lane_of: dict[str, int] = {}
        self._threads = count
        self._late = frozenset(late or ())
        horizons_s = [
            late_horizon_s
        ] * count  # a lane each; late devices have lanes of their own, after the rest
        if late is not None:
            horizons_s = [0.0] * count + (horizons_s if late else [])
        named = [rule.device for rule in rules if _is_of_one(rule)]
        together = _pairs(rules)
        for device in dict.fromkeys(named):
            self._enlist(_reached_from(device, together))  # who is watched together is decided together
        self._engines = [
            Engine([rule for rule in rules if self._is_for(rule, lane)], late_horizon_s=horizon_s, **options)
            for lane, horizon_s in enumerate(horizons_s)
        ]
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="decide") if count > 1 else None

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def step(self, batch: FixBatch, *, rows: Index | None = None, now: float | None = None) -> Decided:
        """Decide over a batch, or some rows of it (ascending), as `rules.Engine.step` does."""
        rows = np.arange(len(batch)) if rows is None else rows
        lane_of_code = np.array([self._lane(name) for name in batch.devices], dtype=np.int64)
        lane = lane_of_code[batch.device[rows]]
        shares = [np.flatnonzero(lane == each) for each in range(len(self._engines))]
        work = [(self._engines[each], share) for each, share in enumerate(shares) if len(share)]

        def decide(engine: Engine, share: Index) -> Step:
            return engine.step(batch, rows=rows[share], now=now)

        steps = (
            list((self._pool.map if self._pool else map)(decide, *zip(*work, strict=True))) if work else []
        )
        return _together(len(rows), [share for _, share in work], steps)

    def fire(self, now: float) -> tuple[Transition, ...]:
        """Fire the timers that are due at a wall time, in order of event time."""
        said = [each for engine in self._engines for each in engine.step((), now=now).transitions]
        return tuple(sorted(said, key=lambda each: each.time))

    def _is_for(self, rule: Rule, lane: int) -> bool:
        return not _is_of_one(rule) or self._lane(rule.device) == lane

    def _lane(self, device: str) -> int:
        if device not in self._lane_of:
            self._enlist({device})
        return self._lane_of[device]

    def _enlist(self, devices: Collection[str]) -> None:
        """Give devices that are decided together their lane; they have all been given one, or none has."""
        lane = len(self._lane_of) % self._threads + self._threads * (not self._late.isdisjoint(devices))
        for device in devices:
            self._lane_of.setdefault(device, lane)


def _cores() -> int:
    """Count the cores that this process may use; where the system does not say, those that there are."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _is_of_one(rule: Rule) -> bool:
    return not isinstance(rule, Geofence) or not rule.is_pattern


def _pairs(rules: Sequence[Rule]) -> dict[str, list[str]]:
    """Give the devices that a rule is about together with each."""
    pairs: dict[str, list[str]] = {}
    for rule in rules:
        if isinstance(rule, Proximity):
            pairs.setdefault(rule.device, []).append(rule.other)
            pairs.setdefault(rule.other, []).append(rule.device)
    return pairs


def _reached_from(device: str, pairs: Mapping[str, list[str]]) -> set[str]:
    reached, left = {device}, [device]
    while left:
        new = set(pairs.get(left.pop(), ())) - reached
        reached |= new
        left += new
    return reached


def _together(rows: int, shares: Sequence[Index], steps: Sequence[Step]) -> Decided:
    discard = np.empty(rows, dtype=np.int8)
    for share, step in zip(shares, steps, strict=True):
        discard[share] = step.discard
    decided = [at for share, step in zip(shares, steps, strict=True) for at in share[step.decided].tolist()]
    said = list(chain.from_iterable(step.transitions for step in steps))
    counts: Counter[Discard] = Counter(dict.fromkeys(Discard, 0))
    for step in steps:
        counts.update(step.discard_counts)
    return Decided(
        tuple([said[at] for at in sorted(range(len(said)), key=decided.__getitem__)]),
        discard,
        dict(counts),
        tuple(chain.from_iterable(step.wrong_clocks for step in steps)),
    )
