"""`waywarn device certificate`: a certificate of our own for the HTTPS door, for a home without a name."""

import time
from contextlib import ExitStack
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
    from waywarn.own_file import new_file
    from waywarn.provision.certificate import CertificateError, read_certificate, self_signed

    settings = read_configuration(config)
    if settings.provision is None:
        typer.echo(f'{config}: write [provision] and listen = "0.0.0.0:8443" first', err=True)
        raise typer.Exit(2)
    named = hosts or [devices_reach(settings.provision, settings.sip).host]
    try:
        made, key = self_signed(named, now=time.time(), valid_days=valid_days)
        with ExitStack() as undo:
            for file, data, mode in (
                (settings.provision.certificate, made, 0o644),
                (settings.provision.key, key, 0o600),
            ):
                with new_file(file, mode=mode) as stream:
                    undo.callback(file.unlink)
                    stream.write(data)
            undo.pop_all()
        pin = read_certificate(settings.provision.certificate).pin
    except (CertificateError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    typer.echo(f"{settings.provision.certificate}: for {', '.join(named)}, sha256 {pin}")
    typer.echo(f"{settings.provision.key}: its key; keep it to this machine")
