"""`waywarn device`: accounts for devices, and what can be asked of one. One file each in ``devices/``."""

import typer

from waywarn.commands.devices.listing import listing
from waywarn.commands.devices.revoke import revoke

device = typer.Typer(
    name="device",
    no_args_is_help=True,
    help="Give devices their accounts, take them away, and talk to devices.",
)
device.command("list")(listing)
device.command("revoke")(revoke)
