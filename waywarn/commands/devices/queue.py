"""`waywarn device commands` and `cancel`: what devices were asked, and taking it back."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from waywarn.commands.devices.giving import said
from waywarn.commands.devices.opened import ConfigOption, opened
from waywarn.commands.wrapping import wrapped

if TYPE_CHECKING:
    from waywarn.wayback import Errand

COLUMNS = ("id", "given", "command", "state", "device")
INDENT = "    "


def commands(
    config: ConfigOption,
    device: Annotated[str | None, typer.Argument(help="Only of this device.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most, newest first.")] = 20,
) -> None:
    """Show what devices were asked, newest first, and how it stands: two lines a command."""
    from rich.console import Console

    with opened(config) as (_, store):
        errands = store.commands.newest(device, limit)
        locked = sorted(store.commands.locked())
    console = Console(highlight=False, markup=False, emoji=False)
    if errands:
        rows = [COLUMNS, *map(_columns, errands)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        heading, *lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        typer.echo(heading)
        for line, errand in zip(lines, errands, strict=True):
            typer.echo(f"{line}\n{wrapped(_heard(errand), console, INDENT, INDENT)}")
    else:
        typer.echo("no device was asked anything")
    if locked:
        typer.echo(wrapped(f"calls are refused of: {', '.join(locked)}", console, "", INDENT))


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

    given = format_instant(errand.created_at)
    return errand.id, given, errand.order.value, errand.state.value, errand.device


def _heard(errand: "Errand") -> str:
    """Say how often it was tried, until when it will be, and what was last heard."""
    from corridor import format_instant

    tried = {0: "not tried", 1: "tried once"}.get(errand.attempts, f"tried {errand.attempts} times")
    until = f", until {format_instant(errand.expires_at)}" if errand.is_open else ""
    return f"{tried}{until}" + (f": {errand.detail}" if errand.detail else "")
