"""Timing: contestants take turns, round by round, so that a noisy machine is noisy to all of them.

Whether their answers are right is for the rows to check, before.
"""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

MOST_S = 20.0  # a contestant that has used so much is not run again: its rounds so far count


@dataclass(frozen=True, slots=True)
class Contestant:
    """Somebody who does the work.

    Parameters
    ----------
    name
        As in the table.
    run
        Does it once; takes what `prepare` gave.
    units
        How many units of work (fixes, fences) that is.
    prepare
        Makes ready, untimed; called before each round.
    note
        What to know of it.
    """

    name: str
    run: Callable[[Any], object]
    units: int
    prepare: Callable[[], Any] = lambda: None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one contestant took; seconds of whole rounds.

    Parameters
    ----------
    first_s
        The first call, untimed in the others: loading or compiling is in it.
    best_s, median_s
        Over the rounds.
    rounds
        How many.
    """

    name: str
    units: int
    first_s: float
    best_s: float
    median_s: float
    rounds: int
    note: str = ""

    @property
    def unit_ns(self) -> float:
        """Nanoseconds a unit, at best."""
        return 1e9 * self.best_s / self.units


def race(contestants: Sequence[Contestant], rounds: int) -> dict[str, Timing]:
    """Time contestants in turns, by name.

    Everybody runs once unseen, then in each round once. Collection of garbage waits meanwhile.
    """
    gc.collect()
    gc.disable()
    try:
        first_s = {each.name: _once(each) for each in contestants}
        taken_s = _rounds(contestants, rounds)
    finally:
        gc.enable()
    return {
        each.name: Timing(
            each.name,
            each.units,
            first_s[each.name],
            min(taken_s[each.name]),
            statistics.median(taken_s[each.name]),
            len(taken_s[each.name]),
            each.note,
        )
        for each in contestants
    }


def _rounds(contestants: Sequence[Contestant], rounds: int) -> dict[str, list[float]]:
    taken_s: dict[str, list[float]] = {each.name: [] for each in contestants}
    for _ in range(rounds):
        for each in contestants:
            past_s = taken_s[each.name]
            if not past_s or sum(past_s) + past_s[-1] < MOST_S:
                past_s.append(_once(each))
    return taken_s


def _once(contestant: Contestant) -> float:
    ready = contestant.prepare()
    start = time.perf_counter()
    contestant.run(ready)
    return time.perf_counter() - start
