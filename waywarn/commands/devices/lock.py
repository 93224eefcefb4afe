"""`waywarn device lock` and `unlock`: nobody may use a device, or call with its account."""

from typing import Annotated

import typer

from waywarn.commands.devices.giving import DeviceName, Expires, Terms, Wait, Yes, confirm, give
from waywarn.commands.devices.opened import ConfigOption


def lock(
    device: DeviceName,
    config: ConfigOption,
    text: Annotated[
        str | None, typer.Option("--text", help="Shown on the locked device, at most 480 bytes.")
    ] = None,
    yes: Yes = False,  # noqa: FBT002 (typer gives it by its name)
    wait: Wait = 30.0,
    expires_s: Expires = None,
) -> None:
    """Lock a device, and refuse its account's outgoing calls, the latter at once and until `unlock`.

    The calls are refused whether or not the device is reached. Exit code 0: the device is locked. 1: not
    (yet), and why. 2: no such device.
    """
    from sip.order import Order

    confirm(f"Lock {device}, and refuse its calls until `waywarn device unlock`?", yes=yes)
    give(device, Order.LOCK, {"text": text} if text is not None else {}, Terms(config, wait, expires_s))


def unlock(device: DeviceName, config: ConfigOption, wait: Wait = 30.0, expires_s: Expires = None) -> None:
    """Undo `lock`: on the device, and at once for its account's calls.

    Exit code 0: the device is unlocked. 1: not (yet), and why. 2: no such device.
    """
    from sip.order import Order

    give(device, Order.UNLOCK, {}, Terms(config, wait, expires_s))
