"""`waywarn device revoke`: cut devices off at once."""

import time
from typing import Annotated

import typer

from waywarn.commands.devices.giving import Yes, confirm
from waywarn.commands.devices.opened import ConfigOption, opened


def revoke(
    names: Annotated[list[str], typer.Argument(metavar="NAME...")],
    config: ConfigOption,
    yes: Yes = False,  # noqa: FBT002 (typer gives it by its name)
) -> None:
    """Cut devices off: a running service drops account, registrations and connections within a second.

    Exit code 0. 1: you said no. 2: one of them had no account, the others are revoked all the same; or nobody
    was there to be asked, and --yes was not said.
    """
    confirm(f"Cut {', '.join(names)} off? A new account and enrolment is the only way back.", yes=yes)
    code = 0
    with opened(config) as (settings, store):
        for name in names:
            if store.accounts.revoke(name, time.time()):
                typer.echo(f"{name}: revoked; `waywarn device add {name}` would make a new account")
                continue
            code = 2
            said = f"{name}: no account in the store, or revoked before"
            if name in settings.devices:
                stands = f"its account stands in {config} ([devices.{name}])"
                said = f"{name}: {stands}; take it out there and restart"
            typer.echo(said, err=True)
    raise typer.Exit(code)
