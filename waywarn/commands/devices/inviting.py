"""What the sub-commands that make tokens share: their options, and how an invitation is shown."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waywarn.provision.token import TokenKind

if TYPE_CHECKING:
    from waywarn.config import Config
    from waywarn.provision.invitation import Invitation, Inviting

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


def configured(settings: "Config", name: str, sip_user: str, file: Path) -> str | None:
    """Say that the configuration has an account of that name or SIP user; None where it has none."""
    if name in settings.devices:
        return f"name: {name!r} stands in {file} ([devices.{name}]); one account is enough"
    users = {table.sip_user: f"[devices.{each}]" for each, table in settings.devices.items()}
    users |= {table.sip_user: f"[watchers.{each}]" for each, table in settings.watchers.items()}
    if sip_user in users:
        return f"sip_user: {sip_user!r} is that of {users[sip_user]} in {file}; give another with sip_user"
    return None
