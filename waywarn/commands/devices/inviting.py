"""What the sub-commands that make tokens share: their options, and how an invitation is shown."""

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from waywarn.provision.token import TokenKind

if TYPE_CHECKING:
    from waywarn.config import Config
    from waywarn.provision.invitation import Invitation, Inviting
    from waywarn.provision.new_device import DeviceError, NewDevice

DEFAULT_VALID_H = 168.0  # a week

KindOption = Annotated[
    TokenKind,
    typer.Option("--for", help="tracker: `waywarn device enroll`; phone: Linphone on an ordinary phone."),
]
KindAgainOption = Annotated[
    TokenKind | None,
    typer.Option("--for", help="tracker, or phone (Linphone); left out, what its last token was for."),
]
ValidOption = Annotated[
    float, typer.Option("--valid-h", min=0.01, max=8760.0, help="For how many hours the token is good.")
]


def inviting_of(settings: "Config", kind: TokenKind, valid_h: float) -> "Inviting":
    """Make what makes invitations; raises `InvitationError`."""
    from waywarn.provision.invitation import Inviting

    return Inviting.of(settings, kind, valid_h=valid_h, random_bytes=secrets.token_bytes)


def show(invitation: "Invitation") -> None:
    """Show an invitation; this is the only time that its token can be seen."""
    from corridor import format_instant

    until = format_instant(invitation.issue.expires_at)
    if invitation.issue.kind is TokenKind.PHONE:
        typer.echo(f"in Linphone, as the remote provisioning address, once, until {until}:")
        typer.echo(f"    {invitation.text}")
    else:
        typer.echo(f"on the device, once, until {until}:")
        typer.echo(f"    waywarn device enroll '{invitation.url}' {invitation.issue.token}")
    typer.echo(f"It is shown here only; `waywarn device token {invitation.name}` makes another.")


def configured(settings: "Config") -> "Callable[[NewDevice], DeviceError | None]":
    """Give what says that the configuration has an account of a device's name or SIP user."""
    from waywarn.provision.new_device import DeviceError

    file = settings.file
    users = {table.sip_user: f"[devices.{each}]" for each, table in settings.devices.items()}
    users |= {table.sip_user: f"[watchers.{each}]" for each, table in settings.watchers.items()}

    def fault(device: "NewDevice") -> DeviceError | None:
        name, user = device.name, device.sip_user
        if name in settings.devices:
            said = f"{name!r} stands in {file} ([devices.{name}])"
            return DeviceError("name", said, "one account is enough")
        if user in users:
            said = f"{user!r} is that of {users[user]} in {file}"
            return DeviceError("sip_user", said, "give another with sip_user")
        return None

    return fault
