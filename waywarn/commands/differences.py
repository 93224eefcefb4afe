"""`waywarn replay --diff`: two sets of rules over the same fixes, and what one says that the other does not.

A table on a terminal, else JSON, an object a line. The comparing is ``waywarn/comparing.py``.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from waywarn.commands.fixes import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rules import Transition
    from waywarn.comparing import Comparison, Difference

Diff = Annotated[
    Path | None,
    typer.Option(
        metavar="OTHER.TOML",
        help="Tell only which alarms appear, vanish or move in time under the rules of this configuration "
        "file, against those that are given otherwise. Exit code 0 whether any does or not.",
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="With --diff or --explain: one JSON object a line, on a terminal too."),
]
_STYLES = {"appeared": "red", "vanished": "green", "moved": "yellow"}


def tell_differences(
    before: "Iterable[Transition]", after: "Iterable[Transition]", console: Console, *, as_json: bool
) -> None:
    """Write what differs to standard output, and how much to standard error."""
    from waywarn.comparing import Change, compare

    comparison = compare(before, after)
    page = Console(highlight=False, emoji=False)
    if as_json or not page.is_terminal:
        for each in comparison.differences:
            sys.stdout.write(json.dumps(each.as_json()) + "\n")
    elif comparison.differences:
        page.print(_table(comparison))
    counts = [f"{comparison.count(change):,} {change}" for change in Change]
    say(console, "compared", ", ".join([*counts, f"{comparison.unchanged:,} unchanged"]))


def _table(comparison: "Comparison") -> Table:
    table = Table("", "device", "rule", "what", "before", "after", "later by")
    for each in comparison.differences:
        told = each.told
        about = " ".join(filter(None, (told.kind.value, told.fence, told.path)))
        table.add_row(
            each.change.value,
            escape(told.device),
            escape(told.rule),
            escape(about),
            _span(each, "before"),
            _span(each, "after"),
            _moved(each),
            style=_STYLES[each.change.value],
        )
    return table


def _span(each: "Difference", which: str) -> str:
    """Write when it was said, and until when it lasted."""
    wire = each.as_json()
    said, ends = wire.get(f"{which}_time"), wire.get(f"{which}_ends_at")
    if said is None:
        return "-"
    return f"{said}\nto {ends or 'the end'}" if f"{which}_starts_at" in wire else str(said)


def _moved(each: "Difference") -> str:
    if each.moved_s is None:
        return ""
    if not each.end_moved_s or each.end_moved_s == each.moved_s:
        return f"{each.moved_s:+g} s"
    return f"{each.moved_s:+g} s, its end {each.end_moved_s:+g} s"
