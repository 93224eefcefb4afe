"""`waywarn device photo`: let a device take a picture."""

from enum import StrEnum
from typing import Annotated

import typer

from waywarn.commands.devices.giving import DeviceName, Expires, Terms, Wait, give
from waywarn.commands.devices.opened import ConfigOption


class Camera(StrEnum):
    """Which one."""

    FRONT = "front"
    BACK = "back"


def photo(
    device: DeviceName,
    config: ConfigOption,
    camera: Annotated[Camera | None, typer.Option(help="Left out, the device chooses.")] = None,
    wait: Wait = 60.0,
    expires_s: Expires = None,
) -> None:
    """Let a device take a picture; where it is kept or sent is the device's configuration, and is told.

    Exit code 0: it was taken. 1: not (yet), and why. 2: no such device.
    """
    from sip.order import Order

    arguments = {"camera": camera.value} if camera is not None else {}
    give(device, Order.PHOTO, arguments, Terms(config, wait, expires_s))
