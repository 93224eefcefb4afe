"""Reading a configuration for a command: one that is wrong ends it with code 2 and every line at fault."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from waywarn.config import Config


def read_configuration(file: Path) -> "Config":
    """Read it, or say what is wrong and exit with 2."""
    from waywarn.config import ConfigError, load_config

    try:
        return load_config(file, os.environ)
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
