"""`waywarn check`: read the configuration and explain it, or say each line at fault."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waywarn.commands.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from waywarn.config.explain import Section

LABEL_WIDTH = 18  # fits "by preset bicycle"
RepairOption = Annotated[
    bool,
    typer.Option(
        "--repair", help="Say what could be done about each path and fence at fault; write nothing."
    ),
]
SHOWN_REPAIRS = 20  # of one file; the rest is a number


def check(
    config: Annotated[Path, typer.Option("-c", "--config", help="The configuration file.")],
    repair: RepairOption = False,  # noqa: FBT002 (typer gives it by its name)
) -> None:
    """Read the configuration and explain it: what is in force, from where, and who is told.

    Every path and address is read, nothing is sent. Warnings name what is allowed but likely not meant.
    Exit code 0, or 2 with each line at fault.
    """
    from waywarn.config import ConfigError

    try:
        _explain(config)
    except ConfigError as error:
        count = len(error.problems)
        offered = [*_offered(config)] if repair else []
        said = f"{count} problem{'s' * (count > 1)}; nothing was started"
        _say_faults([*map(str, error.problems), *offered, said])


def _offered(file: Path) -> "Iterator[str]":
    """Say what could be done about the paths and fences of a file whose keys are good."""
    from waywarn.config import ConfigError, load_config
    from waywarn.config.repairs import proposals

    try:
        config = load_config(file, os.environ)
    except ConfigError:
        yield "the keys above come first: paths and fences were not looked at"
        return
    for key, repairs in proposals(config):
        if repairs:
            yield f"{key} could be repaired (nothing was written):"
        yield from (f"    {repair}" for repair in repairs[:SHOWN_REPAIRS])
        if len(repairs) > SHOWN_REPAIRS:
            yield f"    and {len(repairs) - SHOWN_REPAIRS:,} more"


def _say_faults(lines: list[str]) -> None:
    from rich.console import Console

    faults = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
    for line in lines:
        faults.print(line, style="red")
    raise typer.Exit(2)


def _explain(file: Path) -> None:
    from rich.console import Console

    from waywarn.config import load_config
    from waywarn.config.doors import open_all
    from waywarn.config.explain import explain
    from waywarn.config.operator_door import at_operator

    config = load_config(file, os.environ)
    opened = open_all(config)
    at_operator(config, opened.accounts)
    warnings = config.warnings()
    console = Console(highlight=False, markup=False, emoji=False)
    console.print(f"{file} is good", style="bold green")
    for section in explain(config, opened, now=time.time()):
        _print(console, section)
    console.print(f"\n{len(warnings) or 'No'} warning{'s' * (len(warnings) != 1)}", style="bold")
    for warning in warnings:
        console.print(wrapped(warning, console, "  ", "      "), style="yellow", soft_wrap=True)


def _print(console: "Console", section: "Section") -> None:
    console.print(f"\n{section.title}", style="bold")
    for label, text in section.rows:
        for number, line in enumerate(text.split("\n")):
            shown = f"  {'' if number else label:{LABEL_WIDTH}}"
            console.print(wrapped(line, console, shown, " " * (len(shown) + 2)), soft_wrap=True)
