"""`waywarn device token`: a new one-time token for a device that has an account."""

import time
from typing import Annotated

import typer

from waywarn.commands.devices.inviting import DEFAULT_VALID_H, KindAgainOption, ValidOption, inviting_of, show
from waywarn.commands.devices.opened import ConfigOption, opened


def token(
    name: Annotated[str, typer.Argument(help="The device.")],
    config: ConfigOption,
    kind: KindAgainOption = None,
    valid_h: ValidOption = DEFAULT_VALID_H,
) -> None:
    """Make a new token for a device; earlier ones that were not used give nothing any more.

    The device that is enrolled now goes on until the new token is used: then its password is void.
    """
    with opened(config) as (settings, store):
        now = time.time()
        known = kind or store.accounts.kind_of(name)
        invitation = inviting_of(settings, known, valid_h).invite(name, now)
        store.accounts.issue({name: invitation.issue}, now)
        show(invitation)
