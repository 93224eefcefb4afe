"""`waywarn device certificate`: a certificate of our own for the HTTPS door, for a home without a name."""

import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from waywarn.commands.configuration import read_configuration
from waywarn.commands.devices.opened import ConfigOption

DEFAULT_VALID_DAYS = 3650  # devices pin it: a new one means new tokens for those not enrolled yet


def certificate(
    config: ConfigOption,
    hosts: Annotated[
        list[str] | None, typer.Option("--host", help="A name or address of this machine; may be repeated.")
    ] = None,
    valid_days: Annotated[int, typer.Option(min=1, max=36_500, help="For how long.")] = DEFAULT_VALID_DAYS,
) -> None:
    """Make the certificate and key that `provision` names, signed by itself; files that exist are kept.

    Trackers pin it. Ordinary phones do not: for them give a certificate of an authority.
    Exit code 0, or 2 if nothing was made.
    """
    from waywarn.config.provision import devices_reach
    from waywarn.provision.certificate import CertificateError, read_certificate, self_signed

    settings = read_configuration(config)
    if settings.provision is None:
        typer.echo(f'{config}: write [provision] and listen = "0.0.0.0:8443" first', err=True)
        raise typer.Exit(2)
    for file in (settings.provision.certificate, settings.provision.key):
        if file.exists():
            typer.echo(f"{file} exists and is kept; move certificate and key away to make new ones", err=True)
            raise typer.Exit(2)
    named = hosts or [devices_reach(settings.provision, settings.sip).host]
    try:
        made, key = self_signed(named, now=time.time(), valid_days=valid_days)
        with ExitStack() as undo:
            _write_new(settings.provision.key, key, mode=0o600)
            undo.callback(settings.provision.key.unlink)
            _write_new(settings.provision.certificate, made, mode=0o644)
            undo.pop_all()
        pin = read_certificate(settings.provision.certificate).pin
    except (CertificateError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    typer.echo(f"{settings.provision.certificate}: for {', '.join(named)}, sha256 {pin}")
    typer.echo(f"{settings.provision.key}: its key; keep it to this machine")


def _write_new(file: Path, data: bytes, *, mode: int) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        stream.write(data)
