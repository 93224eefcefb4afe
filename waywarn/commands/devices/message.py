"""`waywarn device message`: show a text on a device."""

from typing import Annotated

import typer

from waywarn.commands.devices.giving import DeviceName, Expires, Terms, Wait, give
from waywarn.commands.devices.opened import ConfigOption


def message(
    device: DeviceName,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="At most 480 bytes; line breaks are kept.")],
    config: ConfigOption,
    wait: Wait = 30.0,
    expires_s: Expires = None,
) -> None:
    """Send a text to a device; a plain phone shows it as a message.

    Exit code 0: it was delivered. 1: not (yet), and why. 2: no such device, or no such text.
    """
    from sip.order import Order

    give(device, Order.MESSAGE, {"text": text}, Terms(config, wait, expires_s))
