"""`waywarn device ring`: let a device be heard."""

from typing import Annotated

import typer

from waywarn.commands.devices.giving import DeviceName, Expires, Terms, Wait, give
from waywarn.commands.devices.opened import ConfigOption


def ring(
    device: DeviceName,
    config: ConfigOption,
    for_s: Annotated[int, typer.Option("--for", metavar="S", min=1, max=300, help="Ring so long.")] = 30,
    wait: Wait = 60.0,
    expires_s: Expires = None,
) -> None:
    """Let a device ring, muted or not; a plain phone is called.

    Exit code 0: it rang. 1: not (yet), and why. 2: no such device.
    """
    from sip.order import Order

    give(device, Order.RING, {"for_s": for_s}, Terms(config, wait, expires_s))
