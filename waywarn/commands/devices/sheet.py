"""`waywarn device sheet`: new tokens for several devices, as QR codes on a sheet to print."""

import time
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waywarn.commands.devices.inviting import DEFAULT_VALID_H, KindAgainOption, ValidOption, inviting_of
from waywarn.commands.devices.opened import ConfigOption, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waywarn.store import Store

SUFFIXES = (".pdf", ".png")


def sheet(
    config: ConfigOption,
    output: Annotated[Path, typer.Option("-o", "--output", help="A .pdf, or a .png for each page.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Left out: all that are not enrolled yet.")
    ] = None,
    kind: KindAgainOption = None,
    valid_h: ValidOption = DEFAULT_VALID_H,
) -> None:
    """Print a sheet of QR codes, one for each device, with new tokens: those told before give nothing then.

    Exit code 0, or 2 if nothing was made.
    """
    from waywarn.provision.new_device import DeviceError

    if output.suffix.lower() not in SUFFIXES:
        raise typer.BadParameter(f"{output} is neither .pdf nor .png", param_hint="--output")
    with opened(config) as (settings, store):
        from waywarn.provision.code_sheet import write_sheet

        chosen = _chosen(store, names or ())
        if not chosen:
            raise DeviceError("NAME", "every device is enrolled", "name those that shall be enrolled anew")
        now = time.time()
        inviting = cache(lambda wanted: inviting_of(settings, wanted, valid_h))  # reads the certificate
        invitations = [inviting(kind or store.accounts.kind_of(name)).invite(name, now) for name in chosen]
        files = write_sheet(output, invitations)  # before a token counts: a full disk must void none
        with ExitStack() as undo:
            for file in files:
                undo.callback(file.unlink)
            store.accounts.issue({each.name: each.issue for each in invitations}, now)
            undo.pop_all()
        typer.echo(
            f"{', '.join(map(str, files))}: {len(invitations):,} devices; whoever has it can enrol them"
        )


def _chosen(store: "Store", names: "Sequence[str]") -> list[str]:
    from waywarn.config.fields import suggestion
    from waywarn.provision.new_device import DeviceError

    held = {each.name: each for each in store.accounts.all() if not each.is_revoked}
    if unknown := [name for name in names if name not in held]:
        raise DeviceError(
            "NAME", f"{unknown[0][:64]!r} has no account in the store", suggestion(unknown[0], held)
        )
    return list(dict.fromkeys(names)) or sorted(name for name, each in held.items() if each.ha1 is None)
