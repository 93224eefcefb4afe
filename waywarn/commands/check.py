"""`waywarn check`: read the configuration and explain it, or say each line at fault."""

import os
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from waywarn.config.explain import Section

LABEL_WIDTH = 18  # fits "by preset bicycle"


def check(
    config: Annotated[Path, typer.Option("-c", "--config", help="The configuration file.")],
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
        _say_faults([*map(str, error.problems), f"{count} problem{'s' * (count > 1)}; nothing was started"])


def _say_faults(lines: list[str]) -> None:
    from rich.console import Console

    faults = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    for line in lines:
        faults.print(line, style="red")
    raise typer.Exit(2)


def _explain(file: Path) -> None:
    from rich.console import Console

    from waywarn.config import load_config
    from waywarn.config.doors import open_all
    from waywarn.config.explain import explain

    config = load_config(file, os.environ)
    opened = open_all(config)
    warnings = config.warnings()
    console = Console(highlight=False, markup=False)
    console.print(f"{file} is good", style="bold green")
    for section in explain(config, opened, now=time.time()):
        _print(console, section)
    console.print(f"\n{len(warnings) or 'No'} warning{'s' * (len(warnings) != 1)}", style="bold")
    for warning in warnings:
        console.print(_wrapped(warning, console, "  ", "      "), style="yellow", soft_wrap=True)


def _print(console: "Console", section: "Section") -> None:
    console.print(f"\n{section.title}", style="bold")
    for label, text in section.rows:
        for number, line in enumerate(text.split("\n")):
            shown = f"  {'' if number else label:{LABEL_WIDTH}}"
            console.print(_wrapped(line, console, shown, " " * len(shown)), soft_wrap=True)


def _wrapped(text: str, console: "Console", first: str, following: str) -> str:
    """Wrap for a person at a terminal; a program or a file gets each thing in one line."""
    if not console.is_terminal:
        return first + text
    lines = textwrap.wrap(
        text,
        max(40, console.width),
        initial_indent=first,
        subsequent_indent=following,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines)
