"""`waywarn device`: accounts for devices, and what can be asked of one. One file each in ``devices/``."""

import typer

from waywarn.commands.devices.add import add
from waywarn.commands.devices.callback import callback
from waywarn.commands.devices.certificate import certificate
from waywarn.commands.devices.enroll import enroll
from waywarn.commands.devices.listing import listing
from waywarn.commands.devices.locate import locate
from waywarn.commands.devices.lock import lock, unlock
from waywarn.commands.devices.message import message
from waywarn.commands.devices.photo import photo
from waywarn.commands.devices.queue import cancel, commands
from waywarn.commands.devices.report import report
from waywarn.commands.devices.revoke import revoke
from waywarn.commands.devices.ring import ring
from waywarn.commands.devices.sheet import sheet
from waywarn.commands.devices.shutdown import shutdown
from waywarn.commands.devices.token import token

device = typer.Typer(
    name="device",
    no_args_is_help=True,
    help="Give devices their accounts, take them away, and talk to devices.",
)
device.command("list")(listing)
for command in (add, token, sheet, enroll, revoke, certificate):
    device.command()(command)
for asking in (ring, message, locate, lock, unlock, shutdown, photo, callback, report, commands, cancel):
    device.command()(asking)
