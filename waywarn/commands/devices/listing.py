"""`waywarn device list`: who has an account in the store, and how it stands."""

import math
import time
from typing import TYPE_CHECKING

import typer

from waywarn.commands.devices.opened import ConfigOption, opened

if TYPE_CHECKING:
    from waywarn.provision.stored_account import StoredAccount

COLUMNS = ("device", "profile", "address", "state")


def listing(config: ConfigOption) -> None:
    """Show the devices that have an account in the store, those of the configuration apart."""
    with opened(config) as (settings, store):
        held = sorted(store.accounts.all(), key=lambda account: account.name)
        expiries = store.accounts.open_tokens()
        domain = settings.sip.domain
        rows = [
            (each.name, each.profile.value, each.aor(domain), _state(each, expiries.get(each.name)))
            for each in held
        ]
    if not rows:
        typer.echo("no device has an account in the store; `waywarn device add` makes one")
        return
    widths = [max(map(len, column)) for column in zip(COLUMNS, *rows, strict=True)]
    for row in (COLUMNS, *rows):
        typer.echo("  ".join(map(str.ljust, row, widths)).rstrip())


def _state(account: "StoredAccount", expires_at: float | None) -> str:
    from corridor import format_instant

    if account.revoked_at is not None:
        return f"revoked {format_instant(math.floor(account.revoked_at))}"
    enrolled = "not enrolled"
    if account.enrolled_at is not None:
        enrolled = f"enrolled {format_instant(math.floor(account.enrolled_at))}"
    if expires_at is None:
        return enrolled
    passed = "expired" if expires_at <= time.time() else "waits until"
    return f"{enrolled}, token {passed} {format_instant(expires_at)}"
