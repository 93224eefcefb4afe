"""`waywarn device`: accounts for devices, and what can be asked of one. One file each in ``devices/``."""

import typer

from waywarn.commands.devices.callback import callback
from waywarn.commands.devices.listing import listing
from waywarn.commands.devices.locate import locate
from waywarn.commands.devices.lock import lock, unlock
from waywarn.commands.devices.message import message
from waywarn.commands.devices.photo import photo
from waywarn.commands.devices.queue import cancel, commands
from waywarn.commands.devices.report import report
from waywarn.commands.devices.revoke import revoke
from waywarn.commands.devices.ring import ring
from waywarn.commands.devices.shutdown import shutdown

device = typer.Typer(
    name="device",
    no_args_is_help=True,
    help="Give devices their accounts, take them away, and talk to devices.",
)
device.command("list")(listing)
device.command("revoke")(revoke)
for asking in (ring, message, locate, lock, unlock, shutdown, photo, callback, report, commands, cancel):
    device.command()(asking)
