"""`waywarn device callback`: let a device call somebody."""

from enum import StrEnum
from typing import Annotated

import typer

from waywarn.commands.configuration import read_configuration
from waywarn.commands.devices.giving import DeviceName, Expires, Terms, Wait, give
from waywarn.commands.devices.opened import ConfigOption


class Media(StrEnum):
    """What is heard, or seen, of the device's surroundings."""

    AUDIO = "audio"
    VIDEO = "video"


def callback(
    device: DeviceName,
    to: Annotated[
        str,
        typer.Argument(metavar="TO", help="Whom it calls: sip:mother@example.org, or a USER."),
    ],
    config: ConfigOption,
    media: Annotated[Media, typer.Option(help="Sound, or picture too where the device can.")] = Media.AUDIO,
    wait: Wait = 30.0,
    expires_s: Expires = None,
) -> None:
    """Let a device call somebody, so that its surroundings can be heard.

    USER is one of the service's own domain. A locked account calls nobody: `unlock` it first. Exit code 0: it
    calls. 1: not (yet), and why. 2: no such device, or no such address.
    """
    from sip.order import Order

    uri = to if ":" in to else f"sip:{to}@{read_configuration(config).sip.domain}"
    give(device, Order.CALLBACK, {"uri": uri, "media": media.value}, Terms(config, wait, expires_s))
