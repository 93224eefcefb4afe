"""Rows as rich tables, one each as it is done, and all goals at the end.

A ratio is theirs by ours: 30 x is ours thirty times faster.
"""

import math
from collections.abc import Iterable

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from waywarn.bench.rows import Entry, Goal, Row

_UNITS = (("s", 1e9), ("ms", 1e6), ("us", 1e3), ("ns", 1.0))


def duration(nanoseconds: float) -> str:
    """Write nanoseconds in the unit that suits them.

    Examples
    --------
    >>> duration(126.4), duration(2_918.0), duration(41_000_000.0)
    ('126 ns', '2.92 us', '41.0 ms')
    """
    unit, scale = next((pair for pair in _UNITS if nanoseconds >= pair[1]), _UNITS[-1])
    return f"{_three(nanoseconds / scale)} {unit}"


def row_table(row: Row) -> RenderableType:
    """Lay out one row: who, time a unit, ratio, and how it was checked; without times just words."""
    title = Text(f"{row.key}: {row.title}", style="not italic bold")
    if not row.entries:
        return Group(title, _caption(row))
    table = Table(
        title=title,
        title_justify="left",
        caption=_caption(row),
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("", no_wrap=True)
    table.add_column(f"best a {row.unit}", justify="right", no_wrap=True)
    table.add_column("median", justify="right", no_wrap=True)
    table.add_column("theirs / ours", justify="right", no_wrap=True)
    table.add_column(_plural(row.unit), justify="right", no_wrap=True, style="dim")
    for entry in row.entries:
        table.add_row(*_cells(entry), style="" if entry.ratio is not None else "bold cyan")
    return table


def goals_table(rows: Iterable[Row]) -> Table:
    """Lay out what was to be reached and what was."""
    table = Table(
        title=Text("goals", style="not italic bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("row", no_wrap=True)
    table.add_column("what")
    table.add_column("reached", justify="right", no_wrap=True)
    table.add_column("goal", justify="right", no_wrap=True)
    table.add_column("")
    for row in rows:
        for goal in row.goals:
            mark = Text("yes", style="green") if goal.met else Text("no", style="red")
            table.add_row(row.key, goal.text, figure(goal.value, goal.unit), _bound(goal), mark)
    return table


def figure(value: float, unit: str) -> str:
    """Write a number of three digits with its unit.

    Examples
    --------
    >>> figure(30.04, "x"), figure(0.8231, "GB"), figure(1234567.0, "fixes/s")
    ('30.0 x', '0.82 GB', '1,234,567 fixes/s')
    """
    return f"{_three(value)} {unit}"


def small_length(metres: float) -> str:
    """Write a tiny error.

    Examples
    --------
    >>> small_length(0.0000004), small_length(0.0001234)
    ('1 um', '124 um')
    """
    return f"{max(math.ceil(metres * 1e6), 1)} um"


def _plural(unit: str) -> str:
    return f"{unit}es" if unit.endswith("x") else f"{unit}s"


def _three(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _bound(goal: Goal) -> str:
    return f"{'at least' if goal.at_least else 'at most'} {goal.bound:,g} {goal.unit}"


def _cells(entry: Entry) -> tuple[str, ...]:
    timing = entry.timing
    ratio = "" if entry.ratio is None else f"{_three(entry.ratio)} x"
    median = duration(1e9 * timing.median_s / timing.units)
    return timing.name, duration(timing.unit_ns), median, ratio, f"{timing.units:,}"


def _caption(row: Row) -> Text:
    lines = [
        f"{entry.timing.name.strip()}: {entry.timing.note}" for entry in row.entries if entry.timing.note
    ]
    lines += [f"not run: {each}" for each in row.absent]
    lines += [f"checked: {row.checked}"] if row.checked else []
    return Text("\n".join(lines), style="not italic dim")
