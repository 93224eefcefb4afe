"""`waywarn device locate`: ask a device where it is."""

from waywarn.commands.devices.giving import DeviceName, Expires, Terms, Wait, give
from waywarn.commands.devices.opened import ConfigOption


def locate(device: DeviceName, config: ConfigOption, wait: Wait = 60.0, expires_s: Expires = None) -> None:
    """Ask a device to find its place and publish it at once; `waywarn device report` shows it.

    Exit code 0: it did. 1: not (yet), and why. 2: no such device.
    """
    from sip.order import Order

    give(device, Order.LOCATE, {}, Terms(config, wait, expires_s))
