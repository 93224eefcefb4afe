"""`waywarn outbox`: what has not been delivered, and why."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


def outbox(
    config: Annotated[Path, typer.Option("-c", "--config", help="The service's configuration file.")],
    limit: Annotated[int, typer.Option(help="How many rows at most, newest first.")] = 50,
) -> None:
    """Show the messages that wait to be sent or were given up, and the reason.

    Reads the store of a running or stopped service; changes nothing. Exit code 0 if nothing was given
    up, 1 if something was.
    """
    from alerts import DeliveryState
    from corridor import format_instant
    from waywarn.commands.configuration import read_configuration
    from waywarn.store import Store

    settings = read_configuration(config)
    with Store.open(settings.service.store) as store:
        rows = store.undelivered(limit)
    console = Console(emoji=False)
    if not rows:
        console.print("nothing waits and nothing was given up")
        return
    table = Table("alert", "edge", "to", "state", "tries", "next or last", "why")
    for row in rows:
        columns = (row.fingerprint, row.edge, row.address_key, row.state, str(row.attempts))
        table.add_row(*columns, format_instant(row.next_attempt_at), row.last_error)
    console.print(table)
    if any(row.state is DeliveryState.GIVEN_UP for row in rows):
        raise typer.Exit(1)
