"""What one call of the engine gives: what to say, what was not judged, and which rows changed.

Made by ``engine.py``; what to do with it is the application's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.snapshot import Snapshot
from rules.state import Rows
from rules.transition import Discard, Transition

if TYPE_CHECKING:
    from rules.judge_fences import Journal
    from rules.late import Before
    from rules.ledger import Folded

Index = npt.NDArray[np.int64]


class Part(NamedTuple):
    """What became of the fixes of some devices."""

    devices: Index
    discarded: int  # how many of their fixes were not judged
    before: Rows  # their states
    after: Rows
    folded: "Folded"  # rows of deviation rules
    watched: "Folded"  # rows of watching rules
    journals: tuple["Journal", ...]  # members of fences, before
    events: Rows  # what was said
    decided: Index  # by which fix of the batch


class Replaced(NamedTuple):
    """What a step changed, with what was there before."""

    device_count: int
    standing_count: int
    parts: tuple[Part, ...]
    tails: "Before"


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """The outcome of one batch.

    Parameters
    ----------
    transitions
        What is said, in the order of the fixes that decided it.
    decided
        (T,) position, among the rows that were given, of the fix that decided each; -1: a timer did.
    discard
        (K,) for the rows that were given: 0 for a fix that was judged, else 1 + its position in
        ``tuple(Discard)``. A fix that was held as implausible stays marked so, even where a later one makes
        it believed and it is judged after all.
    discard_counts
        How many of each reason; every reason is a key.
    changed
        New values of just the rows that changed: what a store keeps.
    wrong_clocks
        Devices that sent many FUTURE fixes in a row, and had not before this step: their clock is wrong.
    number
        Counts the steps of an engine; the last one is the first to be undone.
    """

    transitions: tuple[Transition, ...]
    decided: Index
    discard: npt.NDArray[np.int8]
    discard_counts: dict[Discard, int]
    changed: Snapshot
    wrong_clocks: tuple[str, ...]
    number: int
    replaced: Replaced = field(repr=False)


def together(parts: Sequence[Part]) -> Part:
    """Give several parts of one batch as one; what was said is put in the order of the fixes."""
    decided = np.concatenate([part.decided for part in parts])
    order = np.argsort(decided, kind="stable")
    return Part(
        np.concatenate([part.devices for part in parts]),
        sum(part.discarded for part in parts),
        np.concatenate([part.before for part in parts]),
        np.concatenate([part.after for part in parts]),
        _joined([part.folded for part in parts]),
        _joined([part.watched for part in parts]),
        tuple(journal for part in parts for journal in part.journals),
        np.concatenate([part.events for part in parts])[order],
        decided[order],
    )


def _joined(folded: "Sequence[Folded]") -> "Folded":
    return type(folded[0])(*map(np.concatenate, zip(*folded, strict=True)))
