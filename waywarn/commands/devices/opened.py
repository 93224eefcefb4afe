"""Opening the service's store for a sub-command of `waywarn device`; what goes wrong ends it with code 2."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waywarn.commands.configuration import read_configuration

if TYPE_CHECKING:
    from waywarn.config import Config
    from waywarn.store import Store

ConfigOption = Annotated[Path, typer.Option("-c", "--config", help="The service's configuration file.")]


@contextmanager
def opened(file: Path) -> "Iterator[tuple[Config, Store]]":
    """Read the configuration and open the store that it names; the service may be running on it."""
    from waywarn.store import Store, StoreError

    settings = read_configuration(file)
    try:
        with Store.open(settings.service.store) as store:
            yield settings, store
    except (StoreError, ValueError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
