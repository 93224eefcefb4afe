"""What a run comes to: rows of the table, each with who took part, how long, and the goal.

Printing is ``table.py``, drawing ``curves.py``; the JSON is `Report.as_json`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from waywarn.bench.race import Timing
from waywarn.bench.sizes import Size

SCHEMA = 1


class WrongAnswerError(Exception):
    """Somebody's answers are not those of the plain oracle, so nothing is timed."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A number to reach.

    Parameters
    ----------
    text
        Of what, as in the table.
    value
        What was measured.
    bound
        What is wanted.
    at_least
        Whether more is better.
    unit
        Written behind both numbers.
    """

    text: str
    value: float
    bound: float
    at_least: bool = False
    unit: str = "x"

    @property
    def met(self) -> bool:
        """Whether it is reached."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a contestant's time, and how it stands to ours.

    Parameters
    ----------
    ratio
        Their time a unit by ours: over 1, ours is so many times faster. None for ours itself.
    """

    timing: Timing
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """How somebody grows.

    Parameters
    ----------
    name
        Who.
    points
        Size to nanoseconds a unit.
    """

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of work.

    Parameters
    ----------
    key
        Its short name, as in ``--only``.
    title
        What was done, with its numbers.
    unit
        What times are given for.
    entries
        Ours first.
    goals
        What was to be reached.
    checked
        How the answers were held against the oracle.
    absent
        Who could not take part, and why.
    curves
        Of a growth row, ours first; none elsewhere.
    axis
        What grows there.
    """

    key: str
    title: str
    unit: str
    entries: tuple[Entry, ...] = ()
    goals: tuple[Goal, ...] = ()
    checked: str = ""
    absent: tuple[str, ...] = ()
    curves: tuple[Curve, ...] = ()
    axis: str = ""

    def as_json(self) -> dict[str, Any]:
        """Give the row as plain values."""
        return {
            "key": self.key,
            "title": self.title,
            "unit": self.unit,
            "checked": self.checked,
            "absent": list(self.absent),
            "entries": [
                asdict(entry.timing) | {"unit_ns": entry.timing.unit_ns, "ratio": entry.ratio}
                for entry in self.entries
            ],
            "goals": [asdict(goal) | {"met": goal.met} for goal in self.goals],
            "axis": self.axis,
            "curves": [asdict(curve) for curve in self.curves],
        }


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run."""

    machine: dict[str, Any]
    seed: int
    size_name: str
    size: Size
    stream: str | None
    rows: tuple[Row, ...]

    def as_json(self) -> dict[str, Any]:
        """Give everything as plain values; the keys are held by a test."""
        return {
            "schema": SCHEMA,
            "machine": self.machine,
            "seed": self.seed,
            "size_name": self.size_name,
            "size": asdict(self.size),
            "stream": self.stream,
            "rows": [row.as_json() for row in self.rows],
        }


def beside(ours: Timing, others: Sequence[Timing]) -> tuple[Entry, ...]:
    """Put others under ours, with their ratios."""
    return (Entry(ours, None), *(Entry(each, each.unit_ns / ours.unit_ns) for each in others))
