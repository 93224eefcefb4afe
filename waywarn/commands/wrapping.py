"""Wrapping a text for whoever reads it: a person at a terminal, or a program."""

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def wrapped(text: str, console: "Console", first: str, following: str) -> str:
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
