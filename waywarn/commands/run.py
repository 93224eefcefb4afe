"""`waywarn run`: the service. What it does is ``waywarn/service.py``."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from waywarn.config import Config
    from waywarn.store import Store


def run(
    config: Annotated[
        Path, typer.Option("-c", "--config", help="The configuration file; `waywarn check` explains it.")
    ],
) -> None:
    """Receive locations over SIP, watch them against the rules, and tell people.

    Logs to standard error, a line an event. SIGTERM or Ctrl-C answers what has arrived, finishes the
    messages on their way, and stops. Exit code 0 after an orderly stop, 2 if it cannot start.
    """
    from waywarn import log
    from waywarn.commands.configuration import read_configuration
    from waywarn.config import ConfigError
    from waywarn.store import Store, StoreError

    settings = read_configuration(config)
    log.start_logging(settings.service.log)
    try:
        with Store.open(settings.service.store) as store:
            asyncio.run(_serve(settings, store))
    except (ConfigError, StoreError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


async def _serve(settings: "Config", store: "Store") -> None:
    from waywarn.service import Service

    await Service(settings, store).run()
