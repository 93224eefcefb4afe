"""Giving a device a command: into the store, where the service finds it, and waiting for what comes of it.

Which commands there are, with which words, is each sub-command's file.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waywarn.commands.devices.opened import opened

if TYPE_CHECKING:
    from sip.order import Argument, Order
    from waywarn.config import Config
    from waywarn.store import Store
    from waywarn.wayback import Errand

LOOK_EVERY_S = 0.2
AT_ONCE = {"lock": "refused", "unlock": "allowed again"}  # what the server does of an order, by itself

DeviceName = Annotated[str, typer.Argument(metavar="DEVICE", help="The name of a device.")]
Wait = Annotated[
    float,
    typer.Option("--wait", metavar="S", min=0, max=86_400, help="Wait so many seconds for its end."),
]
Expires = Annotated[
    int | None,
    typer.Option(
        "--expires-s", metavar="N", min=1, max=604_800, help="After so many seconds it is not begun any more."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a command is good for, and how long the command line waits."""

    config: Path
    wait_s: float
    expires_s: int | None


def give(device: str, order: "Order", arguments: "Mapping[str, Argument]", terms: Terms) -> None:
    """Queue a command, wait, and tell what came of it.

    Ends the process with code 1 where it is not (yet) done, with 2 where it could not be given.
    """
    with opened(terms.config) as (settings, store):
        errand = _errand(known(settings, store, device), order, arguments, terms.expires_s)
        settled = asked(store, errand, terms.wait_s)
    _tell(settled)


def ask_for_report(store: "Store", device: str, wait_s: float) -> None:
    """Ask a device to deliver all that it holds, and wait; tells what came of it, whatever it is."""
    from sip.order import Order

    typer.echo(said(asked(store, _errand(device, Order.REPORT, {}, None), wait_s)))


def asked(store: "Store", errand: "Errand", wait_s: float) -> "Errand":
    """Queue a command and wait; gives it as it is then."""
    store.commands.give(errand)
    typer.echo(f"{errand.id}: {errand.order} for {errand.device}, queued")
    if errand.order in AT_ONCE:
        typer.echo(
            f"its account's outgoing calls are {AT_ONCE[errand.order]} within a second, reached or not"
        )
    return _awaited(store, errand, wait_s)


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that is hard to undo.

    Who says no ends the process with code 1; where nobody can be asked it ends with code 2.
    """
    if yes:
        return
    try:
        agreed = typer.confirm(question)
    except typer.Abort:
        typer.echo("\nnothing was done; --yes does it without asking", err=True)
        raise typer.Exit(2) from None
    if not agreed:
        typer.echo("nothing was done")
        raise typer.Exit(1)


def known(settings: "Config", store: "Store", device: str) -> str:
    """Give the name of a device that has an account, or raise ValueError with the nearest."""
    from waywarn.config.fields import suggestion
    from waywarn.store.account_table import names_of

    names = {*settings.devices, *names_of(store.accounts.all())}
    if device not in names:
        raise ValueError(f"no device is called {device!r}; {suggestion(device, sorted(names))}")
    return device


def _errand(
    device: str, order: "Order", arguments: "Mapping[str, Argument]", expires_s: int | None
) -> "Errand":
    from sip.command import Command
    from waywarn.wayback import LIFETIMES_S, Errand

    now = float(int(time.time()))
    expires_at = now + (LIFETIMES_S[order] if expires_s is None else expires_s)
    command = Command(secrets.token_hex(8), order, arguments, now, expires_at)
    return Errand.of(command, device)


def _awaited(store: "Store", errand: "Errand", wait_s: float) -> "Errand":
    """Give the command as it is when it is settled, or when the wait is over; a line tells how it stands."""
    from rich.console import Console
    from rich.markup import escape

    deadline = time.monotonic() + wait_s
    with Console(stderr=True).status(escape(said(errand))) as status:
        while True:
            errand = store.commands.get(errand.id) or errand
            status.update(escape(said(errand)))
            left_s = deadline - time.monotonic()
            if not errand.is_open or left_s <= 0:
                return errand
            time.sleep(min(LOOK_EVERY_S, left_s))


def said(errand: "Errand") -> str:
    """Say in a line how a command stands."""
    return f"{errand.state}: {errand.detail}" if errand.detail else errand.state.value


def _tell(errand: "Errand") -> None:
    from corridor import format_instant
    from waywarn.wayback import State

    if errand.state is State.DONE:
        typer.echo(said(errand))
        return
    typer.echo(said(errand), err=True)
    if errand.is_open:
        typer.echo(_what_now(errand, format_instant), err=True)
    raise typer.Exit(1)


def _what_now(errand: "Errand", shown: Callable[[float], str]) -> str:
    if not errand.detail and not errand.attempts:
        return "nobody has taken it up yet; does `waywarn run` run on this configuration?"
    return (
        f"it stays so until {shown(errand.expires_at)}; `waywarn device commands {errand.device}` shows it, "
        f"`waywarn device cancel {errand.id}` takes it back while it waits"
    )
