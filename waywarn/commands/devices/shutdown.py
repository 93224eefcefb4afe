"""`waywarn device shutdown`: turn a device off."""

from waywarn.commands.devices.giving import DeviceName, Expires, Terms, Wait, Yes, confirm, give
from waywarn.commands.devices.opened import ConfigOption


def shutdown(
    device: DeviceName,
    config: ConfigOption,
    yes: Yes = False,  # noqa: FBT002 (typer gives it by its name)
    wait: Wait = 30.0,
    expires_s: Expires = None,
) -> None:
    """Turn a device off. It cannot be found, rung or asked for anything until somebody turns it on.

    Exit code 0: it turns itself off. 1: not (yet), and why. 2: no such device.
    """
    from sip.order import Order

    confirm(f"Turn {device} off? It cannot be found while it is off.", yes=yes)
    give(device, Order.SHUTDOWN, {}, Terms(config, wait, expires_s))
