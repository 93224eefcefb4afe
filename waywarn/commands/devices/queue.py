"""`waywarn device commands` and `cancel`: what devices were asked, and taking it back."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from waywarn.commands.devices.giving import said
from waywarn.commands.devices.opened import ConfigOption, opened

if TYPE_CHECKING:
    from waywarn.wayback import Errand

COLUMNS = ("id", "given", "device", "command", "state", "tries", "until", "what was heard")


def commands(
    config: ConfigOption,
    device: Annotated[str | None, typer.Argument(help="Only of this device.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most, newest first.")] = 20,
) -> None:
    """Show what devices were asked, newest first, and how it stands."""
    with opened(config) as (_, store):
        errands = store.commands.newest(device, limit)
        locked = sorted(store.commands.locked())
    if errands:
        rows = [COLUMNS, *map(_columns, errands)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            typer.echo("  ".join(map(str.ljust, row, widths)).rstrip())
    else:
        typer.echo("no device was asked anything")
    if locked:
        typer.echo(f"calls are refused of: {', '.join(locked)}")


def cancel(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `commands` shows it.")],  # noqa: A002 (what it is)
    config: ConfigOption,
) -> None:
    """Take a command back that waits. With `lock` the refusal of calls is taken back too.

    Exit code 0: it will not be sent (again). 1: it was on its way or settled. 2: there is none of that id.
    """
    from waywarn.wayback import State

    with opened(config) as (_, store):
        errand = store.commands.cancel(id, time.time())
    if errand is None:
        typer.echo(f"there is no command {id[:80]}; `waywarn device commands` shows them", err=True)
        raise typer.Exit(2)
    if errand.state is not State.CANCELLED:
        typer.echo(f"{errand.order} for {errand.device} is not taken back; it is {said(errand)}", err=True)
        raise typer.Exit(1)
    reached = "; an earlier attempt may have reached the device" if errand.may_be_known else ""
    typer.echo(f"{errand.order} for {errand.device} is cancelled{reached}")


def _columns(errand: "Errand") -> tuple[str, ...]:
    from corridor import format_instant

    given, until = format_instant(errand.created_at), format_instant(errand.expires_at)
    state, tries = errand.state.value, str(errand.attempts)
    return errand.id, given, errand.device, errand.order.value, state, tries, until, errand.detail
