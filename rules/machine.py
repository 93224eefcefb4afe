"""What every machine's table is made of: moves, the word for "ignored"; its forms for loops and for readers.

The tables are ``table.py`` (a corridor), ``fence_table.py`` (a fence) and those in ``watch/tables.py``.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import IntEnum
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from rules.transition import Kind, Reason

Phase = TypeVar("Phase", bound=IntEnum)
Input = TypeVar("Input", bound=IntEnum)


class Move(NamedTuple):
    """What follows: the next phase and what is said, if anything is."""

    phase: IntEnum
    kind: Kind | None = None
    reason: Reason | None = None


class Ignored(NamedTuple):
    """The input changes nothing and says nothing; written, so that no pair is forgotten."""


IGNORED = Ignored()

NEXT, KIND, REASON, CLOSES = range(4)  # the last axis of encoded moves
NOTHING = -1  # ignored (in NEXT); not said (in KIND and REASON)
KINDS = tuple(Kind)
REASONS = tuple(Reason)


def closes_alarm(phase: IntEnum, move: Move, alarms: AbstractSet[IntEnum]) -> bool:
    """Tell whether a move out of `phase` ends an alarm that is open in the phases `alarms`."""
    return phase in alarms and move.phase not in alarms


def encode(
    table: Mapping[Phase, Mapping[Input, Move | Ignored]], alarms: AbstractSet[IntEnum]
) -> npt.NDArray[np.int8]:
    """Give a table for compiled loops: (phases, inputs, 4) next phase, kind, reason, closes an alarm."""
    moves = np.full((len(table), len(next(iter(table.values()))), 4), NOTHING, dtype=np.int8)
    for phase, row in table.items():
        for given, move in row.items():
            if isinstance(move, Move):
                kind = NOTHING if move.kind is None else KINDS.index(move.kind)
                reason = NOTHING if move.reason is None else REASONS.index(move.reason)
                moves[phase, given] = move.phase, kind, reason, closes_alarm(phase, move, alarms)
    moves.setflags(write=False)
    return moves


def as_markdown(
    table: Mapping[Phase, Mapping[Input, Move | Ignored]], phases: Sequence[Phase], inputs: Sequence[Input]
) -> str:
    """Write a table for the documentation; a dot stands for "ignored"."""
    lines = [
        "| input | " + " | ".join(phase.name for phase in phases) + " |",
        "|---" * (len(phases) + 1) + "|",
    ]
    lines += [
        f"| {given.name} | " + " | ".join(_cell(table[phase][given]) for phase in phases) + " |"
        for given in inputs
    ]
    return "\n".join(lines) + "\n"


def as_diagram(table: Mapping[Phase, Mapping[Input, Move | Ignored]], alarms: AbstractSet[IntEnum]) -> str:
    """Draw a table for the documentation, as a Mermaid state diagram.

    What is ignored is left out, and so is what stays in its phase and says nothing. Inputs that lead from one
    phase to the same other are one arrow; what is said stands behind the slash.

    Parameters
    ----------
    table
        Of a machine; it starts in the phase 0.
    alarms
        The phases in which an alarm is open; they are drawn red.
    """
    phases = sorted(table)
    lines = ["stateDiagram-v2", "    direction LR", f"    [*] --> {phases[0].name}"]
    for phase in phases:
        lines += [f"    {phase.name} --> {to}: {label}" for to, label in _arrows(table[phase], phase)]
    if alarms:
        lines.append("    classDef alarm fill:#fbe3e0,stroke:#b3261e,color:#410e0b")
        lines.append(f"    class {','.join(phase.name for phase in sorted(alarms))} alarm")
    return "\n".join(lines) + "\n"


def _arrows(row: Mapping[Input, Move | Ignored], phase: IntEnum) -> list[tuple[str, str]]:
    """Give the arrows out of a phase: where to, and the label, a line for each thing that is said."""
    to: dict[IntEnum, dict[Kind | None, list[str]]] = {}
    for given in sorted(row):
        move = row[given]
        if isinstance(move, Move) and (move.phase != phase or move.kind is not None):
            to.setdefault(move.phase, {}).setdefault(move.kind, []).append(given.name)
    return [
        (
            target.name,
            "<br/>".join(
                ", ".join(inputs) + ("" if kind is None else f" / {kind}") for kind, inputs in said.items()
            ),
        )
        for target, said in to.items()
    ]


def _cell(move: Move | Ignored) -> str:
    if isinstance(move, Ignored):
        return "·"
    said = "" if move.kind is None else f" **{move.kind}** ({move.reason})"
    return move.phase.name + said
